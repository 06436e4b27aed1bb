"""Who calls a function: what its parameters hold, from one place, several, or places that are not seen."""

# ruff: noqa: E501 - a case is read best whole

from __future__ import annotations

from typing import Any

import pytest

from deploycheck.python.resolution import resolve

FUNCTION = "import lib\ndef f(a='default'):\n    lib.go(a)\n"

CASES = {
    "nobody calls it": ("", "default"),
    "one place": ("f('x')", "x"),
    "one place by name": ("f(a='x')", "x"),
    "one place, left out": ("f()", "default"),
    "several places that agree in nothing": ("f('x')\nf('y')", ...),
    "through a chain": ("def g(b):\n    f(b)\ng('x')", "x"),
    "handed over as well": ("f('x')\nlib.later(f)", ...),
    "only handed over": ("lib.later(f)", ...),
    "under another name": ("g = f\ng('x')", "x"),
    "in a partial": ("from functools import partial\npartial(f, 'x')()", ...),
    "with arguments that are not known": ("f(*lib.args)", ...),
    "with something unknown": ("f(lib.a)", ...),
    "by a function of the same name elsewhere": (
        "class C:\n    def f(self, a):\n        pass\nC().f('x')\nf('y')",
        "y",
    ),
    "by itself": ("def g(n):\n    g(n)\nf('x')", "x"),
    "too many": ("\n".join(f"f('{i}')" for i in range(20)), ...),
}


@pytest.mark.parametrize(("more", "expected"), CASES.values(), ids=CASES)
def test_what_a_parameter_holds(project: Any, env: Any, more: str, expected: object) -> None:
    call = project(FUNCTION + more).call("lib.go")
    found = resolve(call.argument(0), env())
    assert (found.data if found.known else ...) == expected


def test_several_places_are_possibilities(project: Any, env: Any) -> None:
    call = project(FUNCTION + "f('x')\nf('y')").call("lib.go")
    found = resolve(call.argument(0), env())
    assert {p.data for p in found.possibilities()} == {"x", "y"}
    assert not any(p.certain for p in found.possibilities())


def test_a_route_gets_its_arguments_from_the_framework(project: Any, env: Any) -> None:
    source = "import lib\napp = lib.App()\n@app.get('/')\ndef f(limit=10):\n    lib.go(limit)\n"
    assert not resolve(project(source).call("lib.go").argument(0), env()).known


def test_a_cached_function_is_called_by_us_alone(project: Any, env: Any) -> None:
    source = (
        "import lib\nfrom functools import lru_cache\n@lru_cache\ndef f(limit=10):\n    lib.go(limit)\nf()\n"
    )
    assert resolve(project(source).call("lib.go").argument(0), env()).data == 10


def test_an_app_does_not_get_what_a_script_gives(project: Any, env: Any) -> None:
    files = {
        "app/__init__.py": "",
        "app/make.py": FUNCTION,
        "app/main.py": "from app.make import f\nf('app')\n",
        "scripts/seed.py": "from app.make import f\nf('script')\n",
        "tests/test_it.py": "from app.make import f\nf('test')\n",
    }
    assert resolve(project(files).call("lib.go").argument(0), env()).data == "app"


def test_a_factory_with_settings(project: Any, env: Any) -> None:
    files = {
        "main.py": "from app.factory import create_app\nfrom app.conf import Settings\napp = create_app(Settings())\n",
        "app/__init__.py": "",
        "app/conf.py": "import os\nclass Settings:\n    def __init__(self):\n        self.origins = os.getenv('O', '*').split(',')\n",
        "app/factory.py": """
            from fastapi import FastAPI
            from fastapi.middleware.cors import CORSMiddleware
            def create_app(settings):
                app = FastAPI()
                app.add_middleware(CORSMiddleware, allow_origins=settings.origins)
                return app
            """,
    }
    made = project(files)
    (call,) = made.program.method_calls("add_middleware")
    found = resolve(call.argument(None, "allow_origins"), env(O="a,b"))
    assert (found.data, found.certain) == (["a", "b"], True)
    assert [s.location.path for s in found.trail if s.location] == ["app/factory.py", "app/conf.py"]
    assert made.value("main.app").variables() == ()


ANNOTATED = """
    import lib
    from conf import Settings
    def create(settings: Settings):
        lib.go(settings.a)
    """


def test_a_parameter_of_an_annotated_class(project: Any, env: Any) -> None:
    files = {"main.py": ANNOTATED, "conf.py": "class Settings:\n    a = 1\n"}
    assert not resolve(project(files).call("lib.go").argument(0), env()).known
    files["conf.py"] += "settings = Settings()\n"
    assert resolve(project(files).call("lib.go").argument(0), env()).data == 1


METHOD = """
    import lib
    class Base:
        name = "base"
        @classmethod
        def go(cls, size=1):
            lib.go(cls.name, size)
    """


@pytest.mark.parametrize(
    ("more", "name", "size"),
    [
        ("Base.go(2)", "base", 2),
        ("class Below(Base):\n    name = 'below'\nBelow.go(2)", ..., 2),
        ("lib.thing.go(5)", "base", 1),
        ("Base.go(2)\nlib.thing.go(5)", "base", 2),
        ("def g(thing):\n    thing.go(5)\nBase.go(2)", "base", ...),
    ],
)
def test_a_class_method(project: Any, env: Any, more: str, name: object, size: object) -> None:
    import textwrap

    made = project(textwrap.dedent(METHOD) + more)
    (call,) = [
        c for c in made.program.method_calls("go") if c.function is not None and c.function.name == "go"
    ]
    for position, expected in ((0, name), (1, size)):
        found = resolve(call.argument(position), env())
        assert (found.data if found.known else ...) == expected
