"""A string more in a TOML file: every other line stays, character by character."""

from __future__ import annotations

import pytest

from deploycheck.sources.editing import toml


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('a = ["x"] # why\n', 'a = ["x", "new"] # why\n'),
        ("a = [ 'x' ]\n", None),
        ('# head\na = [\n    "x", # one\n    "y",  # two\n]\n\n[b]\nc   = 1\n', None),
        ('a = [\n    "x",\n    "y"\n]\n', None),
        ('a = [\n    "x",\n]\n', 'a = [\n    "x",\n    "new",\n]\n'),
    ],
)
def test_an_item_after_the_first(text: str, expected: str | None) -> None:
    new = toml.insert(text, ("a",), 1, "new")
    if expected is not None:
        assert new == expected
        return
    assert new is not None
    kept = [line.rstrip(",") for line in text.splitlines() if line.strip()]
    assert [line for line in kept if line not in new and "'x'" not in line] == []


def test_a_key_more_at_the_end_of_its_table() -> None:
    text = '[t.deps]\n# ours\nb = "^1"   # why\na = {version = "1"}\n\n[other]\nx=1\n'
    new = toml.set_value(text, ("t", "deps", "new"), "*")
    assert new == '[t.deps]\n# ours\nb = "^1"   # why\na = {version = "1"}\nnew = "*"\n\n[other]\nx=1\n'


@pytest.mark.parametrize("path", [("a", "b"), ("none", "x")])
def test_nothing_where_the_path_leads_nowhere(path: tuple[str, str]) -> None:
    assert toml.set_value("a = 1\n", path, "x") is None


def test_nothing_for_what_is_no_toml() -> None:
    assert toml.set_value("a = \n", ("b",), "x") is None
