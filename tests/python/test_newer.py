"""What may be Python of a later version, and what is none of any."""

from __future__ import annotations

import ast

import pytest

from deploycheck.python.newer import may_be_newer

LATER = [
    "type Name = str\n",
    "def first[T](items: list[T]) -> T: ...\n",
    "class Box[T]:\n    pass\n",
    "try:\n    pass\nexcept ValueError, TypeError:\n    pass\n",
    'x = f"{names["a"]}"\n',
    "x = t'{name}'\n",
    "lazy import json\n",
    "x = [*row for row in rows]\n",
    "revision = {{ cookiecutter.revision }}\n",
]
BROKEN = [
    "def upgrade(:\n    pass\n",
    "How to write a revision: first think.\n",
    "revision = 'a1\n",
    "def upgrade():\npass\n",
    "print 'done'\n",
]


@pytest.mark.parametrize("text", LATER)
def test_later_syntax_is_left_open(text: str) -> None:
    """A file that some interpreter may read is never called broken."""
    assert may_be_newer(text)


@pytest.mark.parametrize("text", BROKEN)
def test_broken_text_is_known(text: str) -> None:
    """These parse nowhere, and hold nothing that a later version brought."""
    with pytest.raises(SyntaxError):
        ast.parse(text)
    assert not may_be_newer(text)
