"""Files that nobody should have, through the real command line: a clear line, the right code, the rest."""

from __future__ import annotations

import ast
import json
import os
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from deploycheck.cli.main import run
from tests.cli.conftest import BAD, GOOD
from tests.fakes import written

PARENTHESES = b"x = " + b"(" * 3000 + b")" * 3000 + b"\n"
SUM = b"x = " + b" + ".join([b"1"] * 50_000) + b"\n"


@dataclass(frozen=True)
class Done:
    """What one run printed."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.out)
        return found

    @property
    def unread(self) -> list[tuple[str, int, str]]:
        return [(u["path"], u["line"], u["reason"]) for u in self.document["unread"]]


Run = Callable[..., Done]


@pytest.fixture
def check(capsys: pytest.CaptureFixture[str]) -> Run:
    """The program, run on a folder with only the rules about CORS, without this shell's environment."""

    def checked(root: Path, *arguments: str) -> Done:
        code = run([str(root), "--isolated", "--select", "CORS001", *arguments])
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return Done(code, out, err)

    return checked


def must_be_told(check: Run, tmp_path: Path, make: Callable[[Path], object], path: str, reason: str) -> None:
    """Assert that what `make` puts into a project is named, and makes it incomplete; all else is found."""
    good, bad = written(tmp_path / "good", GOOD), written(tmp_path / "bad", BAD)
    make(good)
    make(bad)
    done = check(good, "--format", "json")
    assert (done.code, done.err) == (3, "")
    ((shown, line, why),) = done.unread
    assert (shown, reason in why) == (path, True), why
    outcomes = [(r["outcome"], (r["reason"] or "")[: len(path) + 12]) for r in done.document["rules"]]
    assert outcomes == [("skipped", f"incomplete: {path}")]
    found = check(bad, "--format", "json")
    assert (found.code, [f["code"] for f in found.document["findings"]]) == (1, ["CORS001"])
    printed = check(bad)
    assert (printed.code, printed.err) == (1, "")
    assert f"\n  {path}:{line}" in printed.out
    assert "CRITICAL  CORS001" in printed.out


def must_be_fine(check: Run, tmp_path: Path, make: Callable[[Path], object]) -> None:
    """Assert that what `make` puts into a project is read, or is none of anybody's business."""
    good, bad = written(tmp_path / "good", GOOD), written(tmp_path / "bad", BAD)
    make(good)
    make(bad)
    done = check(good, "--format", "json")
    assert (done.code, done.unread, done.err) == (0, [], "")
    assert check(bad).code == 1


NOT_PYTHON: dict[str, tuple[bytes, str, int]] = {
    "Python 2": (b"x = 1\nprint 'hello'\n", "not Python that this interpreter reads", 2),
    "prose": (b"Notes on the shop\n\nIt isn't code.\n", "not Python that this interpreter reads", 3),
    "latin-1 without a cookie": ("x = 1\ny = 'ü'\n".encode("latin-1"), "it is not valid UTF-8", 2),
    "an encoding that there is not": (b"# coding: klingon\n", "it declares the encoding klingon", 1),
    "a null byte": (b"x = 1\ny = 2\0\n", "it holds a NUL byte", 2),
    "3,000 parentheses": (PARENTHESES, "", 1),
    "20,000 nots": (b"x = " + b"not " * 20_000 + b"1\n", "", 1),
    "10 MB": (b"x = 1\n" * 1_700_000, "over the limit of 2.0 MB", 1),
    "syntax of tomorrow": (b"x = 1\nx ?= 2\n", "not Python that this interpreter reads", 2),
}


@pytest.mark.parametrize("name", NOT_PYTHON)
def test_a_file_that_is_no_python(check: Run, tmp_path: Path, name: str) -> None:
    content, reason, line = NOT_PYTHON[name]
    must_be_told(check, tmp_path, lambda root: (root / "other.py").write_bytes(content), "other.py", reason)
    assert check(tmp_path / "good", "--format", "json").unread[0][1] == line


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbfx = 1\n",
        "# -*- coding: latin-1 -*-\nx = 'ü'\n".encode("latin-1"),
        b"x = 1\r\nif x:\r\n    y = 2\r\n",
        "x = 1\n".encode("utf-8-sig").replace(b"\n", b"\r"),
        b"",
        b"x = [" + b"1, " * 117_000 + b"]\n",
        b"x = '" + b"a" * 350_000 + b"'\n",
        b"\x0c\nx = 1",
    ],
    ids=["BOM", "latin-1 cookie", "CRLF", "CR", "empty", "350 kB list", "350 kB text", "form feed"],
)
def test_a_file_that_only_looks_odd(check: Run, tmp_path: Path, content: bytes) -> None:
    must_be_fine(check, tmp_path, lambda root: (root / "other.py").write_bytes(content))


