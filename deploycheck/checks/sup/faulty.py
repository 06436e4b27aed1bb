"""Suppressions that cannot work as they are written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.checks.sup.edits import with_word
from deploycheck.findings import Draft, Fix, Severity
from deploycheck.rules import rule

if TYPE_CHECKING:
    from deploycheck.facts.suppressions import Fault, Suppression
    from deploycheck.project import Project


@rule("SUP001", "faulty-suppression", severity=Severity.MEDIUM, last=True)
def faulty_suppression(project: Project) -> Iterator[Draft]:
    """Nothing is suppressed: the suppression cannot work as it is written.

    **Why.** Who wrote it believes that a finding has been looked at and accepted. With a rule's name misspelt
    nobody has said so of any finding, and without a reason nobody can tell later whether it still holds.

    **Fix.** Write `# deploycheck: ignore[CORS001] reason` at the end of the finding's line, or alone on the
    line above. Several rules, names and families may be named, and `until=2027-01-31` says how long it
    holds. For a whole file, `# deploycheck: ignore-file[CORS001] reason` stands alone before its first line
    of content. Where a file has no comments, `suppress` in the configuration does the same.

    **Silent when** every rule that it names exists, a reason is given, and it stands where the file's
    language has comments. A comment that merely mentions deploycheck is none.

    Source: the comments of the project's files.
    """
    for judged in project.judged:
        for fault in judged.faults:
            yield _draft(judged.suppression, fault)


def _draft(suppression: Suppression, fault: Fault) -> Draft:
    edits = with_word(suppression, fault.word, fault.instead) if fault.instead else ()
    remedy = f"name {fault.instead}" if fault.instead else "correct it, or take it out"
    return Draft(
        message=f"{fault.text}.".replace("?.", "?"),
        at=suppression.at,
        subject=fault.word or suppression.named or "suppression",
        fix=Fix(remedy, edits),
    )
