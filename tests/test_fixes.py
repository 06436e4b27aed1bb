"""Every patch of every example, and of the workshop, by a real `git apply`: what it mends is gone."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from deploycheck.cli import main
from tests.examples import CASES, put_environment, repository_of, settings_of

WORKSHOP = Path(__file__).parents[1] / "fixtures" / "workshop"
ROUNDS = 5
# A database or a rehearsal shows what stands in it, and no edit of files changes that.
READ = [c for c in CASES if c.name.startswith("bad") and not {"database", "rehearse"} & set(settings_of(c))]
# True before and after, and seen only once the patch is in: it is not for the patch to mend them as well.
COMES_TO_LIGHT = {
    # Nobody knew what starts before; now it is a server, whose time-outs can be judged.
    "APP002/bad_misspelt": ["TIME005"],
    "APP006/bad_and": ["TIME005"],
    "APP006/bad_assignment": ["TIME005"],
    "APP006/bad_text_with_and": ["TIME005"],
    # The fallback hid that no file sets the database's variables: only the user has their values.
    "ENV002/bad_returns_none": ["ENV003"],
    # Once the code of a suppression is spelled rightly, it turns out that the rule finds nothing there.
    "SUP001/bad": ["SUP003"],
}
OF_THE_WORKSHOP = {
    "ENV003": "the fallback to SQLite hid that no file sets the database's variables",
    "LOG001": "it was told of the place where logging should begin; now it begins somewhere",
    "MIG004": "MIG003 told that nothing was taken back; one default cannot be known from the files",
}

Key = tuple[str, str, str]
"""A finding's code, path and subject."""


@dataclass(frozen=True)
class Run:
    """Runs the check in this process, on one folder."""

    capsys: pytest.CaptureFixture[str]
    root: Path
    options: tuple[str, ...]

    def findings(self, *options: str) -> dict[Key, Mapping[str, Any]]:
        main.run([str(self.root), *self.options, *options, "--format", "json"])
        document = json.loads(self.capsys.readouterr().out)
        assert [r["code"] for r in document["rules"] if r["outcome"] == "crashed"] == []
        return {(f["code"], f["location"]["path"], f["subject"]): f for f in document["findings"]}

    def apply(self, *options: str) -> str:
        """Apply the patch, if there is one; return what stands on stderr."""
        main.run([str(self.root), *self.options, *options, "--fix-suggestions=patch"])
        done = self.capsys.readouterr()
        if done.out:
            subprocess.run(["git", "apply"], cwd=self.root, input=done.out.encode(), check=True)
        return done.err if done.out else ""

    def apply_all(self, *options: str) -> list[str]:
        """Apply patches until none is left, and return what stands on stderr each time."""
        said = []
        for _ in range(ROUNDS):
            said.append(self.apply(*options))
            if not said[-1]:
                return said[:-1]
        pytest.fail("there is always one more patch to apply")


@pytest.mark.parametrize("case", READ, ids=lambda case: f"{case.parent.name}-{case.name}")
def test_what_a_patch_of_an_example_mends_is_gone(
    case: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, settings = case.parent.name, settings_of(case)
    root = repository_of(case, tmp_path)
    put_environment(monkeypatch, settings.get("env", {}))
    files = [word for file in settings.get("env_files", []) for word in ("--env-file", str(root / file))]
    isolated = [] if "env" in settings else ["--isolated"]
    run = Run(capsys, root, (*files, *isolated, *settings.get("args", [])))
    wanted = {key for key, finding in run.findings("--select", code).items() if finding["patch"]}
    if not wanted:
        assert not run.apply("--select", code)
        return
    before = run.findings()
    run.apply_all("--select", code)
    after = run.findings()
    assert wanted & set(after) == set()
    assert _new(before, after) == COMES_TO_LIGHT.get(f"{code}/{case.name}", [])


def _new(before: Mapping[Key, object], after: Mapping[Key, object]) -> list[str]:
    """Return the rules that find more in a file than before; a subject may quote what a patch changed."""
    more = Counter(key[:2] for key in after) - Counter(key[:2] for key in before)
    return sorted(code for code, _ in more)


def test_the_workshop_is_mended_until_nothing_is_left_to_apply(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    root = tmp_path / "workshop"
    shutil.copytree(WORKSHOP, root, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    put_environment(monkeypatch, {})
    monkeypatch.chdir(root)
    run = Run(capsys, Path(), ("--isolated",))
    before = run.findings()
    wanted = {key for key, finding in before.items() if finding["patch"]}
    assert len(wanted) > 25
    (said, *_) = run.apply_all()
    assert "CORS005 at server/kiosk.py:11 is left out: it changes the lines that CORS002 changes" in said
    after = run.findings()
    assert wanted & set(after) == set()
    assert [key for key, finding in after.items() if finding["patch"]] == []
    assert set(_new(before, after)) == set(OF_THE_WORKSHOP)
