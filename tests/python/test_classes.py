"""Classes, their instances, dataclasses, enums; and what the rest of the project changes in them."""

# ruff: noqa: E501, ISC004 - a case is read best whole

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Data = Callable[..., object]
Trail = Callable[..., list[str]]

DATACLASS = """
    from dataclasses import dataclass, field, KW_ONLY
    from typing import ClassVar
    @dataclass
    class S:
        shared: ClassVar[int] = 9
        host: str = "localhost"
        port: int = 80
        tags: list = field(default_factory=list)
        kinds: list = field(default_factory=lambda: ["a"])
        limit: int = field(default=5)
        hidden: int = field(default=6, init=False)
        _: KW_ONLY
        debug: bool = False
    X = EXPRESSION
    """

KNOWN = {
    "a class attribute": ("class C:\n    a = 1\nX = C.a", 1),
    "of an instance": ("class C:\n    a = 1\nX = C().a", 1),
    "a nested class": ("class C:\n    class D:\n        a = 1\nX = C.D.a", 1),
    "one attribute from another": ("class C:\n    a = 1\n    b = a + 1\nX = C.b", 2),
    "inherited": ("class A:\n    a = 1\nclass B(A):\n    pass\nX = B().a", 1),
    "overridden": ("class A:\n    a = 1\nclass B(A):\n    a = 2\nX = B().a", 2),
    "the resolution order": (
        "class R:\n    a = 1\nclass A(R):\n    pass\nclass B(R):\n    a = 2\nclass C(A, B):\n    pass\nX = C().a",
        2,
    ),
    "set in the constructor": ("class C:\n    def __init__(self, a):\n        self.a = a\nX = C(4).a", 4),
    "set by default": ("class C:\n    def __init__(self, a=3):\n        self.a = a\nX = C().a", 3),
    "set from another attribute": (
        "class C:\n    def __init__(self):\n        self.a = 'x'\n        self.b = self.a + 'y'\nX = C().b",
        "xy",
    ),
    "set twice": ("class C:\n    def __init__(self):\n        self.a = 1\n        self.a += 1\nX = C().a", 2),
    "set under a test": (
        "class C:\n    a = 1\n    def __init__(self, a=None):\n        if a is not None:\n            self.a = a\nX = [C().a, C(2).a]",
        [1, 2],
    ),
    "set by unpacking": ("class C:\n    def __init__(self):\n        self.a, self.b = 1, 2\nX = C().b", 2),
    "built by a method": (
        "class C:\n    def __init__(self, h):\n        self.h = h\n        self.url = self.make()\n"
        "    def make(self):\n        return 'http://' + self.h\nX = C('a').url",
        "http://a",
    ),
    "super().__init__": (
        "class A:\n    def __init__(self, a=1):\n        self.a = a\n"
        "class B(A):\n    def __init__(self):\n        super().__init__(a=4)\nX = B().a",
        4,
    ),
    "Base.__init__": (
        "class A:\n    def __init__(self, a=1):\n        self.a = a\n"
        "class B(A):\n    def __init__(self):\n        A.__init__(self, 5)\nX = B().a",
        5,
    ),
    "set again after super()": (
        "class A:\n    def __init__(self):\n        self.a = 1\n"
        "class B(A):\n    def __init__(self):\n        super().__init__()\n        self.a = 2\nX = B().a",
        2,
    ),
    "super().method()": (
        "class A:\n    def f(self):\n        return 1\n"
        "class B(A):\n    def f(self):\n        return super().f() + 1\nX = B().f()",
        2,
    ),
    "a method": ("class C:\n    a = 1\n    def f(self, b):\n        return self.a + b\nX = C().f(2)", 3),
    "a method that a subclass overrides": (
        "class A:\n    def f(self):\n        return self.g()\n    def g(self):\n        return 1\n"
        "class B(A):\n    def g(self):\n        return 2\nX = B().f()",
        2,
    ),
    "a property": (
        "class C:\n    a = 1\n    @property\n    def b(self):\n        return self.a + 1\nX = C().b",
        2,
    ),
    "a property with a setter": (
        "class C:\n    @property\n    def a(self):\n        return 1\n    @a.setter\n    def a(self, v):\n        pass\nX = C().a",
        1,
    ),
    "a cached property": (
        "from functools import cached_property\nclass C:\n    @cached_property\n    def a(self):\n        return 1\nX = C().a",
        1,
    ),
    "a class method": (
        "class C:\n    a = 1\n    @classmethod\n    def f(cls):\n        return cls.a\nX = C.f()",
        1,
    ),
    "a class method that makes one": (
        "class C:\n    def __init__(self, a):\n        self.a = a\n    @classmethod\n    def make(cls):\n        return cls(3)\nX = C.make().a",
        3,
    ),
    "a static method's function": (
        "class C:\n    @staticmethod\n    def f(a):\n        return a\n    x = f.__func__(1)\nX = C.x",
        1,
    ),
    "a static method": ("class C:\n    @staticmethod\n    def f(a):\n        return a\nX = C().f(1)", 1),
    "the class of an instance": ("class C:\n    a = 1\nX = [type(C()).a, C().__class__.a]", [1, 1]),
    "the class's name": ("class C: ...\nX = C.__name__", "C"),
    "called": ("class C:\n    def __call__(self):\n        return 1\nX = C()()", 1),
    "a method reads the module when it runs": (
        "class C:\n    def f(self):\n        return late()\ndef late():\n    return 1\nX = C().f()",
        1,
    ),
    "a class body reads the module when it is made": ("a = 1\nclass C:\n    b = a\na = 2\nX = C.b", 1),
    "an item": ("class C:\n    def __getitem__(self, k):\n        return k + '!'\nX = C()['a']", "a!"),
    "asked for": ("class C:\n    def __getattr__(self, name):\n        return name + '!'\nX = C().a", "a!"),
    "a named tuple": (
        "from typing import NamedTuple\nclass C(NamedTuple):\n    a: int\n    b: int = 2\nX = [C(1).a, C(1).b]",
        [1, 2],
    ),
    "a typed dict": ("from typing import TypedDict\nclass C(TypedDict):\n    a: int\nX = C(a=1)['a']", 1),
    "a namespace": ("from types import SimpleNamespace\nX = SimpleNamespace(a=1).a", 1),
    "a table of classes": ("class P:\n    a = 1\nclass D:\n    a = 2\nX = {'prod': P, 'dev': D}['dev'].a", 2),
    "a table of classes, made": ("class P:\n    a = 1\nX = {'prod': P}.get('prod')().a", 1),
    "dataclass default": (DATACLASS.replace("EXPRESSION", "S().host"), "localhost"),
    "dataclass default factory": (DATACLASS.replace("EXPRESSION", "S().tags"), []),
    "dataclass lambda factory": (DATACLASS.replace("EXPRESSION", "S().kinds"), ["a"]),
    "dataclass field": (DATACLASS.replace("EXPRESSION", "S().limit"), 5),
    "dataclass by position": (DATACLASS.replace("EXPRESSION", "S('h', 8).port"), 8),
    "dataclass by name": (DATACLASS.replace("EXPRESSION", "S(debug=True).debug"), True),
    "dataclass past one that is not given": (
        DATACLASS.replace("EXPRESSION", "S('h', 1, [], [], 7).limit"),
        7,
    ),
    "dataclass class variable": (DATACLASS.replace("EXPRESSION", "S('h').shared"), 9),
    "dataclass field that is not given": (DATACLASS.replace("EXPRESSION", "S('h', 1, [], [], 7).hidden"), 6),
    "dataclass finished": (
        "from dataclasses import dataclass\n@dataclass\nclass S:\n    a: int | None = None\n    def __post_init__(self):\n"
        "        if self.a is None:\n            self.a = 4\nX = [S().a, S(2).a]",
        [4, 2],
    ),
    "dataclass inherited": (
        "from dataclasses import dataclass\n@dataclass\nclass A:\n    a: int = 1\n@dataclass\nclass B(A):\n    b: int = 2\nX = [B(3, 4).a, B(3, 4).b]",
        [3, 4],
    ),
}


