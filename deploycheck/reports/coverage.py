"""Downgrade coverage by revision, as a table for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from deploycheck.engine import Migrations, RevisionLine

_CELLS = 10


def coverage_table(histories: Iterable[Migrations]) -> Iterator[Text]:
    """Yield a line for each revision: a bar, the share, the counts, and its file, which is never cut."""
    for history in histories:
        yield Text()
        yield Text.assemble(("Downgrade coverage", "bold"), f"  {history.name}")
        for revision in history.by_revision:
            yield Text(f"  {_bar(revision)}  {_counts(revision):<31}  {revision.id}  {revision.path}")


def rehearsed_table(histories: Iterable[Migrations]) -> Iterator[Text]:
    """Yield a line for each revision that was to be rehearsed: what became of it, its file, a remark."""
    for history in histories:
        rehearsed = history.rehearsed
        if rehearsed is None or not rehearsed.by_revision:
            continue
        yield Text()
        yield Text.assemble(("Rehearsed", "bold"), f"  {history.name} on {rehearsed.server}")
        for revision in rehearsed.by_revision:
            yield Text(f"  {revision.state.value:<24}  {revision.id}  {revision.path}")
            if revision.note:
                yield Text(f"    {' '.join(revision.note.split())}", "dim")


def _bar(revision: RevisionLine) -> str:
    full = 0 if revision.percent is None else revision.percent * _CELLS // 100
    return f"{'█' * full:<{_CELLS}}" if revision.invertible else f"{'·' * _CELLS}"


def _counts(revision: RevisionLine) -> str:
    if revision.percent is None:
        return revision.state
    unknown = f", {revision.unknown} unknown" if revision.unknown else ""
    return f"{revision.percent:>3} %  {revision.covered} of {revision.invertible}{unknown}"
