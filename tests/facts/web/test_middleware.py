from __future__ import annotations

from collections.abc import Callable

import pytest

from deploycheck.facts.web.apps import find_apps
from deploycheck.facts.web.middleware import Middleware, find_middleware
from deploycheck.python.program import Program
from deploycheck.python.resolution import resolve

Make = Callable[..., Program]
APP = (
    "from fastapi import FastAPI\n"
    "from starlette.middleware import Middleware\n"
    "from x import A, B, CMiddleware\n"
)


def installed(made: Program) -> tuple[Middleware, ...]:
    return find_middleware(made, find_apps(made))


def names(made: Program) -> list[str]:
    return [m.name for m in installed(made)]


def test_the_one_added_last_is_the_outermost(program: Make) -> None:
    made = program(
        APP + "app = FastAPI(middleware=[Middleware(A), Middleware(B)])\napp.add_middleware(CMiddleware)\n"
        "@app.middleware('http')\n"
        "async def timing(request, call_next):\n"
        "    return await call_next(request)\n"
    )
    assert [(m.order, m.name, m.kind) for m in installed(made)] == [
        (0, "main.timing", "added"),
        (1, "x.CMiddleware", "added"),
        (2, "x.A", "listed"),
        (3, "x.B", "listed"),
    ]


def test_through_set_up_functions(program: Make) -> None:
    made = program(
        """
        from fastapi import FastAPI
        from layers import first, second
        def create():
            app = FastAPI()
            second(app)
            first(app)
            return app
        app = create()
        """,
        layers="""
        from x import OneMiddleware, TwoMiddleware, ThreeMiddleware
        def first(app):
            app.add_middleware(OneMiddleware, limit=3)
        def second(app):
            app.add_middleware(TwoMiddleware)
        def never(app):
            app.add_middleware(ThreeMiddleware)
        """,
    )
    found = installed(made)
    assert [(m.name, str(m.at)) for m in found] == [
        ("x.OneMiddleware", "layers.py:4:5"),
        ("x.TwoMiddleware", "layers.py:6:5"),
    ]
    assert all(m.app == find_apps(made)[0] for m in found)
    limit = found[0].argument(None, "limit")
    assert limit is not None
    assert resolve(limit).data == 3


def test_what_only_unused_code_calls_is_not_installed(program: Make) -> None:
    made = program(
        APP
        + (
            "app = FastAPI()\n"
            "def a(app):\n"
            "    app.add_middleware(CMiddleware)\n"
            "def b(app):\n"
            "    a(app)\n"
            "# b(app)\n"
            "'b(app)'\n"
        )
    )
    assert names(made) == []


def test_a_loop_of_functions_leaves_the_app_open(program: Make) -> None:
    made = program(
        APP
        + (
            "def a(app):\n"
            "    app.add_middleware(CMiddleware)\n"
            "\n"
            "def create():\n"
            "    app = FastAPI()\n"
            "    for f in [a]:\n"
            "        f(app)\n"
            "    return app\n"
        )
    )
    assert [(m.name, m.app) for m in installed(made)] == [("x.CMiddleware", None)]


def test_a_list_built_in_a_function(program: Make) -> None:
    made = program(
        APP
        + """
import os
def stack():
    found = [Middleware(A, x=1)]
    if os.getenv("PROXY"):
        found.append(Middleware(B))
    return found
app = FastAPI(middleware=stack())
"""
    )
    first, second = installed(made)
    assert (first.name, first.conditions) == ("x.A", ())
    assert (second.name, [(c.text, c.wanted) for c in second.conditions]) == (
        "x.B",
        [('os.getenv("PROXY")', True)],
    )


def test_only_outside_production(program: Make) -> None:
    made = program(
        APP
        + "import os\napp = FastAPI()\nif os.environ['ENV'] != 'prod':\n    app.add_middleware(CMiddleware)\n"
    )
    (one,) = installed(made)
    assert [(c.text, c.wanted) for c in one.conditions] == [("os.environ['ENV'] != 'prod'", True)]


def test_a_function_handed_over(program: Make) -> None:
    made = program(
        APP
        + "async def f(request, call_next):\n    return None\napp = FastAPI()\napp.middleware('http')(f)\n"
    )
    (one,) = installed(made)
    assert (one.name, one.kind, one.app) == ("main.f", "added", find_apps(made)[0])


