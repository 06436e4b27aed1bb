"""TOML: the line of every key, and plain words for what does not parse."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploycheck.sources.errors import ReadError
from deploycheck.sources.toml import TomlDocument, parse

TEXT = """\
# a comment with [brackets] = and "quotes
a.b = 1
"quoted.key" = '''
[not.a.header]
x = 1'''

[tool."x.y"] # after
list = [1,   # one
  {k = "v]", z.q = 2}, \"\"\"
multi\\"\"\"\", 3.5]
time = 07:32:00

[[arr]]
n = 1
[arr.sub]
m = 2
[[arr]]
n = 1979-05-27T07:32:00.5Z
[[arr.deep]]
d = 1
[[arr.deep]]
d = 2
[tool.later]
[ spaced . out ]
key={}
[tool]
own = true
"""


def place(document: TomlDocument, *keys: str | int) -> tuple[int, int]:
    at = document.locate(*keys)
    return at.line, at.column


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        (("a",), (2, 1)),
        (("a", "b"), (2, 1)),
        (("quoted.key",), (3, 1)),
        (("tool", "x.y"), (7, 1)),
        (("tool", "x.y", "list"), (8, 1)),
        (("tool", "x.y", "list", 0), (8, 9)),
        (("tool", "x.y", "list", 1), (9, 3)),
        (("tool", "x.y", "list", 1, "z", "q"), (9, 14)),
        (("tool", "x.y", "list", 2), (9, 24)),
        (("tool", "x.y", "list", 3), (10, 13)),
        (("tool", "x.y", "time"), (11, 1)),
        (("arr",), (13, 1)),
        (("arr", 0, "n"), (14, 1)),
        (("arr", 0, "sub", "m"), (16, 1)),
        (("arr", 1), (17, 1)),
        (("arr", 1, "n"), (18, 1)),
        (("arr", 1, "deep", 1, "d"), (22, 1)),
        (("spaced", "out", "key"), (25, 1)),
        (("tool",), (26, 1)),
        (("tool", "own"), (27, 1)),
        (("tool", "x.y", "gone", "deeper"), (7, 1)),
        (("gone",), (1, 1)),
        ((), (1, 1)),
    ],
)
def test_locate(keys: tuple[str | int, ...], expected: tuple[int, int]) -> None:
    assert place(parse(TEXT, "p.toml"), *keys) == expected


def test_get() -> None:
    document = parse(TEXT, "p.toml")
    assert document.data == tomllib.loads(TEXT)
    assert document.get("tool", "x.y", "list", 1, "k") == "v]"
    assert document.get("arr", -1, "deep", 0, "d") == 1
    for keys in (("gone",), ("a", "b", "c"), ("arr", 9), ("arr", "x")):
        assert document.get(*keys) is None


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a = 1\nb = \n", 2),
        ("a = 1\na = 2\n", 2),
        ("a = [1,\n", 1),
        ("\n\nx = 99:99:99\n", 3),
        ("a = " + "9" * 5000, 1),
        ("a = " + "[" * 100_000, 1),
        ("x = 1\n" + "a." * 100_000 + "a = 1", 2),
    ],
)
def test_errors_name_the_line(text: str, line: int) -> None:
    with pytest.raises(ReadError, match=r"TOML|deep|hundred") as caught:
        parse(text, "p.toml")
    assert caught.value.at.line == line
    assert "\n" not in caught.value.reason


values = st.recursive(
    st.integers(-9, 9) | st.booleans() | st.sampled_from(["", "a]b", "x = 1", "[h]", "#c", 'q"', "l1\nl2"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["a", "b.c", "d e", "é"]), inner, max_size=3)
    ),
    max_leaves=8,
)


def written(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return f'"""{value.replace(chr(34), chr(92) + chr(34))}"""'
    if isinstance(value, list):
        return "[" + ",\n".join(map(written, value)) + "]"
    assert isinstance(value, dict)
    return "{" + ", ".join(f'"{key}" = {written(v)}' for key, v in value.items()) + "}"


def paths(value: object, above: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    pairs: list[tuple[str | int, object]] = []
    if isinstance(value, dict):
        pairs = list(value.items())
    elif isinstance(value, list):
        pairs = list(enumerate(value))
    return [p for key, inner in pairs for p in [(*above, key), *paths(inner, (*above, key))]]


@given(st.dictionaries(st.sampled_from(["a", "b.c", "d e"]), values, max_size=4))
def test_every_key_has_a_place_of_its_own(data: dict[str, object]) -> None:
    text = "".join(f'"{key}" = {written(value)}\n' for key, value in data.items())
    document = parse(text, "p.toml")
    assert document.data == data
    assert set(document._places) == set(paths(data))
    lines = text.split("\n")
    for keys, at in document._places.items():
        if isinstance(keys[-1], str):
            assert lines[at.line - 1][at.column - 1 :].startswith(f'"{keys[-1]}"')


@given(st.text(alphabet=st.sampled_from(list("ab=[]{}.,\"'\\# \n\r\t0123:-T")), max_size=50))
def test_any_text_gives_a_document_or_a_read_error(text: str) -> None:
    try:
        document = parse(text, "p.toml")
    except ReadError as error:
        line = error.at.line
    else:
        line = document.locate("a", "b").line
    assert 1 <= line <= text.count("\n") + 1
