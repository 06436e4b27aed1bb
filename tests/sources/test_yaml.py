"""YAML nodes: places, merge keys, duplicates, limits, and no surprise whatever the bytes."""

from __future__ import annotations

import pytest
import yaml as pyyaml
from hypothesis import given
from hypothesis import strategies as st

from deploycheck.sources import yaml
from deploycheck.sources.errors import ReadError
from deploycheck.sources.yaml import MAX_DEPTH, YamlNode, parse


@pytest.fixture(params=["fast", "pure"])
def loader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "pure":
        monkeypatch.setattr(yaml, "_LOADER", pyyaml.SafeLoader)


both_loaders = pytest.mark.usefixtures("loader")


def one(text: str) -> YamlNode:
    (document,) = parse(text, "a.yaml")
    return document


def place(node: YamlNode | None) -> tuple[int, int, int, int]:
    assert node is not None
    return node.at.line, node.at.column, node.at.end_line, node.at.end_column


@both_loaders
def test_places() -> None:
    node = one(
        "command: ['gunicorn',\n  app]\nenv:\n  - name: A\n    value: |\n"
        "      one\n      two\n\n\n# end\nlast: 'x y'\n"
    )
    assert place(node.get("command")) == (1, 10, 2, 7)
    assert place(node.get("command").items[1]) == (2, 3, 2, 6)  # type: ignore[union-attr]
    assert place(node.get("env")) == (4, 3, 7, 10)
    assert place(node.get("last")) == (11, 7, 11, 12)
    assert place(node.key("env")) == (3, 1, 3, 4)


@pytest.mark.parametrize("odd", ["\x85", "\u2028", "\u2029"])
def test_odd_line_ends_do_not_shift_places(odd: str) -> None:
    assert place(one(f"# a{odd}# b\nkey: value\n").get("key")) == (2, 6, 2, 11)


@both_loaders
def test_data_is_what_the_safe_loader_makes() -> None:
    text = (
        "a: [1, -2, +3, 0x1F, 0b11, 017, 1_000, 0, 0.5, 1.5e+3, .inf, -.inf]\n"
        "t: [true, No, ON, null, ~, '', 'yes', \"1\"]\n"
        "b: {c: d, 1: e, on: f}\nx:\ny: !!str 5\nz: !!int '7'\nw: 08\nv: 1e3\n"
    )
    assert one(text).data == pyyaml.safe_load(text)


@pytest.mark.parametrize(
    "text", ["22:22", "2024-01-01", "!!binary aGk=", "!Ref Name", "!!python/name:os.system x"]
)
def test_what_stays_text(text: str) -> None:
    assert one(text).string() == text.rpartition(" ")[2]


def test_numbers_that_python_refuses_stay_text() -> None:
    assert one("9" * 5000).string() == "9" * 5000
    assert one("!!int abc").string() == "abc"


def test_merge_keys() -> None:
    node = one(
        "a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\nc:\n  <<: [*a, *b]\n  x: 3\n"
        "d:\n  <<: *a\ne:\n  <<: 5\n  k: 1\n"
    )
    assert node.get("c") is not None
    assert node.get("c").data == {"x": 3, "y": 1, "z": 2}  # type: ignore[union-attr]
    assert node.get("c").duplicates == ()  # type: ignore[union-attr]
    assert node.get("c").merged == 2  # type: ignore[union-attr]
    assert place(node.get("d", "x"))[0] == 1
    assert node.get("e").data == {"k": 1}  # type: ignore[union-attr]


def test_duplicates_are_kept_and_the_last_wins() -> None:
    node = one("a: 1\nb: 2\na: 3\n'a': 4\n")
    assert [key.at.line for key in node.duplicates] == [3, 4]
    assert len(node.entries) == 4
    assert node.get("a").data == 4  # type: ignore[union-attr]
    assert place(node.key("a"))[0] == 4


