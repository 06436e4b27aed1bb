"""Helpers: one revision's functions, read from text."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Mapping
from pathlib import Path

from deploycheck.facts.migrations.operations import Body, Operation, read_body
from deploycheck.facts.schema.model import Change
from deploycheck.python.scopes import FunctionSymbol
from tests.facts.projects import project

HEAD = "from alembic import op\nimport sqlalchemy as sa\nfrom sqlalchemy.dialects import postgresql\n\n\n"
PATH = "migrations/versions/a1_change.py"


def read(
    root: Path,
    text: str,
    *,
    dialect: str = "postgresql",
    function: str = "upgrade",
    files: Mapping[str, str] | None = None,
) -> Body:
    """Read a function of a revision; `text` is the body of upgrade(), or a whole module with a `def`."""
    source = textwrap.dedent(text)
    if "def upgrade" not in source and "upgrade =" not in source:
        source = "def upgrade():\n" + textwrap.indent(source.strip("\n"), "    ") + "\n"
    if "import" not in source.split("def ")[0]:
        source = HEAD + source
    program = project(root, {PATH: source, **(files or {})}).program
    module = program.module_at(PATH)
    assert module is not None, program.unparsed
    for statement in module.tree.body:
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)) and statement.name == function:
            found = program.evaluator.definition(statement, program.evaluator.module_scope(module)).target
            assert isinstance(found, FunctionSymbol)
            return read_body(program, found, dialect)
    return read_body(program, None, dialect)


def changes(root: Path, text: str, *, dialect: str = "postgresql") -> list[Change]:
    """Return the changes that upgrade() asks for."""
    return [o.change for o in read(root, text, dialect=dialect).operations]


def only(root: Path, text: str, *, dialect: str = "postgresql") -> Operation:
    """Return the only operation of upgrade()."""
    (found,) = read(root, text, dialect=dialect).operations
    return found


def told(root: Path, text: str, *, dialect: str = "postgresql") -> list[str]:
    """Return the changes as people read them."""
    return [str(c) for c in changes(root, text, dialect=dialect)]
