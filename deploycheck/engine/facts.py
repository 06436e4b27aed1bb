"""What we take the project to be, as data: wrong here means wrong everywhere, so the user sees it first."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from deploycheck.engine.budgets import ConnectionBudget
    from deploycheck.engine.migrations import Migrations
    from deploycheck.facts.databases.selection import Opened
    from deploycheck.masking import Masker


@dataclass(frozen=True, slots=True)
class Fact:
    """One line: what it is about, what it is, and a remark (where it comes from, what it means)."""

    label: str
    value: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """The facts of one deployment, in the order of showing."""

    title: str
    environment: str
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Understood:
    """Every deployment's section, the facts of the whole, each history of migrations, each connection budget.

    `crashed` says why there are none.
    """

    sections: tuple[Section, ...] = ()
    facts: tuple[Fact, ...] = ()
    migrations: tuple[Migrations, ...] = ()
    budgets: tuple[ConnectionBudget, ...] = ()
    crashed: str = ""
    traceback: str = ""

    def masked(self, masker: Masker) -> Understood:
        """Return the same with every text masked."""
        sections = tuple(
            replace(s, environment=masker.mask(s.environment), facts=_masked(s.facts, masker))
            for s in self.sections
        )
        migrations = tuple(m.masked(masker) for m in self.migrations)
        budgets = tuple(b.masked(masker) for b in self.budgets)
        facts = _masked(self.facts, masker)
        return replace(self, sections=sections, facts=facts, migrations=migrations, budgets=budgets)


def _masked(facts: tuple[Fact, ...], masker: Masker) -> tuple[Fact, ...]:
    return tuple(replace(f, value=masker.mask(f.value), note=masker.mask(f.note)) for f in facts)


_BACKENDS = {
    "sqlite": "SQLite",
    "postgresql": "PostgreSQL",
    "postgres": "PostgreSQL",
    "mysql": "MySQL",
    "mariadb": "MariaDB",
    "given": "a URL that the platform provides",
    "unknown": "not known",
    "none": "none",
    "fails": "stops before it opens one",
}


def database_of(opened: Opened) -> Fact:
    """Say what production opens, and where the code does so. The URL's password is masked with the rest."""
    name = _BACKENDS.get(opened.backend, opened.backend)
    value = f"{name} {opened.resolved.shape}".rstrip()
    at = opened.engine.at
    return Fact("database", value if opened.resolved.certain else f"perhaps {value}", f"{at.path}:{at.line}")
