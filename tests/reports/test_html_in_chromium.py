"""The page in a real browser: what is seen, what the keyboard does, what a screen reader is told."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from deploycheck.cli.asking import Asked
from deploycheck.cli.examining import examine
from deploycheck.engine import Report
from deploycheck.reports import load
from deploycheck.reports.style import Style
from tests.reports.whole import hostile, whole

CHROMIUM = next(
    (
        found
        for name in ("chromium", "google-chrome", "google-chrome-stable")
        if (found := shutil.which(name))
    ),
    None,
)
QUIET = (
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WORKSHOP = Path(__file__).parents[2] / "fixtures" / "workshop"
SEEN = Path(__file__).with_name("seen.js").read_text(encoding="utf-8")
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine")

Opened = Callable[..., Page]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=60_000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield browser
        browser.close()


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Iterator[Opened]:
    """Open a report, or a text; whatever the page logs or asks the network for fails the test."""
    wrong: list[str] = []
    contexts = []

    def open_(what: Report | str, *, tolerant: bool = False, **settings: Any) -> Page:
        file = tmp_path / "report.html"
        file.write_text(
            what if isinstance(what, str) else load("html").render(what, Style()), encoding="utf-8"
        )
        context = browser.new_context(**settings)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        if not tolerant:
            page.on("console", lambda message: wrong.append(message.text))
            page.on("pageerror", lambda error: wrong.append(str(error)))
            page.on("request", lambda r: None if r.url.startswith(file.as_uri()) else wrong.append(r.url))
        page.goto(file.as_uri())
        return page

    yield open_
    for context in contexts:
        context.close()
    assert wrong == []


@pytest.fixture
def full(report: Report) -> Report:
    return whole(report)


@pytest.fixture(scope="module")
def workshop() -> Report:
    return examine(str(WORKSHOP), Asked(isolated=True))


def _shown(page: Page) -> list[str]:
    return [a.get_attribute("id") or "" for a in page.locator("#findings article").all() if a.is_visible()]


def _tab_to(page: Page, selector: str) -> None:
    """Press Tab until an element has the focus, as somebody without a mouse does."""
    for _ in range(200):
        if page.locator(selector).evaluate("e => e === document.activeElement"):
            return
        page.keyboard.press("Tab")
    pytest.fail(f"{selector} cannot be reached by keyboard")


def test_filters_by_keyboard_count_and_announce(opened: Opened, full: Report) -> None:
    page = opened(full)
    status = page.get_by_role("status")
    expect(status).to_have_text("3 findings shown.")
    assert status.get_attribute("aria-live") == "polite"
    _tab_to(page, "input[value=high]")
    page.keyboard.press("Space")
    expect(status).to_have_text("1 of 3 findings shown.")
    assert _shown(page) == ["finding-fedcba9876543210"]
    page.keyboard.press("Space")
    _tab_to(page, "#filter-family")
    page.keyboard.type("POOL")
    expect(status).to_have_text("1 of 3 findings shown.")
    assert _shown(page) == ["finding-aaaa"]
    assert page.locator("[data-counts=critical]").inner_text() == "critical (0)"
    _tab_to(page, "#filter-text")
    page.keyboard.type("nowhere to be found")
    expect(status).to_have_text("0 of 3 findings shown.")
    _tab_to(page, "button[type=reset]")
    page.keyboard.press("Enter")
    expect(status).to_have_text("3 findings shown.")
    assert len(_shown(page)) == 3


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("debt", "DEPLOY-5", ["finding-aaaa"]),
        ("debt", "none", ["finding-fedcba9876543210"]),
        ("known", "observed", ["finding-fedcba9876543210"]),
        ("known", "refuted", ["finding-aaaa"]),
        ("known", "certain", ["finding-0123456789abcdef", "finding-aaaa"]),
    ],
)
def test_each_filter(opened: Opened, full: Report, name: str, value: str, expected: list[str]) -> None:
    page = opened(full)
    page.locator(f"#filter-{name}").select_option(value)
    assert _shown(page) == expected


def test_words_are_looked_for_in_all_that_a_finding_says(opened: Opened, full: Report) -> None:
    page = opened(full)
    page.get_by_role("searchbox").fill("WORKERS two-sources")
    assert _shown(page) == ["finding-fedcba9876543210"]


def test_the_board_leads_to_a_finding_that_is_filtered_away(opened: Opened, workshop: Report) -> None:
    page = opened(workshop)
    total = len(workshop.findings)
    page.get_by_role("searchbox").fill("no finding says this")
    expect(page.get_by_role("status")).to_have_text(f"0 of {total} findings shown.")
    page.locator("#debts summary").first.click()
    link = page.locator("#debts a").first
    target = page.locator(link.get_attribute("href") or "")
    link.click()
    expect(target).to_be_in_viewport()
    expect(page.get_by_role("status")).to_have_text(f"{total} findings shown.")


def test_all_trails_and_patches_open_at_once(opened: Opened, full: Report) -> None:
    page = opened(full)
    button = page.get_by_role("button", name="Open trails and patches")
    button.click()
    assert button.get_attribute("aria-pressed") == "true"
    folds = page.locator("#findings article details")
    assert folds.count() == page.locator("#findings article details[open]").count() > 0


def test_the_first_tab_skips_to_the_verdict_and_shows_where_it_is(opened: Opened, full: Report) -> None:
    page = opened(full)
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the verdict")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    style = "e => [getComputedStyle(e).outlineStyle, parseFloat(getComputedStyle(e).outlineWidth)]"
    assert skip.evaluate(style) == ["solid", 3]
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


@pytest.mark.parametrize("scheme", SCHEMES)
def test_contrast_is_enough(
    opened: Opened, full: Report, workshop: Report, scheme: Literal["light", "dark"]
) -> None:
    for report in (full, workshop):
        page = opened(report, color_scheme=scheme)
        page.evaluate("document.querySelectorAll('details').forEach((fold) => { fold.open = true; })")
        seen = page.evaluate(SEEN)
        assert {s["kind"] for s in seen} == {"text", "edge", "shape"}
        assert len(seen) > 200
        faint = [s for s in seen if s["ratio"] < (4.5 if s["kind"] == "text" else 3)]
        assert faint == []


def test_light_and_dark_differ(opened: Opened, full: Report) -> None:
    light, dark = (opened(full, color_scheme=scheme) for scheme in SCHEMES)
    assert light.screenshot() != dark.screenshot()
    background = "getComputedStyle(document.body).backgroundColor"
    assert [page.evaluate(background) for page in (light, dark)] == ["rgb(252, 252, 250)", "rgb(22, 24, 28)"]


def test_every_control_and_picture_has_a_name(opened: Opened, workshop: Report) -> None:
    page = opened(workshop)
    page.evaluate("document.querySelectorAll('details').forEach((fold) => { fold.open = true; })")
    session = page.context.new_cdp_session(page)
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    named: dict[str, list[str]] = {}
    for node in nodes:
        if not node.get("ignored"):
            named.setdefault(node["role"]["value"], []).append(node.get("name", {}).get("value", ""))
    wanted = {
        "button",
        "checkbox",
        "combobox",
        "searchbox",
        "link",
        "search",
        "navigation",
        "region",
        "article",
    }
    assert wanted | {"image", "DisclosureTriangle", "main", "status"} <= set(named)
    assert len(named["checkbox"]) == 4
    assert named["checkbox"][0] == "critical (7)"
    assert named["combobox"] == ["Family", "Debt", "Known by"]
    for role in (*wanted, "image", "DisclosureTriangle"):
        assert all(named[role]), role


@pytest.mark.parametrize("width", [320, 768, 1600])
def test_nothing_is_wider_than_the_window(opened: Opened, full: Report, workshop: Report, width: int) -> None:
    for report in (full, workshop):
        page = opened(report, viewport={"width": width, "height": 800})
        page.evaluate("document.querySelectorAll('details').forEach((fold) => { fold.open = true; })")
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_without_scripts_all_is_shown_and_no_filter(opened: Opened, full: Report) -> None:
    page = opened(full, java_script_enabled=False)
    expect(page.locator("#filters")).to_be_hidden()
    assert len(_shown(page)) == 3
    page.locator("#findings summary").first.click()
    expect(page.locator("#findings article ol").first).to_be_visible()


def test_paper_shows_what_is_folded_and_the_screen_folds_it_again(opened: Opened, full: Report) -> None:
    page = opened(full)
    page.evaluate(
        "addEventListener('beforeprint', () => {"
        " window.folded = document.querySelectorAll('details:not([open])').length; })"
    )
    before = page.locator("details[open]").count()
    page.pdf()
    assert page.evaluate("window.folded") == 0
    assert page.locator("details[open]").count() == before
    page.emulate_media(media="print")
    expect(page.locator("#filters")).to_be_hidden()
    expect(page.get_by_role("navigation")).to_be_hidden()


@pytest.mark.parametrize(("motion", "behaviour"), [("reduce", "auto"), ("no-preference", "smooth")])
def test_nothing_moves_for_whoever_wants_that(
    opened: Opened, full: Report, motion: Literal["reduce", "no-preference"], behaviour: str
) -> None:
    page = opened(full, reduced_motion=motion)
    assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == behaviour


def test_hostile_text_does_nothing(opened: Opened, full: Report) -> None:
    odd = replace(full, findings=tuple(hostile(f) for f in full.findings))
    page = opened(odd)
    page.get_by_role("searchbox").fill("onerror")
    expect(page.get_by_role("status")).to_have_text("3 findings shown.")
    page.locator("#filter-family").select_option(index=1)
    assert page.evaluate("'pwned' in window") is False
    assert page.locator("img").count() == 0


def test_the_policy_stops_what_escaping_would_let_through(opened: Opened, full: Report) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"http://127.0.0.1:{server.getsockname()[1]}/x"
        planted = f"<script>window.pwned = 1</script><img src='{address}' onerror='window.pwned = 2'>"
        text = load("html").render(full, Style())
        page = opened(text.replace("<main", f"{planted}<main", 1), tolerant=True)
        page.wait_for_function("document.querySelector('img').complete")
        assert page.evaluate("'pwned' in window") is False
        server.setblocking(False)  # noqa: FBT003 - its only argument
        with pytest.raises(BlockingIOError):  # nobody has come
            server.accept()
