"""A script's own options: what `parser.parse_args().port` is for the words of the command."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from typing import TYPE_CHECKING

from deploycheck.facts.server.layers import Layers
from deploycheck.facts.server.model import Server
from deploycheck.facts.server.options import Kind, Option, Style, Table, parse
from deploycheck.python.values import Branch, Literal, Operation, Reference, Text, Unknown, Value, Via, peel

if TYPE_CHECKING:
    from deploycheck.facts.server.words import Argument
    from deploycheck.python.program import Call, Program

_PARSED = re.compile(
    r"argparse\.ArgumentParser\(\)\.parse_args\(\)?\.(\w+)|argparse\.ArgumentParser\(\)\.parse_args\.(\w+)"
)
_KINDS = {"int": Kind.INT, "float": Kind.FLOAT}


def with_options(program: Program, server: Server, words: Sequence[Argument]) -> Server:
    """Return a server with the script's own options read from the words after the script's name."""
    known: dict[str, dict[str, Value]] = {}

    def read(reference: Reference) -> Value:
        match = _PARSED.fullmatch(reference.name)
        if match is None or reference.at is None:
            return reference
        path = reference.at.path
        if path not in known:
            known[path] = _options(program, path, words)
        missing = Unknown(
            f"the script's option {match[1] or match[2]} is not defined in {path}", at=reference.at
        )
        return known[path].get(match[1] or match[2], missing)

    changes: dict[str, object] = {}
    for name in (f.name for f in fields(Server)):
        value = getattr(server, name)
        if isinstance(value, Value):
            changes[name] = _rewritten(value, read)
    options = {name: _rewritten(value, read) for name, value in server.options.items()}
    return replace(server, options=options, **changes)  # type: ignore[arg-type]


def _rewritten(value: Value, read: Callable[[Reference], Value]) -> Value:
    """Replace references in a value; a value without any stays the same object."""
    if isinstance(value, Reference):
        return read(value)
    if any(isinstance(v, Reference) and _PARSED.fullmatch(v.name) for v in value.walk()):
        return _inside(value, lambda part: _rewritten(part, read))
    return value


def _inside(value: Value, change: Callable[[Value], Value]) -> Value:
    match value:
        case Via():
            return Via(step=value.step, inner=change(value.inner), at=value.at)
        case Branch():
            test = change(value.test) if value.test is not None else None
            return Branch(test, change(value.then), change(value.otherwise), value.text, at=value.at)
        case Operation():
            arguments = tuple(change(a) for a in value.arguments)
            return Operation(value.function, arguments, value.text, at=value.at)
        case Text():
            return Text(tuple(change(p) for p in value.parts), at=value.at)
    return value


def _options(program: Program, path: str, words: Sequence[Argument]) -> dict[str, Value]:
    """Return what each option of the parser in a file gives."""
    defaults: dict[str, Value] = {}
    options: dict[str, Option] = {}
    for call in program.method_calls("add_argument", within={path}):
        option = _option(call)
        if option is not None:
            options[option.name] = option
            default = call.argument(None, "default")
            defaults[option.name] = (
                default if default is not None else Literal(option.default, at=call.location)
            )
    flags = {flag: option for option in options.values() for flag in option.flags}
    table = Table("the script", Style.ARGPARSE, options, flags)
    layers = Layers(table)
    parsed = parse(table, words)
    return {name: layers.given(option, defaults[name], parsed.given) for name, option in options.items()}


def _option(call: Call) -> Option | None:
    texts = [peel(v) for v in call.arguments().positional]
    flags = tuple(str(t.data) for t in texts if isinstance(t, Literal) and str(t.data).startswith("-"))
    if not flags:
        return None
    told = call.argument(None, "dest")
    dest = peel(told) if told is not None else None
    longest = next((f for f in flags if f.startswith("--")), flags[0]).lstrip("-").replace("-", "_")
    name = str(dest.data) if isinstance(dest, Literal) else longest
    action = call.argument(None, "action")
    stores = peel(action) if action is not None else None
    if isinstance(stores, Literal) and stores.data in {"store_true", "store_false"}:
        is_false = stores.data == "store_false"
        return Option(name, flags, Kind.FLAG, is_false, off=flags if is_false else ())
    kind = next(
        (k.value.id for k in call.node.keywords if k.arg == "type" and isinstance(k.value, ast.Name)), ""
    )
    return Option(name, flags, _KINDS.get(kind, Kind.TEXT))
