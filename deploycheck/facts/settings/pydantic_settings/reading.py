"""Where a field's value is read: the constructor's keywords, then the environment, then the default."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploycheck.facts.settings.defaults import marked
from deploycheck.facts.settings.pydantic_settings.frames import Frame, Place, given
from deploycheck.facts.settings.pydantic_settings.sources import Order, order_of
from deploycheck.python import operations
from deploycheck.python.values import (
    Branch,
    Literal,
    Operation,
    Unknown,
    Value,
    Variable,
    peel,
)

if TYPE_CHECKING:
    from deploycheck.facts.settings.pydantic_settings.fields import Field
    from deploycheck.facts.settings.pydantic_settings.model import Model


@dataclass(frozen=True, slots=True)
class Reading:
    """How a class and one construction of it read the environment."""

    prefix: str
    fold_case: bool
    ignore_empty: bool
    delimiter: str
    splits: int | None
    none_text: str | None
    order: Order
    clear: bool


_OPTIONS = {
    "env_prefix": "",
    "case_sensitive": False,
    "env_ignore_empty": False,
    "env_nested_delimiter": "",
    "env_nested_max_split": None,
    "env_parse_none_str": None,
}


def reading_of(model: Model, frame: Frame) -> Reading:
    """Return the options of a settings class; arguments such as `_env_prefix` beat its configuration."""
    ev = model.ev
    options: dict[str, object] = {}
    clear = model.config.known
    for name, default in _OPTIONS.items():
        argument = given(frame, f"_{name}")
        constant = ev.constant(argument) if argument is not None else None
        if constant is None:
            clear = clear and model.config.decided(ev, name)
            constant = model.config.plain(ev, name, default=default)
        options[name] = constant
    target = model.config.plain(ev, "env_prefix_target", default="variable")
    delimiter = options["env_nested_delimiter"]
    splits = options["env_nested_max_split"]
    none_text = options["env_parse_none_str"]
    return Reading(
        str(options["env_prefix"] or ""),
        not options["case_sensitive"],
        bool(options["env_ignore_empty"]),
        delimiter if isinstance(delimiter, str) else "",
        splits if isinstance(splits, int) else None,
        none_text if isinstance(none_text, str) else None,
        order_of(model),
        clear and target == "variable",
    )


def env_names(field: Field, reading: Reading) -> tuple[str, ...]:
    """Return the variables that give a field, the first that is set winning; as people write them."""
    written = [*field.names, *([reading.prefix + field.name] if field.own_name else [])]
    return shown(written, fold_case=reading.fold_case)


def shown(written: list[str], *, fold_case: bool) -> tuple[str, ...]:
    """Return names in capitals where case does not matter; mixed case is kept as another spelling."""
    if not fold_case:
        return tuple(dict.fromkeys(written))
    mixed = [n for n in written if n not in {n.upper(), n.lower()}]
    return tuple(dict.fromkeys([*(n.upper() for n in written), *mixed]))


def variable(
    names: tuple[str, ...], default: Value | None, field: Field, reader: str, reading: Reading
) -> Variable:
    """Return the variable of a field, the default marked so that it is never taken for JSON."""
    shown_default = marked(default) if field.kind.decoded and default is not None else default
    return Variable(
        names,
        shown_default,
        reader,
        fold_case=reading.fold_case,
        ignore_empty=reading.ignore_empty,
        at=field.at,
    )


def is_set(names: tuple[str, ...], field: Field, reader: str, reading: Reading) -> Value:
    """Return the test whether one of these variables is set."""
    found = Variable(
        names,
        Literal(None, at=field.at),
        reader,
        fold_case=reading.fold_case,
        ignore_empty=reading.ignore_empty,
        at=field.at,
    )
    return Operation(operations.is_not_none, (found,), "is set", at=field.at)


def behind_other_sources(order: Order, default: Value | None, field: Field) -> Value | None:
    """Return the default as it is when other sources (files of secrets, YAML) may come before it."""
    if not order.after:
        return default
    maybe = Unknown(f"{order.after} may give it", at=field.at)
    return maybe if default is None else Branch(None, maybe, default, order.after, at=field.at)


def place_of(field: Field, reading: Reading, reader: str) -> Place:
    """Return where a nested model of a settings class stands in the environment."""
    return Place(
        env_names(field, reading),
        reading.delimiter,
        reading.fold_case,
        reading.ignore_empty,
        reader,
        reading.splits,
    )


def part_names(field: Field, place: Place) -> tuple[str, ...]:
    """Return the variables that give one field of a nested model; none where they cannot."""
    if not place.delimiter:
        return ()
    own = [*field.names, *([field.name] if field.own_name else [])]
    splits_left = place.splits is None or place.splits > 0
    reachable = [n for n in own if place.delimiter not in n or not splits_left or place.splits == 1]
    written = [f"{p}{place.delimiter}{n}" for p in place.names for n in reachable]
    return shown(written, fold_case=place.fold_case)


def is_literal_none(value: Value | None) -> bool:
    """Tell whether a value is None in the code."""
    found = peel(value) if value is not None else None
    return isinstance(found, Literal) and found.data is None
