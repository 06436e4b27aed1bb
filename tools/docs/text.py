"""Small pieces of Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import partial

_CODE = re.compile(r"(```.*?```|`[^`]*`)", re.DOTALL)
_MEANS_SOMETHING = re.compile(r"[<*]|__")


def prose(text: str) -> str:
    """Return plain text as Markdown: outside of code `<`, `*` and `__` stand for themselves."""
    parts = _CODE.split(text)
    parts[::2] = [_MEANS_SOMETHING.sub(lambda m: "".join(f"\\{c}" for c in m[0]), p) for p in parts[::2]]
    return "".join(parts)


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Return a table. A bar in a cell is escaped."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(c.replace("|", "\\|") for c in line) + " |" for line in lines)


def fenced(code: str, info: str) -> str:
    """Return a block of code; its fence is longer than any in it."""
    longest = max((len(run) for run in re.findall(r"^`+", code, re.MULTILINE)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{info}\n{code.rstrip()}\n{fence}"


def with_blocks(text: str, blocks: Mapping[str, str]) -> str:
    """Return a page with what stands between `<!-- NAME -->` and `<!-- end -->` made anew."""
    for name, content in blocks.items():
        block = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end -->)", re.DOTALL)
        text = block.sub(partial(_filled, content), text)
    return text


def _filled(content: str, block: re.Match[str]) -> str:
    return f"{block[1]}{content}\n{block[2]}"
