"""Many findings of one rule: the first are shown, and the rest are counted."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from deploycheck.findings import Finding
    from deploycheck.reports.style import Style

SHOWN = 10
"""How many findings of one rule and severity are shown in full."""


def folded(findings: Iterable[Finding], style: Style) -> tuple[list[Finding], dict[str, str]]:
    """Return what to show, and for the last one of a kind, by its fingerprint, what is said of the rest.

    Nothing is left out with `--verbose`, nor where every patch is wanted.
    """
    given = list(findings)
    if style.verbose or style.fixes:
        return given, {}
    counts = Counter((f.code, f.severity) for f in given)
    seen: Counter[tuple[str, str]] = Counter()
    shown: list[Finding] = []
    rest: dict[str, str] = {}
    for finding in given:
        kind = (finding.code, finding.severity)
        seen[kind] += 1
        if seen[kind] <= SHOWN:
            shown.append(finding)
        if seen[kind] == SHOWN and (more := counts[kind] - SHOWN):
            rest[finding.fingerprint] = (
                f"… and {more} more {finding.severity} {finding.code} {finding.name}: "
                "--verbose shows each, --format concise a line of each"
            )
    return shown, rest
