from __future__ import annotations

from collections.abc import Callable

import pytest

from deploycheck.facts.web.apps import find_apps
from deploycheck.facts.web.cors import CorsPolicy, find_policies
from deploycheck.facts.web.middleware import find_middleware
from deploycheck.python.program import Program
from deploycheck.python.resolution import resolve
from deploycheck.python.values import Value

Make = Callable[..., Program]
FASTAPI = "from fastapi import FastAPI\nfrom fastapi.middleware.cors import CORSMiddleware\napp = FastAPI()\n"
FLASK = (
    "from flask import Flask, Blueprint\nfrom flask_cors import CORS, cross_origin\napp = Flask(__name__)\n"
)


def policies(made: Program) -> tuple[CorsPolicy, ...]:
    apps = find_apps(made)
    return find_policies(made, apps, find_middleware(made, apps))


def only(made: Program) -> CorsPolicy:
    (policy,) = policies(made)
    return policy


def data(value: Value | None) -> object:
    return None if value is None else resolve(value).data


def trail(value: Value | None) -> list[str]:
    assert value is not None
    return [f"{s.location}: {s.text}" for s in resolve(value).trail]


def test_starlette_through_a_settings_class(program: Make) -> None:
    made = program(
        FASTAPI
        + (
            "from config import Server\n"
            "app.add_middleware(CORSMiddleware, allow_origins=Server.ORIGINS, allow_credentials=True)\n"
        ),
        config="class Server:\n    ORIGINS = ['*']\n",
    )
    policy = only(made)
    assert (policy.framework, str(policy.at), policy.app) == ("starlette", "main.py:5:1", find_apps(made)[0])
    assert (data(policy.origins), data(policy.credentials), data(policy.origin_regex)) == (["*"], True, None)
    assert policy.given == {"allow_origins", "allow_credentials"}
    assert trail(policy.origins) == ["main.py:5:50: Server.ORIGINS", "config.py:2:5: ORIGINS = ['*']"]


def test_the_defaults_of_starlette(program: Make) -> None:
    policy = only(program(FASTAPI + "app.add_middleware(CORSMiddleware)\n"))
    assert (data(policy.origins), data(policy.methods), data(policy.headers)) == ([], ["GET"], [])
    assert trail(policy.origins) == [
        "main.py:4:1: allow_origins is not given: Starlette's default is [], which allows no other origin"
    ]


def test_arguments_that_cannot_be_followed(program: Make) -> None:
    policy = only(
        program(FASTAPI + "from elsewhere import options\napp.add_middleware(CORSMiddleware, **options())\n")
    )
    assert policy.origins is not None
    assert "cannot be followed" in resolve(policy.origins).unknown


def test_a_dict_of_arguments_from_the_environment(program: Make) -> None:
    policy = only(
        program(
            FASTAPI + "import os\n"
            "kw = {'allow_origins': os.getenv('ORIGINS', 'https://a.example').split(','),\n"
            "      'allow_origin_regex': r'https://.*'}\n"
            "app.add_middleware(CORSMiddleware, **kw)\n"
        )
    )
    assert policy.origins is not None
    assert (data(policy.origins), policy.origins.variable_names()) == (["https://a.example"], ("ORIGINS",))
    assert data(policy.origin_regex) == "https://.*"


@pytest.mark.parametrize(
    "adding",
    [
        "app = CORSMiddleware(app, ['https://a.example'], allow_credentials=True)",
        "app = CORSMiddleware(app=app, allow_origins=['https://a.example'], allow_credentials=True)",
        "app.add_middleware(CORSMiddleware, ['https://a.example'], allow_credentials=True)",
        (
            "from starlette.middleware import Middleware\n"
            "app = FastAPI(middleware=["
            "Middleware(CORSMiddleware, allow_origins=['https://a.example'], allow_credentials=True)])"
        ),
    ],
)
def test_every_way_of_adding(program: Make, adding: str) -> None:
    policy = only(program(FASTAPI + adding + "\n"))
    assert (data(policy.origins), data(policy.credentials)) == (["https://a.example"], True)


def test_a_subclass(program: Make) -> None:
    policy = only(
        program(
            FASTAPI
            + """
class Own(CORSMiddleware):
    def __init__(self, app, extra=()):
        super().__init__(app, allow_origins=["https://a.example", *extra], allow_credentials=True)
app.add_middleware(Own, extra=["https://b.example"])
"""
        )
    )
    assert (data(policy.origins), data(policy.credentials)) == (
        ["https://a.example", "https://b.example"],
        True,
    )


def test_a_subclass_that_decides_by_itself(program: Make) -> None:
    policy = only(
        program(
            FASTAPI
            + (
                "class Own(CORSMiddleware):\n"
                "    def is_allowed_origin(self, origin):\n"
                "        return look_up(origin)\n"
                "app.add_middleware(Own, allow_origins=['*'])\n"
            )
        )
    )
    assert policy.origins is not None
    assert resolve(policy.origins).unknown == "main.Own.is_allowed_origin decides"


