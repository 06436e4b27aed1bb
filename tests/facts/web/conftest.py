from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from deploycheck.facts.settings import MODELS
from deploycheck.python.program import Program
from deploycheck.sources.tree import Tree


@pytest.fixture
def program(tmp_path: Path) -> Callable[..., Program]:
    """Write `main.py` and other files (`shop__db` is `shop/db.py`), and understand them."""

    def make(main: str = "", **files: str) -> Program:
        for name, text in {"main": main, **files}.items():
            path = tmp_path / (
                name.replace("__init__", "@").replace("__", "/").replace("@", "__init__") + ".py"
            )
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(textwrap.dedent(text))
        return Program(Tree(tmp_path), MODELS)

    return make
