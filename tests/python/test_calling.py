"""Calls: arguments, the project's functions, decorators, caches, lazily made globals, factories."""

# ruff: noqa: E501, ISC004 - a case is read best whole

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from deploycheck.python.models import Models
from deploycheck.python.resolution import resolve
from deploycheck.python.values import Made

Data = Callable[..., object]
Trail = Callable[..., list[str]]

KNOWN = {
    "returns": ("def f():\n    return 1\nX = f()", 1),
    "returns nothing": ("def f():\n    pass\nX = f()", None),
    "by position and name": ("def f(a, b, c=3):\n    return [a, b, c]\nX = f(1, b=2)", [1, 2, 3]),
    "keyword only": ("def f(*, a=1):\n    return a\nX = f(a=2)", 2),
    "a default that calls": ("def d():\n    return 4\ndef f(a=d()):\n    return a\nX = f()", 4),
    "rest by position": ("def f(a, *rest):\n    return rest\nX = f(1, 2, 3)", (2, 3)),
    "rest by name": ("def f(**kw):\n    return kw\nX = f(a=1)", {"a": 1}),
    "handed on": ("def g(a, b):\n    return a + b\ndef f(*a, **k):\n    return g(*a, **k)\nX = f(1, b=2)", 3),
    "spread": ("def f(a, b):\n    return a + b\nX = f(*(1,), **{'b': 2})", 3),
    "early return": ("def f(a):\n    if a:\n        return 1\n    return 2\nX = [f(0), f(1)]", [2, 1]),
    "nested returns": (
        "def f(a):\n    if a > 0:\n        if a > 1:\n            return 'big'\n    else:\n        return 'none'\n    return 'one'\n"
        "X = [f(0), f(1), f(2)]",
        ["none", "one", "big"],
    ),
    "a local": ("def f():\n    a = 1\n    a = a + 1\n    return a\nX = f()", 2),
    "a local shadows a global": ("a = 1\ndef f():\n    a = 2\n    return a\nX = [f(), a]", [2, 1]),
    "a parameter shadows a global": ("a = 1\ndef f(a):\n    return a\nX = f(3)", 3),
    "a loop's variable shadows": ("a = 1\nX = [a for a in (5, 6)] + [a]", [5, 6, 1]),
    "a closure": ("def f(a):\n    def g():\n        return a\n    return g\nX = f(4)()", 4),
    "a lambda in a dict": ("F = {'a': lambda v: v + 1}\nX = F['a'](1)", 2),
    "a function in a dict": ("def f():\n    return 1\nF = {'a': f}\nX = F['a']()", 1),
    "await": (
        "async def f():\n    return 1\nasync def g():\n    return await f()\nimport asyncio\nX = asyncio.run(g())",
        1,
    ),
    "try in a function": (
        "def f(a):\n    try:\n        return int(a)\n    except ValueError:\n        return 0\nX = [f('4'), f('x')]",
        [4, ...],
    ),
    "a loop in a function": (
        "def f(*n):\n    t = 0\n    for i in n:\n        t += i\n    return t\nX = f(1, 2, 3)",
        6,
    ),
    "the first of a loop": (
        "def f():\n    for i in (0, 3, 4):\n        if i:\n            return i\n    return -1\nX = f()",
        3,
    ),
    "a loop that stops": (
        "def f():\n    for i in (1, 2, 3):\n        if i == 2:\n            break\n        if i == 3:\n            return 'no'\n    return 'yes'\nX = f()",
        "yes",
    ),
    "a loop that goes on": (
        "def f():\n    for i in (1, 2):\n        if i == 1:\n            continue\n        return i\nX = f()",
        2,
    ),
    "match": (
        "def f(a):\n    match a:\n        case 'a':\n            return 1\n        case _:\n            return 2\nX = [f('a'), f('b')]",
        [1, 2],
    ),
    "a cached function": ("from functools import lru_cache\n@lru_cache\ndef f():\n    return 1\nX = f()", 1),
    "a cache with a size": (
        "from functools import lru_cache\n@lru_cache(maxsize=1)\ndef f():\n    return 1\nX = f()",
        1,
    ),
    "cached by hand": (
        "from functools import lru_cache\ndef f():\n    return 1\ng = lru_cache()(f)\nX = g()",
        1,
    ),
    "cached by hand, at once": ("from functools import cache\ndef f():\n    return 1\nX = cache(f)()", 1),
    "partial": ("from functools import partial\ndef f(a, b):\n    return a - b\nX = partial(f, 5)(b=2)", 3),
    "a decorator of ours": (
        "def twice(f):\n    def inner(*a, **k):\n        return f(*a, **k) * 2\n    return inner\n@twice\ndef f(a):\n    return a\nX = f(2)",
        4,
    ),
    "a decorator of ours with wraps": (
        "import functools\ndef twice(f):\n    @functools.wraps(f)\n    def inner(*a, **k):\n        return f(*a, **k) * 2\n    return inner\n"
        "@twice\n@twice\ndef f(a):\n    return a\nX = f(2)",
        8,
    ),
    "a decorator of ours with arguments": (
        "def plus(n):\n    def around(f):\n        def inner():\n            return f() + n\n        return inner\n    return around\n"
        "@plus(3)\ndef f():\n    return 1\nX = f()",
        4,
    ),
    "a decorator of ours that only registers": (
        "ALL = []\ndef register(f):\n    ALL.append(f)\n    return f\n@register\ndef f():\n    return 1\nX = f()",
        1,
    ),
    "a decorated method": (
        "def twice(f):\n    def inner(self):\n        return f(self) * 2\n    return inner\n"
        "class C:\n    a = 2\n    @twice\n    def f(self):\n        return self.a\nX = C().f()",
        4,
    ),
    "a route's function": ("from lib import app\n@app.get('/')\ndef f():\n    return 1\nX = f()", 1),
    "a global that is made once": (
        "_s = None\ndef get():\n    global _s\n    if _s is None:\n        _s = 4\n    return _s\nX = get()",
        4,
    ),
    "nonlocal read": ("def f():\n    a = 1\n    def g():\n        return a\n    return g()\nX = f()", 1),
    "kwargs of another module": ("X = {**{'a': 1}}", {"a": 1}),
}


