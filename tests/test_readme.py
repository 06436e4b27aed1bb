"""What the README promises is what is there."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from deploycheck.configuration import Configuration
from deploycheck.engine import ExitCode
from tools.docs.readme import picture, refreshed

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_its_generated_blocks_are_fresh() -> None:
    assert refreshed(README) == README, "run `just docs`"


def test_its_picture_needs_no_network() -> None:
    svg = picture()
    assert set(re.findall(r"https?://[^\"/]+", svg)) == {"http://www.w3.org"}
    assert "workshop" in svg


def test_it_names_every_exit_code_and_key() -> None:
    assert {int(c) for c in re.findall(r"^\| (\d+) \|", README, re.MULTILINE)} == {*ExitCode}
    keys = README.partition("## Configuration")[2].partition("## JSON")[0]
    assert [key for key in Configuration.KEYS if f"`{key}`" not in keys] == []


def test_its_main_job_does_what_it_says() -> None:
    assert "deploycheck fixtures/workshop\n```" in README
    done = subprocess.run(
        [sys.executable, "-m", "deploycheck", "fixtures/workshop", "--isolated"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert "CRITICAL" in done.stdout
    assert "Not ready: " in done.stdout
