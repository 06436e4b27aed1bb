from __future__ import annotations

from collections.abc import Callable

import pytest

from deploycheck.facts.web.apps import find_apps
from deploycheck.facts.web.routes import Route, find_routes, route_graph, serves
from deploycheck.python.program import Program
from deploycheck.python.resolution import Nothing
from deploycheck.python.values import Setting

Make = Callable[..., Program]
FASTAPI = "from fastapi import FastAPI, APIRouter\napp = FastAPI()\n"
FLASK = "from flask import Flask, Blueprint\napp = Flask(__name__)\n"


def routes(made: Program) -> tuple[Route, ...]:
    return find_routes(made, find_apps(made))


def table(made: Program) -> list[tuple[str | None, str, str]]:
    """Each route as (path, methods, handler)."""
    return [
        (r.path, ",".join(r.methods), r.handler.name if r.handler is not None else "") for r in routes(made)
    ]


def paths(made: Program) -> list[str | None]:
    return [r.path for r in routes(made)]


def test_decorators_of_fastapi(program: Make) -> None:
    made = program(
        FASTAPI
        + """
@app.get("/a", status_code=201)
@app.post("/a2")
async def a(): ...
@app.api_route("/b", methods=["PUT", "get"])
def b(): ...
@app.websocket("/ws")
async def ws(): ...
"""
    )
    assert table(made) == [
        ("/a", "GET", "main.a"),
        ("/a2", "POST", "main.a"),
        ("/b", "GET,PUT", "main.b"),
        ("/ws", "", "main.ws"),
    ]
    assert [r.kind for r in routes(made)] == ["route", "route", "route", "websocket"]
    assert list(routes(made)[0].keywords) == ["status_code"]
    assert {r.app for r in routes(made)} == {find_apps(made)[0]}


def test_prefixes_through_several_levels(program: Make) -> None:
    made = program(
        FASTAPI
        + (
            "from api import api\n"
            "from config import settings\n"
            "app.include_router(api, prefix=settings.PREFIX)\n"
        ),
        config=(
            "import os\nclass Settings:\n    PREFIX = os.getenv('PREFIX', '/api/v1')\nsettings = Settings()\n"
        ),
        api=(
            "from fastapi import APIRouter\n"
            "import items\n"
            "api = APIRouter()\n"
            "api.include_router(items.router, prefix='/more')\n"
        ),
        items=(
            "from fastapi import APIRouter\n"
            "router = APIRouter(prefix='/items')\n"
            "@router.get('/{id}')\n"
            "def one(id): ...\n"
        ),
    )
    (route,) = routes(made)
    assert route.path == "/api/v1/more/items/{id}"

    class Elsewhere(Nothing):
        def lookup(self, name: str) -> Setting | None:
            return Setting(name, "/v2", "test") if name == "PREFIX" else None

    assert route.path_under(Elsewhere()) == "/v2/more/items/{id}"


@pytest.mark.parametrize(
    "loop",
    [
        "for r in (one, two):\n    app.include_router(r, prefix='/x')",
        "for r, prefix in [(one, '/x'), (two, '/x')]:\n    app.include_router(r, prefix=prefix)",
        "app.include_router(one, prefix='/x')\napp.include_router(two, prefix='/x')",
    ],
)
def test_loops_over_routers(program: Make, loop: str) -> None:
    made = program(
        FASTAPI + "one = APIRouter(prefix='/1')\ntwo = APIRouter(prefix='/2')\n"
        "@one.get('/a')\ndef a(): ...\n@two.get('/b')\ndef b(): ...\n" + loop + "\n"
    )
    assert paths(made) == ["/x/1/a", "/x/2/b"]


def test_a_router_made_in_a_function(program: Make) -> None:
    made = program(
        FASTAPI
        + """
def users(kind):
    router = APIRouter(prefix="/users")
    @router.get("/me")
    def me(): ...
    return router
app.include_router(users("x"), prefix="/api")
"""
    )
    assert table(made) == [("/api/users/me", "GET", "main.users.me")]


def test_a_router_that_nothing_includes(program: Make) -> None:
    made = program(FASTAPI + "r = APIRouter(prefix='/x')\n@r.get('/health')\ndef health(): ...\n")
    (route,) = routes(made)
    assert (route.path, route.tail, route.app) == (None, "/health", None)


