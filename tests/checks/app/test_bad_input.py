"""Manifests that nobody should write, through the real command line: a clear line, the right exit code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

APP = "from flask import Flask\n\napp = Flask(__name__)\n"
BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{b}: &{b} [*{a}, *{a}, *{a}, *{a}, *{a}, *{a}, *{a}, *{a}, *{a}]\n"
    for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)
CASES: dict[str, tuple[bytes, int, str, int]] = {
    "a list": (b"- gunicorn\n- main:app\n", 1, "must be a mapping of command and env", 1),
    "tabs": (b'command: ["gunicorn", "main:app"]\nenv:\n\t- name: A\n', 1, "tab", 3),
    "binary": (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00", 1, "NUL", 3),
    "an alias bomb": (BOMB.encode() + b'command: ["gunicorn", "main:app"]\n', 1, "alias", 0),
    "command: 7": (b"command: 7\n", 1, "command must be a list of words", 1),
    "command: a mapping": (b"command:\n  web: gunicorn main:app\n", 1, "command must be a list of words", 2),
    "an item that is a list": (
        b'command: ["gunicorn", ["main:app"]]\n',
        1,
        "command must be a list of words",
        1,
    ),
    "env as a mapping": (b'command: ["gunicorn", "main:app"]\nenv:\n  A: b\n', 1, "env must be a list", 3),
    "env as a text": (b'command: ["gunicorn", "main:app"]\nenv: A=b\n', 1, "env must be a list", 2),
    "a value that is a list": (
        b'command: ["gunicorn", "main:app"]\nenv:\n- name: A\n  value: [1]\n',
        1,
        "A must be a text",
        4,
    ),
    "a repeated key": (b'env: []\ncommand: ["gunicorn", "main:app"]\nenv: []\n', 1, "given twice", 3),
    "an unclosed bracket": (b'command: ["gunicorn", "main:app"\n', 1, "", 0),
    "an empty command": (b"command: []\n", 1, "command is there and empty", 1),
}


def run(root: Path, *arguments: str) -> tuple[int, dict[str, Any]]:
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(__file__).parents[3])}
    done = subprocess.run(
        [sys.executable, "-m", "deploycheck", str(root), "--isolated", "--format", "json", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
        timeout=60,
    )
    assert not done.stderr
    return done.returncode, json.loads(done.stdout)


@pytest.mark.parametrize("name", CASES)
def test_a_manifest_that_cannot_be(tmp_path: Path, name: str) -> None:
    content, code, says, line = CASES[name]
    (tmp_path / "app.yaml").write_bytes(content)
    (tmp_path / "main.py").write_text(APP)
    (tmp_path / "requirements.txt").write_text("flask\n")
    exit_code, document = run(tmp_path, "--select", "APP")
    assert exit_code == code
    (finding,) = [f for f in document["findings"] if f["code"] == "APP001"]
    assert finding["location"]["path"] == "app.yaml"
    assert says in finding["message"]
    assert line in {0, finding["location"]["line"]}
    assert finding["severity"] == "critical"
    outcomes = {rule["code"]: rule["outcome"] for rule in document["rules"]}
    assert "crashed" not in outcomes.values()
    assert {"APP001", "APP004", "APP010"} <= outcomes.keys()


def test_a_text_for_a_command_is_read_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "app.yaml").write_text("command: gunicorn server:app\n")
    (tmp_path / "main.py").write_text(APP)
    exit_code, document = run(tmp_path, "--select", "APP")
    found = {f["code"]: f["severity"] for f in document["findings"]}
    assert found == {"APP001": "medium", "APP004": "critical"}
    assert exit_code == 1


def test_another_app_is_judged_beside_one_that_cannot_be_read(tmp_path: Path) -> None:
    for folder, content in (("one", "command: 7\n"), ("two", 'command: ["gunicorn", "server:app"]\n')):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "app.yaml").write_text(content)
        (tmp_path / folder / "main.py").write_text(APP)
    _, document = run(tmp_path, "--select", "APP")
    assert [(f["code"], f["location"]["path"]) for f in document["findings"]] == [
        ("APP001", "one/app.yaml"),
        ("APP004", "two/app.yaml"),
    ]


@pytest.mark.parametrize(
    ("size", "code", "found"), [(3_000_000, 3, []), (10_500_000, 1, [("APP009", "critical")])]
)
def test_a_manifest_larger_than_anybody_writes(
    tmp_path: Path, size: int, code: int, found: list[tuple[str, str]]
) -> None:
    (tmp_path / "app.yaml").write_bytes(b'command: ["gunicorn", "main:app"]\n#' + b"x" * size)
    (tmp_path / "main.py").write_text(APP)
    exit_code, document = run(tmp_path, "--select", "APP")
    assert exit_code == code
    assert [(f["code"], f["severity"]) for f in document["findings"]] == found
    assert "over the limit" in document["unread"][0]["reason"]
    reasons = {rule["code"]: rule["reason"] or "" for rule in document["rules"]}
    assert "app.yaml" in reasons["APP001"]
