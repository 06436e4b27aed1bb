"""The same tree gives the same bytes in every format, wherever and however it is looked at.

Only what the contract gives as varying differs: the time it took, and the target as the user wrote it.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from deploycheck.reports import FORMATS
from tests.cli.conftest import ROOT

WORKSHOP = ROOT / "fixtures" / "workshop"
FILES = [name for name in FORMATS if name != "terminal"]
OPTIONS = ("--isolated", "--verbose", "--fix-suggestions")
WORLDS: Mapping[str, Mapping[str, str]] = {
    "seed": {"PYTHONHASHSEED": "4242"},
    "zone": {"TZ": "Asia/Tokyo"},
    "locale": {"LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8", "LANGUAGE": "tr"},
    "columns": {"COLUMNS": "200", "LINES": "5"},
    "terminal": {"TERM": "xterm-256color", "COLORTERM": "truecolor"},
    "ci": {"CI": "true", "GITHUB_ACTIONS": "true", "GITLAB_CI": "true"},
    "home": {"HOME": "/nowhere", "XDG_CONFIG_HOME": "/nowhere", "USER": "nobody"},
    "optimized": {"PYTHONOPTIMIZE": "2"},
}
NAME = "workshop_looked_at"
Bytes = dict[str, bytes]


def looked(at: Path, out: Path, target: str, **world: str) -> Bytes:
    """Look at a target from a folder and return what each format says; stdout is the terminal's."""
    out.mkdir()
    asked = ",".join(["terminal", *(f"{name}={out / name}" for name in FILES)])
    base = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "PYTHONHASHSEED": "0"}
    done = subprocess.run(
        [sys.executable, "-m", "deploycheck", target, *OPTIONS, "--format", asked],
        cwd=at,
        env={**base, "LC_ALL": "C", "TZ": "UTC", **world},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (1, b"")
    told = {"terminal": done.stdout, **{name: (out / name).read_bytes() for name in FILES}}
    return {name: _without_time(text) for name, text in told.items()}


def _without_time(text: bytes) -> bytes:
    return re.sub(rb'(?m)(?:(?<=^)(?=\d+\.\d\d s$)|(?<="seconds": ))[\d.]+', b"0", text)


def _named(told: bytes, target: str) -> bytes:
    """Put a sign where a format names the target as the user wrote it, and wraps its lines by that."""
    return b" ".join(told.replace(target.encode(), b"TARGET").replace(NAME.encode(), b"TARGET").split())


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with the workshop in it."""
    root = tmp_path_factory.mktemp("home")
    shutil.copytree(WORKSHOP, root / NAME)
    (root / ".git").mkdir()
    return root


@pytest.fixture(scope="module")
def usual(home: Path) -> Bytes:
    return looked(home, home.with_name("usual"), NAME)


def test_every_format_says_something(usual: Bytes) -> None:
    assert set(usual) == set(FORMATS)
    assert all(b"CORS001" in text for text in usual.values())


def test_the_world_around_it_makes_no_difference(home: Path, usual: Bytes, tmp_path: Path) -> None:
    everything = {name: value for world in WORLDS.values() for name, value in world.items()}
    assert looked(home, tmp_path / "out", NAME, **everything) == usual


@pytest.mark.parametrize("world", sorted(WORLDS))
def test_nothing_of_it_alone_does(home: Path, usual: Bytes, tmp_path: Path, world: str) -> None:
    again = looked(home, tmp_path / "out", NAME, **WORLDS[world])
    assert [name for name in FORMATS if again[name] != usual[name]] == []


def test_the_order_of_a_folder_makes_no_difference(usual: Bytes, tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / ".git").mkdir(parents=True)
    files = sorted((p for p in WORKSHOP.rglob("*") if p.is_file()), reverse=True)
    for file in (*files[1::2], *files[::2]):
        copy = home / NAME / file.relative_to(WORKSHOP)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, copy)
    (tmp_path / "sitecustomize.py").write_text(
        "import os\n"
        "_scandir, _listdir = os.scandir, os.listdir\n"
        "class _Backwards(list):\n"
        "    __enter__ = lambda self: self\n"
        "    __exit__ = lambda self, *error: None\n"
        "    close = lambda self: None\n"
        "_name = lambda entry: entry.name\n"
        "os.scandir = lambda *given: _Backwards(sorted(_scandir(*given), key=_name, reverse=True))\n"
        "os.listdir = lambda *given: sorted(_listdir(*given), reverse=True)\n",
        encoding="utf-8",
    )
    path = f"{tmp_path}{os.pathsep}{ROOT}"
    assert looked(home, tmp_path / "out", NAME, PYTHONPATH=path) == usual


@pytest.mark.parametrize("where", ["absolute", "from below", "from inside", "from elsewhere", "trailing"])
def test_only_the_targets_own_name_differs(home: Path, usual: Bytes, tmp_path: Path, where: str) -> None:
    at, target = {
        "absolute": (tmp_path, str(home / NAME)),
        "from below": (home / NAME / "server", ".."),
        "from inside": (home / NAME, "."),
        "from elsewhere": (tmp_path, os.path.relpath(home / NAME, tmp_path)),
        "trailing": (home, f"./{NAME}/"),
    }[where]
    again = looked(at, tmp_path / "out", target)
    for format_ in ("concise", "sarif", "junit", "github", "gitlab"):
        assert again[format_] == usual[format_], format_
    ours, theirs = json.loads(again["json"]), json.loads(usual["json"])
    assert (ours.pop("target"), theirs.pop("target")) == (target, NAME)
    assert ours == theirs
    if target not in {".", ".."}:
        for format_ in ("terminal", "jsonl", "html"):
            assert _named(again[format_], target) == _named(usual[format_], NAME), format_
