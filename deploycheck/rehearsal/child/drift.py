"""Alembic's own comparison of the models with the database, as lines of the DDL that it would still write."""

from __future__ import annotations

from typing import Any, Callable, Iterator

from .failures import NotHere
from .running import run_env


def drift(config: Any, script: Any) -> list[str]:
    """Return what `alembic check` finds, with env.py's own metadata, options and directives."""
    from alembic.autogenerate.api import RevisionContext

    asked = dict.fromkeys("message branch_label version_path rev_id depends_on".split())
    revisions = RevisionContext(
        config, script, dict(asked, autogenerate=True, sql=False, head="head", splice=False)
    )
    dialects: list[Any] = []

    def compare(heads: Any, context: Any) -> list[Any]:
        if not context.opts.get("target_metadata"):
            raise NotHere("its env.py gives no target_metadata to compare with")
        if set(script.get_revisions(heads)) != set(script.get_revisions("heads")):
            raise NotHere("the database is not at the head of its history, where the models belong to")
        revisions.run_autogenerate(heads, context)
        dialects.append(context.dialect)
        return []

    run_env(
        config,
        script,
        compare,
        template_args=revisions.template_args,
        revision_context=revisions,
        dont_mutate=True,
    )
    if not dialects:
        raise NotHere("its env.py ended without comparing anything")
    found = [ops.as_diffs() for r in revisions.generated_revisions for ops in r.upgrade_ops_list]
    return [line for diffs in found for line in lines(diffs, dialects[0])]


def lines(diffs: list[Any], dialect: Any) -> Iterator[str]:
    """Yield one line for each difference, as the DDL that would make the database like the models."""
    for diff in diffs:
        if isinstance(diff, list):
            yield from lines(diff, dialect)
        else:
            make = _KINDS.get(diff[0])
            yield make(diff, dialect) if make else " ".join(str(part) for part in diff)


def _table(table: Any) -> str:
    return "%s.%s" % (table.schema, table.name) if table.schema else str(table.name)


def _named(schema: Any, name: Any) -> str:
    return "%s.%s" % (schema, name) if schema else str(name)


def _type(kind: Any, dialect: Any) -> str:
    from sqlalchemy.exc import CompileError

    try:
        return str(kind.compile(dialect=dialect))
    except (CompileError, NotImplementedError):
        return repr(kind)


def _add_column(diff: Any, dialect: Any) -> str:
    column = diff[3]
    end = "" if column.nullable else " NOT NULL"
    where = _named(diff[1], diff[2])
    return "ALTER TABLE %s ADD COLUMN %s %s%s" % (where, column.name, _type(column.type, dialect), end)


def _alter(diff: Any, change: str) -> str:
    return "ALTER TABLE %s ALTER COLUMN %s %s" % (_named(diff[1], diff[2]), diff[3], change)


def _modify_type(diff: Any, dialect: Any) -> str:
    return _alter(diff, "TYPE %s" % _type(diff[6], dialect)) + " -- it is %s" % _type(diff[5], dialect)


def _default(diff: Any, dialect: Any) -> str:
    value = diff[6]
    shown = getattr(getattr(value, "arg", value), "text", getattr(value, "arg", value))
    return _alter(diff, "DROP DEFAULT" if not shown else "SET DEFAULT %s" % (shown,))


def _index(diff: Any) -> str:
    index = diff[1]
    unique = "UNIQUE " if index.unique else ""
    columns = ", ".join(str(getattr(e, "name", e)) for e in index.expressions)
    return "CREATE %sINDEX %s ON %s (%s)" % (unique, index.name, _table(index.table), columns)


def _constraint(diff: Any) -> str:
    constraint = diff[1]
    kind = {"UniqueConstraint": "UNIQUE", "ForeignKeyConstraint": "FOREIGN KEY"}.get(
        type(constraint).__name__, "CONSTRAINT"
    )
    columns = ", ".join(c.name for c in constraint.columns)
    target = ""
    if kind == "FOREIGN KEY":
        target = " REFERENCES %s" % ", ".join(e.target_fullname for e in constraint.elements)
    name = "CONSTRAINT %s " % constraint.name if constraint.name else ""
    return "ALTER TABLE %s ADD %s%s (%s)%s" % (_table(constraint.table), name, kind, columns, target)


def _drop_constraint(diff: Any) -> str:
    return "ALTER TABLE %s DROP CONSTRAINT %s" % (_table(diff[1].table), diff[1].name)


_KINDS: dict[str, Callable[[Any, Any], str]] = {
    "add_table": lambda d, _: "CREATE TABLE %s" % _table(d[1]),
    "remove_table": lambda d, _: "DROP TABLE %s" % _table(d[1]),
    "add_column": _add_column,
    "remove_column": lambda d, _: "ALTER TABLE %s DROP COLUMN %s" % (_named(d[1], d[2]), d[3].name),
    "modify_type": _modify_type,
    "modify_nullable": lambda d, _: _alter(d, "DROP NOT NULL" if d[6] else "SET NOT NULL"),
    "modify_default": _default,
    "modify_comment": lambda d, _: "COMMENT ON COLUMN %s.%s" % (_named(d[1], d[2]), d[3]),
    "add_table_comment": lambda d, _: "COMMENT ON TABLE %s" % _table(d[1]),
    "remove_table_comment": lambda d, _: "COMMENT ON TABLE %s IS NULL" % _table(d[1]),
    "add_index": lambda d, _: _index(d),
    "remove_index": lambda d, _: "DROP INDEX %s" % d[1].name,
    "add_constraint": lambda d, _: _constraint(d),
    "remove_constraint": lambda d, _: _drop_constraint(d),
    "add_fk": lambda d, _: _constraint(d),
    "remove_fk": lambda d, _: _drop_constraint(d),
}
