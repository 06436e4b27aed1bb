"""The patches of LOG004: applied by git, the finding that carried it is gone."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from deploycheck.checks.log.lost import lost_records
from deploycheck.engine.patch import unified_diff
from deploycheck.project import Project, Settings

EXAMPLES = Path(__file__).parents[3] / "fixtures" / "rules" / "LOG004"


@pytest.mark.parametrize("case", sorted(EXAMPLES.glob("bad*")), ids=lambda case: case.name)
def test_a_patch_mends_its_finding(case: Path, tmp_path: Path) -> None:
    root = tmp_path / case.name
    shutil.copytree(case, root)
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    made = Project(root, Settings(isolated=True))
    (found,) = lost_records(made)
    assert found.fix is not None
    diff = unified_diff(found.fix.edits, made.tree)
    assert diff is not None
    subprocess.run(["git", "apply", "-"], cwd=root, input=diff.encode(), check=True)
    assert list(lost_records(Project(root, Settings(isolated=True)))) == []
