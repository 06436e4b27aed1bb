from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from deploycheck.sources.tree import Tree

Plant = Callable[..., Tree]


@pytest.fixture
def plant(tmp_path: Path) -> Plant:
    """Return a function that writes files (`path=text`, dedented) and gives the tree."""

    def write(files: dict[str, str | bytes]) -> Tree:
        for name, content in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            data = dedent(content).encode() if isinstance(content, str) else content
            path.write_bytes(data)
        return Tree(tmp_path)

    return write