@pytest.mark.parametrize(("source", "expected"), KNOWN.values(), ids=KNOWN)
def test_what_an_attribute_holds(data: Data, source: str, expected: object) -> None:
    assert data(source) == expected


ENUMS = {
    "a string enum": ("from enum import StrEnum\nclass M(StrEnum):\n    A = 'a'\nX = M.A == 'a'", True),
    "auto of a string enum": (
        "from enum import StrEnum, auto\nclass M(StrEnum):\n    FAST = auto()\nX = M.FAST",
        "fast",
    ),
    "auto": ("from enum import Enum, auto\nclass M(Enum):\n    A = auto()\n    B = auto()\nX = M.B.value", 2),
    "str and Enum": (
        "from enum import Enum\nclass M(str, Enum):\n    A = 'a'\nX = [M.A == 'a', M.A.value, M.A.name]",
        [True, "a", "A"],
    ),
    "str and Enum in a text": (
        "from enum import Enum\nclass M(str, Enum):\n    A = 'a'\nX = f'{M.A} {M.A.value}'",
        "M.A a",
    ),
    "a plain enum is no text": (
        "from enum import Enum\nclass M(Enum):\n    A = 'a'\nX = [M.A == M.A, M.A == 'b', M.A.value]",
        [True, False, "a"],
    ),
    "a number": ("from enum import IntEnum\nclass M(IntEnum):\n    A = 1\nX = M.A + 1", 2),
    "by value": ("from enum import Enum\nclass M(str, Enum):\n    A = 'a'\nX = M('a') == M.A", True),
    "by value, plain": ("from enum import Enum\nclass M(Enum):\n    A = 'a'\nX = M('a') == M.A", True),
    "a method of a member's text": (
        "from enum import Enum\nclass M(str, Enum):\n    A = 'a'\nX = M.A.upper()",
        "A",
    ),
    "a table by members": (
        "from enum import Enum\nclass M(Enum):\n    A = 'a'\n    B = 'b'\nX = {M.A: 1, M.B: 2}[M('b')]",
        2,
    ),
    "a member in a tuple": (
        "from enum import Enum\nclass M(Enum):\n    A = 1\n    B = 2\nX = M.A in (M.A, M.B)",
        True,
    ),
}


