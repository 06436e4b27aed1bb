from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deploycheck.engine.patch import PatchError, unified_diff
from deploycheck.findings import Edit
from deploycheck.sources.tree import Tree
from tests.fakes import written


def applied(root: Path, diff: str) -> None:
    """Apply a diff as users do, in the target's folder, strictly."""
    for option in ("--check", "--verbose"):
        result = subprocess.run(
            ["git", "apply", option, "-"], cwd=root, input=diff.encode(), capture_output=True, check=False
        )
        assert result.returncode == 0, result.stderr.decode() + diff


CASES = [
    pytest.param(b"a\nb\nc\n", [(2, 2, "B\n")], b"a\nB\nc\n", id="replace"),
    pytest.param(b"a\nb\nc\n", [(2, 2, "B")], b"a\nB\nc\n", id="missing line end is added"),
    pytest.param(b"a\nb\nc\n", [(2, 1, "x\ny\n")], b"a\nx\ny\nb\nc\n", id="insert"),
    pytest.param(b"a\nb\nc\n", [(2, 2, "")], b"a\nc\n", id="delete"),
    pytest.param(b"a\nb\nc\n", [(4, 3, "d\n")], b"a\nb\nc\nd\n", id="append"),
    pytest.param(b"a\nb", [(3, 2, "c\n")], b"a\nb\nc\n", id="append after a line with no end"),
    pytest.param(b"a\nb", [(1, 1, "A\n")], b"A\nb", id="no newline at the end stays"),
    pytest.param(b"a\nb", [(2, 2, "B\n")], b"a\nB\n", id="last line replaced"),
    pytest.param(b"a\r\nb\r\nc\r\n", [(2, 2, "B\n")], b"a\r\nB\r\nc\r\n", id="CRLF"),
    pytest.param(b"", [(1, 0, "a\n")], b"a\n", id="into an empty file"),
    pytest.param(b"a\n", [(1, 1, "")], b"", id="everything away"),
    pytest.param(b"\xef\xbb\xbfa\nb\n", [(2, 2, "B\n")], b"\xef\xbb\xbfa\nB\n", id="BOM"),
    pytest.param(
        "".join(f"{n}\n" for n in range(30)).encode(),
        [(20, 20, "X\n"), (2, 2, "Y\n"), (2, 1, "Z\n")],
        "".join({1: "Z\nY\n", 19: "X\n"}.get(n, f"{n}\n") for n in range(30)).encode(),
        id="several",
    ),
]


@pytest.mark.parametrize("name", ["f.txt", "a folder/with spaces.txt", "ünï.txt", 'q"uote.txt'])
@pytest.mark.parametrize(("old", "edits", "new"), CASES)
def test_git_takes_it(
    tmp_path: Path, name: str, old: bytes, edits: list[tuple[int, int, str]], new: bytes
) -> None:
    tree = Tree(written(tmp_path, {name: old}))
    diff = unified_diff([Edit(name, *edit) for edit in edits], tree)
    assert diff
    applied(tmp_path, diff)
    assert (tmp_path / name).read_bytes() == new


def test_new_files_and_several_at_once(tmp_path: Path) -> None:
    tree = Tree(written(tmp_path, {"b.py": "b = 1\n"}))
    diff = unified_diff(
        [
            Edit("new/gunicorn.conf.py", 1, 0, "workers = 2\n"),
            Edit("b.py", 1, 1, "b = 2\n"),
            Edit("e.txt", 1, 0, ""),
        ],
        tree,
    )
    assert diff
    applied(tmp_path, diff)
    assert (tmp_path / "new/gunicorn.conf.py").read_text() == "workers = 2\n"
    assert (tmp_path / "b.py").read_text() == "b = 2\n"
    assert (tmp_path / "e.txt").read_text() == ""


@settings(max_examples=30, deadline=None)
@given(
    lines=st.lists(st.sampled_from(["a", "b", "", "  c"]), max_size=12),
    ends=st.booleans(),
    spots=st.lists(
        st.tuples(st.integers(0, 5), st.integers(0, 2), st.sampled_from(["", "x\n", "y\nz"])), max_size=3
    ),
)
def test_any_edits_give_a_patch_that_git_takes(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], ends: bool, spots: list[tuple[int, int, str]]
) -> None:
    text = "\n".join(lines) + ("\n" if lines and ends else "")
    count = len(text.split("\n")) - (not text or text.endswith("\n"))
    edits, at = [], 1
    for gap, length, new in spots:
        start = at + gap
        if start + length - 1 > count or start > count + 1:
            break
        edits.append(Edit("f.txt", start, start + length - 1, new))
        at = start + max(length, 1)
    root = tmp_path_factory.mktemp("repo")
    diff = unified_diff(edits, Tree(written(root, {"f.txt": text})))
    if diff:
        applied(root, diff)


@pytest.mark.parametrize(
    ("edits", "problem"),
    [
        ([Edit("f.txt", 1, 2, "x"), Edit("f.txt", 2, 2, "y")], "overlap"),
        ([Edit("f.txt", 5, 5, "x")], "does not fit 2 lines"),
        ([Edit("f.txt", 3, 1, "x")], "does not fit"),
        ([Edit("f.txt", 0, 0, "x")], "does not fit"),
        ([Edit("../f.txt", 1, 1, "x")], "leads out"),
        ([Edit("/etc/x", 1, 1, "x")], "leads out"),
        ([Edit("a.py", 1, 1, "def (:")], "would not parse"),
    ],
)
def test_edits_that_do_not_fit_are_refused(tmp_path: Path, edits: list[Edit], problem: str) -> None:
    tree = Tree(written(tmp_path, {"f.txt": "a\nb\n", "a.py": "a = 1\n"}))
    with pytest.raises(PatchError, match=problem):
        unified_diff(edits, tree)


@pytest.mark.parametrize(
    ("content", "edit"),
    [
        (b"caf\xe9\n", Edit("f.txt", 1, 1, "x\n")),
        (b"a\rb\n", Edit("f.txt", 1, 1, "x\n")),
        (b"a\n", Edit("f.txt", 1, 1, "a\n")),
        (b"a\n", Edit("ignored.txt", 1, 0, "a\n")),
    ],
    ids=["latin-1", "bare CR", "no change", "ignored file in the way"],
)
def test_no_patch_where_none_can_be_made(tmp_path: Path, content: bytes, edit: Edit) -> None:
    files: dict[str, str | bytes] = {
        "f.txt": content,
        ".gitignore": "ignored.txt\n",
        "ignored.txt": "there\n",
    }
    assert unified_diff([edit], Tree(written(tmp_path, files))) is None
    assert unified_diff([], Tree(tmp_path)) is None


@pytest.mark.parametrize(
    ("name", "text", "edit"),
    [
        ("a.yaml", "a: 1\n", "a: [\n"),
        ("a.yml", "e:\n- name: A\n- name: B\n", "- name: B\n"),
        ("a.toml", "a = 1\n", "a = \n"),
        ("a.json", '{"a": 1}\n', '{"a": 1, "a": 2}\n'),
    ],
)
def test_no_patch_that_would_leave_a_file_wrong(tmp_path: Path, name: str, text: str, edit: str) -> None:
    written(tmp_path, {name: text, f"wrong.{name}": edit + text + edit})
    last = text.count("\n") - 1 or 1
    assert unified_diff([Edit(name, last, last, edit)], Tree(tmp_path)) is None
    # A file that is wrong already (a template, say) is nobody's to judge.
    assert unified_diff([Edit(f"wrong.{name}", 1, 1, "x\n")], Tree(tmp_path)) is not None
