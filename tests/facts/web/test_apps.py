from __future__ import annotations

from collections.abc import Callable

import pytest

from deploycheck.facts.web.apps import App, find_apps
from deploycheck.facts.web.targets import find_app
from deploycheck.python.program import Program
from deploycheck.python.resolution import Nothing, resolve
from deploycheck.python.values import Setting

Make = Callable[..., Program]


def named(apps: tuple[App, ...]) -> list[tuple[str, str, str]]:
    return [(a.kind, f"{a.module.path}:{a.name}", a.interface) for a in apps]


@pytest.mark.parametrize(
    ("line", "kind", "interface"),
    [
        ("from fastapi import FastAPI as F\napp = F()", "fastapi", "asgi"),
        ("import fastapi\napp: fastapi.FastAPI = fastapi.FastAPI()", "fastapi", "asgi"),
        ("from starlette.applications import Starlette\napp = Starlette()", "starlette", "asgi"),
        ("from flask import Flask\napp = Flask(__name__)", "flask", "wsgi"),
        ("from quart import Quart\napp = Quart(__name__)", "quart", "asgi"),
        ("from litestar import Litestar\napp = Litestar([])", "litestar", "asgi"),
        ("from django.core.wsgi import get_wsgi_application\napp = get_wsgi_application()", "django", "wsgi"),
        ("from django.core.asgi import get_asgi_application\napp = get_asgi_application()", "django", "asgi"),
        ("from aiohttp import web\napp = web.Application()", "aiohttp", ""),
        ("import dash\napp = dash.Dash(__name__)", "dash", "wsgi"),
        ("import gradio as gr\nwith gr.Blocks() as app:\n    pass", "other", ""),
        ("from flask import Flask\ntry:\n    app = Flask('x')\nexcept OSError:\n    raise", "flask", "wsgi"),
    ],
)
def test_each_framework(program: Make, line: str, kind: str, interface: str) -> None:
    assert named(find_apps(program(line))) == [(kind, "main.py:app", interface)]


def test_streamlit_has_no_name(program: Make) -> None:
    apps = find_apps(program("import streamlit as st\nst.set_page_config(layout='wide')"))
    assert [(a.kind, a.library, a.name) for a in apps] == [("other", "streamlit.set_page_config", "")]


def test_a_subclass_hands_its_arguments_on(program: Make) -> None:
    found = find_apps(
        program(
            """
            from shop.base import Shop
            app = Shop("1.2")
            """,
            shop__base="""
            from fastapi import FastAPI
            class Shop(FastAPI):
                def __init__(self, version):
                    super().__init__(title="Shop", version=version)
            """,
        )
    )
    (app,) = found
    assert (app.kind, app.library, app.name) == ("fastapi", "fastapi.FastAPI", "app")
    assert {k: resolve(v).data for k, v in app.keywords.items()} == {"title": "Shop", "version": "1.2"}


def test_keywords_from_a_dict(program: Make) -> None:
    (app,) = find_apps(
        program(
            "from fastapi import FastAPI\nkw = dict(title='a')\nkw.update(version='2')\napp = FastAPI(**kw)"
        )
    )
    assert {k: resolve(v).data for k, v in app.keywords.items()} == {"title": "a", "version": "2"}


FACTORY = """
from fastapi import FastAPI
def create_app(debug=False):
    app = FastAPI(debug=debug)
    return app
"""


def test_a_factory_and_the_name_that_keeps_what_it_makes(program: Make) -> None:
    made = program(
        FACTORY,
        wsgi="from main import create_app\napplication = create_app(True)",
        seed="from main import create_app\nx = create_app()",
    )
    (app,) = find_apps(made)
    assert (app.module.path, app.name) == ("wsgi.py", "application")
    assert app.factory is not None
    assert app.factory.name == "main.create_app"
    assert app.call.module.path == "main.py"


@pytest.mark.parametrize("attribute", ["create_app", "create_app()", "create_app(debug=True)"])
def test_a_factory_as_target(program: Make, attribute: str) -> None:
    made = program(FACTORY)
    (app,) = find_apps(made)
    assert find_app(made, [app], "main", attribute) == app


def test_a_factory_of_a_factory(program: Make) -> None:
    made = program(
        FACTORY + "\ndef build():\n    return create_app()\n", asgi="import main\napp = main.build()"
    )
    (app,) = find_apps(made)
    assert (app.module.path, app.name) == ("asgi.py", "app")
    assert find_app(made, [app], "asgi", "app") == app
    assert find_app(made, [app], "main", "build") == app


def test_an_app_kept_by_an_object(program: Make) -> None:
    made = program(
        "from server import Server\ndef create():\n    return Server().app\napp = create()\n",
        server="""
        from fastapi import FastAPI
        class Server:
            def __init__(self):
                self.app = self._make()
            def _make(self):
                return FastAPI()
        """,
    )
    (app,) = find_apps(made)
    assert (app.module.path, app.name) == ("main.py", "app")
    assert find_app(made, [app], "main", "app") == app


