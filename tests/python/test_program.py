"""The program: finding calls, what must hold for them to run, and which modules belong together."""

# ruff: noqa: E501 - a case is read best whole

from __future__ import annotations

from typing import Any

import pytest

from deploycheck.python.resolution import holds

NAMED = {
    "imported": "from fastapi import FastAPI\napp = FastAPI()",
    "renamed": "from fastapi import FastAPI as App\napp = App()",
    "by the module": "import fastapi\napp = fastapi.FastAPI()",
    "by the module, renamed": "import fastapi as fa\napp = fa.FastAPI()",
    "held": "from fastapi import FastAPI\nApp = FastAPI\napp = App()",
    "a subclass": "from fastapi import FastAPI\nclass App(FastAPI):\n    pass\napp = App()",
    "a subclass of a subclass": "import fastapi\nclass A(fastapi.FastAPI): ...\nclass B(A): ...\napp = B()",
    "in a function": "def f():\n    from fastapi import FastAPI\n    return FastAPI()",
    "in a method": "from fastapi import FastAPI\nclass C:\n    def f(self):\n        self.app = FastAPI()",
    "within a try": "try:\n    from fastapi import FastAPI\nexcept ImportError:\n    FastAPI = None\napp = FastAPI()",
    "in a default": "import fastapi\ndef f(app=fastapi.FastAPI()): ...",
    "in a lambda": "import fastapi\nf = lambda: fastapi.FastAPI()",
    "in a comprehension": "import fastapi\napps = [fastapi.FastAPI() for _ in (1,)]",
}


@pytest.mark.parametrize("source", NAMED.values(), ids=NAMED)
def test_calls_by_qualified_name(project: Any, source: str) -> None:
    assert len(list(project(source).program.calls("fastapi.FastAPI"))) == 1


OTHERS = {
    "another library's": "from other import FastAPI\napp = FastAPI()",
    "our own": "class FastAPI: ...\napp = FastAPI()",
    "a parameter": "from fastapi import FastAPI\ndef f(FastAPI):\n    return FastAPI()",
    "rebound": "from fastapi import FastAPI\nFastAPI = object\napp = FastAPI()",
    "in a text": "app = 'FastAPI()'",
}


@pytest.mark.parametrize("source", OTHERS.values(), ids=OTHERS)
def test_what_is_no_call_of_it(project: Any, source: str) -> None:
    assert list(project(source).program.calls("fastapi.FastAPI")) == []


def test_through_a_re_export(project: Any) -> None:
    made = project(
        {
            "main.py": "from app import App\napp = App()\n",
            "app/__init__.py": "from .web import Application as App\n",
            "app/web.py": "from fastapi import FastAPI as Application\n",
        }
    )
    call = made.call("fastapi.FastAPI")
    assert (call.name, str(call.location), call.at_import, call.function) == (
        "fastapi.FastAPI",
        "main.py:2:7",
        True,
        None,
    )


def test_within_some_files(project: Any) -> None:
    made = project({"a.py": "import lib\nlib.go()\n", "b.py": "import lib\nlib.go()\n"})
    assert [c.module.path for c in made.program.calls("lib.go", within={"b.py"})] == ["b.py"]
    assert [c.module.path for c in made.program.method_calls("go")] == ["a.py", "b.py"]


def test_calls_of_our_own(project: Any) -> None:
    made = project(
        {"a.py": "def f(): ...\nf()\n", "b.py": "from a import f as g\ng()\n", "c.py": "def f(): ...\nf()\n"}
    )
    function = made.module("a.py").tree.body[0]
    assert [str(c.location) for c in made.program.calls_of(function)] == ["a.py:2:1", "b.py:2:1"]


def test_a_receiver(project: Any) -> None:
    made = project("import lib\napp = lib.App()\napp.go()\ngo()\n")
    (call,) = made.program.method_calls("go")
    assert call.receiver().inner.callee == "lib.App"


CONDITIONS = {
    "none": ("lib.go()", True),
    "if": ("if DEBUG:\n    lib.go()", False),
    "else": ("if DEBUG:\n    pass\nelse:\n    lib.go()", True),
    "elif": ("if DEBUG:\n    pass\nelif not DEBUG:\n    lib.go()", True),
    "an early return": ("def f():\n    if not DEBUG:\n        return\n    lib.go()\nf()", False),
    "an early return in the else": (
        "def f():\n    if DEBUG:\n        pass\n    else:\n        return\n    lib.go()\nf()",
        False,
    ),
    "a nested early return": (
        "def f():\n    if MODE:\n        if not DEBUG:\n            return\n    lib.go()\nf()",
        False,
    ),
    "a nested early return that is not taken": (
        "def f():\n    if MODE:\n        if DEBUG:\n            return\n    lib.go()\nf()",
        True,
    ),
    "a raise": ("if not DEBUG:\n    raise SystemExit\nlib.go()", False),
    "an exit": ("import sys\nif not DEBUG:\n    sys.exit()\nlib.go()", False),
    "the caller's": ("def f():\n    lib.go()\nif DEBUG:\n    f()", False),
    "the caller's caller's": ("def f():\n    lib.go()\ndef g():\n    f()\nif DEBUG:\n    g()", False),
    "and": ("DEBUG and lib.go()", False),
    "or": ("DEBUG or lib.go()", True),
    "a conditional expression": ("lib.go() if DEBUG else None", False),
    "the other arm": ("None if DEBUG else lib.go()", True),
    "a match": ("match MODE:\n    case 'dev':\n        lib.go()", False),
    "a match that is taken": (
        "match MODE:\n    case 'dev':\n        pass\n    case 'prod':\n        lib.go()",
        True,
    ),
    "a match's rest": ("match MODE:\n    case 'prod':\n        pass\n    case _:\n        lib.go()", False),
    "a handler": ("try:\n    lib.f()\nexcept OSError:\n    lib.go()", None),
    "the body of a try": ("try:\n    lib.go()\nexcept OSError:\n    pass", True),
    "a method's class": ("class C:\n    if DEBUG:\n        def f(self):\n            lib.go()", False),
    "a test that is not known": ("if lib.t():\n    lib.go()", None),
    "a loop that may return before": (
        "def f():\n    for i in lib.l():\n        return\n    lib.go()\nf()",
        None,
    ),
    "a while": ("while DEBUG:\n    lib.go()", False),
    "with": ("with lib.w():\n    lib.go()", True),
    "a continue": ("for i in (1, 2):\n    if not DEBUG:\n        continue\n    lib.go()", False),
}


