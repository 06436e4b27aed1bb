from __future__ import annotations

from collections.abc import Callable

import pytest

from deploycheck.facts.web.apps import find_apps
from deploycheck.facts.web.middleware import find_middleware
from deploycheck.facts.web.routes import find_routes
from deploycheck.facts.web.state import SharedState, shared_state
from deploycheck.python.program import Program

Make = Callable[..., Program]
HEAD = (
    "from collections import defaultdict, deque\n"
    "from fastapi import Depends, FastAPI, Request\n"
    "app = FastAPI()\n"
)


def found(made: Program) -> list[SharedState]:
    apps = find_apps(made)
    return list(shared_state(made, apps, find_routes(made, apps), find_middleware(made, apps)))


def handler(body: str, before: str = "") -> str:
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    return f"{HEAD}{before}\n@app.get('/x')\nasync def x(request: Request, key: str = ''):\n{lines}"


@pytest.mark.parametrize(
    ("before", "body", "name"),
    [
        ("CACHE = {}", "CACHE[key] = 1", "CACHE"),
        ("seen: set[str] = set()", "seen.add(key)", "seen"),
        ("_sessions = []", "_sessions.append(key)", "_sessions"),
        ("hits = defaultdict(list)", "hits[key].append(1)", "hits"),
        ("last = deque(maxlen=5)", "last.appendleft(key)", "last"),
        ("counts = {}", "counts[key] += 1", "counts"),
        ("jobs = {}", "del jobs[key]", "jobs"),
        ("total = 0", "global total\ntotal += 1", "total"),
        ("current = ''", "global current\ncurrent = key", "current"),
    ],
)
def test_names_of_a_module(program: Make, before: str, body: str, name: str) -> None:
    (state,) = found(program(handler(body, before)))
    assert (state.name, str(state.at)[:9], state.module.path) == (name, "main.py:4", "main.py")
    assert state.handler is not None
    assert state.handler.name == "main.x"


@pytest.mark.parametrize(
    ("before", "body"),
    [
        ("LIMITS = {'a': 1}", "return LIMITS[key]"),
        ("CACHE = {}", "CACHE = {}\nCACHE[key] = 1"),
        ("", "local = []\nlocal.append(1)"),
        ("client = None", "global client\nif client is None:\n    client = connect()"),
        ("client = None", "global client\nclient = connect()"),
        ("import logging\nlog = logging.getLogger('x')", "log.info('x')"),
        ("from prometheus_client import Counter\nseen = Counter('a', 'b')", "seen.inc()"),
        ("import threading\nlocal = threading.local()", "local.user = key"),
        ("from contextvars import ContextVar\nuser = ContextVar('u')", "user.set(key)"),
        ("", "request.state.user = key"),
        ("from flask import session", "session['a'] = 1"),
    ],
)
def test_what_is_not_shared_state(program: Make, before: str, body: str) -> None:
    assert found(program(handler(body, before))) == []


def test_through_functions_and_modules(program: Make) -> None:
    made = program(
        HEAD + "import service\n@app.post('/login')\ndef login(name: str):\n    return service.login(name)\n",
        service="from store import SESSIONS\n"
        "def login(name):\n"
        "    remember(name)\n"
        "def remember(name):\n"
        "    SESSIONS[name] = 1\n"
        "def never():\n    SESSIONS.clear()\n",
        store="SESSIONS: dict = {}\n",
    )
    (state,) = found(made)
    assert (state.name, str(state.at)[:10], str(state.written_at)[:14]) == (
        "SESSIONS",
        "store.py:1",
        "service.py:5:5",
    )
    assert [s.text for s in state.steps] == ["service.login(name)", "remember(name)", "SESSIONS[name] = 1"]
    assert len(state.writes) == 1


SERVICE = """
class Manager:
    def __init__(self):
        self.open = {}
        self.count = 0
        self.client = None
    def connect(self, key):
        self.open[key] = 1
        self.count += 1
        if self.client is None:
            self.client = key
"""


@pytest.mark.parametrize(
    ("made_by", "use"),
    [
        ("manager = Manager()", "manager.connect(key)"),
        (
            "from functools import lru_cache\n@lru_cache\ndef get():\n    return Manager()",
            "get().connect(key)",
        ),
    ],
)
def test_an_object_that_all_requests_share(program: Make, made_by: str, use: str) -> None:
    states = found(program(handler(use, SERVICE + made_by)))
    assert [(s.name, s.kind) for s in states] == [
        ("Manager.open", "attribute"),
        ("Manager.count", "attribute"),
    ]


def test_an_object_of_the_request(program: Make) -> None:
    assert found(program(handler("Manager().connect(key)", SERVICE))) == []


def test_a_container_of_the_class_is_shared_by_all_its_objects(program: Make) -> None:
    before = "class One:\n    seen = {}\n    def add(self, key):\n        self.seen[key] = 1"
    (state,) = found(program(handler("One().add(key)", before)))
    assert (state.name, state.kind) == ("One.seen", "attribute")


def test_a_dependency_and_a_middleware(program: Make) -> None:
    made = program(
        HEAD
        + """
recent = {}
seen = set()
def user(name: str):
    recent[name] = 1
@app.get("/x")
def x(user=Depends(user)): ...
@app.middleware("http")
async def count(request, call_next):
    seen.add(request.url)
    return await call_next(request)
"""
    )
    assert [(s.name, s.handler.name if s.handler else "") for s in found(made)] == [
        ("recent", "main.x"),
        ("seen", "main.count"),
    ]


def test_the_state_of_the_app(program: Make) -> None:
    (state,) = found(program(handler("request.app.state.hits += 1")))
    assert (state.name, state.kind) == ("app.state.hits", "app-state")


def test_functions_that_remember(program: Make) -> None:
    before = (
        "from functools import lru_cache\n"
        "@lru_cache(maxsize=10)\n"
        "def price(key):\n"
        "    return 1\n"
        "@lru_cache\n"
        "def settings():\n"
        "    return 2"
    )
    (state,) = found(program(handler("price(key)\nsettings()", before)))
    assert (state.name, state.kind, state.is_cache) == ("price", "memoised", True)


@pytest.mark.parametrize(
    ("limiter", "kinds"),
    [
        ("Limiter(key_func=str)", ["limiter"]),
        ("Limiter(key_func=str, storage_uri='memory://')", ["limiter"]),
        ("Limiter(key_func=str, storage_uri='redis://r')", []),
    ],
)
def test_limiters_in_memory(program: Make, limiter: str, kinds: list[str]) -> None:
    made = program(HEAD + f"from slowapi import Limiter\nlimiter = {limiter}\n")
    assert [s.kind for s in found(made)] == kinds


def test_a_cache_by_its_name(program: Make) -> None:
    (state,) = found(program(handler("_price_cache[key] = 1", "_price_cache = {}")))
    assert state.is_cache
