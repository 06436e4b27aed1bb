"""What looks for known vulnerabilities in a project's packages, when, and whether it can fail."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from deploycheck.facts.practice import updates
from deploycheck.facts.practice.installing import Ecosystem
from deploycheck.facts.practice.model import When
from deploycheck.facts.practice.tools import bare, plain
from deploycheck.findings import Location

if TYPE_CHECKING:
    from deploycheck.facts.builds.following import Run
    from deploycheck.facts.pipelines import Step
    from deploycheck.facts.practice.model import JobRuns, Practice
    from deploycheck.sources.tree import Tree

Covered = frozenset[Ecosystem]
PYTHON: Covered = frozenset({Ecosystem.PYTHON})
NODE: Covered = frozenset({Ecosystem.NODE})
BOTH = PYTHON | NODE
_NONE: Covered = frozenset()

_PROGRAMS = {
    **dict.fromkeys(("pip-audit", "safety", "uv-secure", "jake", "guarddog"), PYTHON),
    **dict.fromkeys(("gh-action-pip-audit", "python-safety-dependencies-check"), PYTHON),
    **dict.fromkeys(("audit-ci", "better-npm-audit", "improved-yarn-audit", "auditjs", "retire"), NODE),
    **dict.fromkeys(("check-audit", "npm-audit-resolver", "npm-audit"), NODE),
    **dict.fromkeys(("osv-scanner", "osv-detector", "grype", "dependency-check", "bomber", "depscan"), BOTH),
    **dict.fromkeys(("dependency-check.sh", "fossa", "ort", "vet", "owasp-dependency-check"), BOTH),
}
_VERBS: dict[str, tuple[frozenset[str], Covered]] = {
    "uv": (frozenset({"audit"}), PYTHON),
    "pipenv": (frozenset({"check", "audit"}), PYTHON),
    "poetry": (frozenset({"audit"}), PYTHON),
    "npm": (frozenset({"audit"}), NODE),
    "pnpm": (frozenset({"audit"}), NODE),
    "yarn": (frozenset({"audit"}), NODE),
    "bun": (frozenset({"audit"}), NODE),
    "snyk": (frozenset({"test", "monitor"}), BOTH),
    "trivy": (frozenset("fs filesystem repo repository rootfs image i sbom".split()), BOTH),
    "docker": (frozenset({"scout"}), BOTH),
}
_ACTIONS = (
    (re.compile(r"pip-?audit|safety-action|/safety\b"), PYTHON),
    (re.compile(r"npm-audit|audit-ci|yarn-audit|pnpm-audit"), NODE),
    (
        re.compile(
            r"dependency-review-action|osv-scanner|osv-detector|trivy-action|anchore/scan-action|^snyk/actions"
            r"|frogbot|fossa-action|fossas/|dependency-?check|socketdev/|docker/scout-action|debricked"
            r"|renovatebot/|megalinter|sonatype|checkmarx|endorlabs|mend-|veracode-sca|oss-review-toolkit|vet-action"
        ),
        BOTH,
    ),
)
_IMAGES = re.compile(r"trivy|grype|osv-scanner|snyk|pip-audit|dependency-check|fossa|depscan")
_REUSED = re.compile(r"audit|vulnerab|security|\bscan|snyk|trivy|osv|dependency-review", re.IGNORECASE)
_WORDS = re.compile(
    r"\b(?:(?P<python>pip-audit|safety (?:check|scan)|uv audit|uv-secure|pipenv (?:check|audit))"
    r"|(?P<node>(?:npm|pnpm|yarn|yarn npm|bun) audit|audit-ci|better-npm-audit)"
    r"|osv-scanner|trivy|grype|snyk|dependency-check|dependencyCheck|fossa)\b"
)


@dataclass(frozen=True, slots=True)
class Audit:
    """One audit: what it covers, what it is called, where, when, and through what it is run.

    `tolerant` tells that nothing stops where it finds something. `recipe` tells that it is only a recipe,
    which somebody has to call.
    """

    covers: Covered
    text: str
    at: Location
    when: When = When.CHANGES
    tolerant: bool = False
    recipe: bool = False
    via: tuple[Location, ...] = ()


def find_audits(practice: Practice, tree: Tree) -> tuple[Audit, ...]:
    """Return every audit of a project."""
    found = list(_of_jobs(practice))
    found += (Audit(_covered(kinds), text, at) for kinds, text, at in updates.configured(tree))
    for runs, recipe in ((practice.hooks, False), (practice.images, False), (practice.recipes, True)):
        found += (_of_run(run, recipe=recipe) for run in runs if audits(run))
    for path, text in practice.elsewhere:
        found += _of_text(path, text)
    return tuple(found)


def _covered(kinds: Sequence[str]) -> Covered:
    return frozenset(e for e in (Ecosystem.PYTHON, Ecosystem.NODE) if e.name.lower() in kinds)


def _of_run(run: Run, when: When = When.CHANGES, *, recipe: bool = False, shown: bool = False) -> Audit:
    forgiven = not shown and (run.tolerant or _cannot_fail(run))
    return Audit(audits(run), run.text, run.at, when, forgiven, recipe, run.via)


def _of_jobs(practice: Practice) -> Iterator[Audit]:
    for jobs in practice.jobs:
        if jobs.when is When.NEVER:
            continue
        if jobs.job.uses and _REUSED.search(jobs.job.uses):
            yield Audit(BOTH, f"uses: {jobs.job.uses}", jobs.job.at, jobs.when, jobs.job.tolerant)
        for step, runs in jobs.steps:
            yield from _of_step(jobs, step, runs)


def _of_step(jobs: JobRuns, step: Step, runs: tuple[Run, ...]) -> Iterator[Audit]:
    # What is uploaded to the code-scanning page is seen there, even where the step itself cannot fail.
    shown = any("upload-sarif" in s.action for s, _ in jobs.steps)
    tolerant = (step.tolerant or jobs.job.tolerant) and not shown
    runs = tuple(replace(run, tolerant=run.tolerant or tolerant) for run in runs)
    covers = _of_action(step)
    if covers:
        yield Audit(covers, f"uses: {step.uses}", step.uses_at or step.at, jobs.when, tolerant)
    yield from (_of_run(run, jobs.when, shown=shown) for run in runs if audits(run))


def _of_action(step: Step) -> Covered:
    if "trivy" in step.action and step.inputs.get("scan-type", "") in {"config", "k8s"}:
        return _NONE
    return next((covers for words, covers in _ACTIONS if step.action and words.search(step.action)), _NONE)


def audits(run: Run) -> Covered:
    """Return what a command audits; nothing for one that audits nothing."""
    if run.image and _IMAGES.search(run.image):
        return BOTH
    words = bare(run.words)
    if not words or {"--version", "--help"} & set(words):
        return _NONE
    if words[0] in _PROGRAMS:
        return _PROGRAMS[words[0]]
    verbs, covers = _VERBS.get(words[0], (frozenset[str](), _NONE))
    said = plain(words)[1:]
    said = said[1:] if words[0] == "yarn" and said[:1] == ("npm",) else said
    # `npm audit signatures` tells who published a package, not whether it is safe.
    return covers if said and said[0] in verbs and "signatures" not in said else _NONE


def _cannot_fail(run: Run) -> bool:
    return bool(re.search(r"--audit-level[= ]none\b|--exit-zero\b|--no-fail\b", run.text))


def _of_text(path: str, text: str) -> Iterator[Audit]:
    for found in _WORDS.finditer(text):
        covers = PYTHON if found["python"] else NODE if found["node"] else BOTH
        yield Audit(covers, found.group(), Location(path, text.count("\n", 0, found.start()) + 1))