def test_each_app_has_its_own(program: Make) -> None:
    made = program(
        APP
        + (
            "a = FastAPI()\n"
            "b = FastAPI()\n"
            "a.mount('/b', b)\n"
            "b.add_middleware(CMiddleware)\n"
            "a.add_middleware(A)\n"
        )
    )
    a, b = find_apps(made)
    assert [(m.app, m.name, m.order) for m in installed(made)] == [(a, "x.A", 0), (b, "x.CMiddleware", 0)]


def test_in_the_class_of_the_app(program: Make) -> None:
    made = program(
        APP
        + (
            "class Own(FastAPI):\n"
            "    def __init__(self):\n"
            "        super().__init__()\n"
            "        self.add_middleware(CMiddleware)\n"
            "app = Own()\n"
        )
    )
    assert [(m.app, m.name) for m in installed(made)] == [(find_apps(made)[0], "x.CMiddleware")]


def test_a_subclass_is_what_it_inherits(program: Make) -> None:
    made = program(
        "from fastapi import FastAPI\nfrom fastapi.middleware.cors import CORSMiddleware\n"
        "class Own(CORSMiddleware):\n    pass\napp = FastAPI()\napp.add_middleware(Own)\n"
    )
    (one,) = installed(made)
    assert one.name == "main.Own"
    assert one.is_a("fastapi.middleware.cors.CORSMiddleware")
    assert one.is_a("starlette.middleware.cors.CORSMiddleware")
    assert not one.is_a("starlette.middleware.gzip.GZipMiddleware")


@pytest.mark.parametrize(
    "call",
    [
        "CORSMiddleware(app, ['https://a.example'])",
        "CORSMiddleware(app=app, allow_origins=['https://a.example'])",
    ],
)
def test_around_the_app(program: Make, call: str) -> None:
    made = program(
        "from fastapi import FastAPI\n"
        f"from starlette.middleware.cors import CORSMiddleware\nfrom x import A\n"
        f"app = FastAPI()\napp.add_middleware(A)\napp = {call}\n"
    )
    outer, inner = installed(made)
    assert (outer.kind, outer.order, outer.app) == ("wrapper", 0, find_apps(made)[0])
    assert inner.name == "x.A"
    origins = outer.argument(0, "allow_origins")
    assert origins is not None
    assert resolve(origins).data == ["https://a.example"]


def test_flask(program: Make) -> None:
    made = program(
        """
        from flask import Flask
        from werkzeug.middleware.proxy_fix import ProxyFix
        app = Flask(__name__)
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1)
        @app.before_request
        def first(): ...
        @app.after_request
        def last(response): ...
        def before_last(response): ...
        app.after_request(before_last)
        """
    )
    assert [(m.order, m.kind, m.name) for m in installed(made)] == [
        (0, "wrapper", "werkzeug.middleware.proxy_fix.ProxyFix"),
        (1, "before", "main.first"),
        (2, "after", "main.before_last"),
        (3, "after", "main.last"),
    ]
    assert list(installed(made)[0].arguments.keywords) == ["x_for"]


def test_some_other_library_s_method(program: Make) -> None:
    assert names(program("from dramatiq import Broker\nb = Broker()\nb.add_middleware(object())\n")) == []


def test_around_an_app_of_the_project_s_own_class(program: Make) -> None:
    made = program(
        """
        from flask import Flask
        from werkzeug.middleware.proxy_fix import ProxyFix
        from x import FirstMiddleware, Inner, Last
        class Own(Flask):
            def __init__(self, *args, **kwargs):
                super().__init__(*args, **kwargs)
        def create():
            app = Own(__name__)
            app.wsgi_app = ProxyFix(Inner(app.wsgi_app), x_for=1)
            more(app)
            return app
        def more(app):
            app.wsgi_app = Last(app.wsgi_app)
        app = create()
        app = FirstMiddleware(app)
        """
    )
    (app,) = find_apps(made)
    assert [(m.order, m.name, m.app) for m in installed(made)] == [
        (0, "x.FirstMiddleware", app),
        (1, "x.Last", app),
        (2, "werkzeug.middleware.proxy_fix.ProxyFix", app),
        (3, "x.Inner", app),
    ]