def test_a_re_export(program: Make) -> None:
    made = program(
        "from shop import app",
        shop____init__="from .web import app",
        shop__web="from flask import Flask\napp = Flask('x')",
    )
    apps = find_apps(made)
    assert named(apps) == [("flask", "shop/web.py:app", "wsgi")]
    assert find_app(made, apps, "main", "app") == apps[0]
    assert find_app(made, apps, "main", "other") is None
    assert find_app(made, apps, "nowhere", "app") is None
    assert find_app(made, apps, "main", "not python (") is None


@pytest.mark.parametrize(
    ("wrapping", "name", "interface", "wrappers"),
    [
        (
            "from sentry_sdk.integrations.asgi import SentryAsgiMiddleware\napp = SentryAsgiMiddleware(app)",
            "app",
            "asgi",
            ["sentry_sdk.integrations.asgi.SentryAsgiMiddleware"],
        ),
        (
            "import socketio\nsio = socketio.AsyncServer()\nouter = socketio.ASGIApp(sio, app)",
            "outer",
            "asgi",
            ["socketio.ASGIApp"],
        ),
        ("from x import One, Two\nouter = One(Two(app=app))", "outer", "asgi", ["x.One", "x.Two"]),
        (
            "from a2wsgi import ASGIMiddleware\nouter = ASGIMiddleware(app)",
            "outer",
            "wsgi",
            ["a2wsgi.ASGIMiddleware"],
        ),
    ],
)
def test_wrappers_at_a_target(
    program: Make, wrapping: str, name: str, interface: str, wrappers: list[str]
) -> None:
    made = program(f"from fastapi import FastAPI\napp = FastAPI()\n{wrapping}\n")
    apps = find_apps(made)
    found = find_app(made, apps, "main", name)
    assert found == apps[0]
    assert found.name == "app"
    assert (found.interface, [w.callee for w in found.wrappers]) == (interface, wrappers)


def test_flask_as_asgi(program: Make) -> None:
    made = program(
        "from asgiref.wsgi import WsgiToAsgi\n"
        "from flask import Flask\n"
        "app = Flask('x')\n"
        "asgi = WsgiToAsgi(app)\n"
    )
    apps = find_apps(made)
    assert [a.interface for a in apps] == ["wsgi"]
    served = find_app(made, apps, "main", "asgi")
    assert served is not None
    assert served.interface == "asgi"


def test_the_server_of_dash(program: Make) -> None:
    made = program("from dash import Dash\napp = Dash()\nserver = app.server\n")
    apps = find_apps(made)
    assert find_app(made, apps, "main", "server") == apps[0]
    assert find_app(made, apps, "main", "app.server") == apps[0]


def test_a_database_of_an_app_is_no_app(program: Make) -> None:
    made = program(
        "from flask import Flask\n"
        "from flask_sqlalchemy import SQLAlchemy\n"
        "app = Flask('x')\n"
        "db = SQLAlchemy(app)\n"
    )
    (app,) = find_apps(made)
    assert (app.name, app.wrappers) == ("app", ())


class Base(Nothing):
    def lookup(self, name: str) -> Setting | None:
        return Setting(name, "/x", "test") if name == "BASE" else None


def test_the_environment_decides_between_two_apps(program: Make) -> None:
    made = program(
        """
        import os
        from fastapi import FastAPI
        def create():
            app = FastAPI(title="inner")
            base = os.getenv("BASE", "/")
            if base != "/":
                root = FastAPI(title="root")
                root.mount(base, app)
                return root
            return app
        app = create()
        """
    )
    inner, root = find_apps(made)
    assert [a.name for a in (inner, root)] == ["app", "app"]
    assert find_app(made, (inner, root), "main", "app") == inner
    assert find_app(made, (inner, root), "main", "app", lookup=Base()) == root


def test_a_working_directory(program: Make) -> None:
    made = program("", backend__app__main=FACTORY + "app = create_app()", other__app__main="x = 1")
    apps = find_apps(made)
    assert find_app(made, apps, "app.main", "app", "backend") == apps[0]
    assert find_app(made, apps, "app.main", "app", "other") is None


def test_an_unnamed_target(program: Make) -> None:
    made = program(
        "from flask import Flask\napplication = Flask('x')\n",
        odd="from flask import Flask\nweb = Flask('y')\n",
    )
    apps = find_apps(made)
    assert [find_app(made, apps, m, "") for m in ("main", "odd")] == list(apps)


def test_tests_examples_and_docs_are_not_the_app(program: Make) -> None:
    one = "from fastapi import FastAPI\napp = FastAPI()"
    made = program(
        "", tests__test_app=one, examples__app=one, docs__app=one, docs_src__a=one, server__app=one
    )
    assert [a.module.path for a in find_apps(made)] == ["server/app.py"]
    assert [a.module.path for a in find_apps(made, {"examples/app.py"})] == ["examples/app.py"]
