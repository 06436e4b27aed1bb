"""Sets findings aside where the configuration ignores their rule in their path: counted, and not lost."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from deploycheck.engine.report import Aside, SetAside

if TYPE_CHECKING:
    from deploycheck.findings import Finding

Matcher = Callable[[str], bool]


def set_aside(
    findings: tuple[Finding, ...], ignored: Mapping[str, frozenset[str]], base: str = ""
) -> tuple[tuple[Finding, ...], tuple[SetAside, ...]]:
    """Return the findings that count, and those that a pattern of `ignored` takes out.

    Patterns are those of .gitignore, from the folder that has the target at `base`.
    """
    if not ignored:
        return findings, ()
    matchers = {pattern: _matcher(pattern) for pattern in ignored}
    kept: list[Finding] = []
    aside: list[SetAside] = []
    for finding in findings:
        path = posixpath.join(base, finding.location.path)
        by = next((p for p, codes in ignored.items() if finding.code in codes and matchers[p](path)), None)
        if by is None:
            kept.append(finding)
        else:
            aside.append(SetAside(finding, Aside.IGNORED, by))
    return tuple(kept), tuple(aside)


def _matcher(pattern: str) -> Matcher:
    # Imported late: few projects have such patterns.
    import pathspec

    return pathspec.GitIgnoreSpec.from_lines([pattern]).match_file
