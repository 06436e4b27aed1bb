"""Values: what an expression will be in production, worked out without running it.

A `Value` is a small tree: literals, environment variables with their defaults, branches with their
tests, pure operations over other values, and *unknown, because …*. Nothing in it is decided until
`resolve` (in `resolution.py`) reads it under an environment; so one tree answers "what is it now?",
"which variables can change it?" and "what else could it be?".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from deploycheck.findings import Location, Step

Data = object
"""A plain Python object: str, bytes, int, float, bool, None, or list, tuple, set, dict of these."""


@dataclass(frozen=True, slots=True)
class Setting:
    """The value one layer of the environment gives to a variable.

    `text` is None when the layer provides the variable and its value cannot be read here (a secret,
    a resource of the platform). `usual` is what it then is unless somebody gives another (`${X:-2}`).
    `supposed` is whether nothing gives it, and a rule only asks what would be if something did: no trail
    tells of it as a fact.
    """

    name: str
    text: str | None
    layer: str
    location: Location | None = None
    usual: str | None = None
    supposed: bool = False


class Lookup(Protocol):
    """What resolving a value needs of an environment."""

    def settled(self, name: str) -> bool:
        """Tell whether a variable that no layer sets is certainly not set."""

    def lookup(self, name: str) -> Setting | None:
        """Return what the last layer that knows `name` gives to it."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Value:
    """The base of every node; `at` is where it stands in the source, when it stands anywhere."""

    at: Location | None = None

    def children(self) -> tuple[Value, ...]:
        """Return the values directly inside this one."""
        return ()

    def walk(self) -> Iterator[Value]:
        """Yield this node and every node below it, each once."""
        seen: set[int] = set()
        stack: list[Value] = [self]
        while stack:
            node = stack.pop()
            if id(node) in seen:
                continue
            seen.add(id(node))
            yield node
            stack.extend(reversed(node.children()))

    def variables(self) -> tuple[Variable, ...]:
        """Return every environment variable that can change this value, in order of reading."""
        return tuple(node for node in self.walk() if isinstance(node, Variable))

    def variable_names(self) -> tuple[str, ...]:
        """Return the names of `variables`, each once."""
        return tuple(dict.fromkeys(name for v in self.variables() for name in v.names))

    def leaves(self) -> tuple[Value, ...]:
        """Return what it may become whatever the environment: both arms of each branch, defaults too."""
        return tuple(_leaves(self))


@dataclass(frozen=True, slots=True, eq=False)
class Literal(Value):
    """A constant written in the code."""

    data: Data


@dataclass(frozen=True, slots=True, eq=False)
class Listing(Value):
    """A list, tuple or set display; `kind` is the builtin's name."""

    items: tuple[Value, ...]
    kind: str = "list"

    def children(self) -> tuple[Value, ...]:
        """Return the items."""
        return self.items


@dataclass(frozen=True, slots=True, eq=False)
class Table(Value):
    """A dict display; a later key wins over an equal earlier one."""

    entries: tuple[tuple[Value, Value], ...]

    def children(self) -> tuple[Value, ...]:
        """Return keys and values, in order."""
        return tuple(v for entry in self.entries for v in entry)

    def get(self, key: Data) -> Value | None:
        """Return the value of a literal key, or None where no entry has it."""
        for k, value in reversed(self.entries):
            if isinstance(k, Literal) and k.data == key:
                return value
        return None


@dataclass(frozen=True, slots=True, eq=False)
class Variable(Value):
    """An environment variable: the first of `names` that is set, else `default`.

    A `default` of None (no value at all, not a literal None) means that reading it fails when it is
    not set. `fold_case` is pydantic-settings' rule that names match in any case. `reader` says who
    reads it, for messages: `os.environ`, `Settings.workers`. `at_import` is whether merely importing
    the module reads it. `ignore_empty` takes an empty string as not set.
    """

    names: tuple[str, ...]
    default: Value | None = None
    reader: str = "os.environ"
    fold_case: bool = False
    ignore_empty: bool = False

    @property
    def name(self) -> str:
        """The name that people will set: the first."""
        return self.names[0]

    def children(self) -> tuple[Value, ...]:
        """Return the default, if there is one."""
        return () if self.default is None else (self.default,)


