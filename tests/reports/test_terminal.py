from __future__ import annotations

import io
import re
from dataclasses import replace

import pytest

from deploycheck.engine import Report, Understood
from deploycheck.reports import FORMATS, load
from deploycheck.reports.style import Style, wants_color, write
from tests.reports.conftest import LONG, PATCH

EXPECTED = """\
deploycheck 0.1.0 · my app · production · environment: app.yaml + this shell

What will run
  platform     Databricks Apps (app.yaml)  2 vCPU, 6 GB
  read         9 files

CRITICAL  TST001 any-origin                                             DEPLOY-2
  Any website may call this API [id] with its visitors' credentials [/x].
  server/app.py:203:19
    203 │     allow_origins=ServerConfig.CORS_ORIGINS,
        │                   ^^^^^^^^^^^^^^^^^^^^^^^^^
    server/config.py:24     CORS_ORIGINS: list = ["*"]
    no environment variable changes it
  fix  Read the list from CORS_ORIGINS. (--fix-suggestions shows the patch)
  decide  Which origins?

HIGH      TST002 two-sources                                   likely · observed
  Production starts 2 × 1 workers → the settings say “4”.
  {LONG}:3:1
    3 │     workers = 4\ufffd[31m
    {LONG}:5
        workers = 4

Could not be read
  app.yaml:4:2
    it is not valid YAML: correct it

Crashed (this is a fault of deploycheck)
  TST004: ValueError: x (a.py:3)

Not ready: 1 critical, 1 high.
  rules: 3 ran, 1 passed, 1 found something, 1 crashed, 1 skipped (no Alembic
    here)
  next: deploycheck 'my app' --fix-suggestions
        deploycheck explain TST001
        deploycheck 'my app' --verbose
0.41 s
""".replace("{LONG}", LONG)


def test_the_whole_report(report: Report) -> None:
    assert load("terminal").render(report, Style()) == EXPECTED


def test_color_changes_no_word(report: Report) -> None:
    colored = load("terminal").render(report, Style(color=True))
    assert "\x1b[1;31mCRITICAL" in colored
    assert re.sub(r"\x1b\[[\d;]*m", "", colored) == EXPECTED


def test_a_patch_stands_whole_under_its_finding(report: Report) -> None:
    shown = load("terminal").render(report, Style(fixes=True))
    assert f"  decide  Which origins?\n\n# TST001 any-origin\n{PATCH}\nHIGH" in shown
    assert "shows the patch" not in shown
    assert PATCH in re.sub(
        r"\x1b\[[\d;]*m", "", load("terminal").render(report, Style(fixes=True, color=True))
    )


def test_verbose_shows_each_rule_and_tracebacks(report: Report) -> None:
    shown = load("terminal").render(report, Style(verbose=True))
    assert "    Traceback\n      x\n" in shown
    assert "    TST003 skipped: no Alembic here\n" in shown


def test_a_clean_run_is_short(report: Report) -> None:
    clean = replace(report, findings=(), unread=(), results=report.results[1:3])
    shown = load("terminal").render(clean, Style())
    words = "rules: 1 ran, 1 passed, 0 found something, 0 crashed, 1 skipped (no Alembic here)"
    assert f"Ready: nothing found. {words} 0.41 s" in " ".join(shown.split())
    assert shown.count("\n") == 10


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({"exit_zero": True}, "Not ready: 1 critical, 1 high (--exit-zero: this run does not fail for it)."),
        ({"findings": ()}, "Incomplete: not everything could be looked at."),
        (
            {"nothing": "no Python web app found", "findings": (), "results": ()},
            "Nothing to check: no Python web app found.",
        ),
    ],
)
def test_the_verdict(report: Report, changes: dict[str, object], verdict: str) -> None:
    assert verdict in load("terminal").render(replace(report, **changes), Style())  # type: ignore[arg-type]


def test_findings_below_the_bar_do_not_speak_against_it(report: Report) -> None:
    below = replace(report, findings=report.findings[1:], results=report.results[:3])
    assert "Ready: 1 high, none of them critical.\n" in load("terminal").render(below, Style())


def test_a_crash_while_understanding_is_shown(report: Report) -> None:
    crashed = replace(report, understood=Understood(crashed="KeyError: 'x' (a.py:1)"))
    assert "  What will run: KeyError: 'x' (a.py:1)\n" in load("terminal").render(crashed, Style())


def test_concise_is_a_line_a_thing(report: Report) -> None:
    assert load("concise").render(report, Style()).split("\n") == [
        f"server/app.py:203:19: critical TST001 any-origin: {report.findings[0].message}",
        f"{LONG}:3:1: high TST002 two-sources: {report.findings[1].message}",
        "app.yaml:4:2: could not be read: it is not valid YAML: correct it",
        "TST004 crashed: ValueError: x (a.py:3)",
        "Not ready: 1 critical, 1 high.",
        "rules: 3 ran, 1 passed, 1 found something, 1 crashed, 1 skipped (no Alembic here)",
        "",
    ]


@pytest.mark.parametrize("name", FORMATS)
def test_an_ascii_stream_takes_every_format(report: Report, name: str) -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    write(stream, load(name).render(report, Style()))
    text = raw.getvalue().decode("ascii")
    assert (
        name in {"json", "jsonl", "sarif", "gitlab", "html"}
        or '2 x 1 workers -> the settings say "4"' in text
    )


@pytest.mark.parametrize(
    ("choice", "environment", "terminal", "expected"),
    [
        ("always", {"NO_COLOR": "1"}, False, True),
        ("never", {"FORCE_COLOR": "1"}, True, False),
        ("auto", {}, True, True),
        ("auto", {}, False, False),
        ("auto", {"TERM": "dumb"}, True, False),
        ("auto", {"NO_COLOR": "1", "FORCE_COLOR": "1"}, True, False),
        ("auto", {"NO_COLOR": ""}, True, True),
        ("auto", {"FORCE_COLOR": "1"}, False, True),
        ("auto", {"FORCE_COLOR": "0"}, True, False),
        ("auto", {"FORCE_COLOR": ""}, True, True),
    ],
)
def test_color(choice: str, environment: dict[str, str], terminal: bool, expected: bool) -> None:
    assert wants_color(choice, environment, is_terminal=terminal) is expected
