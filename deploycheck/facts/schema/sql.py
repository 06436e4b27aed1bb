"""SQL text as changes: statement by statement, each by its verb and the thing that it names.

Only what a change is made of is read; what a dialect adds behind it is passed over. A grammar of every
dialect (sqlglot's) gives up a whole ALTER TABLE where one action of it is strange to it, and knows neither
extensions nor policies; it stands beside this in the tests instead, which compare the two.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from deploycheck.facts.schema.blocks import block_of, inner_statements
from deploycheck.facts.schema.lexing import Kind, Token, statements_of, tokens_of
from deploycheck.facts.schema.model import Action, Alteration, Change, Thing
from deploycheck.facts.schema.reading import Reader
from deploycheck.facts.schema.things import (
    read_alter,
    read_comment,
    read_create,
    read_drop,
    read_grant,
    read_rename_tables,
)
from deploycheck.facts.schema.writing import WRITING_VERBS, read_write

_NEUTRAL = frozenset(
    {
        *("VALUES", "TABLE", "SET", "RESET", "SHOW", "EXPLAIN", "DESCRIBE", "DESC", "ANALYZE"),
        *("VACUUM", "LOCK", "UNLOCK", "USE", "BEGIN", "START", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE"),
        *("END", "DISCARD", "LISTEN", "NOTIFY", "UNLISTEN", "CHECKPOINT", "REINDEX", "CLUSTER", "REFRESH"),
        *("PRAGMA", "ATTACH", "DETACH", "DEALLOCATE", "PREPARE", "PRINT", "DECLARE", "FETCH", "CLOSE"),
        *("OPTIMIZE", "FLUSH", "CHECK", "KILL", "HELP", "ABORT", "RAISERROR", "PERFORM", "LOAD", "FROM"),
        *("MOVE", "REPAIR", "DELIMITER", "PURGE", "CACHE"),
    }
)
# A SELECT that changes a schema, by the function that it calls.
_CHANGING = {
    "ADDGEOMETRYCOLUMN": (Action.CREATE, Thing.COLUMN),
    "DROPGEOMETRYCOLUMN": (Action.DROP, Thing.COLUMN),
    "CREATE_HYPERTABLE": (Action.ALTER, Thing.TABLE),
}
_COPIED = re.compile(r"^copy\s.*from\s+stdin", re.IGNORECASE)
_ALIKE = {"postgres": "postgresql", "cockroachdb": "postgresql", "redshift": "postgresql"}
_LARGEST = 4_000_000
_DEEPEST = 3
_RENAME_ARGUMENTS = 3
_SHOWN = 2_000


@functools.lru_cache(maxsize=4096)
def read_sql(text: str, dialect: str = "") -> tuple[Change, ...]:
    """Return the changes of every statement of `text`, in order; an unreadable one is `UNKNOWN`.

    `dialect` is SQLAlchemy's name of the backend (`postgresql`, `sqlite`, `mysql`), empty where not known.
    An ALTER TABLE with several actions gives several changes. `{…}` in the text stands for a part that is
    not known: names that hold it are not known, and a statement whose verb holds it is `UNKNOWN`. A
    `CREATE TEMPORARY TABLE` is `NEUTRAL` and of the kind `temporary`, for it leaves nothing behind. Never
    raises; a text over 4 MB is one `UNKNOWN`.
    """
    if len(text) > _LARGEST:
        return (Change(Action.UNKNOWN, reason="SQL too long to read"),)
    plain = dialect.partition("+")[0]
    return _read(_without_data(text), _ALIKE.get(plain, plain), 0)


def _read(text: str, dialect: str, depth: int) -> tuple[Change, ...]:
    """Read a text that stands `depth` blocks deep in others."""
    tokens = tokens_of(text, dialect)
    found = (_statement(s, text, dialect, depth) for s in statements_of(tokens, dialect) if s)
    return tuple(change for changes in found for change in changes)


def _without_data(text: str) -> str:
    """Leave out what is for psql only: the rows behind `COPY … FROM stdin`, and commands of its own."""
    if "\\." not in text and "\n\\" not in text and not text.startswith("\\"):
        return text
    kept, copying = [], False
    for line in text.splitlines(keepends=True):
        if copying:
            copying = line.rstrip() != "\\."
        elif not line.startswith("\\"):
            copying = _COPIED.match(line) is not None
            kept.append(line)
    return "".join(kept)


def _statement(tokens: Sequence[Token], text: str, dialect: str, depth: int) -> tuple[Change, ...]:
    """Read one statement."""
    shown = _shown(tokens, text)
    if tokens[-1].kind is Kind.BROKEN:
        return (Change(Action.UNKNOWN, reason="SQL with a quote that is not closed", sql=shown),)
    reader = Reader(tokens, text, dialect)
    while reader.take("("):
        pass
    changes = _changes(reader, depth)
    return tuple(replace(change, sql=change.sql or shown) for change in changes)


def _changes(reader: Reader, depth: int) -> tuple[Change, ...]:
    """Read a statement by its verb."""
    verb = reader.next.word
    if verb in _VERBS:
        reader.advance()
        return _VERBS[verb](reader)
    if verb in WRITING_VERBS:
        return read_write(reader)
    if verb == "DO":
        return _block(reader, depth)
    if verb in {"IF", "BEGIN"} and reader.dialect == "mssql":
        return _conditional(reader, depth)
    if verb in _NEUTRAL:
        return (Change(Action.NEUTRAL),)
    return (Change(Action.UNKNOWN, reason=_strange(reader)),)


def _strange(reader: Reader) -> str:
    """Say why a statement is not known."""
    if reader.next.kind is Kind.HOLE:
        return "SQL that is put together while running"
    return f"a statement that is not known: {reader.next.value[:40]}"


def _with(reader: Reader) -> tuple[Change, ...]:
    """Read `WITH a AS (…), b AS (…)` and the statement behind; a part may write rows too."""
    found: list[Change] = []
    while not reader.done:
        inside = reader.group()
        if inside is not None:
            if inside.next.word in WRITING_VERBS:
                found += read_write(inside)
            continue
        if reader.next.word in WRITING_VERBS and reader.next.word != "REPLACE":
            return (*found, *read_write(reader))
        reader.advance()
    return tuple(found) or (Change(Action.NEUTRAL),)


def _select(reader: Reader) -> tuple[Change, ...]:
    """Read a SELECT, which changes a schema by INTO or by what it calls."""
    called = _CHANGING.get(reader.next.word)
    if called is not None and reader.peek(1).word == "(":
        reader.advance()
        inside = reader.group()
        strings = [t.value for t in inside.tokens if t.kind is Kind.STRING] if inside is not None else []
        action, thing = called
        table = strings[0] if strings else ""
        name = strings[1] if thing is Thing.COLUMN and len(strings) > 1 else ""
        said = (Alteration("hypertable", "True"),) if thing is Thing.TABLE else ()
        return (Change(action, thing, table=table, name=name, alterations=said),)
    if reader.dialect in {"mysql", "mariadb", "oracle", "sqlite"} or not reader.has("INTO"):
        return (Change(Action.NEUTRAL),)
    reader.until("INTO")
    reader.take("INTO")
    if reader.take_any(frozenset({"TEMP", "TEMPORARY"})) or reader.next.value.startswith("#"):
        return (Change(Action.NEUTRAL),)
    reader.take("TABLE")
    return (Change(Action.CREATE, Thing.TABLE, table=reader.name()),)


def _block(reader: Reader, depth: int) -> tuple[Change, ...]:
    """Read a DO block, or MySQL's DO, which only computes."""
    if reader.dialect not in {"postgresql", ""}:
        return (Change(Action.NEUTRAL),)
    body = block_of(reader)
    if body is None or depth >= _DEEPEST:
        return (Change(Action.UNKNOWN, reason="a DO block that could not be read"),)
    statements = [s for s in statements_of(tokens_of(body, "postgresql")) if s]
    found: list[Change] = []
    for inner in inner_statements(statements, body):
        if inner.tokens:
            changes = _statement(inner.tokens, body, "postgresql", depth + 1)
        else:
            changes = _read(inner.text or "{…}", "postgresql", depth + 1)
        found += (replace(c, tolerant=c.tolerant or inner.guarded) for c in changes)
    return tuple(found) or (Change(Action.NEUTRAL),)


