"""A report that has everything that the page shows: a history with branches, a budget, what was set aside."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from deploycheck.engine import Migrations, Report, RevisionLine
from deploycheck.engine.budgets import ConnectionBudget, PoolLine
from deploycheck.engine.facts import Fact
from deploycheck.engine.rehearsed import Ended, Rehearsed, RehearsedLine
from deploycheck.engine.report import Aside, SetAside
from deploycheck.findings import Finding, Location, Proof, Severity, Step

HOSTILE = '</script></style></title><img src=x onerror="pwned=1"><svg/onload=pwned=1>\'"&amp;\u202e\x00'


def revision(
    name: str, parents: Iterable[str] = (), state: str = "full", percent: int | None = 100
) -> RevisionLine:
    covered = 0 if percent is None else percent * 4 // 100
    return RevisionLine(
        name, f"versions/{name}.py", state, percent, covered, 0 if percent is None else 4, 0, tuple(parents)
    )


BRANCHED = (
    revision("a1"),
    revision("b2", ["a1"], "partial", 50),
    revision("c3", ["a1"], "empty", 0),
    revision("d4", ["c3"], "irreversible", 0),
    revision("e5", ["b2", "d4"], "merge", None),
    revision("f6", ["e5", "gone"], "nothing to invert", None),
    revision("g7", ["e5"], "unknown", 0),
)


def history(*revisions: RevisionLine, rehearsed: Rehearsed | None = None) -> Migrations:
    return Migrations("migrations", ("f6", "g7"), 60, 12, 20, 1, revisions, rehearsed)


def whole(report: Report) -> Report:
    """Fill up the common report of these tests."""
    critical, high = report.findings
    medium = replace(
        critical,
        code="POOL001",
        family="POOL",
        debt="DEPLOY-5",
        severity=Severity.MEDIUM,
        fingerprint="aaaa",
        proof=Proof.REFUTED,
        proof_note="on PostgreSQL 16 it did not",
    )
    line = RehearsedLine("b2", "versions/b2.py", Ended.TRACES, "the index ix_users stays")
    rehearsed = Rehearsed(
        "postgresql", "PostgreSQL 16", "", "3.11", "child", "", 50, 3, 6, by_revision=(line,)
    )
    budget = ConnectionBudget(
        "web",
        "2 workers × ((5 + 10) + 3) = 36 of 20",
        "assumed",
        (PoolLine("db.py:3", 15, 10, "(5 + 10)"), PoolLine("raw.py:9", 3, 0, "3")),
        2,
        36,
        20,
    )
    section = report.understood.sections[0]
    facts = (*section.facts, Fact("connections", budget.text, budget.note))
    understood = replace(
        report.understood,
        sections=(replace(section, facts=facts),),
        migrations=(history(*BRANCHED, rehearsed=rehearsed),),
        budgets=(budget,),
    )
    left_out = replace(high, code="LOG001", family="LOG", fingerprint="bbbb", message="Set aside.")
    return replace(
        report,
        understood=understood,
        findings=(critical, high, medium),
        aside=(SetAside(left_out, Aside.SUPPRESSED, "a proxy does it"),),
        notes=("a note of the run",),
        unrehearsed=("migrations: no server",),
        rehearsed=True,
    )


def hostile(finding: Finding) -> Finding:
    """Return a finding of which every text would like to be obeyed."""
    at = Location(HOSTILE, 1, 1, 1, 9)
    return replace(
        finding,
        name=HOSTILE,
        family=HOSTILE,
        debt=HOSTILE,
        subject=HOSTILE,
        message=HOSTILE,
        location=at,
        trail=(Step(HOSTILE, at), Step(HOSTILE)),
        remedy=HOSTILE,
        question=HOSTILE,
        patch=f"+{HOSTILE}\n",
        fingerprint=HOSTILE,
        excerpt=((1, HOSTILE),),
        proof=Proof.CONFIRMED,
        proof_note=HOSTILE,
    )


def many(finding: Finding, number: int) -> Iterator[Finding]:
    """Yield copies of a finding, each one of its own."""
    for one in range(number):
        yield replace(finding, message=f"{finding.message} {one}", fingerprint=f"{one:016x}")
