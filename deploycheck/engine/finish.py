"""From a check's draft to a finding: the rule's data, the excerpt, the patch, and where all is masked."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from deploycheck.engine.patch import unified_diff
from deploycheck.findings import Confidence, Finding, Severity, Step
from deploycheck.masking import Masker, is_secret_name
from deploycheck.sources.errors import ReadError
from deploycheck.sources.repository import inside_of

if TYPE_CHECKING:
    from deploycheck.findings import Draft, Location
    from deploycheck.project import Project
    from deploycheck.rules import Rule
    from deploycheck.sources.tree import Tree

_EXCERPT = 4
"""The most lines of source that a finding shows."""


class Finisher:
    """Makes findings of drafts. Every text that leaves it is masked."""

    def __init__(self, tree: Tree, masker: Masker, severities: Mapping[str, Severity] | None = None) -> None:
        """Take the tree that excerpts and patches come from, and severities that replace rules' own."""
        self._tree = tree
        self._severities = severities or {}
        self._masker = masker
        self._learned: set[str] = set()
        self._lines: dict[str, tuple[str, ...]] = {}
        self._inside = inside_of(tree.root)

    def finish(self, rule: Rule, draft: Draft) -> Finding:
        """Return the finding. Raises `PatchError` when its edits do not fit."""
        self._learn(draft)
        fix = draft.fix
        subject = self._masker.mask(draft.subject)
        patch = self._patch(unified_diff(fix.edits, self._tree, self._inside)) if fix and fix.edits else None
        return Finding(
            code=rule.code,
            name=rule.name,
            family=rule.family,
            debt=rule.debt,
            severity=_severity(self._severities.get(rule.code) or draft.severity or rule.severity, draft),
            confidence=Confidence.CERTAIN if draft.certain else Confidence.LIKELY,
            evidence=draft.evidence,
            subject=subject,
            message=self._masker.mask(draft.message),
            location=draft.at,
            trail=tuple(self._step(step) for step in draft.trail),
            remedy=self._masker.mask(fix.remedy) if fix else "",
            question=self._masker.mask(fix.question) if fix else "",
            patch=patch,
            fingerprint=fingerprint(rule.code, draft.at.path, subject),
            excerpt=self._excerpt(draft.at),
            edits=fix.edits if fix and patch else (),
        )

    def _learn(self, draft: Draft) -> None:
        """Learn the secrets of every file that the draft speaks of, before a word of it is shown."""
        paths = {draft.at.path, *(s.location.path for s in draft.trail if s.location)}
        paths |= {edit.path for edit in draft.fix.edits} if draft.fix else set()
        for path in sorted(paths - self._learned):
            self._learned.add(path)
            self._masker.learn(self._text(path), path)
        for edit in draft.fix.edits if draft.fix else ():
            self._masker.learn(edit.text, edit.path)

    def _text(self, path: str) -> str:
        """Return a file's text, or nothing for one that cannot be read (which the tree notes)."""
        try:
            return self._tree.text(path) if self._tree.exists(path) else ""
        except ReadError:
            return ""

    def _step(self, step: Step) -> Step:
        """Mask a trail's line: as source when it is source, else as prose."""
        if step.location is not None:
            source = self._source(step.location)
            if step.text.strip() in source or source.strip() in step.text:
                masked = self._masker.mask(step.text, step.location.path)
                return Step(self._masker.mask(masked), step.location)
        return Step(self._masker.mask(step.text), step.location)

    def _source(self, at: Location) -> str:
        lines = self._text(at.path).split("\n")
        return "\n".join(lines[at.line - 1 : at.end_line])

    def _excerpt(self, at: Location) -> tuple[tuple[int, str], ...]:
        """Return the masked lines of a place. The whole file is masked: a secret may begin above."""
        if at.path not in self._lines:
            masked = self._masker.mask(self._text(at.path), at.path)
            self._lines[at.path] = tuple(masked.split("\n"))
        lines = self._lines[at.path]
        last = min(at.end_line, at.line + _EXCERPT - 1, len(lines))
        return tuple((number, lines[number - 1]) for number in range(at.line, last + 1))

    def _patch(self, diff: str | None) -> str | None:
        """Return a diff, or None when a secret stands in it: it could not be masked and still apply."""
        if diff is None:
            return None
        path = ""
        blocks: dict[str, list[str]] = {}
        for line in diff.splitlines():
            path = line[6:].rstrip("\t") if line.startswith(("--- a/", "+++ b/")) else path
            blocks.setdefault(path, []).append(line[1:])
        texts = (("\n".join(lines), at) for at, lines in blocks.items())
        return diff if all(self._masker.mask(text, at) == text for text, at in texts) else None


def masker_for(project: Project) -> Masker:
    """Return a masker that knows every secret that a layer of the environment holds."""
    masker = Masker()
    for deployment in project.deployments:
        for layer in deployment.environment.layers:
            for setting in layer.settings.values():
                if setting.text:
                    masker.learn(setting.text, "")
                    masker.know(setting.text if is_secret_name(setting.name) else "")
    return masker


def fingerprint(code: str, path: str, subject: str, ordinal: int = 1) -> str:
    """Return a short name for a finding that stays when code moves: never made of the line."""
    parts = [code, path, subject] + ([str(ordinal)] if ordinal > 1 else [])
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def arranged(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings each once, worst first, and every fingerprint once: a second one gets an ordinal.

    What several deployments share is found once for each: the worst of them, and a certain one before a
    likely one, stands for all.
    """
    kept: dict[tuple[object, ...], Finding] = {}
    for finding in sorted(findings, key=_order):
        kept.setdefault(
            (finding.code, finding.location.path, finding.location.line, finding.subject), finding
        )
    seen: dict[str, int] = {}
    result = []
    for finding in kept.values():
        key = finding.fingerprint
        seen[key] = seen.get(key, 0) + 1
        unique = fingerprint(finding.code, finding.location.path, finding.subject, seen[key])
        result.append(replace(finding, fingerprint=unique))
    return tuple(result)


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings worst first; their fingerprints stay."""
    return tuple(sorted(findings, key=_order))


def _order(finding: Finding) -> tuple[object, ...]:
    sure = finding.confidence is Confidence.CERTAIN
    return (finding.severity.rank, finding.code, finding.location, finding.subject, not sure, finding.message)


def _severity(severity: Severity, draft: Draft) -> Severity:
    """Critical means certain: a guess is at most high, whoever says otherwise."""
    return Severity.HIGH if severity is Severity.CRITICAL and not draft.certain else severity
