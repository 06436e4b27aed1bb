"""A value more, or another one, in a YAML file: only its own lines change (ruamel.yaml)."""

from __future__ import annotations

import difflib
import io
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from deploycheck.sources import yaml
from deploycheck.sources.errors import ReadError

if TYPE_CHECKING:
    from deploycheck.sources.editing import Key
    from deploycheck.sources.yaml import YamlNode

Data = str | int | float | bool | None | list["Data"] | dict[str, "Data"]
"""What a value may be."""

_LAYOUTS = ((2, 4, 2), (2, 2, 0), (4, 4, 2), (4, 6, 4), (4, 4, 0), (4, 2, 0))
"""How far mappings and lists are indented, and where the dash stands in that; the most usual first."""
_PLAIN = re.compile(r"[A-Za-z_./][\w./:@+-]*")
_LIKE_OTHERS = re.compile(
    r"(?i)(?:true|false|yes|no|on|off|null|y|n|\.inf|\.nan)|.*:(?:\s|$)|[.\d_]+(?:e\d+)?"
)
_REMARK = re.compile(r"(?:^|(?<=\s))#.*|[&*][^\s,\[\]{}]+")


def is_plain(text: str) -> bool:
    """Tell whether every reader takes a text for that text when it has no quotes."""
    return bool(_PLAIN.fullmatch(text)) and not is_other(text)


def is_other(text: str) -> bool:
    """Tell whether a reader may take a text without quotes for a number, a truth value or a mapping."""
    return _LIKE_OTHERS.fullmatch(text) is not None


def set_value(text: str, path: Sequence[Key], value: Data, document: int = 0) -> str | None:
    """Return the text with a value at a path, put last in its mapping if there is none yet.

    A text that replaces one in quotes has the same quotes.
    """

    def change(root: Any) -> None:  # noqa: ANN401 - the library's own types have none
        above = _below(root, path[:-1])
        key = _own(above, path[-1])
        before: Any = above[key] if isinstance(key, int) or key in above else None
        above[key] = (
            type(before)(value) if isinstance(value, str) and _has_quotes(before) else _written(value)
        )

    return _changed(text, document, change)


def append(text: str, path: Sequence[Key], item: Data, document: int = 0) -> str | None:
    """Return the text with one more item at the end of the list at a path."""
    return _changed(text, document, lambda root: _below(root, path).append(_written(item)))


def _below(root: Any, path: Sequence[Key]) -> Any:  # noqa: ANN401 - the library's own types have none
    for key in path:
        root = root[_own(root, key)]
    return root


def _own(container: Any, key: Key) -> Any:  # noqa: ANN401 - a key may be a number or a date
    """Return a key as the mapping has it: paths have the text."""
    if isinstance(key, int) or not isinstance(container, Mapping):
        return key
    return next((own for own in container if str(own) == key), key)


def _has_quotes(value: object) -> bool:
    from ruamel.yaml.scalarstring import DoubleQuotedScalarString, SingleQuotedScalarString

    anchor = getattr(value, "anchor", None)
    return type(value) in {DoubleQuotedScalarString, SingleQuotedScalarString} and not getattr(
        anchor, "value", 0
    )


