from __future__ import annotations

from pathlib import Path

import pytest

from deploycheck.engine.patch import unified_diff
from deploycheck.facts.editing import replaced, rewritten, with_words, without_words
from deploycheck.facts.manifests.databricks import read_file
from deploycheck.facts.manifests.rewriting import env_as_list, quoted, with_variable
from deploycheck.findings import Edit, Location
from deploycheck.sources.tree import Tree


def plant(root: Path, text: str) -> Tree:
    (root / "app.yaml").write_text(text, encoding="utf-8")
    return Tree(root)


def after(tree: Tree, edits: tuple[Edit, ...]) -> str:
    """Return app.yaml as the edits leave it; raises when they do not fit."""
    unified_diff(edits, tree)
    lines = list(tree.lines("app.yaml"))
    for edit in sorted(edits, key=lambda e: -e.start):
        lines[edit.start - 1 : edit.end] = (
            edit.text.split("\n")[:-1]
            if edit.text.endswith("\n")
            else (edit.text.split("\n") if edit.text else [])
        )
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("text", "first", "last", "expected"),
    [
        ('command: ["a", "-w", "2", "b"]', 1, 2, 'command: ["a", "b"]'),
        ('command: ["a", "-w", "2"] # kept', 1, 2, 'command: ["a"] # kept'),
        ("command: [a, -w, 2]", 1, 2, "command: [a]"),
        ("command:\n  - a\n  - -w\n  - 2 # two\n  - b", 1, 2, "command:\n  - a\n  - b"),
        ("command: [a,\n  -w, 2,\n  b]", 1, 2, "command: [a,\n  b]"),
        ("command: [a, # first\n  -w, 2]", 1, 2, None),
        ("command: [a, b]", 0, 0, None),
    ],
)
def test_words_are_taken_out(tmp_path: Path, text: str, first: int, last: int, expected: str | None) -> None:
    tree = plant(tmp_path, text + "\n")
    manifest = read_file(tree, "app.yaml")
    assert manifest is not None
    started = manifest.processes[0].command
    assert started is not None
    edits = without_words(tree, started.argv, first, last)
    assert (after(tree, edits) if edits else None) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('command: ["a", "b"]', 'command: ["a", "b", "--x", "1"]'),
        ("command: [a, b]", 'command: [a, b, --x, "1"]'),
        ("command:\n  - a\n  - b", 'command:\n  - a\n  - b\n  - --x\n  - "1"'),
        ("command: a b", "command: a b --x 1"),
    ],
)
def test_words_are_added(tmp_path: Path, text: str, expected: str) -> None:
    tree = plant(tmp_path, text + "\n")
    manifest = read_file(tree, "app.yaml")
    assert manifest is not None
    started = manifest.processes[0].command
    assert started is not None
    assert after(tree, with_words(tree, started, ("--x", "1"))) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("command: [a]", 'command: [a]\nenv:\n  - name: NAME\n    value: "2"'),
        ("env:\ncommand: [a]", 'env:\n  - name: NAME\n    value: "2"\ncommand: [a]'),
        (
            "env:\n- name: A\n  value: b\ncommand: [a]",
            'env:\n- name: A\n  value: b\n- name: NAME\n  value: "2"\ncommand: [a]',
        ),
        ("env: [{name: A, value: b}]", 'env: [{name: A, value: b}, {name: NAME, value: "2"}]'),
        ("env: {A: b}", None),
    ],
)
def test_a_variable_is_added(tmp_path: Path, text: str, expected: str | None) -> None:
    tree = plant(tmp_path, text + "\n")
    edits = with_variable(tree, "app.yaml", "NAME", "2")
    assert (after(tree, edits) if edits else None) == expected


def test_an_env_becomes_a_list(tmp_path: Path) -> None:
    tree = plant(tmp_path, 'env:\n  A: b\n  N: "007"\n  Y: yes\n')
    expected = (
        'env:\n  - name: A\n    value: b\n  - name: "N"\n    value: "007"\n  - name: "Y"\n    value: "yes"'
    )
    assert after(tree, env_as_list(tree, "app.yaml")) == expected


@pytest.mark.parametrize("text", ["env:\n  A: b # why\n", "env:\n  A: [b]\n", "env: []\n"])
def test_an_env_that_would_lose_something_stays(tmp_path: Path, text: str) -> None:
    assert env_as_list(plant(tmp_path, text), "app.yaml") == ()


def test_what_is_not_one_piece_stays(tmp_path: Path) -> None:
    tree = plant(tmp_path, "command: [a, # why\n  b]\n")
    assert rewritten(tree, Location("app.yaml", 1, 10, 2, 5), "[c]") == ()
    assert rewritten(tree, Location("app.yaml", 1, 10), "[c]") == ()
    assert rewritten(tree, Location("gone.yaml", 1, 1, 1, 2), "[c]") == ()
    overlapping = [(Location("app.yaml", 1, 1, 1, 5), "x"), (Location("app.yaml", 1, 3, 1, 6), "y")]
    assert replaced(tree, overlapping) == ()


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("main:app", "main:app"),
        ("2", '"2"'),
        ("yes", '"yes"'),
        ("-w", '"-w"'),
        ("a: b", '"a: b"'),
        ("$X", '"$X"'),
        ('say "so"', '"say \\"so\\""'),
        ("0.0.0.0:80", '"0.0.0.0:80"'),
        ("", '""'),
    ],
)
def test_a_text_in_yaml(text: str, written: str) -> None:
    assert quoted(text) == written
