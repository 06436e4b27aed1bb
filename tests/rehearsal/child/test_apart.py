"""The child stands by itself: it runs under the project's own Python, where deploycheck is not."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import deploycheck.rehearsal.child

FILES = sorted(Path(deploycheck.rehearsal.child.__file__).parent.glob("*.py"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_no_newer_syntax_and_nothing_of_deploycheck(file: Path) -> None:
    tree = ast.parse(file.read_text(encoding="utf-8"), feature_version=(3, 8))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and not node.level:
            assert not (node.module or "").startswith("deploycheck")
        if isinstance(node, ast.Import):
            assert not any(alias.name.startswith("deploycheck") for alias in node.names)
        assert not isinstance(node, ast.Match)
