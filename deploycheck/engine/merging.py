"""One patch out of many findings' edits: the worst first, and what does not fit beside them left out."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from deploycheck.engine.parsing import fault_of
from deploycheck.engine.patch import difference, edited, original
from deploycheck.findings import Finding, Proof

if TYPE_CHECKING:
    from deploycheck.engine.report import Report
    from deploycheck.findings import Edit

_AGAIN = "run again after applying"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A finding that has a patch of its own and is no part of the merged one, and why.

    `place` is where it is (`app.py:12`), seen from the folder of the merged patch.
    """

    finding: Finding
    place: str
    reason: str

    def __str__(self) -> str:
        """Write it as one line for the user."""
        return f"{self.finding.code} at {self.place} is left out: {self.reason}"


@dataclass(frozen=True, slots=True)
class Merged:
    """The patch, empty when there is none, whose findings it mends, which have to wait, and its files."""

    patch: str
    mended: tuple[Finding, ...]
    left_out: tuple[LeftOut, ...]
    paths: tuple[str, ...] = ()


def merged(reports: Iterable[Report], root: Path) -> Merged:
    """Return one patch for all findings that are shown and that nothing has refuted.

    Its paths count from `root`, in which every target lies. An edit that several findings want is made once.
    """
    files = _Files(root)
    mended: list[Finding] = []
    left_out: list[LeftOut] = []
    for inside, finding in _worst_first(reports, root):
        edits = tuple(replace(edit, path=_joined(inside, edit.path)) for edit in finding.edits)
        if reason := files.take(finding.code, edits):
            place = f"{_joined(inside, finding.location.path)}:{finding.location.line}"
            left_out.append(LeftOut(finding, place, reason))
        else:
            mended.append(finding)
    return Merged(files.patch(), tuple(mended), tuple(left_out), tuple(sorted(files.taken)))


def _worst_first(reports: Iterable[Report], root: Path) -> list[tuple[str, Finding]]:
    """Return findings that have edits, each with its target's folder in `root`; a report has them sorted."""
    found = []
    for report in reports:
        inside = Path(os.path.relpath(os.path.realpath(report.target), os.path.realpath(root))).as_posix()
        found += [(inside, f) for f in report.findings if f.edits and f.proof is not Proof.REFUTED]
    return sorted(found, key=lambda each: each[1].severity.rank)


def _joined(inside: str, path: str) -> str:
    return path if inside == "." else f"{inside}/{path}"


@dataclass(frozen=True, slots=True)
class _Taken:
    """An edit that is part of the patch, and the code of the rule that wanted it first."""

    code: str
    edit: Edit


@dataclass(slots=True)
class _Files:
    """The files as they are, and the edits that are taken so far."""

    root: Path
    taken: dict[str, list[_Taken]] = field(default_factory=dict)
    texts: dict[str, str | None] = field(default_factory=dict)

    def take(self, code: str, edits: tuple[Edit, ...]) -> str:
        """Take all edits of a finding, or none; return why not, or nothing."""
        wanted: dict[str, list[_Taken]] = {}
        for edit in edits:
            beside = self.taken.get(edit.path, [])
            if any(_is_there(edit, other.edit) for other in beside):
                continue
            if rival := next((other.code for other in beside if _overlap(edit, other.edit)), ""):
                return f"it changes the lines that {rival} changes; {_AGAIN}"
            wanted.setdefault(edit.path, []).append(_Taken(code, edit))
        if fault := next(self._faults(wanted), ""):
            return fault
        for path, new in wanted.items():
            self.taken[path] = [*self.taken.get(path, []), *new]
        return ""

    def _faults(self, wanted: Mapping[str, list[_Taken]]) -> Iterator[str]:
        """Yield the files that would not parse with these edits beside those of before."""
        for path, new in wanted.items():
            before = self.taken.get(path, [])
            text = self._text(path) or ""
            if fault := fault_of(path, text, edited(text, [t.edit for t in (*before, *new)])):
                others = " and ".join(sorted({t.code for t in before}))
                beside = f" beside the change of {others}" if others else ""
                yield f"{path} would not be right with it{beside} ({fault}); {_AGAIN}"

    def _text(self, path: str) -> str | None:
        """Return a file's text, None for one that is not there yet."""
        if path not in self.texts:
            self.texts[path] = original(self.root / path, path)
        return self.texts[path]

    def patch(self) -> str:
        """Return the diffs of all files, sorted by path."""
        return "".join(
            difference(path, self._text(path), edited(self._text(path) or "", [t.edit for t in taken]))
            for path, taken in sorted(self.taken.items())
        )


def _is_there(edit: Edit, other: Edit) -> bool:
    """Tell whether what an edit does is done by another: the same, or imports that stand above already."""
    if edit == other:
        return True
    inserts = edit.end < edit.start and other.end < other.start <= edit.start
    if not inserts or not edit.path.endswith(".py"):
        return False
    lines = [line for line in edit.text.split("\n") if line.strip()]
    imports = all(re.match(r"(import|from)\s", line) for line in lines)
    return imports and set(lines) <= set(other.text.split("\n"))


def _overlap(edit: Edit, other: Edit) -> bool:
    """Tell whether two edits touch the same lines. An insertion has none: it only must not be inside."""
    if edit.end < edit.start:
        return other.start < edit.start <= other.end
    if other.end < other.start:
        return edit.start < other.start <= edit.end
    return edit.start <= other.end and other.start <= edit.end