def test_commented_out_and_never_called(program: Make) -> None:
    assert (
        policies(
            program(
                FASTAPI
                + (
                    "# app.add_middleware(CORSMiddleware)\n"
                    "def cors(app):\n"
                    "    app.add_middleware(CORSMiddleware, allow_origins=['*'])\n"
                )
            )
        )
        == ()
    )


def test_the_defaults_of_flask_cors(program: Make) -> None:
    made = program(FLASK + "CORS(app)\n")
    policy = only(made)
    assert (policy.framework, policy.app, data(policy.origins), data(policy.credentials)) == (
        "flask-cors",
        find_apps(made)[0],
        "*",
        False,
    )
    assert trail(policy.origins) == [
        "main.py:4:1: origins is not given: flask-cors's default is '*', which allows every origin"
    ]


def test_resources_of_flask_cors(program: Make) -> None:
    made = program(
        FLASK + "CORS(app, resources={r'/api/*': {'origins': 'https://a.example'}, r'/open/*': {}},"
        " supports_credentials=True, origins='https://b.example')\n"
    )
    found = [(data(p.resources), data(p.origins), data(p.credentials)) for p in policies(made)]
    assert found == [("/api/*", "https://a.example", True), ("/open/*", "https://b.example", True)]


def test_init_app_elsewhere(program: Make) -> None:
    made = program(
        (
            "from flask import Flask\n"
            "from ext import cors\n"
            "def create():\n"
            "    app = Flask('x')\n"
            "    cors.init_app(app, origins=['https://a.example'])\n"
            "    return app\n"
        ),
        ext="from flask_cors import CORS\ncors = CORS(supports_credentials=True)\nunused = CORS()\n",
    )
    policy = only(made)
    assert (str(policy.at), policy.app) == ("ext.py:2:8", find_apps(made)[0])
    assert (data(policy.origins), data(policy.credentials)) == (["https://a.example"], True)


@pytest.mark.parametrize(
    "setting",
    [
        "app.config['CORS_ORIGINS'] = ['https://a.example']",
        "app.config.update(CORS_ORIGINS=['https://a.example'])",
        "class Config:\n    CORS_ORIGINS = ['https://a.example']\napp.config.from_object(Config)",
        "app.config.from_object('conf.Production')",
    ],
)
def test_the_configuration_of_flask(program: Make, setting: str) -> None:
    made = program(
        FLASK + setting + "\nCORS(app)\n",
        conf="class Base:\n    CORS_ORIGINS = ['https://a.example']\nclass Production(Base):\n    pass\n",
    )
    assert data(only(made).origins) == ["https://a.example"]


def test_one_view_and_a_blueprint(program: Make) -> None:
    made = program(
        FLASK
        + (
            "bp = Blueprint('b', __name__)\n"
            "CORS(bp)\n"
            "@app.route('/x')\n"
            "@cross_origin(origins='https://a.example')\n"
            "def x(): ...\n"
        )
    )
    blueprint, view = policies(made)
    assert (blueprint.app, blueprint.route, data(blueprint.origins)) == (None, None, "*")
    assert view.route is not None
    assert (view.route.name, data(view.origins)) == ("main.x", "https://a.example")


def test_litestar(program: Make) -> None:
    made = program(
        "from litestar import Litestar\n"
        "from litestar.config.cors import CORSConfig\n"
        "cors = CORSConfig(allow_credentials=True)\n"
        "other = CORSConfig()\n"
        "app = Litestar([], cors_config=cors)\n"
    )
    policy = only(made)
    assert (policy.framework, policy.app, data(policy.origins), data(policy.credentials)) == (
        "litestar",
        find_apps(made)[0],
        ["*"],
        True,
    )


def test_django(program: Make) -> None:
    made = program(
        "from django.core.wsgi import get_wsgi_application\napplication = get_wsgi_application()\n",
        site__settings="""
        import os
        MIDDLEWARE = ["corsheaders.middleware.CorsMiddleware", "x"]
        CORS_ALLOW_ALL_ORIGINS = os.getenv("OPEN") == "1"
        CORS_ALLOWED_ORIGINS = ["https://a.example"]
        CORS_ALLOW_CREDENTIALS = True
        """,
        site__bare="CORS_ALLOW_ALL_ORIGINS = True\nMIDDLEWARE = ['x']\n",
    )
    policy = only(made)
    assert (policy.framework, str(policy.at)) == ("django-cors-headers", "site/settings.py:4:1")
    assert (data(policy.origins), data(policy.credentials)) == (["https://a.example"], True)
    assert policy.origins is not None
    assert policy.origins.variable_names() == ("OPEN",)


REQUEST = (
    "from fastapi import FastAPI, Request\n"
    "app = FastAPI()\n"
    "ALLOWED = ['https://a.example']\n"
    "@app.middleware('http')\n"
    "async def cors(request, call_next):\n"
    "    response = await call_next(request)\n"
)


