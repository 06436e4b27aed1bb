"""Which SQLite database holds what nobody may lose, and which is a cache that fills again by itself."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from deploycheck.facts.backups.paths import sqlite_file
from deploycheck.facts.databases.backends import FAILS, SQLITE, UNKNOWN
from deploycheck.sources.errors import ReadError

if TYPE_CHECKING:
    from deploycheck.facts.databases.selection import Opened
    from deploycheck.facts.deployments import Deployment
    from deploycheck.sources.tree import Tree

_CACHE = re.compile(
    r"(?i)(?:^|[^a-z])(?:\w*cache\w*|rate_?limits?\w*|limiter|throttl\w*|te?mp|scratch|mlflow|mlruns|embeddings?"
    r"|chroma\w*|faiss|celery\w*|broker|huey|jobstore|apscheduler|telemetry)(?:$|[^a-z])"
)
_PERHAPS = re.compile(
    r"(?i)(?:^|[^a-z])(?:sessions?|vectors?|queue|jobs?|scheduler|checkpoints?|metrics|logs?|history)(?:$|[^a-z])"
)
"""Names of what is a cache beside a database, and the database itself where there is no other."""
_OVERLAYS = re.compile(r"\.from_(?:pyfile|envvar|prefixed_env|file|json)\(")
_WRITES = re.compile(
    r"\.commit\(|\.begin\(|\.add\(|\.add_all\(|\.merge\(|create_all|\binsert\(|\bupdate\(|\bdelete\(|\.save\("
    r"|(?i:\bINSERT INTO\b|\bUPDATE \w+ SET\b|\bDELETE FROM\b|\bCREATE TABLE\b|\bREPLACE INTO\b)|\.to_sql\("
)


def main_sqlite(tree: Tree, deployment: Deployment) -> Opened | None:
    """Return the SQLite database that production's data goes into; None where a server takes it.

    A database in memory, one that is only read, and one whose name or holder says that it is a cache are not
    that database. One that is opened for certain comes before one that may be.
    """
    now = deployment.selection.now
    if now.server:
        return None
    found = [o for o in now.opened if o.backend == SQLITE and _is_main(tree, deployment, o)]
    return next((o for o in found if o.resolved.certain), found[0] if found else None)


def loads_more_config(deployment: Deployment) -> bool:
    """Tell whether a Flask app takes settings from files or variables that may replace any of its own."""
    found = (deployment.program.module_at(path) for path in sorted(deployment.modules))
    return any(m is not None and _OVERLAYS.search(m.text) for m in found)


def is_sure(deployment: Deployment, opened: Opened) -> bool:
    """Tell whether a SQLite database is certainly the one that production opens."""
    others = {o.backend for o in deployment.selection.now.opened}
    return opened.resolved.certain and not deployment.tentative and not others & {FAILS, UNKNOWN}


def _is_main(tree: Tree, deployment: Deployment, opened: Opened) -> bool:
    file = sqlite_file(deployment, opened.engine, opened.resolved.shape)
    if file.in_memory or file.read_only:
        return False
    names = (posixpath.splitext(posixpath.basename(file.text))[0], _holder(deployment, opened))
    alone = len({o.engine for o in deployment.selection.now.opened}) == 1
    if any(_CACHE.search(n) or (not alone and _PERHAPS.search(n)) for n in names):
        return False
    return not (_is_shipped(tree, file.text) and not _writes(tree, deployment))


def _holder(deployment: Deployment, opened: Opened) -> str:
    """Return the names on the left of the line that opens it: `cache_engine = create_engine(…)`."""
    module = deployment.program.module_at(opened.engine.at.path)
    line = module.lines[opened.engine.at.line - 1] if module is not None else ""
    left, equals, _ = line[: opened.engine.at.column - 1].partition("=")
    return left.strip() if equals else ""


def _is_shipped(tree: Tree, path: str) -> bool:
    """Tell whether the file itself is in the repository: a data set that goes out with the code."""
    name = posixpath.basename(path)
    return "{" not in name and bool(tree.matching(name))


def _writes(tree: Tree, deployment: Deployment) -> bool:
    """Tell whether the code may write to a database at all, by the words for it."""
    for path in sorted(deployment.modules):
        try:
            text = tree.text(path)
        except ReadError:
            continue
        if _WRITES.search(text):
            return True
    return False