def test_keys_are_found_as_written() -> None:
    assert one("on: push\n8000: x\n").get("on").text == "push"  # type: ignore[union-attr]
    assert one("8000: x\n").get("8000").text == "x"  # type: ignore[union-attr]
    assert one("a: 1").get("a", "b") is None
    assert one("a: 1").get("b", "c") is None
    assert one("- a").get("a") is None


def test_keys_that_python_cannot_hash() -> None:
    assert one("? [a, {b: c}]\n: 1\nk: {{ value }}\n").data == {
        ("a", (("b", "c"),)): 1,
        "k": {(("value", None),): None},
    }


def test_documents() -> None:
    assert [d.data for d in parse("---\na: 1\n---\n- b\n...\n", "x")] == [{"a": 1}, ["b"]]
    assert parse("", "x") == ()
    assert parse("# only a comment\n", "x") == ()


@both_loaders
@pytest.mark.parametrize("text", ["[" * 100_000, "{a: " * 50_000, "- " * 50_000, "[" * 500 + "]" * 500])
def test_depth_is_bounded(text: str) -> None:
    with pytest.raises(ReadError, match="levels deep"):
        parse(text, "a.yaml")


def test_the_deepest_allowed_has_data() -> None:
    assert one("[" * MAX_DEPTH + "]" * MAX_DEPTH).data


@both_loaders
def test_an_alias_bomb_is_refused() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    with pytest.raises(ReadError, match="alias bomb") as caught:
        parse("\n".join(lines), "a.yaml")
    assert caught.value.at.line > 1


def test_a_bomb_of_merge_keys_is_refused() -> None:
    lines = ["a: &a {" + ", ".join(f"k{n}: {n}" for n in range(1000)) + "}"]
    lines += [f"b{n}: {{<<: *a}}" for n in range(1000)]
    with pytest.raises(ReadError, match="alias bomb"):
        parse("\n".join(lines), "a.yaml")


@both_loaders
@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("a:\n\tb: 1\n", 2, "tab"),
        ("a: 1\n b: 2\n", 2, "not valid YAML"),
        ("a: [1\nb: 2\n", 2, "not valid YAML"),
        ("a: 1\nb: *gone\n", 2, "nothing defines"),
        ("a: &a [*a]\n", 1, "contains itself"),
        ("a: 1\n{% if x %}\nb: 2\n", 2, "a template"),
        ("a: {{ .Values.x }}:{{ y }}\n", 1, "a template"),
        ("a: 1\nb: \x07\n", 2, "control character"),
        ("a: !x!y 1\n", 1, "not valid YAML"),
        ('a: "\nb: 1\n', 3, "not valid YAML"),
    ],
)
def test_errors_name_the_line_and_the_remedy(text: str, line: int, reason: str) -> None:
    with pytest.raises(ReadError, match=reason) as caught:
        parse(text, "a.yaml")
    assert caught.value.at.line == line
    assert "\n" not in caught.value.reason


def test_a_flood_of_directives_is_refused() -> None:
    with pytest.raises(ReadError, match="%TAG"):
        parse("".join(f"%TAG !a{n}! x\n" for n in range(50_000)) + "--- a\n", "a.yaml")


def test_no_value_shows_in_a_repr() -> None:
    assert "hunter2" not in repr(one("password: hunter2"))


@both_loaders
@given(
    st.text(
        alphabet=st.sampled_from(list("ab:-[]{}&*!|>'\"%#?, \n\t@`~<=0.1")) | st.characters(codec="utf-8"),
        max_size=60,
    )
)
def test_any_text_gives_nodes_or_a_read_error(text: str) -> None:
    try:
        documents = parse(text, "a.yaml")
    except ReadError as error:
        places, documents = [error.at], ()
    else:
        places = [document.at for document in documents]
    assert all(1 <= at.line <= at.end_line <= text.count("\n") + 1 for at in places)
    for document in documents:
        assert repr(document.data) is not None