def _called(reader: Reader) -> tuple[Change, ...]:
    """Read a call of a procedure; of SQL Server's own, `sp_rename` changes a schema."""
    name = reader.own_name()
    if name != "sp_rename":
        return (Change(Action.UNKNOWN, reason=f"a procedure that is called: {name}"),)
    strings = [t.value for t in reader.tokens if t.kind is Kind.STRING]
    old, new, kind = (*strings, "", "", "")[:_RENAME_ARGUMENTS]
    parts = [p for p in old.lower().replace("[", "").replace("]", "").split(".") if p != "dbo"]
    thing = {"COLUMN": Thing.COLUMN, "INDEX": Thing.INDEX}.get(kind.upper())
    if thing is None:
        return (Change(Action.RENAME, Thing.TABLE, table=".".join(parts), new_name=new),)
    table, name = ".".join(parts[:-1]), "".join(parts[-1:])
    return (Change(Action.RENAME, thing, table=table, name=name, new_name=new),)


def _conditional(reader: Reader, depth: int) -> tuple[Change, ...]:
    """Read SQL Server's `IF EXISTS (…) DROP TABLE …`."""
    reader.advance()
    while not reader.done and reader.next.word not in (_VERBS.keys() | WRITING_VERBS) - {"SELECT", "WITH"}:
        if reader.group() is None:
            reader.advance()
    if reader.done:
        return (Change(Action.NEUTRAL),)
    return tuple(replace(change, tolerant=True) for change in _changes(reader, depth))


