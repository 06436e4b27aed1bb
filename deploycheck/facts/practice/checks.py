"""Which other checks of a build are run anywhere: for dead code, bundle size, licences."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.facts.practice.audits import audits
from deploycheck.facts.practice.tools import bare
from deploycheck.findings import Location
from deploycheck.sources.errors import ReadError

if TYPE_CHECKING:
    from deploycheck.facts.builds.following import Run
    from deploycheck.facts.practice.model import Practice
    from deploycheck.sources.tree import Tree

SIZE_TOOLS = frozenset("size-limit bundlesize bundlesize2 bundlewatch bundlemon lhci lighthouse-ci".split())
_SIZE_WORDS = re.compile(
    r"(?:bundle|chunk|asset|dist|build)[-_. ]?(?:size|budget|weight)"
    r"|(?:size|budget)[-_. ]?(?:limit|check|budget)|check[-_. ]?(?:size|bundle|budget)|\bbudgets?\b",
    re.IGNORECASE,
)
_SIZE_ACTIONS = re.compile(
    r"size-limit|compressed-size|bundlewatch|bundlemon|lighthouse|relative-ci|bundle-size"
)
_LICENCE_PROGRAMS = frozenset(
    """license-checker license-checker-rseidelsohn license-checker-evergreen license-report nlf pip-licenses
    pip-licenses-cli liccheck licensee license-compliance license_finder licensed fossa ort scancode snyk
    license-eye trivy-licence licensecheck py-license-checker license-cop license-check-and-add
    generate-license-file""".split()
)
_LICENCE_WORDS = re.compile(
    r"licen[sc]e[-_. ]?(?:check|scan|audit|report|compliance|finder|policy|guard)"
    r"|(?:check|verify|audit|allow(?:ed)?)[-_. ]?licen[sc]e|--scanners[= ]\S*license|--license|pnpm licenses"
    r"|yarn licenses|reuse lint|licenses (?:list|ls)",
    re.IGNORECASE,
)
_LICENCE_ACTIONS = re.compile(
    r"fossa|license-check|licen[sc]e-(?:action|compliance|finder|scan)|skywalking-eyes|^snyk/"
)
_IDLE = re.compile(r"^\s*(?:#|//|@?echo\b|printf\b).*$|^.*\b(?:install|add)\b.*$", re.MULTILINE)
_IGNORED_SCRIPTS = re.compile(r"(?:^|/)(?:node_modules|\.venv|dist|build)/")


def is_run(practice: Practice, tree: Tree, tool: str) -> bool:
    """Tell whether anything runs a tool: a recipe, a hook, CI, an image, or a script that names it."""
    word = re.compile(rf"(?<![\w@/.-]){re.escape(tool)}(?![\w-])")
    if any(_names(run, tool) for run in practice.everything()):
        return True
    if any(tool in step.action or _given(step.inputs, word) for _, step in practice.steps()):
        return True
    return any(word.search(text) for _, text in (*practice.elsewhere, *_scripts(tree)))


def _names(run: Run, tool: str) -> bool:
    words = bare(run.words)
    if not words or (
        words[0] in {"npm", "pnpm", "yarn", "bun", "pip", "uv"} and {"install", "i", "add"} & set(words)
    ):
        return False
    return any(w.partition("@")[0] == tool or w == tool for w in words)


def _given(inputs: dict[str, str], word: re.Pattern[str]) -> bool:
    return any(word.search(value) for value in inputs.values())


def _scripts(tree: Tree) -> Iterator[tuple[str, str]]:
    """Yield the scripts and build files of a project, without lines that run nothing of their own."""
    names = (
        "*.sh",
        "*.bash",
        "justfile",
        "*.just",
        "Makefile",
        "*.mk",
        "turbo.json",
        "nx.json",
        "lefthook*.toml",
    )
    for path in tree.matching(*names, "scripts/*.*js", "scripts/*.ts", "*/scripts/*.*js"):
        if not _IGNORED_SCRIPTS.search(path):
            try:
                yield path, _IDLE.sub("", tree.text(path))
            except ReadError:
                continue


def limits_size(practice: Practice, tree: Tree) -> bool:
    """Tell whether anything holds a bundle to a size, by a tool, a script of its own or the bundler."""
    for run in practice.everything():
        words = bare(run.words)
        if words and (words[0] in SIZE_TOOLS or _SIZE_WORDS.search(" ".join(words))):
            return True
        if any(_SIZE_WORDS.search(name) for name in run.recipes):
            return True
    if any(_SIZE_ACTIONS.search(step.action) for _, step in practice.steps()):
        return True
    return any(_SIZE_WORDS.search(text) for _, text in practice.elsewhere) or _by_bundler(tree)


_CONFIGS = (
    "webpack*.*js", "webpack*.ts", "vite.config.*", "rollup.config.*", "rspack.config.*", "rsbuild.config.*",
    "next.config.*", "vue.config.*", "angular.json", "project.json", "craco.config.*",
)  # fmt: skip
_PLUGINS = re.compile(
    r"bundlesize|bundle-size|performance-budget|@codecov/[\w-]+-plugin|size-limit|relative-ci"
)
_ENFORCED = re.compile(r"hints\s*:\s*[\"']error[\"']")


def _by_bundler(tree: Tree) -> bool:
    """Tell whether a bundler's own configuration fails for size: webpack's hints, Angular's budgets."""
    for path in tree.matching(*_CONFIGS):
        try:
            text = re.sub(r"^\s*//.*$", "", tree.text(path), flags=re.MULTILINE)
        except ReadError:
            continue
        if _ENFORCED.search(text) or _PLUGINS.search(text) or ("budgets" in text and "maximumError" in text):
            return True
    return False