def test_routers_of_a_library_are_not_seen(program: Make) -> None:
    made = program(
        FASTAPI + "from users import get_router\napp.include_router(get_router(1), prefix='/auth')\n"
    )
    assert [(r.path, r.kind) for r in routes(made)] == [("/auth", "mount")]


def test_a_mounted_app_serves_in_both(program: Make) -> None:
    made = program(
        FASTAPI + "api = FastAPI()\n@api.get('/x')\ndef x(): ...\napp.mount('/api', api)\n"
        "from fastapi.staticfiles import StaticFiles\napp.mount('/static', StaticFiles(directory='s'))\n"
    )
    app, api = find_apps(made)
    assert [(r.app, r.path, r.kind) for r in routes(made)] == [
        (app, "/api/x", "route"),
        (api, "/x", "route"),
        (app, "/static", "mount"),
    ]
    graph = route_graph(made, [app, api])
    assert [(m.parent, m.child, str(m.at)) for m in graph.mounts()] == [(app, api, "main.py:6:1")]


def test_routes_in_lists(program: Make) -> None:
    made = program(
        """
        from starlette.applications import Starlette
        from starlette.endpoints import HTTPEndpoint
        from starlette.routing import Mount, Route, WebSocketRoute
        def a(request): ...
        class B(HTTPEndpoint):
            def get(self, request): ...
            async def post(self, request): ...
        async def ws(socket): ...
        inner = [Route("/b", B), WebSocketRoute("/ws", ws)]
        app = Starlette(routes=[Route("/a", a, methods=["POST"]), Mount("/in", routes=inner)])
        """
    )
    assert sorted(table(made), key=str) == [
        ("/a", "POST", "main.a"),
        ("/in/b", "GET", "main.B.get"),
        ("/in/b", "POST", "main.B.post"),
        ("/in/ws", "", "main.ws"),
    ]


def test_all_routes_of_another_app(program: Make) -> None:
    made = program(FASTAPI + "@app.get('/health')\ndef health(): ...\nboth = FastAPI(routes=[*app.routes])\n")
    app, both = find_apps(made)
    assert [(r.app, r.path) for r in routes(made)] == [(app, "/health"), (both, "/health")]


def test_registering_calls(program: Make) -> None:
    made = program(
        FASTAPI + "def a(): ...\nclass S:\n    def s(self): ...\n"
        "app.add_api_route('/a', a)\n"
        "app.add_api_route('/s', S().s, methods=['POST'])\n"
        "r = APIRouter()\n"
        "r.get('/late')(a)\n"
        "app.include_router(r)\n"
    )
    assert sorted(table(made), key=str) == [
        ("/a", "GET", "main.a"),
        ("/late", "GET", "main.a"),
        ("/s", "POST", "main.S.s"),
    ]


def test_flask(program: Make) -> None:
    made = program(
        FLASK
        + """
from flask.views import MethodView
bp = Blueprint("b", __name__, url_prefix="/b")
inner = Blueprint("i", __name__, url_prefix="/i")
@app.route("/")
def home(): ...
@bp.route("/x/<int:n>", methods=["GET", "POST"])
def x(n): ...
@inner.get("/y")
def y(): ...
class View(MethodView):
    def get(self): ...
    def delete(self): ...
def late(): ...
app.add_url_rule("/v", view_func=View.as_view("v"))
app.add_url_rule("/late", "late", late)
bp.register_blueprint(inner)
app.register_blueprint(bp)
app.register_blueprint(bp, url_prefix="/again", name="c")
"""
    )
    assert sorted(table(made), key=str) == [
        ("/", "GET", "main.home"),
        ("/again/i/y", "GET", "main.y"),
        ("/again/x/<int:n>", "GET,POST", "main.x"),
        ("/b/i/y", "GET", "main.y"),
        ("/b/x/<int:n>", "GET,POST", "main.x"),
        ("/late", "GET", "main.late"),
        ("/v", "DELETE", "main.View.delete"),
        ("/v", "GET", "main.View.get"),
    ]


