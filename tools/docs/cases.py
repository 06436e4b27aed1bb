"""The examples of a rule as its page shows them: files without their marks, and which lines are reported."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from deploycheck.rules import Rule

EXAMPLES = Path(__file__).parents[2] / "fixtures" / "rules"
_MARK = re.compile(
    r"[ \t]*(?:#|//|--|;|<!--)\s*expect: (?P<codes>[A-Z]+\d+(?:,? +[A-Z]+\d+)*)(?:\s*-->)?\s*$"
)


@dataclass(frozen=True, slots=True)
class File:
    """One file of an example, and its lines that are reported, from 1."""

    path: str
    text: str
    marked: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """One example. `settings` is what its case.toml says; `others` are files that are no text, or empty."""

    name: str
    files: tuple[File, ...]
    others: tuple[str, ...] = ()
    settings: dict[str, Any] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """All that it holds, for measuring and comparing."""
        return "".join(f"{file.path}\n{file.text}\n" for file in self.files)


def cases(rule: Rule, kind: str) -> tuple[Case, ...]:
    """Return a rule's `bad` or `good` examples, sorted by name."""
    return tuple(_case(folder, rule.code) for folder in sorted((EXAMPLES / rule.code).glob(f"{kind}*")))


def shown(rule: Rule) -> tuple[Case | None, Case | None]:
    """Return the bad and the good example to show: small and typical, as like each other as can be."""
    bad = [case for case in cases(rule, "bad") if _typical(case, rule)] or list(cases(rule, "bad"))
    good = cases(rule, "good")
    if not bad or not good:
        return next(iter(bad), None), None
    smallest = min(len(case.text) for case in bad)
    pairs = [(b, g) for b in bad if len(b.text) <= 2 * smallest for g in good]
    return max(pairs, key=lambda pair: (_alike(*pair), -len(pair[0].text), pair[0].name, pair[1].name))


def _typical(case: Case, rule: Rule) -> bool:
    """Tell whether an example has the rule's own severity, and one place that shows it."""
    severity = case.settings.get("severity", rule.severity)
    certain = case.settings.get("confidence", "certain") == "certain"
    return severity == rule.severity and certain and any(file.marked for file in case.files)


def _alike(bad: Case, good: Case) -> float:
    return difflib.SequenceMatcher(
        None, bad.text.splitlines(), good.text.splitlines(), autojunk=False
    ).ratio()


def _case(folder: Path, code: str) -> Case:
    described = folder / "case.toml"
    settings = tomllib.loads(described.read_text(encoding="utf-8")) if described.exists() else {}
    files, others = [], []
    for path, file in _files(folder):
        try:
            text = file.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            text = ""
        if text.strip() and "\0" not in text:
            files.append(_unmarked(path, text, code, settings.get("at", ())))
        else:
            others.append(path)
    return Case(folder.name, tuple(files), tuple(others), settings)


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    for file in sorted(folder.rglob("*")):
        path = file.relative_to(folder).as_posix()
        if file.is_file() and not file.is_symlink() and path != "case.toml" and "__pycache__" not in path:
            yield path, file


def _unmarked(path: str, text: str, code: str, at: tuple[str, ...]) -> File:
    """Take the marks out. One that stands alone takes its line with it, and means the next."""
    lines: list[str] = []
    marked: set[int] = set()
    for number, line in enumerate(text.splitlines(), 1):
        mark = _MARK.search(line)
        rest = line[: mark.start()] if mark else line
        alone = mark is not None and not rest.strip()
        if f"{path}:{number}" in at or (mark and code in re.split(r"[ ,]+", mark["codes"])):
            marked.add(len(lines) + 1)
        if not alone:
            lines.append(rest)
    return File(path, "\n".join(lines), tuple(sorted(marked)))
