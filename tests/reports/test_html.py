"""The page as a document: valid, escaped, complete, and the same bytes each time."""

from __future__ import annotations

import base64
import hashlib
import itertools
import re
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path
from xml.etree.ElementTree import Element

import html5lib
import pytest

from deploycheck.engine import Report, Understood
from deploycheck.engine.debts import DEBTS
from deploycheck.findings import Location
from deploycheck.reports import load
from deploycheck.reports.style import Style
from tests.reports.whole import HOSTILE, history, hostile, many, revision, whole

ROOT = Path(__file__).parents[2]


def page_of(report: Report) -> str:
    return load("html").render(report, Style())


def parsed(text: str) -> Element:
    """Parse as a browser does; what HTML calls a parse error is an error here."""
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    root: Element = parser.parse(text)
    return root


def words(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())


def having(root: Element, name: str, value: str) -> list[Element]:
    return [e for e in root.iter() if e.get(name) == value]


def by_id(root: Element, name: str) -> Element:
    (found,) = having(root, "id", name)
    return found


def elements(root: Element, tag: str) -> list[Element]:
    """Return the elements of a kind, those of SVG included."""
    return [e for e in root.iter() if e.tag.rpartition("}")[2] == tag]


@pytest.fixture
def root(report: Report) -> Element:
    return parsed(page_of(whole(report)))


def test_the_verdict_is_first_and_headings_go_down_one_at_a_time(root: Element) -> None:
    levels = [(int(e.tag[1]), words(e)) for e in root.iter() if re.fullmatch(r"h[1-6]", str(e.tag))]
    assert levels[0] == (1, "Not ready")
    assert all(level > 1 for level, _ in levels[1:])
    steps = [after - before for (before, _), (after, _) in itertools.pairwise(levels)]
    assert max(steps) == 1
    assert [told for level, told in levels if level == 2] == [
        "What will run",
        "Deployment debts",
        "Findings",
        "Set aside",
        "Migrations",
        "Rules",
        "Could not be looked at",
    ]


def test_landmarks_ids_and_links_hang_together(root: Element) -> None:
    ids = [i for e in root.iter() if (i := e.get("id"))]
    assert len(ids) == len(set(ids))
    linked = [e.get("href", "") for e in elements(root, "a")]
    assert linked[0] == "#main"
    assert {link.removeprefix("#") for link in linked} <= set(ids)
    for section in elements(root, "section") + elements(root, "article"):
        assert words(by_id(root, section.get("aria-labelledby", "")))
    assert len(elements(root, "main")) == len(elements(root, "nav")) == len(elements(root, "h1")) == 1


def test_a_finding_tells_everything(root: Element) -> None:
    article = by_id(root, "finding-0123456789abcdef")
    told = words(article)
    for part in (
        "critical TST001 any-origin",
        "DEPLOY-2 · certain · read",
        "Any website may call this API [id] with its visitors' credentials [/x].",
        "server/app.py:203:19",
        "203 allow_origins=ServerConfig.CORS_ORIGINS,",
        "How this is known: 2 steps",
        'server/config.py:24 CORS_ORIGINS: list = ["*"]',
        "Fix Read the list from CORS_ORIGINS.",
        "Decide Which origins?",
        "Patch diff --git a/x b/x",
    ):
        assert part in told
    assert words(elements(article, "mark")[0]) == "ServerConfig.CORS_ORIGINS"
    assert "Refuted, on PostgreSQL 16 it did not; it no longer counts" in words(by_id(root, "finding-aaaa"))
    order = [a.get("data-severity") for a in elements(by_id(root, "findings"), "article")]
    assert order == ["critical", "high", "medium"]


def test_the_page_has_the_rest_of_the_report(root: Element) -> None:
    assert "1: no Alembic here" not in words(root)  # one reason needs no count
    for name, part in {
        "runs": "platform Databricks Apps (app.yaml)",
        "aside": "Set aside, suppressed: a proxy does it",
        "rules": "TST003 name-tst003: no Alembic here",
        "unread": "app.yaml:4:2 it is not valid YAML: correct it",
    }.items():
        assert part in words(by_id(root, name)), name
    assert "could not be rehearsed: migrations: no server" in words(by_id(root, "unread"))
    assert "A note of the run" in words(elements(root, "header")[0])
    board = words(by_id(root, "debts"))
    assert all(debt.title in board and c.text in board for debt in DEBTS for c in debt.criteria)


