"""Dotenv files: python-dotenv's values, with the line that each stands on."""

from __future__ import annotations

import io

from dotenv import dotenv_values
from hypothesis import given
from hypothesis import strategies as st

from deploycheck.sources.dotenv import interpolate, parse

TEXT = """\

# comment
A=1
  export B='two words' # why

EMPTY=
BARE
C="line one
line two"
not a line =
D=${A}:${GONE:-x}
A=last
"""


def test_names_values_and_lines() -> None:
    entries, notes = parse(TEXT, ".env")
    assert [(e.name, e.value, e.at.line, e.at.column, e.at.end_line) for e in entries] == [
        ("A", "1", 3, 1, 3),
        ("B", "two words", 4, 3, 4),
        ("EMPTY", "", 6, 1, 6),
        ("BARE", None, 7, 1, 7),
        ("C", "line one\nline two", 8, 1, 9),
        ("D", "${A}:${GONE:-x}", 11, 1, 11),
        ("A", "last", 12, 1, 12),
    ]
    assert [note.at.line for note in notes] == [10]


def test_interpolation_is_that_of_python_dotenv() -> None:
    entries, _ = parse(TEXT, ".env")
    values = interpolate(entries, {})
    assert values == dotenv_values(stream=io.StringIO(TEXT))
    assert values["D"] == "1:x"
    assert interpolate(entries, {"A": "outer"})["D"] == "outer:x"


def test_no_value_shows_in_a_repr() -> None:
    assert "hunter2" not in repr(parse("PASSWORD=hunter2", ".env"))


@given(
    st.text(
        alphabet=st.sampled_from(list("AB=#'\"\\${}: \n\texport"))
        | st.characters(codec="utf-8", exclude_characters="\r"),
        max_size=60,
    )
)
def test_any_text_is_read(text: str) -> None:
    entries, notes = parse(text, ".env")
    for at in [*(entry.at for entry in entries), *(note.at for note in notes)]:
        assert 1 <= at.line <= at.end_line <= text.count("\n") + 1
    interpolate(entries, {})
