"""Known findings, kept in a file so that only new ones count: one line each, sorted, with no line numbers."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from deploycheck.engine.finish import fingerprint
from deploycheck.engine.report import Aside, Outcome, SetAside
from deploycheck.engine.suppressions import saw_everything
from deploycheck.findings import Severity

if TYPE_CHECKING:
    from deploycheck.engine.report import Report
    from deploycheck.findings import Finding

DEFAULT = "deploycheck-baseline.txt"
"""The name of the file that `--write-baseline` writes where nobody names one."""

_QUOTED = r'"(?:[^"\\]|\\.)*"'
_LINE = re.compile(
    rf"(?P<fingerprint>[0-9a-f]{{16}}) (?P<code>[A-Z]{{2,8}}\d{{3}}) (?P<severity>{'|'.join(Severity)}) "
    rf"(?P<path>{_QUOTED}|[^\s\"]\S*) (?P<subject>{_QUOTED}|[^\s\"].*)"
)
_SPACE, _ODD_SPACE = r"\s", r"[^\S ]|^ | $"
_CONFLICT = re.compile(r"(?:<{7}|={7}|>{7}|\|{7})(?: |$)")


class BaselineError(Exception):
    """A line of a baseline that cannot be read; the message says which, and what to do."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One known finding: how bad it was, and where, from the configuration's folder."""

    fingerprint: str
    code: str
    severity: Severity
    path: str
    subject: str

    def __str__(self) -> str:
        """Write its line."""
        return (
            f"{self.fingerprint} {self.code} {self.severity} {_written(self.path, _SPACE)} "
            f"{_written(self.subject, _ODD_SPACE)}"
        )


@dataclass(frozen=True, slots=True)
class Known:
    """What a baseline makes of a report: which findings it knows, and which of its entries.

    `gone` are entries of findings that are there no more, as far as the rules could look.
    """

    findings: dict[str, Entry]
    gone: tuple[Entry, ...]


def parse(text: str, shown: str) -> tuple[Entry, ...]:
    """Read a baseline: blank lines and comments (#) are passed over. Raises `BaselineError` with the line."""
    found: dict[tuple[str, str], Entry] = {}
    for number, line in enumerate(text.split("\n"), 1):
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        if _CONFLICT.match(stripped):
            raise BaselineError(f"{shown}:{number}: a merge conflict: keep the lines of both sides")
        match = _LINE.fullmatch(stripped)
        entry = _entry(match) if match else None
        if entry is None:
            raise BaselineError(f"{shown}:{number}: not `fingerprint CODE severity path subject`: remove it")
        other = found.setdefault((entry.fingerprint, entry.path), entry)
        if entry.severity.rank < other.severity.rank:
            found[entry.fingerprint, entry.path] = entry
    return tuple(found.values())


def comments(text: str) -> tuple[str, ...]:
    """Return the comments of a baseline, in their order."""
    return tuple(line.strip() for line in text.split("\n") if line.strip().startswith("#"))


def written(entries: Iterable[Entry], remarks: Iterable[str] = ()) -> str:
    """Return a baseline's text: remarks first, then the entries, sorted by their characters."""
    return "".join(f"{line}\n" for line in (*remarks, *sorted({str(e) for e in entries})))


def entry_of(finding: Finding, base: str) -> Entry:
    """Return the entry of a finding."""
    path = f"{base}/{finding.location.path}" if base else finding.location.path
    return Entry(finding.fingerprint, finding.code, finding.severity, path, finding.subject)


def compare(
    entries: Iterable[Entry], report: Report, base: str, codes: Iterable[str], exists: Callable[[str], bool]
) -> Known:
    """Find out which findings of a report a baseline knows.

    `base` is the target's path from the folder that paths of the baseline count from, `codes` are those of
    every rule there is, and `exists` tells whether the target has a file.
    """
    own = {e.fingerprint: e for e in entries if _is_of(e, base)}
    present = {f.fingerprint: f for f in (*report.findings, *(a.finding for a in report.aside))}
    known = {
        f.fingerprint: own[f.fingerprint]
        for f in report.findings
        if f.fingerprint in own and own[f.fingerprint].severity.at_least(f.severity)
    }
    absent = [e for e in own.values() if e.fingerprint not in present]
    fresh = [f for f in report.findings if f.fingerprint not in own]
    moved = dict(_moved(absent, fresh, lambda e: _relative(e, base), exists))
    known |= moved
    left = set(absent) - set(moved.values())
    judged = {r.rule.code: r for r in report.results}

    def is_gone(entry: Entry) -> bool:
        if entry.code not in judged:
            return entry.code not in codes
        result = judged[entry.code]
        no_file = result.outcome is Outcome.SKIPPED and not exists(_relative(entry, base))
        return saw_everything(result) or (no_file and not result.incomplete)

    return Known(known, tuple(sorted((e for e in left if is_gone(e)), key=str)))


