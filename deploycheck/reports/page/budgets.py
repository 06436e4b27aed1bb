"""The connection budget, drawn: each process's pools as blocks on the length of what the server takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploycheck.reports.page.markup import Markup, el, folded, scrolled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploycheck.engine.budgets import ConnectionBudget, PoolLine

_WIDTH, _HEIGHT, _GAP = 1000, 28, 3
_BLOCKS = 60
"""Of more blocks than this, those of one pool are drawn as one."""


def drawn(budget: ConnectionBudget) -> Markup:
    """Return the sum in words, as a bar where it can be made, and as a table."""
    return el(
        "figure",
        el("figcaption", budget.text, el("span", budget.note, class_="quiet note")),
        _bar(budget),
        _key(budget),
        folded("The connections as a table", _table(budget)) if budget.pools else None,
    )


def _bar(budget: ConnectionBudget) -> Markup | None:
    """Return the drawing; None where no sum can be made, since a bar would then say too much."""
    if budget.total is None or not budget.total:
        return None
    scale = _WIDTH / max(budget.total, budget.usable or 0)
    usable = round((budget.usable or 0) * scale)
    track = el("rect", class_="track", x=0, y=0, width=usable, height=_HEIGHT) if usable else None
    over = budget.usable is not None and budget.total > budget.usable
    line = el("rect", class_="limit", x=max(usable - 4, 0), y=0, width=4, height=_HEIGHT) if over else None
    return el(
        "svg",
        _hatch(),
        track,
        list(_blocks(budget, scale)),
        line,
        viewBox=f"0 0 {_WIDTH} {_HEIGHT}",
        preserveAspectRatio="none",
        role="img",
        aria_label=f"Connections of {budget.deployment}: {budget.text}",
        class_="bar",
    )


def _hatch() -> Markup:
    stripe = el("path", d="M0 8L8 0M-2 2L2 -2M6 10L10 6", class_="stripe")
    return el("defs", el("pattern", stripe, id="hatch", width=8, height=8, patternUnits="userSpaceOnUse"))


def _blocks(budget: ConnectionBudget, scale: float) -> Iterator[Markup]:
    processes = budget.processes or 0
    copies = processes if processes * len(budget.pools) <= _BLOCKS else 1
    at = 0.0
    for _ in range(copies):
        for pool in budget.pools:
            times = processes / copies * scale
            kept, burst = (pool.most - pool.overflow) * times, pool.overflow * times
            yield _block("kept", at, kept if burst else kept - _GAP)
            yield _block("burst", at + kept, burst - _GAP)
            at += kept + burst


def _block(kind: str, x: float, width: float) -> Markup:
    if width <= 0:
        return Markup("")
    return el("rect", class_=kind, x=f"{x:.1f}", y=5, width=f"{width:.1f}", height=_HEIGHT - 10)


def _key(budget: ConnectionBudget) -> Markup | None:
    if not budget.total:
        return None
    parts = ["Filled: kept open"]
    parts += ["hatched: opened under load"] if any(p.overflow for p in budget.pools) else []
    if budget.usable is not None and budget.total > budget.usable:
        parts.append(f"the upright line: where the server's {budget.usable} end")
    elif budget.usable is not None:
        parts.append(f"the whole length: the {budget.usable} that the server takes")
    return el("p", "; ".join(parts), ".", class_="quiet note")


def _table(budget: ConnectionBudget) -> Markup:
    head = ["engine", "kept open", "under load", "one process", "all processes"]
    rows = [_row(budget, pool) for pool in budget.pools]
    return scrolled(
        "The connections as a table",
        el(
            "table",
            el("caption", _sum(budget)),
            el("thead", el("tr", [el("th", name, scope="col") for name in head])),
            el("tbody", rows),
        ),
    )


def _sum(budget: ConnectionBudget) -> str:
    if budget.total is None:
        return "The sum is not known"
    least = "" if budget.exact else "At least "
    processes = f"{budget.processes} process{'' if budget.processes == 1 else 'es'}"
    usable = f", of {budget.usable} that the server takes" if budget.usable is not None else ""
    return f"{least}{budget.total} connections in {processes}{usable}"


def _row(budget: ConnectionBudget, pool: PoolLine) -> Markup:
    together = pool.most * budget.processes if budget.processes is not None else "not known"
    cells = [pool.most - pool.overflow, pool.overflow, pool.most, together]
    return el("tr", el("th", el("code", pool.at), scope="row"), [el("td", c) for c in cells])