def _written(value: Data) -> Any:  # noqa: ANN401 - the library's own types have none
    """Return a value with the quotes that it needs for every reader."""
    from ruamel.yaml.scalarstring import DoubleQuotedScalarString

    if isinstance(value, dict):
        return {key: _written(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_written(each) for each in value]
    return DoubleQuotedScalarString(value) if isinstance(value, str) and not is_plain(value) else value


def _changed(text: str, document: int, change: Callable[[Any], None]) -> str | None:
    """Return the text after a change, all lines that it does not concern as they were."""
    from ruamel.yaml.error import YAMLError

    try:
        before = _round_trip(text, document, lambda _: None, _LAYOUTS)
        layout = min(before, key=lambda each: _distance(text, before[each]))
        after = _round_trip(text, document, change, [layout])[layout]
        result = _transferred(text, before[layout], after)
        same = result is not None and _data(result) == _data(after) and _data(text) == _data(before[layout])
    except (YAMLError, ReadError, KeyError, IndexError, TypeError, AttributeError, ValueError):
        return None  # not what the path says, or nothing that the library can read
    return result if same else None


def _round_trip(
    text: str, document: int, change: Callable[[Any], None], layouts: Sequence[tuple[int, int, int]]
) -> dict[tuple[int, int, int], str]:
    """Return what the library writes after a change, by layout, up to one that leaves the text as it is."""
    from ruamel.yaml import YAML

    library = YAML(typ="rt")
    library.preserve_quotes = True
    library.width = 1 << 30
    library.allow_duplicate_keys = False
    documents = list(library.load_all(text))
    change(documents[document])
    written: dict[tuple[int, int, int], str] = {}
    for layout in layouts:
        library.indent(mapping=layout[0], sequence=layout[1], offset=layout[2])
        stream = io.StringIO()
        library.dump_all(documents, stream)
        written[layout] = stream.getvalue()
        if written[layout] == text:
            break
    return written


def _distance(text: str, other: str) -> int:
    counts = Counter(text.split("\n"))
    return sum(((counts - Counter(other.split("\n"))) + (Counter(other.split("\n")) - counts)).values())


def _data(text: str) -> list[object]:
    return [_plain(root) for root in yaml.parse(text, "")]


def _plain(root: YamlNode) -> object:
    return root.data


@dataclass(frozen=True, slots=True)
class _Region:
    """Lines `start` to `end` (from 0, the end not included), and what stands there instead."""

    start: int
    end: int
    lines: list[str]


def _transferred(text: str, before: str, after: str) -> str | None:
    """Return the text with the one region that differs between two outputs of the library."""
    own, old, new = (
        part.split("\n") for part in (text.rstrip("\n"), before.rstrip("\n"), after.rstrip("\n"))
    )
    region = _region(old, new)
    places = _places(own, old)
    added = region.start == region.end
    moved = _insertion(own, old, region, places) if added else _replaced(own, old, region, places)
    if moved is None:
        return None
    gone = Counter(m for line in own[moved.start : moved.end] for m in _REMARK.findall(line))
    kept = Counter(m for line in moved.lines for m in _REMARK.findall(line))
    if gone - kept:
        return None  # a comment, an anchor or an alias would go
    lines = [*own[: moved.start], *moved.lines, *own[moved.end :]]
    return "\n".join(lines) + "\n" * max(1, len(text) - len(text.rstrip("\n")))


def _region(old: Sequence[str], new: Sequence[str]) -> _Region:
    shared = min(len(old), len(new))
    start = next((i for i in range(shared) if old[i] != new[i]), shared)
    rest = shared - start
    tail = next((i for i in range(rest) if old[-1 - i] != new[-1 - i]), rest)
    return _Region(start, len(old) - tail, list(new[start : len(new) - tail]))


def _places(own: Sequence[str], old: Sequence[str]) -> dict[int, int]:
    """Return where each line of the library's output stands in the text, as far as that is sure."""
    places: dict[int, int] = {}
    matcher = difflib.SequenceMatcher(None, own, old, autojunk=False)
    for tag, start, end, first, last in matcher.get_opcodes():
        if tag == "equal" or (tag == "replace" and end - start == last - first):
            places.update(zip(range(first, last), range(start, end), strict=True))
    return places


def _replaced(
    own: Sequence[str], old: Sequence[str], region: _Region, places: Mapping[int, int]
) -> _Region | None:
    at = [places.get(index, -1) for index in range(region.start, region.end)]
    if at[0] < 0 or at != list(range(at[0], at[0] + len(at))):
        return None
    lines = region.lines
    if len(lines) == len(at) == 1:
        lines = [_in_line(own[at[0]], old[region.start], lines[0])]
    return _Region(at[0], at[-1] + 1, lines)


def _in_line(own: str, old: str, new: str) -> str:
    """Return a line with what the library changed, its spaces and quotes and its comment as they were."""
    (own, remark), (old, _), (new, _) = map(_parted, (own, old, new))
    region = _region(old, new)
    places = _places(own, old)
    before, last = places.get(region.start - 1, -2), places.get(region.end - 1, -2)
    start = before + 1 if region.start == region.end else places.get(region.start, -1)
    end = start if region.start == region.end else last + 1
    if start < 0 or end < start:
        return new + remark
    return own[:start] + "".join(region.lines) + own[end:] + remark


def _parted(line: str) -> tuple[str, str]:
    """Return a line's content, and its comment with the spaces before."""
    at = re.search(r"\s+#|$", line)
    cut = at.start() if at else len(line)
    return line[:cut], line[cut:]


def _insertion(
    own: Sequence[str], old: Sequence[str], region: _Region, places: Mapping[int, int]
) -> _Region | None:
    """Return new lines below the last line of content above: comments there belong to what follows."""
    above = region.start - 1
    while above >= 0 and not old[above].partition("#")[0].strip():
        above -= 1
    depth = _depth(region.lines[0]) if region.lines else 0
    like = next((i for i in range(above, -1, -1) if _content(old[i]) and _depth(old[i]) <= depth), -1)
    if above not in places or like not in places:
        return None
    shift = _depth(own[places[like]]) - _depth(old[like])
    lines = [" " * max(0, _depth(line) + shift) + line.lstrip() for line in region.lines]
    at = places[above] + 1
    return _Region(at, at, lines)


def _content(line: str) -> bool:
    return bool(line.partition("#")[0].strip())


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip())
