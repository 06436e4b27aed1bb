"""What production runs of a module, and what it does not."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from deploycheck.facts.logs.reach import Reach
from deploycheck.facts.logs.records import prints
from deploycheck.facts.web.syntax import scope_at
from deploycheck.python.syntax import nodes_in
from tests.facts.projects import DATABRICKS, FASTAPI, deployed


def _verdict(root: Path, text: str, **files: str) -> bool | None:
    others = {f"{name}.py": content for name, content in files.items()}
    made = deployed(root, {"app.yaml": DATABRICKS, "main.py": FASTAPI + text, **others})
    module = made.program.module_at("main.py")
    assert module is not None
    node = next(n for n in nodes_in(module.tree) if isinstance(n, ast.Call) and ast.unparse(n) == "here()")
    return Reach(made).verdict(scope_at(made.program, module, node), node)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("here()\n", True),
        ("def f():\n    here()\nf()\n", True),
        ("def f():\n    here()\n", False),
        ("def f():\n    here()\ndef g():\n    f()\n", False),
        ("if __name__ == '__main__':\n    here()\n", False),
        ("def f():\n    here()\nif __name__ == '__main__':\n    f()\n", False),
        ("@app.get('/')\ndef f():\n    here()\n", None),
        ("def f():\n    here()\n@app.get('/')\ndef g():\n    f()\n", None),
        ("import click\n@click.command()\ndef f():\n    here()\n", False),
        ("class C:\n    def f(self):\n        here()\n", False),
        ("class C:\n    def f(self):\n        here()\napp.c = C()\n", None),
        ("import os\nif os.environ.get('X') == '1':\n    here()\n", False),
        ("def f():\n    f()\n    here()\n", False),
    ],
)
def test_a_place_is_run(tmp_path: Path, text: str, expected: bool | None) -> None:
    assert _verdict(tmp_path, text) is expected


def test_a_function_that_another_loaded_module_names_may_run(tmp_path: Path) -> None:
    text = "import hooks\ndef f():\n    here()\n"
    assert _verdict(tmp_path, text, hooks="def g():\n    from main import f\n    return f\nH = g\n") is None


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("print('a')\nprint('b')\n", 2),
        ("from rich import print\nprint('a')\n", 0),
        ("import sys\nprint('a', file=sys.stderr)\n", 1),
        ("f = open('x', 'w')\nprint('a', file=f)\n", 0),
        ("class Blueprint: pass\nb = Blueprint()\n", 0),
        ("'print(1)'  # print(2)\n", 0),
        ("def print(x): pass\nprint(1)\n", 0),
    ],
)
def test_prints(tmp_path: Path, text: str, count: int) -> None:
    made = deployed(tmp_path, {"app.yaml": DATABRICKS, "main.py": FASTAPI + text})
    module = made.program.module_at("main.py")
    assert module is not None
    assert len(prints(Reach(made), module)) == count
