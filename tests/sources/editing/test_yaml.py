"""A value more or another one: every other line of a YAML file stays, character by character."""

from __future__ import annotations

import difflib
import os
from pathlib import Path

import pytest

from deploycheck.engine import Selection, run
from deploycheck.engine.patch import edited
from deploycheck.project import Project, Settings
from deploycheck.rules import load
from deploycheck.sources.editing import line_edits, yaml
from deploycheck.sources.yaml import YamlNode, parse
from tests.examples import CASES, repository_of, settings_of

ODD = {
    "usual": """\
# head
command: ["gunicorn", 'main:app']  # why

env:
  - name: A   # a remark
    value: "1"

  # about B
  - name: B
    value: 'two'

# the next section
resources: {cpu: 1,  memory: 2}
""",
    "dashes at the key": "env:\n- name: A\n  value: 1\n- name: B\n  value: 2\nz: 1\n",
    "four": "top:\n    deep:   1\nenv:\n    -   name: A\n        value: 1\n",
    "anchors": """\
base: &base {name: A, value: "1"}
env:
  - *base
  - &other
    name: B
    value: 2
more:
  <<: *base
  also: *other
""",
    "long": f'note: {"word " * 60}end\nenv:\n  - name: A\n    value: {"x" * 200}\nb: "{"y " * 90}"\n',
    "scalars": """\
a: |
  # no comment
    kept

  end
b: >-
  one
  two
c: 0o7
d: 007
e: yes
f: 1_000
g: ~
h:
i: 2024-01-01
j: !!str 5
env:
  - name: A
    value: on
k: "\\u00e4 \\x41"
""",
    "aligned": "short:     1\nlonger:    2\nenv:\n  - name:  A\n    value: 1\n",
    "flow": "env: [ {name: A, value: 1} ]\nlast: { a: 1 }\n",
    "flow lines": "env: [\n  {name: A, value: 1},\n  {name: B, value: 2},\n]\nlast: 1\n",
    "start": "%YAML 1.1\n---\nenv:\n  - name: A\n    value: 1\n...\n",
    "commented end": "env:\n  - name: A\n    value: 1\n  # - name: C\n  #   value: 3\n\n# the end\n",
    "no end of line": "env:\n  - name: A\n    value: 1",
    "ends in lines": "env:\n  - name: A\n    value: 1\n\n\n",
    "wide": "größe: ä\nenv:\n  - name: Ä\n    value: 日本 😀\n",
    "two keys a line": "? complex\n: 1\nenv:\n  - {name: A, value: 1}\n",
    "compact": "env:\n  - - nested\n    - list\n  -\n    name: A\n    value: 1\n",
}
NEW: yaml.Data = {"name": "NEW", "value": "07"}
GIVES_UP = {"flow lines", "compact"}
"""Where it cannot be told apart what the change is: no patch."""


def _lost(old: str, new: str) -> list[str]:
    """Return the lines that are not there any more."""
    diff = difflib.ndiff(old.splitlines(), new.splitlines())
    return [line[2:] for line in diff if line.startswith("- ")]


@pytest.mark.parametrize("name", sorted(ODD))
def test_an_item_more_leaves_all_lines_alone(name: str) -> None:
    text = ODD[name]
    new = yaml.append(text, ("env",), NEW)
    assert (new is None) is (name in GIVES_UP)
    if new is None:
        return
    before, after = parse(text, "")[0].data, parse(new, "")[0].data
    assert isinstance(before, dict)
    assert after == {**before, "env": [*before["env"], NEW]}
    assert _lost(text, new) == (["env: [ {name: A, value: 1} ]"] if name == "flow" else [])
    if name == "flow":
        assert new.startswith('env: [ {name: A, value: 1}, {name: NEW, value: "07"} ]\nlast: { a: 1 }\n')


@pytest.mark.parametrize("name", sorted(ODD))
def test_a_key_more_leaves_all_lines_alone(name: str) -> None:
    text = ODD[name]
    new = yaml.set_value(text, ("added",), "yes")
    if new is None:
        assert name == "flow lines"
        return
    before, after = parse(text, "")[0].data, parse(new, "")[0].data
    assert isinstance(before, dict)
    assert after == {**before, "added": "yes"}
    assert _lost(text, new) == []


