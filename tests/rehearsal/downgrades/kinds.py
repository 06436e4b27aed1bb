"""Kinds of downgrades, as revisions of one history: each has a table of its own, which it finds there."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import dedent, indent
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

ENV = """\
from alembic import context
from sqlalchemy import create_engine

with create_engine("postgresql+psycopg://shop@production.example/shop").connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
"""
REVISION = """\
import logging
import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "{id}"
down_revision = {parent!r}


def upgrade():
{up}

def downgrade():
{down}
"""
FIRST = "the_tables"
_DROPS = """\
for t in {}:
    op.execute(f"DROP TABLE IF EXISTS {{t}}, {{t}}_old, {{t}}_p CASCADE")
    op.execute(f"DROP SEQUENCE IF EXISTS {{t}}_numbers")
    op.execute(f"DROP TYPE IF EXISTS {{t}}_kind")
    op.execute(f"DROP FUNCTION IF EXISTS {{t}}_one")
"""
TABLE = (
    "CREATE TABLE {t} (id serial PRIMARY KEY, email varchar(255) NOT NULL, name varchar(50), "
    "age integer DEFAULT 18)"
)


@dataclass(frozen=True)
class Kind:
    """One revision.

    `{t}` stands for its own table in all texts; `before` are statements that make what it finds. `lines` are
    what a rehearsal says of it; `fails` is how the step down fails.
    """

    id: str
    up: str
    down: str
    lines: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    fails: str = ""

    @property
    def table(self) -> str:
        return f"t_{self.id}"

    def told(self, text: str) -> str:
        return text.replace("{t}", self.table)

    @property
    def expected(self) -> list[str]:
        return [self.told(line) for line in self.lines]

    @property
    def finds(self) -> list[str]:
        return [self.told(statement) for statement in (TABLE, *self.before)]


def kind(id_: str, up: str, down: str, *lines: str, before: str = "", fails: str = "") -> Kind:
    return Kind(id_, up, down, lines, tuple(s for s in (before,) if s), fails)


def write(root: Path, kinds: Sequence[Kind]) -> None:
    """Write the project: one revision that makes what all find, and one for each kind."""
    versions = root / "migrations" / "versions"
    versions.mkdir(parents=True)
    (root / "alembic.ini").write_text("[alembic]\nscript_location = migrations\n", encoding="utf-8")
    (root / "migrations" / "env.py").write_text(ENV, encoding="utf-8")
    makes = "\n".join(f"op.execute({statement!r})" for kind in kinds for statement in kind.finds)
    drops = _DROPS.format([kind.table for kind in kinds])
    _write(versions, FIRST, None, makes, drops)
    parent = FIRST
    for one in kinds:
        _write(versions, one.id, parent, one.told(one.up), one.told(one.down))
        parent = one.id


def _write(versions: Path, id_: str, parent: str | None, up: str, down: str) -> None:
    up, down = (indent(dedent(body).strip() + "\n", "    ") for body in (up, down))
    (versions / f"{id_}.py").write_text(REVISION.format(id=id_, parent=parent, up=up, down=down), "utf-8")
