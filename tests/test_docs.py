"""The documentation is what the code is: no page is stale, every link leads somewhere, every snippet is valid."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tools.docs.pages import GENERATED, pages

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"


def test_no_page_is_stale() -> None:
    made = pages(DOCS)
    stale = [path for path, text in made.items() if _read(DOCS / path) != text]
    there = {f"{folder}/{file.name}" for folder in GENERATED for file in (DOCS / folder).iterdir()}
    assert stale == [], "run `just docs`"
    assert there - set(made) == set(), "pages of what is no more: run `just docs`"


def _read(file: Path) -> str:
    return file.read_text(encoding="utf-8") if file.exists() else ""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", folder],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_the_site_has_a_page_for_each_rule(site: Path) -> None:
    assert "Any website may call this API" in (site / "rules" / "CORS001" / "index.html").read_text()


def test_the_site_loads_nothing_from_the_network(site: Path) -> None:
    loads = re.compile(
        r"<(?:script|img|iframe|source|video|audio|embed)\b[^>]*\bsrc=[\"']?(?:https?:)?//"
        r"|<link\b(?![^>]*rel=[\"']?canonical)[^>]*\bhref=[\"']?(?:https?:)?//"
    )
    styles = re.compile(r"(?:url\(|@import )\s*[\"']?(?:https?:)?//")
    html = sorted(site.rglob("*.html"))
    assert len(html) > 100
    assert [str(p) for p in html if loads.search(p.read_text())] == []
    assert [str(p) for p in [*html, *site.rglob("*.css")] if styles.search(p.read_text())] == []