@pytest.mark.parametrize(
    ("text", "path", "value", "expected"),
    [
        ("a: 1 # why\nb: 2\n", ("a",), "x", "a: x # why\nb: 2\n"),
        ("a:\n  b:   'c'   # why\n", ("a", "b"), "true", "a:\n  b:   'true'   # why\n"),
        ("- {a: 1,  b: 2}\n- c\n", (0, "a"), 3, "- {a: 3,  b: 2}\n- c\n"),
        ("env:\nz: 1\n", ("env",), [NEW], 'env:\n  - name: NEW\n    value: "07"\nz: 1\n'),
        (
            "on:\n  push:\n",
            ("on", "push"),
            {"branches": ["main"]},
            "on:\n  push:\n    branches:\n      - main\n",
        ),
    ],
)
def test_another_value(text: str, path: tuple[str | int, ...], value: yaml.Data, expected: str) -> None:
    assert yaml.set_value(text, path, value) == expected


def test_the_one_of_several_documents() -> None:
    text = "a: 1\n---\n# second\na:  2\n---\na: 3\n"
    assert yaml.set_value(text, ("a",), 5, document=2) == "a: 1\n---\n# second\na:  2\n---\na: 5\n"


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("a: [\n", ("a",)),
        ("a: 1\n", ("b", "c")),
        ("a: 1\na: 2\n", ("a",)),
        ("a:\n  # why\n  b: 1\n", ("a",)),
        ("x: &x 1\ny: *x\n", ("x",)),
    ],
)
def test_nothing_where_it_cannot_be_done_or_would_lose_something(text: str, path: tuple[str, ...]) -> None:
    assert yaml.set_value(text, path, "new") is None


@pytest.mark.parametrize("name", sorted(set(ODD) - GIVES_UP))
def test_line_ends_of_windows_stay(name: str) -> None:
    text = ODD[name]
    edits = line_edits("a.yaml", text, yaml.append(text, ("env",), NEW))
    windows = edited(text.replace("\n", "\r\n"), edits)
    assert edits
    assert "\n" not in windows.replace("\r\n", "")
    assert windows.replace("\r\n", "\n").rstrip("\n") == edited(text, edits).rstrip("\n")


def _scalars(root: YamlNode, path: tuple[str | int, ...] = ()) -> dict[tuple[str | int, ...], str]:
    """Return the text of every scalar, by its path."""
    found = {path: root.text} if root.is_scalar else {}
    for key, value in root.entries:
        found |= _scalars(value, (*path, key.text))
    for index, item in enumerate(root.items):
        found |= _scalars(item, (*path, index))
    return found


READ = [c for c in CASES if c.name.startswith("bad") and not {"database", "rehearse"} & set(settings_of(c))]
IN_YAML = [c for c in READ if any(c.rglob("*.y*ml"))]


def test_an_edit_by_a_scalars_place_is_what_the_library_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some rules replace one scalar where the parser says that it stands: the library comes to the same."""
    monkeypatch.setattr("os.environ", {"PATH": os.environ["PATH"]})
    rules, compared = load(), 0
    for case in IN_YAML:
        root = repository_of(case, tmp_path / case.parent.name)
        project = Project(root, Settings(isolated=True))
        selection = Selection(rules.select([case.parent.name]))
        alone = (f.edits[0] for f in run(project, selection).findings if len(f.edits) == 1)
        for edit in alone:
            if not edit.path.endswith((".yaml", ".yml")):
                continue
            text = project.tree.text(edit.path)
            new = edited(text, [edit])
            before, after = (_scalars(parse(each, "")[0]) for each in (text, new))
            changed = {path: after[path] for path in after if before.get(path) != after[path]}
            if list(before) == list(after) and len(changed) == 1:
                ((path, value),) = changed.items()
                compared += 1
                assert _quoteless(yaml.set_value(text, path, value)) == _quoteless(new), case
    assert compared > 15


def _quoteless(text: str | None) -> str:
    assert text is not None
    return text.replace('"', "").replace("'", "")
