"""Files of state and secrets that stand among the code, and which of them a deployment takes along."""

from __future__ import annotations

import enum
import fnmatch
import json
import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploycheck.facts.variables.standins import is_everyday, is_stand_in
from deploycheck.findings import Location
from deploycheck.masking import is_placeholder, is_secret_name
from deploycheck.python.modules import Role, role_of
from deploycheck.sources.errors import ReadError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploycheck.facts.deployments import Deployment
    from deploycheck.sources.tree import Tree

DATABASES = ("*.db", "*.sqlite", "*.sqlite3", "*.db3")
NOT_DATABASES = frozenset({"thumbs.db"})
PAGE = 512
"""Every SQLite file is a whole number of pages, and no page is smaller."""
LONGEST_KEY = 100_000
BINARY = (".p12", ".pfx")
KEYS = ("*.pem", "*.key", "id_rsa", "id_ed25519", "*.p12", "*.pfx")
CREDENTIALS = (
    "*credential*.json",
    "*service*account*.json",
    "client_secret*.json",
    "*-key.json",
    "*_key.json",
)
ENV_FILES = (".env", ".env.*", "*.env")
_STAND_IN = re.compile(
    r"(?i)(?:^|[._-])(?:example|sample|template|tmpl|tpl|dist|defaults?|test|tests|testing|ci|schema|placeholder|dummy|fake|mock|e2e)(?:$|[._-])"
)
_ELSEWHERE = frozenset(
    {"test", "tests", "testing", "fixtures", "testdata", "docs", "doc", "examples", "example", "samples"}
)
_PRIVATE = re.compile(r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----")


class Kind(enum.StrEnum):
    """What a file holds."""

    DATABASE = "database"
    ENV_FILE = "env file"
    CREDENTIALS = "credentials"


@dataclass(frozen=True, slots=True)
class Shipped:
    """A file that the repository holds and that is no code. `names` are the secrets in an env file."""

    path: str
    kind: Kind
    at: Location
    names: tuple[str, ...] = ()


def state_files(tree: Tree) -> tuple[Shipped, ...]:
    """Return the database files, filled env files and credentials that the repository holds, by path."""
    found = [*_databases(tree), *_env_files(tree), *_credentials(tree)]
    return tuple(sorted(found, key=lambda s: s.path))


def stands_in(path: str) -> bool:
    """Tell whether a file's name or folder says that it is an example, or serves tests or docs."""
    *folders, name = path.lower().split("/")
    return (
        bool(_STAND_IN.search(name))
        or not _ELSEWHERE.isdisjoint(folders)
        or role_of(path + ".py") in {Role.TEST, Role.DOCS}
    )


def _databases(tree: Tree) -> Iterator[Shipped]:
    for path in tree.matching(*DATABASES):
        try:
            size = tree.size(path)
        except ReadError:
            continue
        if (
            size >= PAGE
            and size % PAGE == 0
            and path.rpartition("/")[2].lower() not in NOT_DATABASES
            and not stands_in(path)
        ):
            yield Shipped(path, Kind.DATABASE, Location(path))


def _env_files(tree: Tree) -> Iterator[Shipped]:
    for path in env_files(tree):
        try:
            entries = tree.dotenv(path)
        except ReadError:
            continue
        filled = [e for e in entries if e.value and is_secret_name(e.name) and _is_filled(e.value)]
        if filled:
            yield Shipped(path, Kind.ENV_FILE, filled[0].at, tuple(e.name for e in filled))


def _is_filled(value: str) -> bool:
    return not (is_placeholder(value) or is_stand_in(value) or is_everyday(value))


def env_files(tree: Tree) -> tuple[str, ...]:
    """Return the env files of the repository that are not examples and serve no tests."""
    return tuple(p for p in tree.matching(*ENV_FILES) if not stands_in(p))


def _credentials(tree: Tree) -> Iterator[Shipped]:
    for path in tree.matching(*KEYS, *CREDENTIALS):
        if stands_in(path):
            continue
        try:
            text = tree.text(path) if tree.size(path) < LONGEST_KEY and not path.endswith(BINARY) else ""
        except ReadError:
            continue
        if _PRIVATE.search(text) or _is_account(text):
            yield Shipped(path, Kind.CREDENTIALS, Location(path))


def _is_account(text: str) -> bool:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return False
    if not isinstance(data, dict):
        return False
    inner = data.get("installed") or data.get("web") or data
    return isinstance(inner, dict) and any(
        isinstance(inner.get(k), str) and not is_placeholder(inner[k])
        for k in ("private_key", "client_secret", "aws_secret_access_key")
    )


# -- what goes out with a deployment ---------------------------------------------------------------


def takes_along(tree: Tree, deployment: Deployment, path: str) -> bool:
    """Tell whether a deployment brings a file to where it runs, as far as ignore files and COPY tell."""
    if not deployment.manifests:
        return False
    folder = deployment.manifests[0].directory
    inside = path[len(folder) :].lstrip("/") if folder else path
    if folder and not path.startswith(folder + "/"):
        return False
    dockerfiles = [m.path for m in deployment.manifests if re.search(r"(?i)(?:docker|container)file", m.path)]
    if dockerfiles:
        return not _is_ignored(tree, folder, ".dockerignore", inside) and any(
            _copies(tree, d, inside) for d in dockerfiles
        )
    if not deployment.manifests[0].as_is:
        return False
    return not _is_ignored(tree, folder, ".gcloudignore", inside) and not _is_excluded(
        tree, deployment, inside
    )


def _is_ignored(tree: Tree, folder: str, name: str, inside: str) -> bool:
    import pathspec

    path = f"{folder}/{name}" if folder else name
    try:
        lines = tree.lines(path) if tree.exists(path) else ()
    except ReadError:
        return False
    return pathspec.PathSpec.from_lines("gitignore", lines).match_file(inside)


def _copies(tree: Tree, dockerfile: str, inside: str) -> bool:
    try:
        text = tree.text(dockerfile).replace("\\\n", " ")
    except ReadError:
        return False
    for line in text.splitlines():
        match = re.match(r"(?i)\s*(?:COPY|ADD)\s+(.*)", line)
        if match and "--from=" not in line:
            for source in _sources(match[1]):
                clean = source.strip("/").removeprefix("./")
                if (
                    clean in {"", "."}
                    or inside == clean
                    or inside.startswith(clean + "/")
                    or fnmatch.fnmatch(inside, clean)
                ):
                    return True
    return False


def _sources(text: str) -> list[str]:
    try:
        words = json.loads(text) if text.lstrip().startswith("[") else shlex.split(text, comments=True)
    except ValueError:
        return []
    return [w for w in words if isinstance(w, str) and not w.startswith("--")][:-1]


def _is_excluded(tree: Tree, deployment: Deployment, inside: str) -> bool:
    import pathspec

    for manifest in deployment.manifests:
        if manifest.path.endswith(("databricks.yml", "databricks.yaml")):
            try:
                (root,) = tree.yaml(manifest.path)
            except (ReadError, ValueError):
                continue
            listed = root.get("sync", "exclude")
            patterns = [i.text for i in listed.items] if listed is not None and listed.is_sequence else []
            if pathspec.PathSpec.from_lines("gitignore", patterns).match_file(inside):
                return True
    return False
