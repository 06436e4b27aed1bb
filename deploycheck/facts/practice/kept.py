"""What of a job is kept from run to run: by setup actions, cache steps, the CI system itself."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploycheck.facts.practice.caching import Caching, setup_node, setup_python, setup_uv
from deploycheck.facts.practice.installing import Ecosystem
from deploycheck.sources.errors import ReadError

if TYPE_CHECKING:
    from deploycheck.facts.pipelines import Job, Step
    from deploycheck.facts.practice.model import JobRuns
    from deploycheck.sources.tree import Tree

_WORDS = {
    Ecosystem.PYTHON: re.compile(
        r"pip(?!eline)|[/._-]uv\b|\buv[-_/]|UV_CACHE|poetry|\.?venv|virtualenv|site-packages|python|conda"
        r"|\bpdm\b|\.tox|\.nox|hatch",
        re.IGNORECASE,
    ),
    Ecosystem.NODE: re.compile(r"\.npm|npm|yarn|node_modules|\.bun\b", re.IGNORECASE),
    Ecosystem.BROWSERS: re.compile(r"ms-playwright|playwright", re.IGNORECASE),
}
_WHOLE = re.compile(r"(?:^|[~/])\.cache/?\*?$|^~/?$|^/root/?$")
_ELSEWHERE = re.compile(
    r"^(?:determinatesystems|cachix|nixbuild|bazel-contrib|bazelbuild|jdx|asdf-vm|jetify-com|jetpack-io|flox"
    r"|prefix-dev|moonrepo|mamba-org|conda-incubator|earthly|dagger)/|(?:^|[/-])(?:nix|bazel|mise|asdf|devbox)\b"
)
_OWN_PROGRAMS = frozenset(
    "nix nix-shell nix-build bazel bazelisk mise asdf devbox pixi conda micromamba".split()
)
_PLAIN = re.compile(
    r"^(?:actions|github|docker|codecov|aws-actions|google-github-actions|azure|hashicorp|aquasecurity|sigstore"
    r"|softprops|peter-evans|extractions|databricks|superfly|taiki-e|arduino|ruby|dtolnay|swatinem|denoland"
    r"|helm|redhat-actions|step-security|tj-actions|dorny|depot|pre-commit|reviewdog|sonarsource|pypa)/"
    r"|^(?:snok/install-poetry|abatilo/actions-poetry|gradle/.*|oven-sh/setup-bun|ankane/.*|pnpm/action-setup"
    r"|jlumbroso/free-disk-space|browser-actions/.*|astral-sh/ruff-action|shogo82148/.*|mxschmitt/.*)(?:/|$)"
)
_MAY_CACHE = re.compile(
    r"cache|setup|install|python|node|poetry|pip|npm|yarn|pnpm|\buv\b|\bdeps?\b|dependenc|bootstrap|prepare"
    r"|environment|\benv\b|playwright|cypress|^\./|^\$"
)
_CIRCLE = re.compile(r"(?:^|/)(restore_cache|save_cache|install[-_]packages|with[-_]cache)$")
_GITLAB_VARIABLES = {
    Ecosystem.PYTHON: ("PIP_CACHE_DIR", "UV_CACHE_DIR", "POETRY_CACHE_DIR", "XDG_CACHE_HOME"),
    Ecosystem.NODE: ("npm_config_cache", "NPM_CONFIG_CACHE", "YARN_CACHE_FOLDER", "PNPM_STORE_DIR"),
    Ecosystem.BROWSERS: ("PLAYWRIGHT_BROWSERS_PATH",),
}
_IN_PROJECT = re.compile(r"venv|node_modules|\.tox|\.nox|\.yarn|\.npm|pnpm")


@dataclass(frozen=True, slots=True)
class Setup:
    """A setup action of a job, what it keeps, and whether that is known."""

    step: Step
    caching: Caching


def setups(jobs: JobRuns, ecosystem: Ecosystem, tree: Tree) -> tuple[Setup, ...]:
    """Return the setup actions of a job for Python (uv's too) or node, with what each keeps."""
    found = list[Setup]()
    for step, _ in jobs.steps:
        if ecosystem is Ecosystem.PYTHON and step.action == "actions/setup-python":
            found.append(Setup(step, setup_python(step)))
        elif ecosystem is Ecosystem.PYTHON and step.action == "astral-sh/setup-uv":
            found.append(Setup(step, setup_uv(step, jobs.job, jobs.pipeline)))
        elif ecosystem is Ecosystem.NODE and step.action == "actions/setup-node":
            found.append(Setup(step, setup_node(step, root_package(tree))))
    return tuple(found)


def root_package(tree: Tree) -> dict[str, object]:
    """Return what the package.json of the root says; nothing where there is none that can be read."""
    if not tree.exists("package.json"):
        return {}
    try:
        data = json.loads(tree.text("package.json"))
    except (ReadError, ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def by_steps(jobs: JobRuns, ecosystem: Ecosystem) -> bool:
    """Tell whether some other step of a job keeps such packages, or may."""
    if any(run.words[0].rpartition("/")[2] in _OWN_PROGRAMS for run in jobs.runs if run.words):
        return True
    return any(_keeps(step, ecosystem) for step, _ in jobs.steps) or _by_system(jobs, ecosystem)


def _keeps(step: Step, ecosystem: Ecosystem) -> bool:
    action = step.action
    if not action or action in {"actions/setup-python", "actions/setup-node", "astral-sh/setup-uv"}:
        return False
    if re.match(r"actions/cache(?:/|$)", action) or (action.endswith("/cache") and "path" in step.inputs):
        return any(covers(path, ecosystem) for path in step.inputs.get("path", "").split("\n"))
    if _CIRCLE.search(action) or action.startswith("cache@"):
        return True
    if _ELSEWHERE.search(action):
        return True
    asked = (v for k, v in step.inputs.items() if "cache" in k.lower())
    if any(v.strip().lower() not in {"", "false"} for v in asked) and not action.startswith("docker/"):
        return True
    return not _PLAIN.search(action) and bool(_MAY_CACHE.search(action))


def covers(path: str, ecosystem: Ecosystem) -> bool:
    """Tell whether a path that is kept holds such packages; one that an expression gives may hold any."""
    path = path.strip().strip("\"'")
    if not path or path.startswith("!"):
        return False
    if _WORDS[ecosystem].search(path) or _WHOLE.search(path):
        return True
    return "${{" in path and not any(words.search(path) for words in _WORDS.values())


def _by_system(jobs: JobRuns, ecosystem: Ecosystem) -> bool:
    """Tell whether GitLab's own cache keeps such packages: only what lies inside of the project can be."""
    variables = {**jobs.pipeline.environment, **jobs.job.environment}
    moved = [variables[name] for name in _GITLAB_VARIABLES[ecosystem] if variables.get(name)]
    for path in jobs.job.caches:
        if path.startswith(("~", "/")):
            continue
        if "$" in path or (_IN_PROJECT.search(path) and _WORDS[ecosystem].search(path)):
            return True
        clean = path.removeprefix("./").rstrip("/*")
        if any(re.search(rf"(?:^|/){re.escape(clean)}(?:/|$)", value) for value in moved if clean):
            return True
    return False


def missed(job: Job, ecosystem: Ecosystem) -> str:
    """Return why a cache of GitLab's that means to keep such packages does not; nothing where none does."""
    path = next((path for path in job.caches if covers(path, ecosystem)), "")
    variable = _GITLAB_VARIABLES[ecosystem][0]
    return f"the cache of {path} stays empty unless {variable} leads there" if path else ""
