"""The comments of YAML and TOML, by what their strings leave over."""

from __future__ import annotations

from deploycheck.facts.suppressions.layouts import Layout, Span, Text, first_line, merged
from deploycheck.sources import toml as toml_source
from deploycheck.sources import yaml as yaml_source


def toml(text: Text) -> Layout:
    """Lay out a TOML file."""
    comments, strings = toml_source.comments_and_strings(text.text)
    return Layout(comments=comments, joined=_joined(text, strings), begins=first_line(text))


def yaml(text: Text) -> Layout:
    """Lay out a YAML file. In a literal block (`run: |`) a comment of the shell counts as one."""
    scalars = yaml_source.scalars(text.text)
    comments, values = [], []
    for index in text.candidates:
        inside = next((style for start, end, style in scalars if start <= index < end), "")
        before = text.text[index - 1 : index]
        if before.strip():
            continue
        if inside == ">":
            values.append((index, text.end_of_line(index)))
        elif inside in {"", "|"}:
            comments.append((index, text.end_of_line(index)))
    spans = [(start, end) for start, end, style in scalars if style != "|"]
    return Layout(
        comments=tuple(comments), values=tuple(values), joined=_joined(text, spans), begins=first_line(text)
    )


def _joined(text: Text, spans: list[Span] | tuple[Span, ...]) -> tuple[Span, ...]:
    lines = ((text.line_of(start), text.line_of(max(start, end - 1))) for start, end in spans)
    return merged((first, last) for first, last in lines if last > first)
