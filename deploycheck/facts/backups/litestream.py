"""Programs beside the app that stream a SQLite file away: litestream, LiteFS.

Source: litestream's own configuration reference (`dbs`, `path`, `replica`, `replicas`); the file that it
installs is one big comment.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from deploycheck.facts.backups.lines import RUNNERS, Line, live, searched
from deploycheck.facts.backups.model import Backup, Covers, Kind
from deploycheck.facts.manifests.reading import text_of
from deploycheck.findings import Location, Step
from deploycheck.sources.errors import ReadError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploycheck.sources.tree import Tree
    from deploycheck.sources.yaml import YamlNode

_REPLICATES = re.compile(r"\blitestream\b[\"',\s]+replicate\b")
_MOUNTS = re.compile(r"\blitefs\b[\"',\s]+mount\b")
_IMAGE = re.compile(r"^\s*image:\s*[\"']?\S*litestream/litestream")
_COMMAND = re.compile(r"^\s*(?:command:\s*)?\[?\s*-?\s*[\"']?replicate\b")


def streamed(tree: Tree) -> tuple[Backup, ...]:
    """Return what litestream and LiteFS are told to do here, running or not."""
    run = next(_running(tree), None)
    found = [_configured(tree, path, run) for path in _configurations(tree)]
    if run is not None and not found:
        found = [_backup("litestream replicate", run.at, on=True, run=run)]
    mount = next(searched(tree, _MOUNTS, *RUNNERS), None)
    if mount is not None and tree.matching("litefs.yml", "litefs.yaml"):
        found.append(_backup("LiteFS", mount.at, on=True, run=mount))
    return tuple(found)


def _running(tree: Tree) -> Iterator[Line]:
    """Yield the lines that start `litestream replicate`, those of a Compose service too."""
    yield from searched(tree, _REPLICATES, *RUNNERS)
    for image in searched(tree, _IMAGE, "*.yml", "*.yaml"):
        yield from (line for line in searched(tree, _COMMAND, image.at.path) if line.at.path == image.at.path)


def _configurations(tree: Tree) -> tuple[str, ...]:
    return tuple(p for p in tree.matching("litestream*.yml", "litestream*.yaml") if live(p))


def _configured(tree: Tree, path: str, run: Line | None) -> Backup:
    """Return what one configuration asks for; one that names no database or no replica asks for nothing."""
    try:
        roots = [root for root in tree.yaml(path) if root.is_mapping]
    except ReadError:
        return _backup(path, Location(path), on=None, run=run)
    databases = [d for root in roots for d in _items(root.get("dbs"))]
    copied = [d for d in databases if _has_replica(d)]
    if not copied:
        why = "it names no replica" if databases else "all of it is commented out"
        return _backup(path, Location(path), on=False, run=run, reason=why)
    at = (copied[0].get("path") or copied[0]).at
    if run is None:
        return _backup(path, at, on=False, run=None, reason="nothing runs `litestream replicate`")
    return _backup(path, at, on=True, run=run)


def _items(node: YamlNode | None) -> tuple[YamlNode, ...]:
    return tuple(i for i in node.items if i.is_mapping) if node is not None else ()


def _has_replica(database: YamlNode) -> bool:
    replicas = [*_items(database.get("replicas")), *(r for r in (database.get("replica"),) if r is not None)]
    told = ("url", "bucket", "path", "host", "type", "name")
    return any(text_of(r.get(key)) for r in replicas if r.is_mapping for key in told)


def _backup(text: str, at: Location, *, on: bool | None, run: Line | None, reason: str = "") -> Backup:
    steps = (Step(run.text.strip(), run.at),) if run is not None else ()
    return Backup(
        Kind.REPLICATION,
        text,
        at,
        frozenset({Covers.SQLITE}),
        on=on,
        reason=reason,
        trail=(*steps, Step(reason or text, at)),
    )
