"""For the tests of a plug-in: what a rule finds in an example, and what is marked there.

An example is a folder with a tiny project. The line that must be reported ends in the comment
`expect: CODE`, or the comment stands alone on the line above.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from deploycheck.rules import Rule

_MARK = r"(\S?)\s*(?:#|//|--|;|<!--)\s*expect: (?:[A-Z]+\d+,? )*%s\b"


def found(rule: Rule, example: Path) -> tuple[str, ...]:
    """Return the places that a rule reports in an example, as `path:line`, sorted.

    The shell's environment is left out. Raises `AssertionError` for a rule that crashes, or that could not
    look at all that it needs, and for one whose page is not whole.
    """
    from deploycheck.engine import Selection, run
    from deploycheck.pages import page_of
    from deploycheck.project import Project, Settings

    problem = page_of(rule).problem
    if problem:
        raise AssertionError(f"the docstring of {rule.code} {problem}")
    report = run(Project(example, Settings(isolated=True)), Selection((rule,)), example.name)
    if report.nothing:
        raise AssertionError(f"{example.name}: {report.nothing}")
    for result in report.results:
        if result.incomplete:
            raise AssertionError(f"{rule.code} {result.outcome}: {result.reason}\n{result.traceback}")
    return tuple(sorted({f"{f.location.path}:{f.location.line}" for f in report.findings}))


def expected(rule: Rule, example: Path) -> tuple[str, ...]:
    """Return the places that an example marks, as `path:line`, sorted."""
    mark = re.compile(_MARK % re.escape(rule.code))
    places = set()
    for file in sorted(path for path in example.rglob("*") if path.is_file() and not path.is_symlink()):
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
        for number, line in enumerate(lines, 1):
            if match := mark.search(line):
                alone = not match[1]
                places.add(f"{file.relative_to(example).as_posix()}:{number + alone}")
    return tuple(sorted(places))