def test_flask_restx(program: Make) -> None:
    made = program(
        FLASK
        + """
from flask_restx import Api, Namespace, Resource
bp = Blueprint("api", __name__, url_prefix="/api")
api = Api(bp)
ns = Namespace("things")
@ns.route("/one", "/two")
class Thing(Resource):
    def get(self): ...
class Other(Resource):
    def post(self): ...
api.add_resource(Other, "/other")
api.add_namespace(ns, "/t")
app.register_blueprint(bp)
"""
    )
    assert sorted(paths(made), key=str) == ["/api/other", "/api/t/one", "/api/t/two"]


def test_litestar(program: Make) -> None:
    made = program(
        """
        from litestar import Controller, Litestar, Router, get, post
        @get("/plain")
        async def plain() -> str: ...
        @post(path="/in")
        async def inner() -> str: ...
        class Things(Controller):
            path = "/things"
            @get()
            async def all(self) -> str: ...
            @get("/{id:int}")
            async def one(self) -> str: ...
        router = Router(path="/r", route_handlers=[inner])
        app = Litestar(route_handlers=[plain, Things, router])
        """
    )
    assert table(made) == [
        ("/plain", "GET", "main.plain"),
        ("/r/in", "POST", "main.inner"),
        ("/things/", "GET", "main.Things.all"),
        ("/things/{id:int}", "GET", "main.Things.one"),
    ]


def test_aiohttp(program: Make) -> None:
    made = program(
        "from aiohttp import web\n"
        "app = web.Application()\n"
        "routes = web.RouteTableDef()\n"
        "@routes.get('/a')\n"
        "async def a(r): ...\n"
        "async def b(r): ...\n"
        "app.add_routes(routes)\n"
        "app.router.add_get('/b', b)\n"
        "app.router.add_route('POST', '/c', b)\n"
        "app.add_routes([web.put('/d', b)])\n"
    )
    assert sorted(table(made), key=str) == [
        ("/a", "GET", "main.a"),
        ("/b", "GET", "main.b"),
        ("/c", "POST", "main.b"),
        ("/d", "PUT", "main.b"),
    ]


def test_django(program: Make) -> None:
    made = program(
        "from django.core.wsgi import get_wsgi_application\napplication = get_wsgi_application()\n",
        site__settings="ROOT_URLCONF = 'site_urls'\n",
        site_urls=(
            "from django.urls import include, path, re_path\n"
            "from views import home\n"
            "urlpatterns = [path('', home), path('api/', include('api_urls')), re_path(r'^old$', home)]\n"
        ),
        api_urls=(
            "from django.urls import path\n"
            "import views\n"
            "urlpatterns = [path('x/', views.home), path('y/', views.Y.as_view())]\n"
        ),
        views="def home(request): ...\nclass Y:\n    def get(self, request): ...\n",
    )
    assert sorted((r.path or "", r.handler.name if r.handler else "") for r in routes(made)) == [
        ("/", "views.home"),
        ("/api/x/", "views.home"),
        ("/api/y/", ""),
        ("/old", "views.home"),
    ]


def test_words_that_look_like_routes(program: Make) -> None:
    made = program(
        FASTAPI + "import matplotlib\n"
        "axes = matplotlib.axes()\n"
        "axes.add_patch('/x', 1)\n"
        "cache = {}\n"
        "cache.get('/x')\n"
        "import registry\n@registry.Thing().get('name')\ndef f(): ...\n"
    )
    assert table(made) == []


@pytest.mark.parametrize(
    ("path", "method", "expected"),
    [
        ("/health", "GET", True),
        ("/health/", "GET", True),
        ("/health", "POST", False),
        ("/items/3", "GET", True),
        ("/items/3/4", "GET", False),
        ("/files/a/b", "GET", True),
        ("/static/x.js", "GET", None),
        ("/nowhere", "GET", False),
        ("/lost/ready", "GET", None),
    ],
)
def test_what_an_app_serves(program: Make, path: str, method: str, expected: bool | None) -> None:
    made = program(
        FASTAPI
        + """
from elsewhere import thing
@app.get("/health")
@app.get("/items/{id}")
@app.get("/files/{path:path}")
def f(): ...
app.mount("/static", thing)
lost = APIRouter()
@lost.get("/ready")
def ready(): ...
"""
    )
    (app,) = find_apps(made)
    assert serves(routes(made), app, path, method) is expected