def test_what_is_drawn_is_also_written(root: Element) -> None:
    drawn = by_id(root, "migrations")
    (graph,) = [e for e in elements(drawn, "svg") if e.get("role") == "img"]
    titles = ["".join(t.itertext()) for t in elements(graph, "title")]
    assert "b2: partial, 50 % (2 of 4)\nversions/b2.py" in titles
    assert "a parent of f6 is missing, or stands above it" in titles
    rows = [[words(cell) for cell in row] for row in elements(elements(drawn, "tbody")[0], "tr")]
    assert rows[0] == ["g7", "e5", "unknown, 0 % (0 of 4)", "", "versions/g7.py"]
    assert rows[5][:4] == ["b2", "a1", "partial, 50 % (2 of 4)", "leaves traces: the index ix_users stays"]
    assert "3 of 6 revisions were seen to be reversible" in words(drawn)
    runs = by_id(root, "runs")
    (bar,) = [e for e in elements(runs, "svg") if e.get("role") == "img"]
    assert bar.get("aria-label") == "Connections of web: 2 workers × ((5 + 10) + 3) = 36 of 20"
    assert words(elements(runs, "caption")[0]) == "36 connections in 2 processes, of 20 that the server takes"
    assert [words(cell) for cell in elements(runs, "tbody")[0][0]] == ["db.py:3", "5", "10", "15", "30"]


def test_the_bar_ends_where_the_connections_end(root: Element) -> None:
    bar = next(e for e in elements(by_id(root, "runs"), "svg") if e.get("class") == "bar")
    rects = elements(bar, "rect")
    last = rects[-2]  # before the line of the limit
    assert float(last.get("x", 0)) + float(last.get("width", 0)) == pytest.approx(1000, abs=4)
    assert [r.get("class") for r in rects].count("burst") == 2  # a process each
    assert float(rects[-1].get("x", 0)) == pytest.approx(1000 * 20 / 36, abs=5)


@pytest.mark.parametrize(("processes", "total"), [(None, None), (0, 0)])
def test_no_bar_is_drawn_of_what_is_not_known(
    report: Report, processes: int | None, total: int | None
) -> None:
    full = whole(report)
    budget = replace(full.understood.budgets[0], processes=processes, total=total, usable=None)
    page = parsed(page_of(replace(full, understood=replace(full.understood, budgets=(budget,)))))
    assert [e for e in elements(by_id(page, "runs"), "svg") if e.get("class") == "bar"] == []
    assert budget.text in words(by_id(page, "runs"))


def test_no_text_is_obeyed(report: Report) -> None:
    full = whole(report)
    (budget,), (section,) = full.understood.budgets, full.understood.sections
    odd = replace(
        full,
        target=HOSTILE,
        findings=tuple(hostile(f) for f in full.findings),
        aside=tuple(replace(s, reason=HOSTILE, finding=hostile(s.finding)) for s in full.aside),
        notes=(HOSTILE,),
        unread=tuple(replace(u, path=HOSTILE, reason=HOSTILE) for u in full.unread),
        results=tuple(replace(r, reason=HOSTILE, traceback=HOSTILE) for r in full.results),
        understood=Understood(
            sections=(replace(section, title=HOSTILE, environment=HOSTILE), section),
            migrations=(history(revision(HOSTILE, [HOSTILE], HOSTILE), revision("b", [HOSTILE])),),
            budgets=(replace(budget, deployment=section.title, text=HOSTILE, note=HOSTILE),),
        ),
    )
    page = page_of(odd)
    root = parsed(page.replace("&#0;", ""))
    assert page.isascii()
    assert elements(root, "img") == []
    assert len(elements(root, "script")) == len(elements(root, "style")) == 1
    assert not [e for e in root.iter() for name in e.keys() if str(name).lower().startswith("on")]  # noqa: SIM118
    assert "<img" in words(elements(root, "article")[0])
    assert "\x00" not in page
    assert "\u202e" not in words(root)


