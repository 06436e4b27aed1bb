"""What the three rules about caches share: one finding a file, with its jobs, and the edits."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from deploycheck.facts.pipelines.giving import given
from deploycheck.facts.practice.installing import Ecosystem
from deploycheck.facts.practice.uncached import Uncached, uncached
from deploycheck.findings import Draft, Edit, Fix, Step

if TYPE_CHECKING:
    from deploycheck.project import Project
    from deploycheck.sources.tree import Tree

SHOWN = 4
"""How many jobs a message names, and how many of them get a trail."""
_LOCKS = {
    "npm": ("package-lock.json", "npm-shrinkwrap.json"),
    "yarn": ("yarn.lock",),
    "pnpm": ("pnpm-lock.yaml",),
}
_SYSTEMS = {"github": "GitHub Actions", "gitlab": "GitLab CI", "circleci": "CircleCI"}


def findings(project: Project, ecosystem: Ecosystem) -> Iterator[Draft]:
    """Yield one finding for each file in which jobs install packages of a kind afresh."""
    by_file: dict[str, list[Uncached]] = {}
    for one in uncached(project.practice, ecosystem, project.tree):
        by_file.setdefault(one.at.path, []).append(one)
    for path, found in sorted(by_file.items()):
        yield _finding(project.tree, path, found, ecosystem)


def _finding(tree: Tree, path: str, found: list[Uncached], ecosystem: Ecosystem) -> Draft:
    names = _names(found, path)
    word = "Job" if len(names) == 1 else "Jobs"
    verb, them = ("downloads", "its") if len(names) == 1 else ("download", "their")
    shown = [*names[:SHOWN], *([f"{len(names) - SHOWN} more"] if len(names) > SHOWN else [])]
    listed = " and ".join((", ".join(shown[:-1]), shown[-1])) if len(shown) > 1 else shown[0]
    return Draft(
        message=f"{word} {listed} {verb} all {them} {ecosystem} again in every run: nothing keeps them.",
        at=min(one.at for one in found),
        subject=path,
        trail=tuple(step for one in found[:SHOWN] for step in _trail(one)),
        fix=_fix(tree, found, ecosystem),
    )


def _names(found: Iterable[Uncached], path: str) -> list[str]:
    """Return the jobs by name, with their workflow where that is not the file of the finding."""
    names = (
        one.jobs.job.name
        if one.jobs.pipeline.path == path
        else f"{posixpath.basename(one.jobs.pipeline.path)} {one.jobs.job.name}"
        for one in found
    )
    return list(dict.fromkeys(names))


def _trail(one: Uncached) -> Iterator[Step]:
    yield Step(f"job {one.jobs.job.name}", one.jobs.job.at)
    if one.setup is not None:
        yield Step(f"{one.setup.step.uses} {one.why}", one.setup.step.uses_at)
    elif one.why:
        yield Step(one.why, one.jobs.job.at)
    for place in one.run.via:
        yield Step("which runs", place)
    yield Step(one.run.text, one.run.at)


# -- the remedy ------------------------------------------------------------------------------------


def _fix(tree: Tree, found: list[Uncached], ecosystem: Ecosystem) -> Fix:
    system = found[0].jobs.pipeline.system
    if system != "github":
        kept = "`cache:` with a path inside of the project" if system == "gitlab" else "`restore_cache`"
        return Fix(f"keep what {found[0].manager} downloads from run to run, with {kept}")
    if ecosystem is Ecosystem.BROWSERS:
        return Fix(
            "run the job in the image mcr.microsoft.com/playwright, which has the browsers, or install with "
            "`--only-shell`; or keep ~/.cache/ms-playwright with actions/cache where the download is slow"
        )
    edits = tuple(edit for one in _distinct(found) for edit in _edits(tree, one))
    return Fix(_remedy(tree, found[0]), edits)


def _distinct(found: Iterable[Uncached]) -> list[Uncached]:
    return list({one.at: one for one in found}.values())


def _remedy(tree: Tree, one: Uncached) -> str:
    if one.manager == "uv":
        if one.setup is None:
            return "install uv with astral-sh/setup-uv, which keeps its packages; or keep ~/.cache/uv"
        return "give setup-uv `enable-cache: true`"
    if one.setup is None:
        action = "setup-python" if one.ecosystem is Ecosystem.PYTHON else "setup-node"
        return f"set the job up with actions/{action} and `cache: {_cache_name(one)}`"
    inputs = _inputs(tree, one)
    if not inputs and one.ecosystem is Ecosystem.NODE:
        return f"commit a lock file, install from it, and give setup-node `cache: {one.manager}`"
    told = " and ".join(f"`{name}: {value}`" for name, value in inputs) or f"`cache: {_cache_name(one)}`"
    return f"give {one.setup.step.action.partition('/')[2]} {told}"


def _cache_name(one: Uncached) -> str:
    if one.ecosystem is Ecosystem.NODE:
        return one.manager
    return one.manager if one.manager in {"pipenv", "poetry"} else "pip"


def _inputs(tree: Tree, one: Uncached) -> list[tuple[str, str]]:
    """Return the inputs to give to the setup action; none where it would fail with them."""
    if one.manager == "uv":
        return [("enable-cache", "true")]
    if one.setup is None or "cannot cache" in one.why or "switched off" in one.why:
        return []
    found = _python_file(tree, one) if one.ecosystem is Ecosystem.PYTHON else _lock_file(tree, one)
    if found is None:
        return []
    path = [("cache-dependency-path", found)] if found else []
    return [("cache", _cache_name(one)), *path]


def _python_file(tree: Tree, one: Uncached) -> str | None:
    """Return the file to name beside `cache`; nothing where the action finds one, None where none is."""
    manager = _cache_name(one)
    if manager == "poetry":
        return "" if tree.matching("poetry.lock") else None
    if manager == "pipenv":
        return "" if tree.matching("Pipfile.lock") else None
    if tree.matching("requirements.txt") or tree.exists("pyproject.toml"):
        return ""
    words = one.run.words
    named = next((words[i + 1] for i, w in enumerate(words[:-1]) if w in {"-r", "--requirement"}), "")
    path = posixpath.normpath(posixpath.join(one.run.directory, named)) if named else ""
    return path if path and tree.exists(path) else None


def _lock_file(tree: Tree, one: Uncached) -> str | None:
    folder = one.run.directory
    given = re.search(r"(?:--prefix|--cwd|--dir|-C)[= ](\S+)", one.run.text)
    folder = posixpath.normpath(posixpath.join(folder, given[1])) if given else folder
    while True:
        for name in _LOCKS[one.manager]:
            path = posixpath.join("" if folder == "." else folder, name)
            if tree.exists(path):
                return "" if path == name else path
        if folder in {"", "."}:
            return None
        folder = posixpath.dirname(folder)


def _edits(tree: Tree, one: Uncached) -> tuple[Edit, ...]:
    if one.setup is None or (one.manager == "pnpm" and not _has_pnpm_before(one)):
        return ()
    inputs = _inputs(tree, one)
    return given(tree, one.setup.step, inputs) if inputs else ()


def _has_pnpm_before(one: Uncached) -> bool:
    """Tell whether pnpm is there when setup-node runs, which asks it where its packages are."""
    steps = [step for step, _ in one.jobs.steps]
    before = steps[: steps.index(one.setup.step)] if one.setup is not None else []
    return any(step.action == "pnpm/action-setup" for step in before)
