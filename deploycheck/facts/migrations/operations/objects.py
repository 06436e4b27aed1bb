"""What a migration works with besides plain data: connections, sessions, query results, own objects."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from deploycheck.python.values import Listing, Made, Operation, Reference, Table, Unknown, Value, peel

if TYPE_CHECKING:
    from deploycheck.facts.migrations.operations.frames import Frame
    from deploycheck.python.modules import Module
    from deploycheck.python.scopes import ClassSymbol, Function


BACKEND = "the name of the backend"


class Kind(enum.StrEnum):
    """What a handle is."""

    OPERATIONS = "operations"
    BATCH = "batch"
    BIND = "bind"
    SESSION = "session"
    CONTEXT = "context"
    DIALECT = "dialect"
    URL = "url"
    INSPECTOR = "inspector"
    QUERY = "query"
    RESULT = "result"
    ROW = "row"


@dataclass(frozen=True, slots=True, eq=False)
class Handle(Value):
    """Something through which the database is reached.

    `table` is a batch's table, and the table that a query or row is of, as far as it is known. `part` is
    a query that is not about all of its rows.
    """

    kind: Kind
    table: str = ""
    part: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Statement(Value):
    """A statement built with SQLAlchemy's functions; `verb` is `insert`, `update`, `delete` or `select`.

    `part` is one that is not about all rows of its table.
    """

    verb: str
    table: str = ""
    part: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Carried(Unknown):
    """Not known for a reason that counts: whatever is worked out of it is not known for the same one."""


@dataclass(frozen=True, slots=True, eq=False)
class Looked(Carried):
    """Not known because the database is asked what stands in its schema: which tables, columns, indexes."""


@dataclass(frozen=True, slots=True, eq=False)
class AnyBackend(Carried):
    """Not known because it depends on the backend, and which one production has is not known."""


@dataclass(frozen=True, slots=True, eq=False)
class Bound(Value):
    """An attribute of something that is no object of the project: most often a method about to be called."""

    receiver: Value
    name: str


@dataclass(frozen=True, slots=True, eq=False)
class Closure(Value):
    """A function of the project: defined inside another one, a lambda, or a method with its object.

    A `bare` one is what its own decorators are given.
    """

    node: Function
    module: Module
    around: Frame | None = None
    receiver: Value | None = None
    owner: ClassSymbol | None = None
    bare: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Object(Value):
    """An object of a class of the project, with the attributes that were set so far."""

    symbol: ClassSymbol
    attributes: dict[str, Value] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class Above(Value):
    """What `super()` gives in a method of `owner`: the object, as the classes above that one see it."""

    receiver: Object
    owner: ClassSymbol


OPAQUE = (Bound, Closure, Handle, Made, Object, Reference, Statement, Unknown)
"""What no pure operation of Python works on here."""


def backed(data: object) -> Operation:
    """Return a value that is as it is because of the backend."""
    return Operation(lambda: data, (), BACKEND)


def by_backend(value: Value) -> bool:
    """Tell whether a value depends on the backend."""
    return any(isinstance(v, Operation) and v.text == BACKEND for v in value.walk())


def tail(name: str) -> str:
    """Return the last part of a dotted name."""
    return name.rpartition(".")[2]


def root(name: str) -> str:
    """Return the first part of a dotted name."""
    return name.partition(".")[0]


def only_looks(value: Value) -> bool:
    """Tell whether a test is not decided for one reason: the database's schema is asked for something."""
    unknown = [v for v in value.walk() if isinstance(v, Unknown)]
    return any(isinstance(v, Looked) for v in unknown) and all(isinstance(v, Looked) for v in unknown)


def reaches(value: Value) -> bool:
    """Tell whether whoever is given this value can change the database with it."""
    found = peel(value)
    match found:
        case Handle(kind=kind):
            return kind in _REACHING
        case Reference(name=name):
            return name in {"alembic.op", "alembic.context"} or name.startswith("alembic.op.")
        case Bound(receiver=Handle(kind=kind)):
            return kind in _REACHING
        case Listing(items=items):
            return any(reaches(i) for i in items)
        case Table(entries=entries):
            return any(reaches(v) for _, v in entries)
    return False


_REACHING = frozenset({Kind.OPERATIONS, Kind.BATCH, Kind.BIND, Kind.SESSION, Kind.CONTEXT})


def made_name(value: Value) -> str:
    """Return the last name of what made a value, or of what is referred to; empty for anything else."""
    found = peel(value)
    if isinstance(found, Made):
        return tail(found.callee)
    return tail(found.name) if isinstance(found, Reference) else ""
