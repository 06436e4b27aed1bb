"""HTML that cannot be forgotten to be escaped: text becomes markup in one place only."""

from __future__ import annotations

import html
from collections.abc import Iterable
from typing import TypeAlias


class Markup(str):
    """HTML that is ready to be written. Any other text is escaped when it is put into an element."""

    __slots__ = ()


Content: TypeAlias = "str | int | Iterable[Content] | None"

_VOID = frozenset({"meta", "input"})
_BLOCKS = frozenset(
    "article caption dd details div dl dt fieldset figcaption figure form h1 h2 h3 header legend li main "
    "meta nav ol option p pre section summary table tbody td th thead title tr ul".split()
)
"""Elements that end a line, so that words of two of them are two words for whoever reads only the text."""


def text(value: str) -> Markup:
    """Return text as HTML that shows it as it is, in ASCII, so that no encoding of a stream changes it.

    Control characters, and those that turn the direction of writing, are shown instead of obeyed. HTML has
    no way to write a carriage return.
    """
    visible = value.replace("\r", "\u240d")
    shown = "".join(c if c.isprintable() or c in "\n\t" else "\ufffd" for c in visible)
    return Markup(html.escape(shown).encode("ascii", "xmlcharrefreplace").decode())


def el(tag: str, *content: Content, **attributes: str | int | bool | None) -> Markup:
    """Return an element. `class_` is `class`, `aria_label` is `aria-label`; False and None leave one out."""
    start = f"<{tag}{''.join(_attribute(name, value) for name, value in attributes.items())}>"
    end = "\n" if tag in _BLOCKS else ""
    return Markup(f"{start}{end}" if tag in _VOID else f"{start}{joined(content)}</{tag}>{end}")


def joined(content: Content) -> Markup:
    """Return several things as one: markup as it is, text escaped, nothing for None."""
    if content is None:
        return Markup("")
    if isinstance(content, Markup):
        return content
    if isinstance(content, (str, int)):
        return text(str(content))
    return Markup("".join(joined(one) for one in content))


def _attribute(name: str, value: str | int | bool | None) -> str:  # noqa: FBT001 - an attribute's value
    written = name.rstrip("_").replace("_", "-")
    if value is None or value is False:
        return ""
    return f" {written}" if value is True else f' {written}="{text(str(value))}"'


def count(number: int, noun: str) -> str:
    """Write a number with its noun: `1 finding`, `2 findings`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def folded(summary: Content, *content: Content, class_: str | None = None) -> Markup:
    """Return what is shown when its summary is opened."""
    return el("details", el("summary", summary), *content, class_=class_)


def scrolled(label: str, *content: Content) -> Markup:
    """Return what may be wider or longer than its place, so that the keyboard can scroll it."""
    return el("div", *content, class_="scrolled", role="region", aria_label=label, tabindex=0)


def section(identifier: str, title: str, *content: Content) -> Markup:
    """Return a landmark with its heading."""
    heading = el("h2", title, id=f"{identifier}-title")
    return el("section", heading, *content, id=identifier, aria_labelledby=f"{identifier}-title")
