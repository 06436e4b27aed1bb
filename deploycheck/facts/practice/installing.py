"""Which commands install packages onto the machine of a job, and with what."""

from __future__ import annotations

import enum
import re
from typing import TYPE_CHECKING

from deploycheck.facts.practice.tools import bare, plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from deploycheck.facts.builds.following import Run


class Ecosystem(enum.StrEnum):
    """What is installed."""

    PYTHON = "Python packages"
    NODE = "node packages"
    BROWSERS = "Playwright browsers"


ENOUGH = 3
"""From how many packages by name on a `pip install` is worth a cache; fewer are a tool or two."""
_TOOLS = frozenset(
    """build codecov coveralls hatch hatchling nox nox-uv pdm pip pip-tools pipenv pipx poetry pre-commit prek
    setuptools tox tox-gh-actions tox-uv twine uv virtualenv wheel""".split()
)
_PROJECT = {
    "pdm": frozenset({"install", "sync"}),
    "pipenv": frozenset({"install", "sync"}),
    "poetry": frozenset({"install", "sync"}),
}
_ENVIRONMENTS = re.compile(r"(?:^|/)(tox\.ini|noxfile\.py) ")
_LOCAL = re.compile(r"\.{1,2}(?:/|\[|$)|.*/\*?$")


def python_manager(run: Run) -> tuple[str, int]:
    """Return what installs Python packages with a command, and how many are named; ENOUGH for a file.

    The name is empty for a command that installs none.
    """
    if (found := next((m for r in run.recipes if (m := _ENVIRONMENTS.search(r))), None)) is not None:
        return "nox" if found[1] == "noxfile.py" else "tox", ENOUGH
    first = tuple(run.words)
    index = next((i for i, w in enumerate(first) if w.rpartition("/")[2] == "uv"), None)
    if index is not None and index <= 1:
        return _uv(first[index:])
    words = bare(first)
    name, verbs = (words[0], plain(words)[1:]) if words else ("", ())
    if name == "pip" and verbs[:1] == ("install",):
        return "pip", _named(words[1:])
    if verbs and verbs[0] in _PROJECT.get(name, ()):
        return name, ENOUGH
    return (name, ENOUGH) if name in {"tox", "nox"} and "--version" not in words else ("", 0)


def _uv(words: Sequence[str]) -> tuple[str, int]:
    verbs = plain(words)[1:]
    if any(w.startswith("--only-group") for w in words):
        return "uv", 1  # the group of a tool
    if verbs[:2] == ("pip", "install"):
        return "uv", _named(words)
    if verbs[:2] == ("pip", "sync") or verbs[:1] == ("sync",):
        return "uv", ENOUGH
    runs = verbs[:1] == ("run",) and not {"--no-sync", "--no-project", "--script"} & set(words)
    return ("uv", ENOUGH) if runs else ("", 0)


def _named(words: Sequence[str]) -> int:
    """Return how many packages a `pip install` names; ENOUGH where it reads a file or a folder."""
    listed = {"-r", "--requirement", "--requirements", "-e", "--editable", "--group"}
    if any(w in listed or re.match(r"-[re]\S|--(?:requirements?|editable|group)=", w) for w in words):
        return ENOUGH
    names = [w for w in plain(words) if w not in {"install", "pip", "uv"}]
    if any(_LOCAL.match(n) and not n.endswith(".whl") for n in names):
        return ENOUGH
    plain_names = (re.split(r"[\[<>=!~@; ]", n, maxsplit=1)[0].lower() for n in names if "$" not in n)
    return len({n for n in plain_names if n and n not in _TOOLS and not n.endswith((".whl", ".gz"))})


_GLOBAL = frozenset({"-g", "--global", "--location=global"})


def node_manager(run: Run) -> str:
    """Return what installs the packages of a package.json with a command: npm, yarn or pnpm; else nothing."""
    words = list(run.words)
    while words and words[0] in {"sudo", "corepack", "time"}:
        words = words[1:]
    verbs = plain(words)
    name = verbs[0].rpartition("/")[2] if verbs else ""
    if name not in {"npm", "yarn", "pnpm"} or _GLOBAL & set(words) or verbs[1:2] == ("global",):
        return ""
    if name == "yarn" and len(verbs) == 1 and "--version" not in words and "-v" not in words:
        return name
    installs = {"install", "i", "ci", "clean-install", "install-clean"}
    # `npm install eslint` fetches one tool; without names it is the whole project.
    whole = verbs[1:2] and verbs[1] in installs and len(verbs) == 2  # noqa: PLR2004 - its name and the verb
    return name if whole else ""


def installs_browsers(run: Run) -> bool:
    """Tell whether a command downloads Playwright's browsers; its small shell alone does not count."""
    words = bare(run.words)
    is_playwright = words[:1] in {
        ("playwright",),
        ("@playwright/test",),
        ("playwright-core",),
        ("patchright",),
    }
    dependencies = {"--only-shell", "--dry-run", "--list", "--help"} & set(words)
    return is_playwright and plain(words)[1:2] == ("install",) and not dependencies
