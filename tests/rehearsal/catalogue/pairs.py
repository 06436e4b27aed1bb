"""Up and down, as SQL: what stood before, a step up, a step down, and the lines that the difference is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Pair:
    name: str
    up: tuple[str, ...]
    down: tuple[str, ...]
    lines: tuple[str, ...] = ()
    before: tuple[str, ...] = ()


def pair(
    name: str,
    up: str | tuple[str, ...],
    down: str | tuple[str, ...] = (),
    lines: str | tuple[str, ...] = (),
    before: str | tuple[str, ...] = (),
) -> Pair:
    return Pair(name, _many(up), _many(down), _many(lines), _many(before))


def _many(texts: str | tuple[str, ...]) -> tuple[str, ...]:
    return (texts,) if isinstance(texts, str) else texts