def test_an_expression_of_50_000_terms(check: Run, tmp_path: Path) -> None:
    """Some versions of Python parse it: then it must not hurt."""

    def make(root: Path) -> None:
        (root / "other.py").write_bytes(SUM)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            ast.parse(SUM)
        except (RecursionError, MemoryError):
            must_be_told(check, tmp_path, make, "other.py", "nested too deeply")
        else:
            must_be_fine(check, tmp_path, make)


@pytest.mark.parametrize(
    "expression",
    ["+".join(["x"] * 900), "x" + ".y" * 90, "f(" * 90 + ")" * 90, "[" * 90 + "]" * 90, "not " * 90 + "x"],
)
def test_an_app_that_depends_on_a_deep_expression(check: Run, tmp_path: Path, expression: str) -> None:
    code = (
        BAD["main.py"]
        .replace('["*"]', "origins")
        .replace("app =", f"x = y = f = 1\norigins = {expression}\napp =")
    )
    done = check(written(tmp_path, {**BAD, "main.py": code}), "--format", "json")
    assert (done.code, done.unread, done.err) == (0, [], "")


def test_the_app_itself_cannot_be_parsed(check: Run, tmp_path: Path) -> None:
    done = check(written(tmp_path, {**GOOD, "main.py": "print 'python 2'\n"}), "--format", "json")
    assert done.code == 3
    assert [(path, line) for path, line, _ in done.unread] == [("main.py", 1)]


def _link(name: str, target: str) -> Callable[[Path], object]:
    return lambda root: (root / name).symlink_to(target)


def _loop(root: Path) -> None:
    (root / "other.py").symlink_to("second.py")
    (root / "second.py").symlink_to("other.py")


def test_a_dangling_link(check: Run, tmp_path: Path) -> None:
    must_be_told(
        check, tmp_path, _link("other.py", "gone.py"), "other.py", "a link to something that does not exist"
    )


def test_links_in_a_circle(check: Run, tmp_path: Path) -> None:
    good = written(tmp_path / "good", GOOD)
    _loop(good)
    done = check(good, "--format", "json")
    assert done.code == 3
    assert [(path, reason) for path, _, reason in done.unread] == [
        (name, "it is a link that leads in a circle: remove it or point it at a file")
        for name in ("other.py", "second.py")
    ]


def test_a_link_to_a_folder_above_it(check: Run, tmp_path: Path) -> None:
    def make(root: Path) -> None:
        _link("a/up", "..")(written(root, {"a/b.py": "x = 1\n"}))

    must_be_fine(check, tmp_path, make)


def test_a_link_out_of_the_project_is_not_followed(check: Run, tmp_path: Path) -> None:
    secret = tmp_path / "outside.py"
    secret.write_text("PASSWORD = 's3ntinel-Hunter2'\n")
    must_be_told(check, tmp_path, _link("other.py", str(secret)), "other.py", "a link out of the project")
    assert "s3ntinel" not in check(tmp_path / "good", "--verbose").out


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes in folders")
@pytest.mark.parametrize("name", ["other.py", "app.yml"])
def test_a_pipe_is_not_opened(check: Run, tmp_path: Path, name: str) -> None:
    written(tmp_path, {"pyproject.toml": "", **GOOD})
    os.mkfifo(tmp_path / name)
    done = check(tmp_path, "--format", "json")
    assert [(path, reason) for path, _, reason in done.unread] == [
        (name, "it is a pipe, not a file: it was not opened")
    ]
    assert done.code == (3 if name == "other.py" else 0)