@pytest.mark.parametrize(("source", "expected"), ENUMS.values(), ids=ENUMS)
def test_enums(data: Data, source: str, expected: object) -> None:
    assert data(source) == expected


def test_a_plain_enum_and_a_text_of_the_same_value(data: Data) -> None:
    source = "import os\nfrom enum import Enum\nclass M(Enum):\n    A = 'a'\nX = os.environ['V'] == M.A"
    assert data(source, V="a") is ...
    assert data(source, V="b") is False


MODE = """
    import os
    from enum import Enum
    class Mode(str, Enum):
        DEV = "dev"
        PROD = "prod"
    mode = Mode(os.getenv("MODE", "dev"))
    X = 4 if mode is Mode.PROD else 1
    """


def test_an_enum_of_a_variable(data: Data) -> None:
    assert data(MODE, MODE="prod") == 4
    assert data(MODE) == 1
    assert data(MODE, MODE="production") is ...


TABLE = """
    import os
    class Base:
        workers = 1
        debug = False
    class Dev(Base):
        debug = True
    class Prod(Base):
        workers = 4
    config = {"dev": Dev, "prod": Prod}
    settings = config[os.environ.get("ENV", "dev")]()
    X = [settings.workers, settings.debug]
    """


def test_a_table_of_configurations(data: Data) -> None:
    assert data(TABLE) == [1, True]
    assert data(TABLE, ENV="prod") == [4, False]
    assert data(TABLE, ENV="production") is ...


def test_a_table_with_a_way_out(data: Data) -> None:
    source = TABLE.replace(
        'config[os.environ.get("ENV", "dev")]()', "config.get(os.environ.get('ENV'), Dev)()"
    )
    assert data(source, ENV="production") == [1, True]
    assert data(source, ENV="prod") == [4, False]


