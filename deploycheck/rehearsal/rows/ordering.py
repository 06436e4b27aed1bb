"""In which order tables get their rows: parents before their children, and circles together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from deploycheck.rehearsal.rows.model import ForeignKey, Table


def ordered(tables: Iterable[Table]) -> list[list[Table]]:
    """Return the tables in groups, each after those that it refers to.

    A group of several is a circle of foreign keys that no column can leave NULL.
    """
    by_name = {table.name: table for table in tables}
    return [[by_name[name] for name in group] for group in _components(by_name)]


def later(table: Table, key: ForeignKey) -> bool:
    """Tell whether a foreign key can be left NULL first, and filled when its parent is there."""
    columns = [table.column(name) for name in key.columns]
    return any(c is not None and c.nullable for c in columns)


def _components(tables: Mapping[str, Table]) -> list[list[str]]:
    """Return the circles of keys that must be given at once, in the order of all keys as far as that goes."""
    needed = {name: _parents(table, tables, all_keys=False) for name, table in tables.items()}
    wished = {name: _parents(table, tables, all_keys=True) for name, table in tables.items()}
    waiting = _circles({name: sorted(parents) for name, parents in needed.items()})
    done: set[str] = set()
    order: list[list[str]] = []
    while waiting:
        able = [g for g in waiting if all(needed[name] <= done | set(g) for name in g)]
        best = next((g for g in able if all(wished[name] <= done | set(g) for name in g)), able[0])
        waiting.remove(best)
        order.append(best)
        done |= set(best)
    return order


def _parents(table: Table, tables: Mapping[str, Table], *, all_keys: bool) -> set[str]:
    keys = (k for k in table.foreign_keys if k.table in tables and k.table != table.name)
    return {key.table for key in keys if all_keys or not later(table, key)}


def _circles(graph: Mapping[str, list[str]]) -> list[list[str]]:
    """Return the strongly connected components, each sorted. Tables reach far less deep than a stack does."""
    reach = {name: _reachable(name, graph) for name in graph}
    groups: dict[str, list[str]] = {}
    for name in sorted(graph):
        first = next((k for k in groups if k in reach[name] and name in reach[k]), name)
        groups.setdefault(first, []).append(name)
    return list(groups.values())


def _reachable(start: str, graph: Mapping[str, list[str]]) -> set[str]:
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        for parent in graph[waiting.pop()]:
            if parent not in seen:
                seen.add(parent)
                waiting.append(parent)
    return seen
