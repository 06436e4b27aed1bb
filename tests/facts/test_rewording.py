from __future__ import annotations

import ast
from pathlib import Path

import pytest

from deploycheck.facts.rewording import reworded, without_call, without_statement
from deploycheck.findings import Edit, Location
from deploycheck.python.program import Program
from deploycheck.sources.tree import Tree


@pytest.mark.parametrize(
    ("line", "old", "expected"),
    [
        ('workers = int(os.getenv("WORKERS"))', '"WORKERS"', 'workers = int(os.getenv("WEB"))'),
        ("gunicorn -w 2 --timeout 120", "2", 'gunicorn -w "WEB" --timeout 120'),
        ("a 2 b 2", "2", None),
        ("a", "2", None),
    ],
)
def test_a_word_is_written_anew_where_it_stands_once(
    tmp_path: Path, line: str, old: str, expected: str | None
) -> None:
    (tmp_path / "a.txt").write_text(f"{line}\n", encoding="utf-8")
    edits = reworded(Tree(tmp_path), Location("a.txt", 1), old, '"WEB"')
    assert edits == ((Edit("a.txt", 1, 1, expected),) if expected else ())


@pytest.mark.parametrize(
    ("files", "removed"),
    [
        ({"a.py": "HOST = 1\nWORKERS = 2\n"}, True),
        ({"a.py": "class A:\n    B = 1\n    WORKERS = 2\n"}, True),
        ({"a.py": "class A:\n    WORKERS = 2\nB = 1\n"}, False),
        ({"a.py": "B = 1\nWORKERS = 2\n", "test_a.py": "from a import WORKERS\n"}, False),
        ({"a.py": "B = 1; WORKERS = 2\n"}, False),
    ],
)
def test_a_statement_is_taken_out_when_nothing_else_names_it(
    tmp_path: Path, files: dict[str, str], removed: bool
) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    line = next(i for i, t in enumerate(files["a.py"].splitlines(), 1) if "WORKERS" in t)
    program = Program(Tree(tmp_path))
    assert bool(without_statement(program, Location("a.py", line), "WORKERS")) is removed


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("a()\nstop()\nb()\n", (2, 2)),
        ("def f():\n    a()\n    stop(\n        1,\n    )\n", (3, 5)),
        ("async def f():\n    async with c() as d:\n        await stop()\n    yield\n", (2, 3)),
        ("with c():\n    a()\n    stop()\n", (3, 3)),
        ("if a:\n    pass\nelse:\n    b()\n    stop()\n", (5, 5)),
        ("def f():\n    stop()\n", None),
        ("a(); stop()\n", None),
        ("a()\nb = stop()\n", None),
    ],
)
def test_a_call_is_taken_out_where_it_stands_alone(
    tmp_path: Path, text: str, lines: tuple[int, int] | None
) -> None:
    (tmp_path / "a.py").write_text(text, encoding="utf-8")
    module = Program(Tree(tmp_path)).module_at("a.py")
    assert module is not None
    call = next(
        n for n in ast.walk(module.tree) if isinstance(n, ast.Call) and ast.unparse(n).startswith("stop")
    )
    assert without_call(module, call) == ((Edit("a.py", *lines, ""),) if lines else ())