@pytest.mark.parametrize(
    "body",
    [
        "    response.headers['Access-Control-Allow-Origin'] = request.headers.get('origin')",
        "    response.headers['Access-Control-Allow-Origin'] = request.headers.get('origin', '*')",
        "    o = request.headers['Origin']\n    response.headers['access-control-allow-origin'] = o",
        (
            "    o = request.headers.get('origin')\n"
            "    if o:\n"
            "        response.headers['Access-Control-Allow-Origin'] = o"
        ),
        (
            "    if (o := request.headers.get('origin')) is not None:\n"
            "        response.headers.update({'Access-Control-Allow-Origin': o})"
        ),
        (
            "    o = request.headers.get('origin') or '*'\n"
            "    response.headers.setdefault('Access-Control-Allow-Origin', f'{o}')"
        ),
        (
            "    o = request.headers.get('origin')\n"
            "    if o != '':\n"
            "        response.headers['Access-Control-Allow-Origin'] = o"
        ),
    ],
)
def test_reflected_by_hand(program: Make, body: str) -> None:
    made = program(
        REQUEST
        + body
        + "\n    response.headers['Access-Control-Allow-Credentials'] = 'true'\n    return response\n"
    )
    policy = only(made)
    assert (policy.framework, policy.reflected, policy.origins) == ("hand-written", True, None)
    assert data(policy.credentials) is True
    assert policy.app == find_apps(made)[0]


@pytest.mark.parametrize(
    ("body", "allowed"),
    [
        (
            (
                "    o = request.headers.get('origin')\n"
                "    if o in ALLOWED:\n"
                "        response.headers['Access-Control-Allow-Origin'] = o"
            ),
            True,
        ),
        (
            (
                "    o = request.headers.get('origin')\n"
                "    if o not in ALLOWED:\n"
                "        return response\n"
                "    response.headers['Access-Control-Allow-Origin'] = o"
            ),
            True,
        ),
        (
            (
                "    o = request.headers.get('origin')\n"
                "    response.headers['Access-Control-Allow-Origin'] = o if o in ALLOWED else 'null'"
            ),
            True,
        ),
        (
            (
                "    o = request.headers.get('origin')\n"
                "    ok = o in ALLOWED\n"
                "    if ok:\n"
                "        response.headers['Access-Control-Allow-Origin'] = o"
            ),
            True,
        ),
        (
            (
                "    o = request.headers.get('origin', '')\n"
                "    if o.endswith('.a.example'):\n"
                "        response.headers['Access-Control-Allow-Origin'] = o"
            ),
            False,
        ),
        (
            (
                "    o = request.headers.get('origin', '')\n"
                "    if is_ours(o):\n"
                "        response.headers['Access-Control-Allow-Origin'] = o"
            ),
            False,
        ),
        ("    response.headers['Access-Control-Allow-Origin'] = ours(request.headers.get('origin'))", False),
    ],
)
def test_asked_before_it_is_sent_back(program: Make, body: str, allowed: bool) -> None:
    policy = only(program(REQUEST + body + "\n    return response\n"))
    assert not policy.reflected
    assert policy.checked_by
    assert policy.origins is not None
    assert resolve(policy.origins).known is allowed
    assert data(policy.credentials) is False


@pytest.mark.parametrize(
    "code",
    [
        (
            "@app.after_request\n"
            "def cors(response):\n"
            "    response.headers['Access-Control-Allow-Origin'] = '*'\n"
            "    return response\n"
        ),
        (
            "@app.after_request\n"
            "def cors(response):\n"
            "    response.headers.add('Access-Control-Allow-Origin', '*')\n"
            "    return response\n"
        ),
        "@app.route('/x')\ndef x():\n    return 'x', 200, {'Access-Control-Allow-Origin': '*'}\n",
    ],
)
def test_a_constant_by_hand(program: Make, code: str) -> None:
    made = program("from flask import Flask\napp = Flask('x')\n" + code)
    policy = only(made)
    assert (policy.framework, policy.reflected, data(policy.origins)) == ("hand-written", False, "*")
    assert policy.app == find_apps(made)[0]


def test_by_hand_in_code_that_nothing_uses(program: Make) -> None:
    made = program(
        "from flask import Flask\n"
        "app = Flask('x')\n"
        "def cors(r):\n"
        "    r.headers['Access-Control-Allow-Origin'] = '*'\n"
        "# cors(x)\n"
    )
    assert policies(made) == ()


def test_a_raw_asgi_header(program: Make) -> None:
    made = program(
        "from fastapi import FastAPI\nclass Raw:\n    def __init__(self, app):\n        self.app = app\n"
        "    async def __call__(self, scope, receive, send):\n"
        "        headers = [(b'access-control-allow-origin', b'*')]\n"
        "app = FastAPI()\napp.add_middleware(Raw)\n"
    )
    policy = only(made)
    assert (data(policy.origins), policy.app) == ("*", find_apps(made)[0])
    assert policy.middleware is not None
    assert policy.middleware.name == "main.Raw"