@pytest.mark.parametrize(("source", "expected"), CONDITIONS.values(), ids=CONDITIONS)
def test_what_must_hold(project: Any, env: Any, source: str, expected: bool | None) -> None:
    made = project(f"import lib\nimport os\nDEBUG = os.getenv('DEBUG') == '1'\nMODE = 'prod'\n{source}\n")
    assert holds(made.call("lib.go").conditions(), env()) is expected


def test_a_condition_says_what_and_where(project: Any) -> None:
    made = project("import lib\nif lib.debug:\n    lib.go()\n")
    (condition,) = made.call("lib.go").conditions()
    assert (condition.wanted, condition.text, str(condition.at)) == (True, "lib.debug", "main.py:2:4")


def test_reachable(project: Any) -> None:
    made = project(
        {
            "app/__init__.py": "",
            "app/main.py": "from app import routes\nimport app.deep.one\n",
            "app/routes.py": "def f():\n    from .models import User\n",
            "app/models.py": "",
            "app/deep/__init__.py": "from . import two\n",
            "app/deep/one.py": "import importlib\nimportlib.import_module('app.plugin')\n",
            "app/deep/two.py": "",
            "app/plugin.py": "import app.main\n",
            "app/unused.py": "from app import main\n",
        }
    )
    everything = {p for p in made.program.modules.paths if p != "app/unused.py"}
    assert made.program.reachable(made.module("app/main.py")) == everything
    assert "app/unused.py" in made.program.reachable(made.module("app/unused.py"))
    assert set(made.program.imports("app/routes.py")) == {"app/models.py", "app/__init__.py"}


def test_a_module_is_found_from_a_working_directory(project: Any) -> None:
    made = project({"backend/app/main.py": "", "src/shop/__init__.py": "", "src/shop/main.py": ""})
    assert made.program.find_module("app.main", "backend").path == "backend/app/main.py"
    assert made.program.find_module("shop.main", "").path == "src/shop/main.py"
    assert made.program.find_module("nothing", "") is None


def test_definitions(project: Any) -> None:
    made = project("class C: ...\ndef f(): ...\nimport lib\n")
    program = made.program
    assert program.definition_of(made.value("main.C")).node.name == "C"
    assert program.definition_of(made.value("main.f")).node.name == "f"
    assert program.definition_of(made.value("main.lib")) is None
    assert program.attribute(made.module("main.py"), "nothing") is None


def test_each_file_is_parsed_once(project: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import ast

    made = project({"a.py": "import b, lib\nlib.go(b.x)\n", "b.py": "x = 1\n"})
    parsed: list[str] = []
    real = ast.parse

    def parse(text: str, filename: str = "") -> ast.Module:
        parsed.append(filename)
        return real(text, filename)

    monkeypatch.setattr(ast, "parse", parse)
    list(made.program.calls("lib.go"))
    made.program.reachable(made.module("a.py"))
    made.program.app_modules()
    assert sorted(parsed) == ["a.py", "b.py"]


def test_the_same_answers_in_any_order(project: Any, env: Any) -> None:
    """What is asked first does not change what is answered later."""
    from deploycheck.python.resolution import resolve

    source = (
        "import os\nA = os.getenv('A', 'a')\ndef f(n):\n    return n + A if n else g(n)\n"
        "def g(n):\n    return f('x')\nX = f('')\nY = g('')\nclass C:\n    a = X\n    b = property(lambda s: s.a)\nZ = C().a\n"
    )
    names = ["X", "Y", "Z", "A"]
    answers = set()
    for order in (names, names[::-1], ["Z", "X", "A", "Y"]):
        made = project(source)
        found = {n: resolve(made.value(f"main.{n}"), env()) for n in order}
        answers.add(tuple((n, found[n].data if found[n].known else "?") for n in names))
    assert len(answers) == 1


def test_every_form_of_syntax_is_walked(project: Any) -> None:
    """Patterns, names of arguments and constants of any kind stand where nodes may stand."""
    made = project(
        "import lib\nmatch lib.x:\n    case True | None | b'x' | 1.5:\n        lib.go(k=...)\n    case {'a': lib.B(c=1), **rest}:\n        lib.go()\n"
        "async def f():\n    async for x in lib.go():\n        yield await lib.go()\n    async with lib.go() as y, lib.go():\n        ...\n"
        "lambda a=lib.go(), *, b=lib.go(): lib.go()\nx: lib.T = lib.go()\ntry:\n    lib.go()\nexcept* lib.E:\n    del x[lib.go()]\n"
    )
    assert len(list(made.program.calls("lib.go"))) == 12