def test_a_page_without_a_report_is_a_page_too() -> None:
    page = load("html").failure(HOSTILE, 2, f"no such rule: {HOSTILE}")
    root = parsed(page)
    assert words(elements(root, "h1")[0]) == "No report"
    assert "no such rule: </script>" in words(elements(root, "header")[0])
    assert "Exit code 2" in words(root)
    assert elements(root, "img") == []


def test_nothing_to_check_and_nothing_found_are_pages(report: Report) -> None:
    empty = replace(report, findings=(), results=(), unread=(), understood=Understood())
    nothing = parsed(page_of(replace(empty, nothing="no Python web app found")))
    assert words(elements(nothing, "h1")[0]) == "Nothing to check"
    assert elements(nothing, "section") == []
    ready = parsed(page_of(empty))
    assert words(elements(ready, "h1")[0]) == "Ready"
    assert "Nothing was found." in words(by_id(ready, "findings"))
    crashed = parsed(page_of(replace(report, understood=Understood(crashed="KeyError: 'x'"))))
    assert "This could not be told: KeyError: 'x'" in words(by_id(crashed, "runs"))


def test_two_findings_of_one_fingerprint_have_a_place_each(report: Report) -> None:
    first = report.findings[0]
    second = replace(first, location=Location("b.py", 1))
    root = parsed(page_of(replace(report, findings=(first, second))))
    places = [a.get("id") for a in elements(root, "article")]
    assert places == ["finding-0123456789abcdef", "finding-0123456789abcdef-2"]


def test_the_policy_allows_this_style_and_this_script_only(root: Element) -> None:
    (policy,) = having(root, "http-equiv", "Content-Security-Policy")
    rules = dict(part.strip().split(" ", 1) for part in policy.get("content", "").split(";"))
    hashes = {
        tag: base64.b64encode(hashlib.sha256((elements(root, tag)[0].text or "").encode()).digest()).decode()
        for tag in ("style", "script")
    }
    assert rules == {
        "default-src": "'none'",
        "style-src": f"'sha256-{hashes['style']}'",
        "script-src": f"'sha256-{hashes['script']}'",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    loading = [e for e in root.iter() for name in ("src", "srcset", "style", "action") if e.get(name)]
    assert loading == []
    assert all(e.get("href", "#").startswith("#") for e in root.iter())


def test_the_same_report_is_the_same_page_whatever_the_time_it_took(report: Report) -> None:
    full = whole(report)
    assert page_of(full) == page_of(replace(full, seconds=99.0))


def test_a_patch_shows_its_line_ends_and_tabs(root: Element) -> None:
    patch = next(
        e for e in elements(by_id(root, "finding-0123456789abcdef"), "pre") if e.get("class") == "patch"
    )
    assert "-a␍\n+\tb [/x] [bold]\n" in "".join(patch.itertext())


def test_five_hundred_findings_and_four_hundred_revisions_stay_small(report: Report) -> None:
    line = tuple(revision(f"{n:04}", [f"{n - 1:04}"] if n else []) for n in range(400))
    understood = replace(report.understood, migrations=(history(*line),))
    big = replace(report, understood=understood, findings=tuple(many(report.findings[0], 500)))
    page = page_of(big)
    assert len(page) < 1_500_000
    assert page.count("<article") == 500
    graph = next(e for e in elements(parsed(page), "svg") if e.get("class") == "graph")
    assert int(graph.get("width", 0)) < 500
    assert len(elements(graph, "text")) == 400


def test_the_wheel_holds_the_style_and_the_script(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "installed")
    code = "from deploycheck.reports import load; print(load('html').failure('x', 2, 'y'))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path / "installed")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "prefers-color-scheme" in done.stdout
    assert "beforeprint" in done.stdout


@pytest.mark.parametrize("name", ["page.css", "page.js"])
def test_our_sources_end_no_element_and_load_nothing(name: str) -> None:
    source = (ROOT / "deploycheck" / "reports" / "page" / name).read_text(encoding="ascii")
    assert "</" not in source
    assert "<!--" not in source
    assert re.findall(r"https?:|@import|url\((?!#)|fetch\(|innerHTML|eval\(", source) == []