UNKNOWN = {
    "a class attribute set elsewhere": {
        "main.py": "import boot\nfrom conf import C\nX = C.a",
        "conf.py": "class C:\n    a = 1\n",
        "boot.py": "from conf import C\nC.a = 2\n",
    },
    "an attribute of the singleton set elsewhere": {
        "main.py": "from conf import settings\nX = settings.a",
        "conf.py": "class C:\n    a = 1\nsettings = C()\n",
        "boot.py": "from conf import settings\ndef f():\n    settings.a = 2\n",
    },
    "set by setattr": {
        "main.py": "from conf import settings\nX = settings.a",
        "conf.py": "class C:\n    a = 1\nsettings = C()\n",
        "boot.py": "import conf\nsetattr(conf.settings, 'a', 2)\n",
    },
    "a list of the singleton changed elsewhere": {
        "main.py": "from conf import settings\nX = settings.a",
        "conf.py": "class C:\n    a = ['x']\nsettings = C()\n",
        "boot.py": "from conf import settings\nsettings.a.append('*')\n",
    },
    "a list of the singleton changed through an alias": {
        "main.py": "from conf import settings\nX = settings.a",
        "conf.py": "class C:\n    a = ['x']\nsettings = C()\n",
        "boot.py": "from conf import settings\ndef f():\n    a = settings.a\n    a.append('*')\n",
    },
    "a parameter of its class set in a function": {
        "main.py": "from conf import settings\nX = settings.a",
        "conf.py": "class C:\n    a = 1\nsettings = C()\n",
        "boot.py": "from conf import C\ndef f(s: C):\n    s.a = 2\n",
    },
    "another method sets it": "class C:\n    a = 1\n    def f(self):\n        self.a = 2\nX = C().a",
    "another method changes it": (
        "class C:\n    def __init__(self):\n        self.a = []\n    def f(self):\n        self.a.append(1)\nX = C().a"
    ),
    "a method of a base, made by a subclass": (
        "class A:\n    a = 1\n    def f(self):\n        self.b = unknown()\nclass B(A):\n    pass\nX = B().b"
    ),
    "arguments that are not known": "from lib import kw\nclass C:\n    def __init__(self, a=1):\n        self.a = a\nX = C(**kw).a",
    "fields that are not known": (
        "from dataclasses import dataclass\nfrom lib import kw\n@dataclass\nclass C:\n    a: int = 1\nX = C(**kw).a"
    ),
    "a base of some library for settings": "from lib import BaseConfig\nclass C(BaseConfig):\n    a: int = 1\nX = C().a",
    "a missing attribute": "class C: ...\nX = C().a",
    "its dict": "class C:\n    a = 1\nX = C().__dict__['a']",
    "an enum's member that is missing": "from enum import Enum\nclass M(Enum):\n    A = 'a'\nX = M('b')",
    "an enum that makes members": (
        "from enum import Enum\nclass M(Enum):\n    A = 'a'\n    @classmethod\n    def _missing_(cls, v):\n        return cls.A\nX = M('b')"
    ),
    "truth of an object that decides itself": "from lib import f\nclass C:\n    def __bool__(self):\n        return f()\nX = 1 if C() else 2",
    "a class under a decorator of ours that changes it": (
        "def other(cls):\n    class D:\n        a = unknown()\n    return D\n@other\nclass C:\n    a = 1\nX = C().a"
    ),
}


@pytest.mark.parametrize("source", UNKNOWN.values(), ids=UNKNOWN)
def test_what_is_not_known_is_not_asserted(data: Data, source: object) -> None:
    assert data(source) is ...


def test_another_object_of_the_class_is_not_changed(data: Data) -> None:
    assert data("class C:\n    a = 1\nc = C()\nd = C()\ndef f():\n    d.a = 2\nX = c.a") == 1


def test_tests_change_nothing(data: Data) -> None:
    files = {
        "main.py": "class C:\n    a = 1\nX = C().a",
        "tests/test_it.py": "from main import C\ndef test_it():\n    C.a = 2\n",
    }
    assert data(files) == 1


SELF = """
    import lib
    class Server:
        workers = 1
        def __init__(self, port=80):
            self.port = port
        def run(self):
            lib.serve(self.port, self.workers)
    """


@pytest.mark.parametrize(
    ("more", "port", "workers"),
    [
        ("Server().run()", 80, 1),
        ("Server(8000).run()", 8000, 1),
        ("class Mine(Server):\n    workers = 4\nMine(port=9).run()", 9, 4),
        ("Server(1).run()\nServer(2).run()", ..., 1),
        ("class Mine(Server):\n    workers = 4\nServer(7)\nMine(7)", 7, ...),
        ("from lib import start\nstart(Server)", ..., 1),
        ("Server(lib.port)", ..., 1),
    ],
)
def test_self_is_any_object_that_the_project_makes(
    project: Any, env: Any, more: str, port: object, workers: object
) -> None:
    import textwrap

    from deploycheck.python.resolution import resolve

    made = project(textwrap.dedent(SELF) + more)
    call = made.call("lib.serve")
    for position, expected in ((0, port), (1, workers)):
        found = resolve(call.argument(position), env())
        assert (found.data if found.known else ...) == expected


def test_the_trail_leads_through_the_singleton(trail: Trail) -> None:
    files = {
        "main.py": "from app.conf import settings\nX = settings.origins\n",
        "app/__init__.py": "",
        "app/conf.py": "import os\nclass Settings:\n    origins = os.getenv('O', '*').split(',')\nsettings = Settings()\n",
    }
    assert trail(files, O="a,b") == [
        "main.py:2 X = settings.origins",
        "app/conf.py:4 settings = Settings()",
        "app/conf.py:3 origins = os.getenv('O', '*').split(',')",
        "O = a,b  (shell)",
    ]
