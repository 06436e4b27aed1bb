"""Calls of other libraries, of builtins, and of methods of plain data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploycheck.facts.migrations.operations import assigning, attributes, constructs, executing, harmless
from deploycheck.facts.migrations.operations.objects import (
    AnyBackend,
    Bound,
    Closure,
    Handle,
    Kind,
    Looked,
    Object,
    Statement,
    backed,
    root,
    tail,
)
from deploycheck.python import datamethods, library
from deploycheck.python.imports import by_name
from deploycheck.python.methods import METHODS
from deploycheck.python.models import Arguments
from deploycheck.python.values import (
    Branch,
    Listing,
    Literal,
    Made,
    Operation,
    Reference,
    Table,
    Text,
    Unknown,
    Value,
    Variable,
    peel,
)

if TYPE_CHECKING:
    import ast

    from deploycheck.facts.migrations.operations.calls import Given
    from deploycheck.facts.migrations.operations.running import Run

_DATA = (Literal, Listing, Table, Text, Operation, Variable, Branch, Closure)
_OPAQUE = (Bound, Closure, Handle, Made, Object, Statement)
_RAISING = frozenset({"sys.exit", "builtins.exit", "builtins.quit", "os._exit", "os.abort"})
_PAIR = 2
_SAME = frozenset({"builtins.list", "builtins.tuple", "builtins.set", "builtins.sorted", "builtins.iter"})


def call(  # noqa: C901, PLR0911 - one short return a function reads best
    run: Run, name: str, given: Given
) -> Value:
    """Return what calling a library's function gives."""
    if name in _RAISING:
        module, node = run.nodes[-1]
        run.raise_text("SystemExit", "", module.location(node))
        return Unknown("it ends the process")
    if name == "importlib.import_module":
        dotted = run.text(given.positional[0]) if given.positional else None
        return by_name(run.ev, dotted, run.here.path) if dotted else Unknown("a module that is not known")
    if name in {"os.getenv", "os.environ.get"}:
        return variable(run, given)
    if name == "functools.partial":
        return Made(name, given.positional, tuple(given.keywords.items()), given.partial)
    if name == "builtins.isinstance":
        return _isinstance(run, given)
    if root(name) == "builtins":
        special = _builtin(run, name, given)
        if special is not None:
            return special
    looked = next((v for v in given.positional if isinstance(v, Looked)), None)
    if looked is not None and harmless.is_library(root(name)):
        return looked
    rows = next((v for v in given.positional if _is_rows(v)), None)
    if rows is not None and harmless.is_library(root(name)):
        return rows if name in _PASSING or root(name) == "tqdm" else Unknown("something of rows")
    if given.reaches and tail(name) not in _LOOKING:
        run.unknown(f"{name}() is given the database and is not followed")
    elif given.alone and _may_change(name):
        run.unknown(f"{name}() is not followed")
    if any(isinstance(v, _OPAQUE) for v in given.positional) and name not in _KEPT:
        return Made(name, given.positional, tuple(given.keywords.items()), given.partial)
    return _computed(run, name, given)


def variable(run: Run, given: Given) -> Value:
    """Return what is read of the environment."""
    name = run.text(given.positional[0]) if given.positional else None
    if name is None:
        return Unknown("a variable of the environment")
    return Variable((name,), given.get(1, "default") or Literal(None), at=run.here)


def _may_change(name: str) -> bool:
    """Tell whether a library's function that is called for its effect may have one on the database."""
    if harmless.is_library(root(name)) or harmless.is_name(tail(name)):
        return False
    return harmless.sounds_like_a_change(tail(name))


_LOOKING = frozenset({"isinstance", "hasattr", "getattr", "str", "repr", "print", "type", "id", "bool"})
_KEPT = frozenset({"copy.copy", "copy.deepcopy", "builtins.getattr", "builtins.dict"})


def _computed(run: Run, name: str, given: Given) -> Value:
    if not all(isinstance(v, _DATA) for v in (*given.positional, *given.keywords.values())):
        return Unknown(f"what {name}() gives")
    arguments = Arguments(given.positional, given.keywords, run.here, name, given.partial)
    return peel(library.call(run.ev, Reference(name), arguments, None))


