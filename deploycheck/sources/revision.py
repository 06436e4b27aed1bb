"""An earlier state of a git repository, put into a folder of its own to be read like any other.

git is asked for objects only, so that nothing which the repository configures is ever run: no hook, no
filter, no text conversion, no file-system monitor, and no fetch of what a partial clone lacks.
"""

from __future__ import annotations

import os
import stat
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from deploycheck.sources.text import LIMIT

_SAFE = (
    "-c core.fsmonitor=false -c core.hooksPath=/dev/null -c core.splitIndex=false -c index.version=2 "
    "-c core.untrackedCache=false -c protocol.allow=never --no-pager"
).split()
_ENVIRONMENT = {
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "LC_ALL": "C",
}
_MOST = 1_000_000_000
"""How many bytes of a tree are put down at most."""
_ABOVE = (".gitignore", "pyproject.toml", "deploycheck.toml")
"""What counts of the folders above a target."""


class RevisionError(Exception):
    """A state that cannot be had: one plain line that says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Revision:
    """The commit that a change starts from; `top` is the repository's folder, `prefix` the target in it."""

    top: Path
    prefix: str
    commit: str


@dataclass(frozen=True, slots=True)
class _Blob:
    mode: int
    name: str
    path: str


def revision_of(target: Path, wanted: str) -> Revision:
    """Return where the change since a revision starts: the last commit that it shares with HEAD.

    Raises `RevisionError` when the target is in no repository, or the revision is not known there.
    """
    folder = Path(os.path.realpath(target))
    try:
        top = Path(os.fsdecode(_git(folder, "rev-parse", "--show-toplevel").rstrip(b"\n")))
    except _GitError as error:
        why = "git does not trust its owner" if "dubious" in error.said else "it is in no git repository"
        raise RevisionError(f"--since needs the target's history, and {why}") from error
    top = Path(os.path.realpath(top))
    if not folder.is_relative_to(top):
        raise RevisionError("--since needs the target's history, and it is in no git repository")
    shallow = _git(folder, "rev-parse", "--is-shallow-repository").strip() == b"true"
    deeper = "; this clone is shallow: fetch its whole history (actions/checkout: fetch-depth: 0)"
    try:
        commit = _commit(folder, wanted)
        start = _git(folder, "merge-base", commit, _commit(folder, "HEAD")).decode().split()[0]
    except _GitError as error:
        hint = deeper if shallow else "; name a branch, a tag or a commit that is fetched here"
        raise RevisionError(
            f"--since: no commit {wanted!r} that shares its history with this state{hint}"
        ) from error
    return Revision(top, "" if folder == top else folder.relative_to(top).as_posix(), start)


def put_down(revision: Revision, folder: Path) -> Path:
    """Write the target as it was into an empty folder, and return where it is. Raises `RevisionError`.

    A file over the size limit of a text gets its size and no content: nobody would read it. Links come last,
    so that nothing is ever written through one.
    """
    target = folder / revision.prefix
    try:
        target.mkdir(parents=True, exist_ok=True)
        (folder / ".git").mkdir(exist_ok=True)
        blobs = list(_blobs(revision))
        _write(revision, folder, blobs)
        index = {"GIT_INDEX_FILE": str(folder / ".git" / "index")}
        _git(revision.top, "read-tree", revision.commit, environment=index)
    except _GitError as error:
        raise RevisionError(
            "--since: git could not read that state; a partial clone lacks what was never fetched"
        ) from error
    except OSError as error:
        raise RevisionError(f"--since: that state could not be put down: {error.strerror}") from error
    return target


class _GitError(Exception):
    """git ended with an error; `said` is its message."""

    def __init__(self, said: str) -> None:
        super().__init__(said)
        self.said = said


def _git(
    folder: Path, *arguments: str, given: bytes = b"", environment: dict[str, str] | None = None
) -> bytes:
    """Run git for its output. Raises `_GitError`, or `RevisionError` without git."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    try:
        done = subprocess.run(  # noqa: S603 - a fixed program, and no shell
            ["git", *_SAFE, *arguments],  # noqa: S607 - the user's own git
            cwd=folder,
            env={**inherited, **_ENVIRONMENT, **(environment or {})},
            input=given,
            capture_output=True,
            check=False,
        )
    except FileNotFoundError as error:
        raise RevisionError("--since needs git, which is not installed here") from error
    if done.returncode:
        raise _GitError(done.stderr.decode(errors="replace"))
    return done.stdout


def _commit(folder: Path, wanted: str) -> str:
    found = _git(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{wanted}^{{commit}}")
    return found.decode().strip()


def _blobs(revision: Revision) -> Iterator[_Blob]:
    """Yield the files and links of the target, and what counts of the folders above it."""
    wanted = {"/".join(revision.prefix.split("/")[:depth]) for depth in range(revision.prefix.count("/") + 1)}
    for line in _git(revision.top, "ls-tree", "-r", "-z", "--full-tree", revision.commit).split(b"\0"):
        head, _, raw = line.partition(b"\t")
        path = os.fsdecode(raw)
        parts = path.split("/")
        if not head or {"", ".", "..", ".git"} & {p.lower() for p in parts}:
            continue
        mode, kind, name = head.decode().split()
        above = parts[-1] in _ABOVE and "/".join(parts[:-1]) in wanted
        if kind == "blob" and (not revision.prefix or path.startswith(f"{revision.prefix}/") or above):
            yield _Blob(int(mode, 8), name, path)


def _write(revision: Revision, folder: Path, blobs: list[_Blob]) -> None:
    sizes = _sizes(revision, blobs)
    if sum(min(size, LIMIT) for size in sizes.values()) > _MOST:
        raise RevisionError("--since: that state has over 1 GB of text, which is more than is compared")
    small = [b for b in blobs if sizes[b.name] <= LIMIT]
    contents = _contents(revision, small)
    for blob in sorted(blobs, key=lambda b: stat.S_ISLNK(b.mode)):
        file = folder / blob.path
        file.parent.mkdir(parents=True, exist_ok=True)
        content = contents.get(blob.name)
        if stat.S_ISLNK(blob.mode):
            file.symlink_to(os.fsdecode(content or b"?"))
        else:
            with file.open("xb") as stream:
                stream.write(content or b"")
                stream.truncate(sizes[blob.name])


def _sizes(revision: Revision, blobs: list[_Blob]) -> dict[str, int]:
    asked = "".join(f"{name}\n" for name in dict.fromkeys(b.name for b in blobs)).encode()
    lines = _git(revision.top, "cat-file", "--batch-check", given=asked).decode().splitlines()
    if any(line.endswith("missing") for line in lines):
        raise _GitError("missing")
    return {name: int(size) for name, _, size in (line.split() for line in lines)}


def _contents(revision: Revision, blobs: list[_Blob]) -> dict[str, bytes]:
    asked = "".join(f"{name}\n" for name in dict.fromkeys(b.name for b in blobs)).encode()
    output = _git(revision.top, "cat-file", "--batch", given=asked)
    found: dict[str, bytes] = {}
    position = 0
    while position < len(output):
        end = output.index(b"\n", position)
        name, _, size = output[position:end].decode().split()
        found[name] = output[end + 1 : end + 1 + int(size)]
        position = end + 2 + int(size)
    return found