@pytest.mark.parametrize(("source", "expected"), KNOWN.values(), ids=KNOWN)
def test_what_a_call_gives(data: Data, source: str, expected: object) -> None:
    if expected == [4, ...]:
        assert data(source.replace("[f('4'), f('x')]", "f('4')")) == 4
        return
    assert data(source) == expected


UNKNOWN = {
    "a generator": "def f():\n    yield 1\nX = f()",
    "a while loop": "def f():\n    i = 0\n    while i < 3:\n        i += 1\n    return i\nX = f()",
    "an early return that is not decided": "from lib import t\ndef f():\n    if t():\n        return 1\n    return 2\nX = f()",
    "arguments that are not known": "from lib import kw\ndef f(a=1):\n    return a\nX = f(**kw)",
    "a positional rest that is not known": "from lib import a\ndef f(a=1, b=2):\n    return b\nX = f(*a)",
    "a missing argument": "def f(a):\n    return a\nX = f()",
    "a decorator that changes the result": "from lib import t\ndef d(f):\n    def g():\n        return t()\n    return g\n@d\ndef f():\n    return 1\nX = f()",
    "a decorator that is not known": "def w(d):\n    @d\n    def f():\n        return 1\n    return f()\nX = w(unknown)",
    "a global that another function sets": "D = 1\ndef f():\n    global D\n    D = 2\nX = D",
    "a global that a method sets": "D = 1\nclass C:\n    def f(self):\n        global D\n        D = 2\nX = D",
    "a global that an inner function sets": "D = 1\ndef f():\n    def g():\n        global D\n        D = 2\n    return g\nX = D",
    "a global set under a test": "from lib import t\nD = 1\ndef f():\n    if t():\n        global D\n        D = 2\nX = D",
    "a global set by a loop": "D = 1\ndef f():\n    global D\n    for D in (2, 3):\n        pass\nX = D",
    "a counter": "n = 0\ndef f():\n    global n\n    n = n + 1\n    return n\nX = f()",
    "a counter by +=": "n = 0\ndef f():\n    global n\n    n += 1\n    return n\nX = f()",
    "nonlocal set by an inner function": (
        "def f():\n    a = 1\n    def g():\n        nonlocal a\n        a = 2\n    g()\n    return a\nX = f()"
    ),
    "a local that is not set yet": "a = 1\ndef f():\n    b = a\n    a = 2\n    return b\nX = f()",
    "a local under a test that fails": "a = 1\ndef f():\n    if 0:\n        a = 2\n    return a\nX = f()",
    "a raise": "def f():\n    raise ValueError\nX = f()",
    "an exit": "import sys\ndef f():\n    sys.exit(1)\nX = f()",
    "a dict that a function changes": "def f(d):\n    d['a'] = 2\nX = {'a': 1}\nf(X)",
    "a module's name set from another": {
        "main.py": "import conf, boot\nX = conf.D",
        "conf.py": "D = 1\n",
        "boot.py": "import conf\nconf.D = 2\n",
    },
    "a module's list changed from another": {
        "main.py": "from conf import D\nX = D",
        "conf.py": "D = ['a']\n",
        "boot.py": "from conf import D\nD.append('*')\n",
    },
    "a module's list changed from another under a new name": {
        "main.py": "from conf import D\nX = D",
        "conf.py": "D = ['a']\n",
        "boot.py": "from conf import D as E\nE.append('*')\n",
    },
    "a module's list changed from another through the module": {
        "main.py": "from conf import D\nX = D",
        "conf.py": "D = ['a']\n",
        "boot.py": "import conf\nconf.D.append('*')\n",
    },
    "a module's dict changed through a re-export": {
        "main.py": "from conf import D\nX = D",
        "conf.py": "D = {'a': 1}\n",
        "base.py": "from conf import D\n",
        "boot.py": "from base import D\nD['a'] = 2\n",
    },
}


