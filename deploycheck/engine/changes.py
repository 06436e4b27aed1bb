"""What a change touches, and what it causes: the findings that are its own."""

from __future__ import annotations

import difflib
import posixpath
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from deploycheck.engine.report import Aside, SetAside
from deploycheck.sources.errors import ReadError

if TYPE_CHECKING:
    from deploycheck.engine.report import Report
    from deploycheck.findings import Finding, Severity
    from deploycheck.sources.tree import Tree

_ALIKE = 0.5
"""How much of a file's lines must have stayed for it to count as renamed; git's own measure."""

Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Change:
    """The lines that differ, by path as it is now, and the old path of each file that was renamed."""

    lines: Mapping[str, frozenset[int]]
    renamed: Mapping[str, str] = field(default_factory=dict)

    def touches(self, finding: Finding) -> bool:
        """Tell whether a line of a finding, of its trail, or one that its patch takes out, has changed."""
        places = [finding.location, *(s.location for s in finding.trail if s.location is not None)]
        if any(not self._of(p.path).isdisjoint(range(p.line, p.end_line + 1)) for p in places):
            return True
        return any(line in self._of(path) for path, line in _taken_out(finding.patch or ""))

    def _of(self, path: str) -> frozenset[int]:
        return self.lines.get(path, frozenset())


def change(before: Tree, now: Tree) -> Change:
    """Compare two states of a project, line ends and encodings aside."""
    renamed = _renamed(before, now)
    lines: dict[str, frozenset[int]] = {}
    for path in now.files:
        old = _lines(before, renamed.get(path, path))
        new = _lines(now, path)
        if old != new:
            lines[path] = _changed(old, new)
    return Change(lines, renamed)


def narrowed(report: Report, earlier: Report, change: Change) -> Report:
    """Return a report with only what a change touches or causes; the rest is set aside.

    Caused is what the earlier state did not have, or not as bad: there, only what was shown counts, so that
    taking a suppression out brings its finding back.
    """
    old = _earlier(earlier, {before: after for after, before in change.renamed.items()})
    touched = {f.fingerprint for f in report.findings if change.touches(f)}
    caused = _caused(report.findings, old, touched)
    rest = [f for f in report.findings if f.fingerprint not in touched | caused]
    return replace(
        report,
        findings=tuple(f for f in report.findings if f.fingerprint in touched | caused),
        aside=(*report.aside, *(SetAside(f, Aside.UNTOUCHED) for f in rest)),
    )


def _earlier(report: Report, now: Mapping[str, str]) -> dict[Key, list[Severity]]:
    """Return how bad the earlier findings were, worst first, by what they are today."""
    found: dict[Key, list[Severity]] = defaultdict(list)
    for finding in report.findings:
        path = finding.location.path
        subject = finding.subject.replace(path, now[path]) if path in now else finding.subject
        found[finding.code, now.get(path, path), subject].append(finding.severity)
    return {key: sorted(severities, key=lambda s: s.rank) for key, severities in found.items()}


def _caused(findings: Iterable[Finding], old: Mapping[Key, list[Severity]], touched: set[str]) -> set[str]:
    """Return the fingerprints of what is more, or worse, than it was: a touched one explains it first."""
    groups: dict[Key, list[Finding]] = defaultdict(list)
    for finding in findings:
        groups[finding.code, finding.location.path, finding.subject].append(finding)
    caused: set[str] = set()
    for key, group in groups.items():
        left = list(old.get(key, []))
        for finding in sorted(group, key=lambda f: f.fingerprint in touched):
            match = next((s for s in left if s.at_least(finding.severity)), None)
            if match is None:
                caused.add(finding.fingerprint)
            else:
                left.remove(match)
    return caused


def _renamed(before: Tree, now: Tree) -> dict[str, str]:
    """Return the old path of each file that was renamed: most of its lines are in one that is gone."""
    gone = {path: Counter(_lines(before, path)) for path in sorted(set(before.files) - set(now.files))}
    found: dict[str, str] = {}
    for path in sorted(set(now.files) - set(before.files)) if gone else ():
        ending = posixpath.splitext(path)[1]
        new = Counter(_lines(now, path))
        scored = [(_alike(old, new), p) for p, old in gone.items() if p.endswith(ending)]
        score, best = max(scored, default=(0.0, ""))
        if score >= _ALIKE and best not in found.values():
            found[path] = best
    return found


def _alike(one: Counter[str], other: Counter[str]) -> float:
    longest = max(one.total(), other.total())
    return (one & other).total() / longest if longest else 0.0


def _lines(tree: Tree, path: str) -> tuple[str, ...]:
    """Return a file's lines; none where it is not there or cannot be read."""
    if path not in tree.files:
        return ()
    try:
        return tree.lines(path)
    except ReadError:
        return ()


def _changed(old: tuple[str, ...], new: tuple[str, ...]) -> frozenset[int]:
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    return frozenset(
        line
        for kind, _, _, first, end in matcher.get_opcodes()
        if kind != "equal"
        for line in range(first + 1, end + 1)
    )


def _taken_out(patch: str) -> Iterable[tuple[str, int]]:
    """Yield the lines that a patch takes out, as path and number."""
    path, number = "", 0
    for line in patch.split("\n"):
        if line.startswith("--- a/"):
            path = line.removeprefix("--- a/").rstrip("\t")
        elif hunk := re.match(r"@@ -(\d+)", line):
            number = int(hunk[1])
        elif line.startswith("-") and not line.startswith("--- "):
            yield path, number
            number += 1
        elif line.startswith(" "):
            number += 1