def applied(report: Report, known: Known, shown: str) -> Report:
    """Return a report without the known findings, which are set aside."""
    aside = tuple(SetAside(f, Aside.BASELINE) for f in report.findings if f.fingerprint in known.findings)
    count = len(known.gone)
    fixed = f"{count} finding{'' if count == 1 else 's'} of {shown} {'is' if count == 1 else 'are'} fixed"
    note = (f"{fixed}: --write-baseline takes {'it' if count == 1 else 'them'} out",) if count else ()
    return replace(
        report,
        findings=tuple(f for f in report.findings if f.fingerprint not in known.findings),
        aside=(*report.aside, *aside),
        notes=(*report.notes, *note),
    )


def updated(
    entries: Iterable[Entry], report: Report, known: Known, base: str, *, grow: bool
) -> tuple[Entry, ...]:
    """Return the entries of a new baseline, made after a report and before it is applied.

    Of what the old one had, what is fixed or suppressed leaves. New findings come in only to `grow`.
    """
    aside = {a.finding.fingerprint for a in report.aside}
    leaving = {*known.gone, *known.findings.values()}
    kept = [e for e in entries if e not in leaving and not (e.fingerprint in aside and _is_of(e, base))]
    now = [entry_of(f, base) for f in report.findings if grow or f.fingerprint in known.findings]
    new = {(e.fingerprint, e.path) for e in now}
    return (*(e for e in kept if (e.fingerprint, e.path) not in new), *now)


def _moved(
    absent: list[Entry],
    fresh: list[Finding],
    relative: Callable[[Entry], str],
    exists: Callable[[str], bool],
) -> Iterator[tuple[str, Entry]]:
    """Yield findings of renamed files: the old one is gone, and just one new one has such findings."""
    old: dict[tuple[str, str], list[Entry]] = defaultdict(list)
    new: dict[tuple[str, str], list[Finding]] = defaultdict(list)
    for entry in absent:
        if not exists(relative(entry)):
            old[entry.code, _pathless(entry.subject, relative(entry))].append(entry)
    for finding in fresh:
        new[finding.code, _pathless(finding.subject, finding.location.path)].append(finding)
    for key, entries in old.items():
        findings = new.get(key, [])
        if len({e.path for e in entries}) == 1 == len({f.location.path for f in findings}):
            for finding, entry in zip(findings, sorted(entries, key=str), strict=False):
                if entry.severity.at_least(finding.severity):
                    yield finding.fingerprint, entry


def _pathless(subject: str, path: str) -> str:
    """Return a subject that names no file of its own: a rename changes it as well."""
    return subject.replace(path, "\0")


def _is_of(entry: Entry, base: str) -> bool:
    """Tell whether an entry is about a target: its fingerprint is made of the path from there."""
    if base and not entry.path.startswith(f"{base}/"):
        return False
    path = _relative(entry, base)
    return any(fingerprint(entry.code, path, entry.subject, n) == entry.fingerprint for n in range(1, 1000))


def _relative(entry: Entry, base: str) -> str:
    return entry.path.removeprefix(f"{base}/") if base else entry.path


def _written(text: str, awkward: str) -> str:
    """Write a field, as JSON where it could be misread."""
    if not text or text.startswith(('"', "#")) or re.search(awkward, text) or not text.isprintable():
        return json.dumps(text, ensure_ascii=False)
    return text


def _read(field: str) -> str:
    if not field.startswith('"'):
        return field
    value = json.loads(field)
    return value if isinstance(value, str) else ""


def _entry(match: re.Match[str]) -> Entry | None:
    try:
        path, subject = _read(match["path"]), _read(match["subject"])
    except json.JSONDecodeError:
        return None
    return Entry(match["fingerprint"], match["code"], Severity(match["severity"]), path, subject)
