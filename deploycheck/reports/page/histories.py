"""The migrations, drawn: a row for each revision, its branches and merges, and what can be taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploycheck.reports.page.lanes import layout
from deploycheck.reports.page.markup import Markup, count, el, folded, scrolled, section

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploycheck.engine import Migrations, Report, RevisionLine
    from deploycheck.reports.page.lanes import Layout, Line

_ROW, _LANE, _BAR, _LETTER = 22, 18, 60, 8
"""In pixels: a row, a lane, a bar of coverage, and what a letter takes at most."""
_CIRCLE = "M-5 0a5 5 0 1 1 10 0a5 5 0 1 1 -10 0z"
_SHAPES = {
    "full": ("", _CIRCLE),
    "partial": (_CIRCLE, "M0 -5a5 5 0 0 0 0 10z"),
    "empty": (_CIRCLE, ""),
    "irreversible": ("M-5 -5h10v10h-10zM-2 -2l4 4m0 -4l-4 4", ""),
    "unknown": (f"{_CIRCLE}M-3 0h6", ""),
    "nothing to invert": ("", "M-2 0a2 2 0 1 1 4 0a2 2 0 1 1 -4 0z"),
    "merge": ("M0 -6l6 6l-6 6l-6 -6z", ""),
}
"""Of each state, around the middle: what is drawn as an outline, and what is filled."""
_KEY = (
    ("full", "all is taken back"),
    ("partial", "a part is taken back"),
    ("empty", "nothing is taken back"),
    ("irreversible", "downgrade() refuses"),
    ("unknown", "not known"),
    ("nothing to invert", "nothing to take back"),
    ("merge", "merge"),
)


def histories(report: Report) -> Markup:
    """Return each history: its coverage in words, the drawing, and the same as a table."""
    found = report.understood.migrations
    return section("migrations", "Migrations", [_history(h, several=len(found) > 1) for h in found])


def _history(history: Migrations, *, several: bool) -> Markup:
    label = f"Migrations in {history.name}"
    return el(
        "div",
        el("h3", history.name) if several else None,
        el("p", _told(history)),
        _rehearsed(history),
        _key({r.state for r in history.by_revision}),
        scrolled(f"{label}, drawn", _drawing(history, label)),
        folded("The migrations as a table", _table(history, label)),
        class_="history",
    )


def _told(history: Migrations) -> str:
    heads = f"{count(len(history.heads), 'head')} {', '.join(history.heads)}".rstrip()
    told = f"{count(len(history.by_revision), 'revision')}, {heads}; "
    if history.percent is None:
        return f"{told}nothing for a downgrade to take back."
    unknown = f", {history.unknown} unknown" if history.unknown else ""
    return (
        f"{told}downgrade coverage {history.percent} % ({history.covered} of {history.invertible}{unknown})."
    )


def _rehearsed(history: Migrations) -> Markup | None:
    rehearsed = history.rehearsed
    if rehearsed is None:
        return None
    seen = f"{rehearsed.reversible} of {rehearsed.counted} revisions were seen to be reversible"
    problem = f"; {rehearsed.problem}" if rehearsed.problem else ""
    return el("p", f"Rehearsed on {rehearsed.server}: {seen}{problem}.")


def _key(states: set[str]) -> Markup:
    items = [
        el(
            "li",
            el("svg", _node(state, 9, 9), viewBox="0 0 18 18", class_="key", aria_hidden="true"),
            f" {words}",
        )
        for state, words in _KEY
        if state in states
    ]
    return el("ul", items, class_="keys")


def _drawing(history: Migrations, label: str) -> Markup:
    drawn = layout(history.by_revision)
    left = drawn.width * _LANE + 12
    longest = max((len(_coverage(r)) + len(r.id) for r in drawn.rows), default=0)
    width = left + _BAR + 20 + (longest + 3) * _LETTER
    height = len(drawn.rows) * _ROW + 4
    return el(
        "svg",
        [_path(drawn, line) for line in drawn.lines],
        [_loose(drawn, row) for row in drawn.loose],
        [_row(drawn, row, left) for row in range(len(drawn.rows))],
        viewBox=f"0 0 {width} {height}",
        width=width,
        height=height,
        role="img",
        aria_label=f"{label}, newest first. {_told(history)} The table below says the same.",
        class_="graph",
    )


def _at(drawn: Layout, row: int) -> tuple[int, int]:
    return drawn.lanes[row] * _LANE + 11, row * _ROW + _ROW // 2 + 2


def _path(drawn: Layout, line: Line) -> Markup:
    """Draw a line: out of the child into its lane, down, and out of the lane into the parent."""
    (x, y), (to_x, to_y), lane = _at(drawn, line.child), _at(drawn, line.parent), line.lane * _LANE + 11
    half = _ROW // 2
    way = [f"M{x} {y}"]
    if lane != x:
        way.append(f"C{x} {y + half} {lane} {y + half} {lane} {y + _ROW}")
    if to_x != lane:
        way += [f"V{to_y - _ROW}"] if to_y - _ROW > y else []
        way.append(f"C{lane} {to_y - half} {to_x} {to_y - half} {to_x} {to_y}")
    else:
        way.append(f"V{to_y}")
    return el("path", d="".join(way), class_="line")


def _loose(drawn: Layout, row: int) -> Markup:
    x, y = _at(drawn, row)
    title = el("title", f"a parent of {drawn.rows[row].id} is missing, or stands above it")
    return el("path", title, d=f"M{x} {y}l7 {_ROW // 2}", class_="line loose")


def _row(drawn: Layout, row: int, left: int) -> Markup:
    revision = drawn.rows[row]
    x, y = _at(drawn, row)
    told = _coverage(revision)
    bar = [
        el("rect", class_="track", x=left, y=y - 4, width=_BAR, height=8),
        el("rect", class_="covered", x=left, y=y - 4, width=_BAR * (revision.percent or 0) // 100, height=8),
    ]
    return el(
        "g",
        el("title", f"{revision.id}: {told}\n{revision.path}"),
        _node(revision.state, x, y),
        bar if revision.invertible else None,
        el(
            "text",
            el("tspan", revision.id),
            "  ",
            el("tspan", told, class_="quiet"),
            x=left + _BAR + 10,
            y=y + 4,
        ),
    )


def _coverage(revision: RevisionLine) -> str:
    if revision.percent is None:
        return revision.state
    unknown = f", {revision.unknown} unknown" if revision.unknown else ""
    return f"{revision.state}, {revision.percent} % ({revision.covered} of {revision.invertible}{unknown})"


def _node(state: str, x: int, y: int) -> Markup:
    """Draw a revision; each state has a shape of its own."""
    outline, filled = _SHAPES.get(state, (_CIRCLE, ""))
    return el(
        "g",
        el("path", d=outline, class_="ring") if outline else None,
        el("path", d=filled, class_="solid") if filled else None,
        transform=f"translate({x} {y})",
    )


def _table(history: Migrations, label: str) -> Markup:
    ended = (
        {r.id: _ended(r.state.value, r.note) for r in history.rehearsed.by_revision}
        if history.rehearsed
        else {}
    )
    head = ["revision", "after", "downgrade", *(["rehearsed"] if ended else []), "file"]
    rows = [el("tr", list(_cells(r, ended))) for r in reversed(history.by_revision)]
    return scrolled(
        f"{label}, as a table",
        el(
            "table",
            el("caption", "Newest first"),
            el("thead", el("tr", [el("th", name, scope="col") for name in head])),
            el("tbody", rows),
        ),
    )


def _ended(state: str, note: str) -> str:
    return f"{state}: {note}" if note else state


def _cells(revision: RevisionLine, ended: dict[str, str]) -> Iterator[Markup]:
    yield el("th", revision.id, scope="row")
    yield el("td", ", ".join(revision.parents) or "nothing")
    yield el("td", _coverage(revision))
    if ended:
        yield el("td", ended.get(revision.id, ""))
    yield el("td", el("code", revision.path))