@pytest.mark.parametrize("source", UNKNOWN.values(), ids=UNKNOWN)
def test_what_is_not_known_is_not_asserted(data: Data, source: object) -> None:
    assert data(source) is ...


def test_a_name_of_the_same_spelling_elsewhere_changes_nothing(data: Data) -> None:
    files = {
        "main.py": "from conf import D\nX = D",
        "conf.py": "D = ['a']\n",
        "boot.py": "D = []\nD.append('*')\ndef f(D):\n    D.append('*')\ndef g():\n    D = []\n    D.append(1)\n",
    }
    assert data(files) == ["a"]


LAZY = """
    import os
    import lib
    _engine = None
    def get_engine():
        global _engine
        if _engine is None:
            _engine = lib.connect(os.environ["URL"])
        return _engine
    X = get_engine()
    """


def test_a_lazily_made_global(project: Any, env: Any) -> None:
    found = project(LAZY).resolved("main.X", env(URL="u"))
    assert isinstance(found.value, Made)
    assert found.value.callee == "lib.connect"


PROVIDER = """
    import os
    def provider():
        if os.getenv("DATABASE_ENV") == "postgres":
            host = os.getenv("PGHOST")
            if not host:
                return None
            return f"postgresql://{host}/app"
        return "sqlite:///local.db"
    def url():
        found = provider()
        if found is None:
            return "sqlite:///fallback.db"
        return found
    X = url()
    """


def test_a_provider_that_gives_nothing_and_the_caller_that_chooses_another(data: Data) -> None:
    assert data(PROVIDER) == "sqlite:///local.db"
    assert data(PROVIDER, DATABASE_ENV="postgres") == "sqlite:///fallback.db"
    assert data(PROVIDER, DATABASE_ENV="postgres", PGHOST="h") == "postgresql://h/app"


def test_the_trail_of_the_fallback(trail: Trail) -> None:
    assert trail(PROVIDER, DATABASE_ENV="postgres") == [
        "main.py:15 X = url()",
        "main.py:11 found = provider()",
        "DATABASE_ENV = postgres  (shell)",
        'main.py:4 `os.getenv("DATABASE_ENV") == "postgres"` is true',
        'main.py:5 host = os.getenv("PGHOST")  (PGHOST is not set)',
        "main.py:6 `not host` is true",
        "main.py:7 return None",
        "main.py:12 `found is None` is true",
        'main.py:13 return "sqlite:///fallback.db"',
    ]


def test_keywords_from_a_dict_that_another_module_builds(project: Any, env: Any) -> None:
    made = project(
        {
            "main.py": "import lib\nfrom app.engines import options\nX = lib.connect('u', **options())\n",
            "app/__init__.py": "",
            "app/engines.py": """
                import os
                BASE = {"pool_size": 5, "echo": False}
                def options():
                    kwargs = dict(BASE)
                    kwargs["pool_size"] = int(os.getenv("POOL", "10"))
                    kwargs.update(max_overflow=20)
                    if os.getenv("SSL"):
                        kwargs["ssl"] = True
                    return kwargs
                """,
        }
    )
    call = made.call("lib.connect")
    assert not call.arguments().partial
    assert resolve(call.argument(None, "pool_size"), env()).data == 10
    assert resolve(call.argument(None, "pool_size"), env(POOL="3")).data == 3
    assert resolve(call.argument(None, "max_overflow"), env()).data == 20
    assert resolve(call.argument(None, "echo"), env()).data is False
    assert resolve(call.argument(None, "ssl"), env(SSL="1")).data is True
    assert not resolve(call.argument(None, "ssl"), env()).known


def test_the_base_dict_is_not_changed_by_its_copy(data: Data) -> None:
    source = "B = {'a': 1}\ndef f():\n    k = dict(B)\n    k['a'] = 2\n    return k\nX = [B, f()]"
    assert data(source) == [{"a": 1}, {"a": 2}]
    assert data(source.replace("dict(B)", "B")) is ...


def test_a_singleton_of_a_factory(trail: Trail, data: Data) -> None:
    files = {
        "main.py": "from app import get_settings\nX = get_settings().workers\n",
        "app/__init__.py": "from .settings import get_settings\n",
        "app/settings.py": """
            import os
            from functools import lru_cache
            class Settings:
                workers = int(os.getenv("WORKERS", "4"))
            @lru_cache
            def get_settings():
                return Settings()
            """,
    }
    assert data(files, WORKERS="8") == 8
    assert trail(files, WORKERS="8") == [
        "main.py:2 X = get_settings().workers",
        "app/settings.py:8 return Settings()",
        'app/settings.py:5 workers = int(os.getenv("WORKERS", "4"))',
        "WORKERS = 8  (shell)",
    ]


def test_a_model_tells_what_a_call_gives(project: Any, env: Any) -> None:
    from deploycheck.python.values import Literal

    models = Models(calls={"lib.config": lambda ev, callee, given: Literal(7, at=given.at)})
    made = project("from lib import config\nX = config('A') + 1", models)
    assert made.resolved("main.X", env()).data == 8
