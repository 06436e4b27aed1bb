from __future__ import annotations

import json
from dataclasses import replace

import pytest

from deploycheck.engine import CoverageGate, ExitCode, Migrations, Report, RevisionLine
from deploycheck.reports import load
from deploycheck.reports.style import Style

LINES = (
    RevisionLine("0001_users", "migrations/versions/0001_users.py", "full", 100, 3, 3, 0),
    RevisionLine("0002_teams", "migrations/versions/0002_teams.py", "partial", 33, 1, 3, 1),
    RevisionLine("0003_rows", "migrations/versions/0003_rows.py", "nothing to invert", None, 0, 0, 0),
)
HISTORY = Migrations("migrations", ("0003_rows",), 66, 4, 6, 1, LINES)


@pytest.fixture
def migrated(report: Report) -> Report:
    return replace(report, understood=replace(report.understood, migrations=(HISTORY,)), findings=())


def test_the_table_is_for_who_asks(migrated: Report) -> None:
    assert "0002_teams" not in load("terminal").render(migrated, Style())
    shown = load("terminal").render(migrated, Style(verbose=True))
    table = shown.split("Downgrade coverage  migrations\n")[1].split("\n\n")[0]
    assert table.split("\n") == [
        "  ██████████  100 %  3 of 3                    0001_users  migrations/versions/0001_users.py",
        "  ███          33 %  1 of 3, 1 unknown         0002_teams  migrations/versions/0002_teams.py",
        "  ··········  nothing to invert                0003_rows  migrations/versions/0003_rows.py",
    ]


def test_json_has_every_number(migrated: Report) -> None:
    (history,) = json.loads(load("json").render(migrated, Style()))["understood"]["migrations"]
    assert history["coverage"] == {"percent": 66, "covered": 4, "invertible": 6, "unknown": 1}
    assert (history["name"], history["revisions"], history["heads"]) == ("migrations", 3, ["0003_rows"])
    assert history["by_revision"][1] == {
        "id": "0002_teams",
        "path": "migrations/versions/0002_teams.py",
        "state": "partial",
        "percent": 33,
        "covered": 1,
        "invertible": 3,
        "unknown": 1,
    }


@pytest.mark.parametrize("format_", ["terminal", "concise"])
def test_what_misses_the_gate_is_said_once(migrated: Report, format_: str) -> None:
    held = replace(migrated, gate=CoverageGate(90, 66), results=())
    shown = load(format_).render(held, Style())
    assert "Not ready: downgrade coverage is 66 %, less than the 90 % asked for." in shown
    assert shown.count("asked for") == 1
    assert held.exit_code is ExitCode.FINDINGS
    assert replace(held, exit_zero=True).exit_code is ExitCode.READY


@pytest.mark.parametrize("format_", ["terminal", "concise"])
def test_where_there_is_nothing_to_measure_it_says_so(migrated: Report, format_: str) -> None:
    held = replace(migrated, gate=CoverageGate(90), results=())
    assert "no migration here" in load(format_).render(held, Style())
    assert held.exit_code is ExitCode.READY


def test_the_gate_in_json(migrated: Report) -> None:
    def gate(report: Report) -> object:
        return json.loads(load("json").render(report, Style())).get("min_downgrade_coverage")

    assert gate(migrated) is None
    assert gate(replace(migrated, gate=CoverageGate(60, 66))) == {"required": 60, "percent": 66, "met": True}
    assert gate(replace(migrated, gate=CoverageGate(90, 66))) == {"required": 90, "percent": 66, "met": False}


def test_many_findings_of_one_rule_are_counted(report: Report) -> None:
    high = report.findings[1]
    many = [replace(high, subject=str(n), fingerprint=f"{n:016}", trail=()) for n in range(13)]
    long = replace(report, findings=(report.findings[0], *many))
    shown = load("terminal").render(long, Style())
    assert shown.count("HIGH      TST002") == 10
    assert "… and 3 more high TST002 two-sources" in shown
    for style in (Style(verbose=True), Style(fixes=True)):
        assert load("terminal").render(long, style).count("HIGH      TST002") == 13
    assert load("concise").render(long, Style()).count("TST002") == 13