def _security_label(reader: Reader) -> tuple[Change, ...]:
    return (Change(Action.ALTER, Thing.OTHER, kind="security label", name=reader.rest()),)


def _granted(reader: Reader) -> tuple[Change, ...]:
    return read_grant(reader, Action.CREATE)


def _revoked(reader: Reader) -> tuple[Change, ...]:
    return read_grant(reader, Action.DROP)


_VERBS: dict[str, Callable[[Reader], tuple[Change, ...]]] = {
    "CREATE": read_create,
    "DROP": read_drop,
    "ALTER": read_alter,
    "COMMENT": read_comment,
    "GRANT": _granted,
    "REVOKE": _revoked,
    "RENAME": read_rename_tables,
    "SECURITY": _security_label,
    "SELECT": _select,
    "WITH": _with,
    **dict.fromkeys(("EXEC", "EXECUTE", "CALL"), _called),
}
_DEFINING = frozenset({"CREATE", "DROP", "ALTER", "COMMENT", "RENAME"})
_PLAIN = frozenset({"TABLE", "INDEX", "TYPE", "VIEW", "MATERIALIZED", "SEQUENCE", "POLICY", "DOMAIN"})


def _shown(tokens: Sequence[Token], text: str) -> str:
    """Return a statement's text; only of the DDL of tables and their like are the literals kept.

    A row's values, a role's password and a server's options may be secrets.
    """
    words: Iterable[str] = (t.word for t in tokens[:4])
    whole = text[tokens[0].start : tokens[-1].end]
    if tokens[0].word in _DEFINING and _PLAIN.intersection(words):
        return whole[:_SHOWN]
    parts: list[str] = []
    at, length = tokens[0].start, 0
    for token in tokens:
        if length > _SHOWN:
            break
        shown = "'…'" if token.kind in {Kind.STRING, Kind.BROKEN} else text[token.start : token.end]
        gap = text[at : token.start]
        parts.append(gap + shown)
        length += len(gap) + len(shown)
        at = token.end
    return "".join(parts)[:_SHOWN]