def _builtin(  # noqa: C901, PLR0911 - one short return a builtin reads best
    run: Run, name: str, given: Given
) -> Value | None:
    first = given.positional[0] if given.positional else None
    if first is None:
        return None
    if name in _SAME and isinstance(first, (Handle, Looked)):
        return first
    rows = next((v for v in given.positional if _is_rows(v)), None)
    if rows is not None and name in _ITERATING:
        return rows
    if name == "builtins.setattr" and len(given.positional) > _PAIR:
        key = run.text(given.positional[1])
        assigning.set_attribute(run, first, key or "", given.positional[2])
        return Literal(None)
    if name in {"builtins.enumerate", "builtins.zip", "builtins.reversed"}:
        return _arranged(run, name, given)
    if name in {"builtins.next", "builtins.any", "builtins.all", "builtins.len"} and isinstance(
        first, Looked
    ):
        return first
    if name == "builtins.str" and isinstance(first, Handle) and first.kind is Kind.URL:
        return Text((run.dialect_name(), Literal("://"), Unknown("the rest of a database URL")))
    if name == "builtins.str" and isinstance(first, Made) and first.callee.startswith("sqlalchemy"):
        return first
    if name == "builtins.getattr":
        attribute_name = run.text(given.positional[1]) if len(given.positional) > 1 else None
        if attribute_name is None:
            return Unknown("an attribute whose name is not known")
        return attributes.attribute(run, first, attribute_name)
    if name == "builtins.hasattr":
        return Unknown("an attribute that may be there")
    return None


_PASSING = frozenset({"itertools.chain", "itertools.islice", "copy.copy"})
_ITERATING = frozenset({"builtins.enumerate", "builtins.zip", "builtins.reversed", "builtins.filter"})


def _is_rows(value: Value) -> bool:
    return isinstance(value, Handle) and value.kind in {Kind.QUERY, Kind.RESULT, Kind.ROW}


def _arranged(run: Run, name: str, given: Given) -> Value:
    listed = [run.items(v) for v in given.positional]
    known = [one for one in listed if one is not None]
    if name == "builtins.enumerate":
        start = run.constant(given.get(1, "start") or Literal(0))
        if listed[0] is None or not isinstance(start, int):
            return Unknown("what is counted is not known")
        pairs = enumerate(listed[0], start)
        return Listing(tuple(Listing((Literal(i), v), "tuple") for i, v in pairs))
    if len(known) != len(listed):
        return Unknown("what is joined is not known")
    if name == "builtins.reversed":
        return Listing(tuple(reversed(known[0])))
    return Listing(tuple(Listing(tuple(parts), "tuple") for parts in zip(*known, strict=False)))


def _isinstance(run: Run, given: Given) -> Value:
    """Decide what kind of dialect a dialect is; nothing else."""
    if len(given.positional) != _PAIR:
        return Unknown("isinstance()")
    first, kind = given.positional
    is_dialect = isinstance(first, Handle) and first.kind is Kind.DIALECT
    if is_dialect and not run.dialect:
        return AnyBackend("the backend is not known")
    if is_dialect and isinstance(kind, Reference):
        name = next((d for d, words in _DIALECTS.items() if any(w in kind.name.lower() for w in words)), "")
        if name:
            return backed(name == run.dialect)
    return Unknown("isinstance() is decided while it runs")


_DIALECTS = {
    "postgresql": ("postgresql", "pgdialect", "asyncpg", "psycopg"),
    "sqlite": ("sqlite",),
    "mysql": ("mysql",),
    "mssql": ("mssql",),
    "oracle": ("oracle",),
}


def data_method(run: Run, receiver: Value, name: str, given: Given, node: ast.Call) -> Value:
    """Return what a method of plain data gives."""
    if name in executing.METHODS and given.positional and not isinstance(receiver, (Literal, Text)):
        return executing.execute(run, given.positional[0])
    if name in BUILDERS and not given.positional:
        return Statement(name, _table_of_any(run, receiver))
    if given.reaches and not harmless.reads(name):
        run.unknown(f".{name}() is given the database and is not followed")
    if isinstance(receiver, Branch) or name not in METHODS:
        looked = next((v for v in receiver.leaves() if isinstance(v, Looked)), None)
        return looked or Unknown(f"what .{name}() gives")
    arguments = Arguments(given.positional, given.keywords, run.here, ast_text(node), given.partial)
    return peel(datamethods.call(run.ev, receiver, name, arguments))


BUILDERS = frozenset({"insert", "update", "delete"})
"""Methods of a table that build a statement."""


def _table_of_any(run: Run, receiver: Value) -> str:
    """Return the table of a value that may be one of several, where only one of them is a table."""
    found = {constructs.table_of(run, leaf) for leaf in receiver.leaves()} - {None}
    return found.pop() or "" if len(found) == 1 else ""


def ast_text(node: ast.Call) -> str:
    """Return how a method is named in messages."""
    return f".{getattr(node.func, 'attr', '')}()"