def checks_licences(practice: Practice, tree: Tree) -> bool:
    """Tell whether anything looks at the licences of the packages."""
    for run in practice.everything():
        words = bare(run.words)
        if words and (words[0] in _LICENCE_PROGRAMS or _LICENCE_WORDS.search(" ".join(words))):
            return True
        if (audits(run) and "licen" in run.text) or "fossa" in run.image:
            return True
    for _, step in practice.steps():
        asked = any("licen" in k.lower() or "licen" in v.lower() for k, v in step.inputs.items())
        reviewed = "dependency-review" in step.action and (asked or "config-file" in step.inputs)
        if reviewed or _LICENCE_ACTIONS.search(step.action) or ("trivy" in step.action and asked):
            return True
    if any(_LICENCE_WORDS.search(text) or "fossa" in text for _, text in practice.elsewhere):
        return True
    return _licence_plugins(tree)


_KEEPERS = (
    ".fossa.yml",
    ".licensed.yml",
    ".licenserc.yaml",
    ".licenserc.yml",
    "liccheck.ini",
    ".licensee.json",
)
_LICENCE_PLUGINS = re.compile(r"license-webpack-plugin|webpack-license-plugin|rollup-plugin-license")


def _licence_plugins(tree: Tree) -> bool:
    if any(tree.exists(path) for path in _KEEPERS):
        return True
    for path in tree.matching(*_CONFIGS, ".gitlab-ci.yml"):
        try:
            text = tree.text(path)
        except ReadError:
            continue
        if _LICENCE_PLUGINS.search(text) or "License-Scanning" in text:
            return True
    return False


def size_warning(tree: Tree, directory: str) -> Location | None:
    """Return where a front end's Vite says from which size on it warns, if it does; it never fails."""
    prefix = f"{directory}/" if directory else ""
    for path in tree.matching("vite.config.*"):
        if path.startswith(prefix):
            try:
                lines = tree.lines(path)
            except ReadError:
                continue
            for number, line in enumerate(lines, start=1):
                if re.match(r"[^/]*\bchunkSizeWarningLimit\b", line):
                    return Location(path, number)
    return None