def test_a_file_that_this_user_may_not_read(
    check: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Root reads everything, so the refusal is played."""
    real = os.open

    def refuse(path: Any, flags: int, *rest: Any, **named: Any) -> int:
        if str(path).endswith("other.py"):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path, flags, *rest, **named)

    monkeypatch.setattr(os, "open", refuse)
    must_be_told(
        check, tmp_path, lambda root: (root / "other.py").write_text(""), "other.py", "permission denied"
    )


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_this_user_may_not_enter(check: Run, tmp_path: Path) -> None:
    written(tmp_path, {**GOOD, "shop/code.py": ""})
    (tmp_path / "shop").chmod(0)
    try:
        done = check(tmp_path, "--format", "json")
    finally:
        (tmp_path / "shop").chmod(0o755)
    assert (done.code, [path for path, _, _ in done.unread]) == (3, ["shop"])


def test_what_no_rule_reads_may_be_anything(check: Run, tmp_path: Path) -> None:
    files: dict[str, bytes] = {
        "data/dump.csv": b"1,2\n" * 2_600_000,
        "logo.png": b"\x89PNG\0",
        "tests/test_old.py": b"print 'python 2'\n",
        "tools/old.py": b"print 'python 2'\n",
        "docs/conf.py": b"\0",
        "{{cookiecutter.name}}/main.py": b"{% if x %}",
    }
    good = written(tmp_path, {**GOOD, **files})
    done = check(good, "--format", "json")
    assert (done.code, done.err) == (0, "")
    assert {path for path, _, _ in done.unread} <= files.keys()


def test_names_that_are_hard_to_print(check: Run, tmp_path: Path) -> None:
    names = ["a b.py", "[/x].py", "ünï.py", "{x}.py", "tab\there.py"]
    done = check(written(tmp_path, {**BAD, **dict.fromkeys(names, "print 'x'\n")}))
    assert (done.code, done.err) == (1, "")
    for name in ("a b.py:1", "[/x].py:1", "ünï.py:1"):
        assert name in done.out


ODD_ENV_FILES: dict[str, tuple[bytes, str]] = {
    "a line that is none": (
        b"A=1\n\n not a line at all\nB=2\n",
        "line 3 is not NAME=value: correct or remove",
    ),
    "several": (b"=1\nset -a\n", "line 1 (and 1 more) is not NAME=value: correct or remove"),
    "an open quote": (b'A=1\nB="open\nC=3\n', "line 2 is not NAME=value: correct or remove"),
    "a null byte": (b"A=1\0", "it holds a NUL byte, so it is not text: save it as UTF-8, or exclude"),
    "binary": (b"\x89PNG\r\n\x1a\n", "line 1 (and 1 more) is not NAME=value: correct or remove"),
}


@pytest.mark.parametrize("name", ODD_ENV_FILES)
@pytest.mark.parametrize("format_", ["terminal", "json"])
def test_an_env_file_with_odd_lines_is_refused(check: Run, tmp_path: Path, name: str, format_: str) -> None:
    """A verdict on half of what the user says about production would be one on something else."""
    content, reason = ODD_ENV_FILES[name]
    file = tmp_path / "prod.env"
    file.write_bytes(content)
    done = check(written(tmp_path / "shop", GOOD), "--env-file", str(file), "--format", format_)
    assert (done.code, done.err) == (2, f"deploycheck: --env-file {file}: {reason} it\n")
    assert (done.document["exit_code"] == 2) if format_ == "json" else not done.out


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"# nothing\n",
        b"export A=1\r\nB='two words' # why\r\nBARE\r\n",
        b"\xef\xbb\xbfA=1\n",
        "A=ü\n".encode("latin-1"),
    ],
)
def test_an_env_file_of_any_usual_kind_is_taken(check: Run, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "prod.env"
    file.write_bytes(content)
    done = check(written(tmp_path / "shop", GOOD), "--env-file", str(file))
    assert (done.code, done.err) == (0, "")


def test_an_env_file_that_is_a_folder_or_pipe_is_refused(check: Run, tmp_path: Path) -> None:
    done = check(written(tmp_path / "shop", GOOD), "--env-file", str(tmp_path))
    assert (done.code, done.err) == (
        2,
        f"deploycheck: --env-file {tmp_path}: it is a folder, not a file: it was not read\n",
    )


def test_recursion_is_left_as_it_was(check: Run, tmp_path: Path) -> None:
    before = sys.getrecursionlimit()
    check(written(tmp_path, {**BAD, "other.py": PARENTHESES}))
    assert sys.getrecursionlimit() == before
