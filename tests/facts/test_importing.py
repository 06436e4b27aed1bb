from __future__ import annotations

from pathlib import Path

import pytest

from deploycheck.facts.importing import Importing, names_of
from deploycheck.python.program import Program
from deploycheck.sources.tree import Tree


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("app = 1\nimport a.b, c as d\nfrom e import f as g\n", {"app", "a", "d", "g"}),
        ("def make():\n    app = 1\n", {"make"}),
        ("def make():\n    global app\n    app = 1\n", {"make", "app"}),
        ("class A:\n    x = 1\n", {"A"}),
        ("if x:\n    a = 1\nelse:\n    b: int = 2\n", {"a", "b"}),
        ("try:\n    import a\nexcept E as e:\n    a = None\n", {"a"}),
        ("with f() as g:\n    (h, i) = g\nfor j in k: pass\n", {"g", "h", "i", "j"}),
        ("from x import *\n", None),
        ("def __getattr__(name): ...\n", None),
        ("globals()['app'] = 1\n", None),
        ("import sys\nsetattr(sys.modules[__name__], 'app', 1)\n", None),
    ],
)
def test_names_that_a_module_can_hold(tmp_path: Path, code: str, names: set[str] | None) -> None:
    (tmp_path / "m.py").write_text(code)
    module = Program(Tree(tmp_path)).module_at("m.py")
    assert module is not None
    assert names_of(module) == names


def test_where_a_process_looks(tmp_path: Path) -> None:
    for path in ("a/b.py", "a/c/__init__.py", "d/e.txt", "lib/f.py"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("")
    (tmp_path / ".gitignore").write_text("generated/\n_version.py\n")
    (tmp_path / ".git").mkdir()
    where = Importing(Tree(tmp_path), ("", "lib"), whole=True)
    found = {name: where.path(name) for name in ("a.b", "a.c", "a", "d", "f", "a.x", "b")}
    assert found == {
        "a.b": "a/b.py",
        "a.c": "a/c/__init__.py",
        "a": "a",
        "d": "d",
        "f": "lib/f.py",
        "a.x": None,
        "b": None,
    }
    assert where.has_top("a.x")
    assert not where.has_top("x.a")
    assert not where.has_top("a")
    assert where.unseen("generated.main")
    assert where.unseen("a._version")
    assert not where.unseen("a.x")
    assert not Importing(Tree(tmp_path), ("build",), whole=True).is_there
