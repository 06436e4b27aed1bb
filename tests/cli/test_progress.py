"""How far a rehearsal is: a bar on a terminal that leaves nothing behind, and never in a report."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.screens import ESCAPE, left_on_screen, plain, shown_on
from tests.cli.test_rehearse import INDEX, MAKE, history

REHEARSE = ("rehearse", ".", "--isolated", "--format")
DONE = "2/2 up, down"
"""What the bar has said in the end."""


@pytest.fixture
def shop(project: Path) -> Path:
    return history(project, MAKE, INDEX)


@pytest.mark.parametrize("columns", [20, 40, 80, 200])
def test_a_bar_fits_the_terminal_and_is_gone_in_the_end(shop: Path, columns: int) -> None:
    shown = shown_on(columns, *REHEARSE, "concise", at=shop)
    during = shown.sent[: shown.sent.index("migrations/versions")]
    drawn = plain(during).replace("\r", "\n").split("\n")
    assert any(line.startswith("2/2 up" if columns > 20 else "2/2 ") for line in drawn)
    assert [line for line in drawn if len(line) > columns] == []
    assert left_on_screen(shown.sent).lstrip("\n").startswith("migrations/versions/two.py:11:1: high MIG003")
    assert shown.sent.count("\x1b[?25l") == shown.sent.count("\x1b[?25h") > 0


def test_a_report_through_a_pipe_is_one_document_beside_the_bar(shop: Path) -> None:
    shown = shown_on(80, *REHEARSE, "json", at=shop, pipe="stdout")
    assert json.loads(shown.piped)["exit_code"] == shown.code == 0
    assert DONE in plain(shown.sent)
    assert not left_on_screen(shown.sent).strip()


def test_errors_through_a_pipe_are_one_line_without_a_bar(shop: Path) -> None:
    shown = shown_on(80, *REHEARSE, "concise", at=shop, pipe="stderr")
    assert shown.piped == "deploycheck: rehearsing 2 revisions; this runs the project's migrations\n"
    assert DONE not in shown.sent


@pytest.mark.parametrize("pipe", ["", "stderr"])
def test_quiet_has_none(shop: Path, pipe: str) -> None:
    shown = shown_on(80, *REHEARSE, "concise", "--quiet", at=shop, pipe=pipe)
    assert (shown.piped, DONE in shown.sent, "\x1b" in shown.sent) == ("", False, False)


@pytest.mark.parametrize(
    ("environment", "option", "colored"),
    [
        ({}, "auto", True),
        ({"NO_COLOR": "1"}, "auto", False),
        ({"NO_COLOR": ""}, "auto", True),
        ({"FORCE_COLOR": "0"}, "auto", False),
        ({}, "never", False),
    ],
)
def test_its_color_is_decided_as_everywhere(
    shop: Path, environment: dict[str, str], option: str, *, colored: bool
) -> None:
    shown = shown_on(
        80, *REHEARSE, "json", "--color", option, at=shop, pipe="stdout", environment=environment
    )
    assert DONE in plain(shown.sent)
    assert any(letter == "m" for _, letter in ESCAPE.findall(shown.sent)) is colored


@pytest.mark.parametrize("kind", ["dumb", "", "unknown"])
def test_a_terminal_without_a_cursor_has_a_line(shop: Path, kind: str) -> None:
    shown = shown_on(80, *REHEARSE, "concise", at=shop, environment={"TERM": kind})
    assert shown.sent.startswith("deploycheck: rehearsing 2 revisions; this runs the project's migrations\n")
    assert "\x1b" not in shown.sent


def test_a_revision_of_any_name_acts_on_no_terminal(shop: Path) -> None:
    file = shop / "migrations" / "versions" / "two.py"
    file.write_text(
        file.read_text(encoding="utf-8").replace('"two"', '"two[bold]\\x1b[2J"'), encoding="utf-8"
    )
    shown = shown_on(80, *REHEARSE, "concise", at=shop)
    assert "\x1b[2J" not in shown.sent