@dataclass(frozen=True, slots=True, eq=False)
class Branch(Value):
    """`then` when `test` is true, else `otherwise`; a `test` of None can never be decided.

    `text` is the test as the source writes it.
    """

    test: Value | None
    then: Value
    otherwise: Value
    text: str = ""

    def children(self) -> tuple[Value, ...]:
        """Return the test, when there is one, and both arms."""
        return (*(() if self.test is None else (self.test,)), self.then, self.otherwise)


@dataclass(frozen=True, slots=True, eq=False)
class Operation(Value):
    """A pure function of other values, computed when all of them are known.

    `function` gets plain data, one argument a value of `arguments`. `text` names it for people
    (`int`, `.split(",")`). One that raises means that the code would raise there.
    """

    function: Callable[..., Data]
    arguments: tuple[Value, ...]
    text: str

    def children(self) -> tuple[Value, ...]:
        """Return the arguments."""
        return self.arguments


@dataclass(frozen=True, slots=True, eq=False)
class Text(Value):
    """A string of several parts, some of which may stay unknown (an f-string, a concatenation)."""

    parts: tuple[Value, ...]

    def children(self) -> tuple[Value, ...]:
        """Return the parts."""
        return self.parts

    @property
    def shape(self) -> str:
        """The text with `{…}` in place of every part that is not a literal."""
        return "".join(str(p.data) if isinstance(p, Literal) else "{…}" for p in self.parts)


@dataclass(frozen=True, slots=True, eq=False)
class Via(Value):
    """A hop on the way to `inner`: the name or attribute that was followed, for the trail."""

    step: Step
    inner: Value

    def children(self) -> tuple[Value, ...]:
        """Return what it leads to."""
        return (self.inner,)


@dataclass(frozen=True, slots=True, eq=False)
class Unknown(Value):
    """Not known, because `reason`. `provided` marks one that is certainly set, though unseen."""

    reason: str
    provided: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Failure(Value):
    """The code stops here. `kind` is `raises` (on purpose), `missing` or `malformed` (a variable).

    `error` is the last name of the exception, where it is known.
    """

    kind: str
    message: str
    variable: Variable | None = None
    setting: Setting | None = None
    error: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Raised(Value):
    """True when working out one of `values` fails: what an `except` waits for.

    `names` are the last names of the exceptions that it catches; without any, it catches all.
    """

    values: tuple[Value, ...]
    names: frozenset[str] = frozenset()

    def children(self) -> tuple[Value, ...]:
        """Return what may fail."""
        return self.values


@dataclass(frozen=True, slots=True, eq=False)
class Made(Value):
    """What calling something outside the project gives: `FastAPI(...)`, `create_engine(...)`.

    `callee` is its qualified name (`fastapi.FastAPI`). `arguments` are the positional ones; an
    argument list that could not be followed whole has `partial` set.
    """

    callee: str
    arguments: tuple[Value, ...] = ()
    keywords: tuple[tuple[str, Value], ...] = ()
    partial: bool = False

    def children(self) -> tuple[Value, ...]:
        """Return all arguments."""
        return (*self.arguments, *(v for _, v in self.keywords))

    def argument(self, position: int | None, *names: str) -> Value | None:
        """Return the argument given by position, or by one of `names`, or None."""
        if position is not None and position < len(self.arguments):
            return self.arguments[position]
        for key, value in reversed(self.keywords):
            if key in names:
                return value
        return None


@dataclass(frozen=True, slots=True, eq=False)
class Reference(Value):
    """A thing that is named and not data: a module, class, function or bound method.

    `name` is its qualified name; `target` is the project's own definition (`python.symbols`), or
    None for one of a library. `receiver` is what a bound method was taken from.
    """

    name: str
    target: object | None = None
    receiver: Value | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Instance(Value):
    """An object of one of the project's own classes; `frame` holds how it was constructed."""

    name: str
    target: object = field(repr=False)
    frame: object | None = field(default=None, repr=False)


def peel(value: Value) -> Value:
    """Return what a chain of `Via` leads to."""
    while isinstance(value, Via):
        value = value.inner
    return value


def _leaves(value: Value) -> Iterator[Value]:
    seen: set[int] = set()
    stack = [value]
    while stack:
        node = stack.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        match node:
            case Via():
                stack.append(node.inner)
            case Branch():
                stack.extend((node.otherwise, node.then))
            case Variable():
                yield node
                if node.default is not None:
                    stack.append(node.default)
            case _:
                yield node


def is_data(value: Value) -> bool:
    """Tell whether a value is plain data once it is decided, as far as its form tells."""
    return isinstance(value, (Literal, Listing, Table, Operation, Text, Variable, Raised))
