"""A node of a YAML document: its place, its tag, what it contains and the Python value it stands for."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from deploycheck.findings import Location

CORE = "tag:yaml.org,2002:"
"""What the tags of YAML's own types start with."""
_BOOLEANS = {"yes": True, "on": True, "true": True, "no": False, "off": False, "false": False}


@dataclass(frozen=True, eq=False)
class YamlNode:
    """A value of a YAML document and where it stands. An alias gives the very node that it names.

    `entries` are a mapping's keys and values in order, what merge keys (`<<`) bring first, repeated keys
    kept; `items` are a sequence's values; `text` is a scalar as written, quotes and folding undone.
    `tag` is the full tag (`tag:yaml.org,2002:int`, `!Ref`), resolved where none is written.
    """

    at: Location
    kind: Literal["mapping", "sequence", "scalar"]
    tag: str
    text: str = field(default="", repr=False)  # it may hold a secret
    items: tuple[YamlNode, ...] = field(default=(), repr=False)
    entries: tuple[tuple[YamlNode, YamlNode], ...] = field(default=(), repr=False)
    duplicates: tuple[YamlNode, ...] = field(default=(), repr=False)
    """Keys that repeat an earlier key of the same mapping."""
    merged: int = 0
    """How many of `entries`, at the start, come from merge keys."""

    @property
    def is_mapping(self) -> bool:
        """Whether it is a mapping."""
        return self.kind == "mapping"

    @property
    def is_sequence(self) -> bool:
        """Whether it is a sequence."""
        return self.kind == "sequence"

    @property
    def is_scalar(self) -> bool:
        """Whether it is a scalar."""
        return self.kind == "scalar"

    def get(self, *keys: str) -> YamlNode | None:
        """Return what stands below the keys as written, one a level; the last of repeated keys wins."""
        node: YamlNode | None = self
        for key in keys:
            if node is None:
                return None
            node = node.children.get(key)
        return node

    def key(self, name: str) -> YamlNode | None:
        """Return the key node of `name` (the last of repeated ones), for pointing at the key itself."""
        return next((key for key, _ in reversed(self.entries) if key.is_scalar and key.text == name), None)

    def string(self) -> str | None:
        """Return the text of a scalar that is a string, None for anything else."""
        return self.data if isinstance(self.data, str) else None

    @cached_property
    def data(self) -> object:
        """The plain Python value, with the types of PyYAML's safe loader; never raises.

        Kept as strings: timestamps, binary, numbers in base sixty (`22:22` is a port mapping to every
        platform), and scalars of a tag that is not YAML's own. A key that Python cannot hash becomes a tuple.
        """
        if self.is_mapping:
            return {_hashable(key.data): value.data for key, value in self.entries}
        if self.is_sequence:
            return [item.data for item in self.items]
        return _scalar(self.text, self.tag)

    @cached_property
    def children(self) -> dict[str, YamlNode]:
        """A mapping's values by the text of their keys; the last of repeated keys wins."""
        return {key.text: value for key, value in self.entries if key.is_scalar}


def _scalar(text: str, tag: str) -> object:
    kind = tag.removeprefix(CORE)
    if kind == "null":
        return None
    if kind == "bool":
        return _BOOLEANS.get(text.lower(), text)
    if kind in {"int", "float"} and ":" not in text:
        try:
            return _integer(text) if kind == "int" else _float(text)
        except ValueError:
            return text
    return text


def _integer(text: str) -> int:
    digits = text.replace("_", "")
    sign, digits = (-1, digits[1:]) if digits[:1] == "-" else (1, digits.removeprefix("+"))
    if digits[:2] in {"0b", "0x"}:
        return sign * int(digits, 0)
    return sign * int(digits, 8 if digits[:1] == "0" and digits != "0" else 10)


def _float(text: str) -> float:
    return float(text.replace("_", "").lower().replace(".inf", "inf").replace(".nan", "nan"))


def _hashable(data: object) -> object:
    if isinstance(data, list):
        return tuple(_hashable(item) for item in data)
    if isinstance(data, dict):
        return tuple((_hashable(key), _hashable(value)) for key, value in data.items())
    return data
