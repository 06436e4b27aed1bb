"""A rule's docstring as its page: one sentence, then Why, Fix, Silent when and Source, in this order."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from deploycheck.rules import Rule

HEADINGS = ("Why", "Fix", "Silent when", "Source")
"""The sections in their order; only Source may be left out."""

_HEADING = re.compile(rf"^\*\*({'|'.join(HEADINGS)})[.:]?\*\*[.:]?[ \t]*", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Page:
    """A rule's page. `sections` maps each heading to its text."""

    summary: str
    sections: dict[str, str]

    @property
    def problem(self) -> str:
        """What is wrong with the page, or an empty string."""
        if not self.summary:
            return "has no summary"
        missing = [h for h in HEADINGS[:-1] if not self.sections.get(h)]
        if missing:
            return f"has no {', '.join(missing)}"
        order = [h for h in HEADINGS if h in self.sections]
        return (
            ""
            if list(self.sections) == order
            else f"has its sections in another order than {', '.join(order)}"
        )


def page_of(rule: Rule) -> Page:
    """Return the page that a rule's docstring holds."""
    text = inspect.cleandoc(rule.doc)
    parts = _HEADING.split(text)
    sections = {parts[i]: parts[i + 1].strip() for i in range(1, len(parts), 2)}
    return Page(" ".join(parts[0].split()), sections)
