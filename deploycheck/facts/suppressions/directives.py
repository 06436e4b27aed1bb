"""The words of a suppression in a comment: `deploycheck: ignore[CORS001, ENV] reason, until=2027-01-31`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

MARK = "deploycheck"
"""What a file that suppresses something holds for sure."""

IGNORE, IGNORE_FILE = "ignore", "ignore-file"

# A word that is none of ours is a directive only with brackets: "deploycheck: see the README" is prose.
DIRECTIVE = re.compile(
    rf"[#;][ \t]*{MARK}[ \t]*:[ \t]*(?P<word>ignore[\w-]*|[a-z][\w-]*(?=[ \t]?\[))"
    r"[ \t]*(?P<rules>\[[^\]\n]*\]?)?(?P<rest>[^\n]*)"
)
_OTHERS = re.compile(r"[ \t]#(?=[ \t]|noqa|type:|nosec|pragma)")
_UNTIL = re.compile(r"[ \t]*[,;(]?[ \t]*\buntil[ \t]*[=:][ \t]*([^\s,;)]*)\)?[ \t]*,?")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True)
class Directive:
    """One directive: its word, the rules it names, the reason, the last day; `problem` as in `Suppression`.

    `length` is how many characters of the line are its own.
    """

    word: str
    rules: tuple[str, ...]
    reason: str
    until: date | None
    problem: str
    length: int


def directive_of(match: re.Match[str]) -> Directive:
    """Read a match of `DIRECTIVE`."""
    rest = _OTHERS.split(match["rest"], maxsplit=1)[0].rstrip()
    length = match.start("rest") - match.start() + len(rest)
    listed = match["rules"] or ""
    rules = tuple(dict.fromkeys(part for part in re.split(r"[\s,]+", listed.strip("[]")) if part))
    until = _UNTIL.search(rest)
    reason = re.sub(r"^[\s:,.–—-]+|[\s,;–—-]+$", "", _UNTIL.sub(" ", rest, count=1) if until else rest)
    last, wrong = _day(until[1]) if until else (None, "")
    problem = _problem(match["word"], listed, rules) or wrong or _without_reason(reason)
    return Directive(match["word"], rules, reason, last, problem, length)


def _day(told: str) -> tuple[date | None, str]:
    try:
        if _DATE.fullmatch(told):
            return date.fromisoformat(told), ""
    except ValueError:
        pass
    return None, f"ends on {told!r}, which is no date: write until=2027-01-31"


def _problem(word: str, listed: str, rules: tuple[str, ...]) -> str:
    if word not in {IGNORE, IGNORE_FILE}:
        return f"says {word!r}: write {IGNORE}[CODE] and a reason"
    if not rules:
        return f"names no rule: write {word}[CODE] and a reason"
    return "" if listed.endswith("]") else "has no closing bracket after the rules"


def _without_reason(reason: str) -> str:
    return "" if re.search(r"\w\w", reason) else "gives no reason: write one after the brackets"
