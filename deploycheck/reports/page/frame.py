"""The document around the sections: one file that loads nothing, and that nothing in it can make load."""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files
from typing import TYPE_CHECKING

from deploycheck.reports.page.markup import Markup, el

if TYPE_CHECKING:
    from collections.abc import Sequence

    from deploycheck.reports.page.markup import Content


def document(title: str, head: Content, links: Sequence[tuple[str, str]], sections: Content) -> str:
    """Return the whole page. `links` are the names of the sections and their headings."""
    css, script = _resource("page.css"), _resource("page.js")
    top = el(
        "head",
        el("meta", charset="utf-8"),
        el("meta", http_equiv="Content-Security-Policy", content=_policy(css, script)),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("meta", name="color-scheme", content="light dark"),
        el("title", title),
        el("style", css),
    )
    body = el(
        "body",
        el("a", "Skip to the verdict", href="#main", class_="skip"),
        _contents(links),
        el("main", head, sections, id="main", tabindex=-1),
        el("script", script),
    )
    return f'<!doctype html>\n<html lang="en">\n{top}\n{body}\n</html>\n'


def _contents(links: Sequence[tuple[str, str]]) -> Markup | None:
    if not links:
        return None
    items = [el("li", el("a", title, href=f"#{name}")) for name, title in links]
    return el("nav", el("ul", items), aria_label="Contents")


def _policy(css: str, script: str) -> str:
    """Allow this very style and this very script, and nothing else whatever the page holds."""
    return (
        f"default-src 'none'; style-src '{_hash(css)}'; script-src '{_hash(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(source: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()}"


def _resource(name: str) -> Markup:
    """Return a file of the package; both are ours, in ASCII, and end no element."""
    return Markup(files("deploycheck.reports.page").joinpath(name).read_text(encoding="ascii"))
