"""What a name holds at a point: assignments in order, branches, loops, early exits, changes in place."""

# ruff: noqa: E501 - a case is read best whole

from __future__ import annotations

from collections.abc import Callable

import pytest

Data = Callable[..., object]
Trail = Callable[..., list[str]]

KNOWN = {
    "assigned": ("X = 1", 1),
    "the last assignment counts": ("X = 1\nX = 2", 2),
    "annotated": ("X: int = 3\nY: int", 3),
    "chained": ("X = Y = 'a'", "a"),
    "augmented": ("X = 1\nX += 2", 3),
    "unpacked": ("A, X = 1, 2", 2),
    "unpacked deep": ("(A, (B, X)), C = (1, (2, 3)), 4", 3),
    "unpacked from a split": ("A, X = 'user:secret'.split(':')", "secret"),
    "swapped": ("A, B = 1, 2\nA, B = B, A\nX = A, B", (2, 1)),
    "walrus": ("if (n := 4) > 3:\n    X = n\nelse:\n    X = 0", 4),
    "walrus in a call": ("print(X := 5)", 5),
    "if that is decided": ("if 1 > 2:\n    X = 1\nelse:\n    X = 2", 2),
    "elif chain": ("M = 'b'\nif M == 'a':\n    X = 1\nelif M == 'b':\n    X = 2\nelse:\n    X = 3", 2),
    "type checking": (
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    X = 1\nelse:\n    X = 2",
        2,
    ),
    "try that works": ("try:\n    X = int('4')\nexcept ValueError:\n    X = 0", 4),
    "an import that may fail": (
        "try:\n    import orjson\n    X = 1\nexcept ImportError:\n    X = 2",
        1,
    ),
    "finally": ("try:\n    X = 1\nfinally:\n    X = 2", 2),
    "with": ("with open('f') as f:\n    X = 1", 1),
    "match": ("match 'prod':\n    case 'dev':\n        X = 1\n    case 'prod' | 'live':\n        X = 2", 2),
    "match falls to the rest": ("match 7:\n    case 1:\n        X = 1\n    case _:\n        X = 2", 2),
    "match none": ("match None:\n    case None:\n        X = 1\n    case _:\n        X = 2", 1),
    "append": ("X = ['a']\nX.append('b')", ["a", "b"]),
    "extend": ("X = ['a']\nX.extend(['b', 'c'])", ["a", "b", "c"]),
    "extend by a tuple": ("X = ['a']\nX += ('b',)", ["a", "b"]),
    "insert": ("X = ['a', 'b']\nX.insert(1, 'c')", ["a", "c", "b"]),
    "pop": ("X = ['a', 'b']\nY = X.pop()", ["a"]),
    "clear": ("X = ['a']\nX.clear()", []),
    "an item set": ("X = {}\nX['k'] = 1", {"k": 1}),
    "an item set deep": ("X = {'a': {'b': 1}}\nX['a']['b'] = 2", {"a": {"b": 2}}),
    "an item's list changed": ("X = {'a': [1]}\nX['a'].append(2)", {"a": [1, 2]}),
    "an item deleted": ("X = {'a': 1, 'b': 2}\ndel X['a']", {"b": 2}),
    "an item popped": ("X = {'a': 1, 'b': 2}\nY = X.pop('a')", {"b": 2}),
    "set by default, absent": ("X = {}\nX.setdefault('a', 1)", {"a": 1}),
    "set by default, present": ("X = {'a': 2}\nX.setdefault('a', 1)", {"a": 2}),
    "updated": ("X = {'a': 1}\nX.update({'b': 2}, c=3)", {"a": 1, "b": 2, "c": 3}),
    "joined dicts": ("X = {'a': 1}\nX |= {'a': 2}", {"a": 2}),
    "a loop that builds": ("X = []\nfor o in ('a', 'b'):\n    X.append(o + '!')", ["a!", "b!"]),
    "a loop with locals": (
        "X = []\nfor o in (' a', 'b '):\n    s = o.strip()\n    X.append(s)",
        ["a", "b"],
    ),
    "a loop that goes on": (
        "X = []\nfor o in ('a', '', 'b'):\n    if not o:\n        continue\n    X.append(o)",
        ["a", "b"],
    ),
    "a loop that filters": ("X = []\nfor o in ('a', ''):\n    if o:\n        X.append(o)", ["a"]),
    "a loop over pairs": ("X = {}\nfor k, v in (('a', 1), ('b', 2)):\n    X[k] = v", {"a": 1, "b": 2}),
    "a loop over a dict's items": ("X = 0\nfor k, v in {'a': 1, 'b': 2}.items():\n    X += v", 3),
    "a loop over nothing": ("X = 1\nfor o in ():\n    X = 2", 1),
    "a loop in a loop": (
        "X = []\nfor a in (1, 2):\n    for b in ('x', 'y'):\n        X.append(f'{a}{b}')",
        ["1x", "1y", "2x", "2y"],
    ),
    "what a loop's variable holds after it": ("for X in (1, 2):\n    pass", 2),
    "an attribute set here": ("class C: ...\nc = C()\nc.a = 1\nc.a = 2\nX = c.a", 2),
    "a class attribute set here": ("class C:\n    a = 1\nC.a = 2\nX = C.a", 2),
    "an alias that is only read": ("A = ['a']\nA.append('b')\nX = A", ["a", "b"]),
}


@pytest.mark.parametrize(("source", "expected"), KNOWN.values(), ids=KNOWN)
def test_what_a_name_holds(data: Data, source: str, expected: object) -> None:
    assert data(source) == expected


UNKNOWN = {
    "a loop over something unknown": "from lib import f\nX = 0\nfor i in f():\n    X = i",
    "a while loop": "X = 0\nwhile X < 3:\n    X += 1",
    "a loop that is left": "X = 0\nfor i in (1, 2, 3):\n    X = i\n    if i > unknown():\n        break",
    "a test that is not known": "from lib import f\nX = 1\nif f():\n    X = 2",
    "a library's name in a test": "from lib import FLAG\nX = 1\nif FLAG:\n    X = 2",
    "a library's answer in a test": "import shutil\nX = 1\nif shutil.which('git'):\n    X = 2",
    "a conditional delete": "from lib import f\nX = 1\nif f():\n    del X",
    "deleted": "X = 1\ndel X",
    "changed through an alias": "X = ['a']\nY = X\nY.append('*')",
    "an alias changed through the original": "Y = ['a']\nX = Y\nY.append('*')",
    "changed through an alias by +=": "X = ['a']\nY = X\nY += ['*']",
    "a chained assignment of one list": "X = Y = []\nY.append('*')",
    "changed by a function that got it": "def f(o):\n    o.append('*')\nX = ['a']\nf(X)",
    "changed by a function that got it by name": "def f(o):\n    o['k'] = 1\nX = {}\nf(o=X)",
    "changed by a function without global": "X = ['a']\ndef f():\n    X.append('*')",
    "an item set by a function": "X = {}\ndef f():\n    X['k'] = 1",
    "changed deep inside": "X = {'a': unknown()}\nX['a']['b'] = 1",
    "sorted in place": "X = ['b', 'a']\nX.sort()",
    "what with gives": "with open('f') as X:\n    pass",
    "the exception": "try:\n    f()\nexcept ValueError as X:\n    pass",
    "a body of try that may raise": "from lib import f\ntry:\n    f()\n    X = 1\nexcept OSError:\n    X = 2",
    "a starred part": "A, *X = 1, 2, 3",
    "a captured pattern": "match ['a', 'b']:\n    case [X, _]:\n        pass",
    "a match on a shape": "from lib import v\nX = 1\nmatch v:\n    case {'a': 1}:\n        X = 2",
    "a match whose guard is not known": "from lib import f\nX = 1\nmatch 1:\n    case 1 if f():\n        X = 2",
    "changed by what a method returns": "from lib import f\nX = {}\nX.update(f())",
}


@pytest.mark.parametrize("source", UNKNOWN.values(), ids=UNKNOWN)
def test_what_is_not_known_is_not_asserted(data: Data, source: str) -> None:
    assert data(source) is ...


ENVIRONMENT = """
    import os
    MODE = os.getenv("MODE", "dev")
    if MODE == "prod":
        X = ["https://app.example"]
    elif MODE == "test":
        X = []
    else:
        X = ["*"]
    """


@pytest.mark.parametrize(
    ("mode", "expected"), [("prod", ["https://app.example"]), ("test", []), ("other", ["*"])]
)
def test_an_elif_chain_on_a_variable(data: Data, mode: str, expected: object) -> None:
    assert data(ENVIRONMENT, MODE=mode) == expected


def test_the_trail_of_a_branch(trail: Trail) -> None:
    assert trail(ENVIRONMENT, MODE="prod") == [
        'main.py:3 MODE = os.getenv("MODE", "dev")',
        "MODE = prod  (shell)",
        'main.py:4 `MODE == "prod"` is true',
        'main.py:5 X = ["https://app.example"]',
    ]


def test_the_trail_of_a_default(trail: Trail) -> None:
    assert trail('import os\nX = int(os.getenv("WORKERS", "4"))') == [
        'main.py:2 X = int(os.getenv("WORKERS", "4"))  (WORKERS is not set, so its default is used)'
    ]


MATCH = """
    import os
    match os.environ["MODE"]:
        case "prod" | "live":
            X = 4
        case "test":
            X = 1
        case _:
            X = 2
    """


@pytest.mark.parametrize(("mode", "expected"), [("live", 4), ("test", 1), ("", 2)])
def test_a_match_on_a_variable(data: Data, mode: str, expected: int) -> None:
    assert data(MATCH, MODE=mode) == expected


def test_a_loop_over_a_variable_s_parts(data: Data) -> None:
    source = """
        import os
        X = ["http://localhost"]
        for o in os.getenv("ORIGINS", "").split(","):
            if o.strip():
                X.append(o.strip())
        """
    assert data(source, ORIGINS="https://a, https://b") == ["http://localhost", "https://a", "https://b"]
    assert data(source) == ["http://localhost"]


def test_the_first_variable_of_several_that_is_set(data: Data) -> None:
    source = """
        import os
        def first():
            for name in ("A", "B"):
                value = os.getenv(name)
                if value:
                    return value
            return "none"
        X = first()
        """
    assert data(source) == "none"
    assert data(source, B="b") == "b"
    assert data(source, A="a", B="b") == "a"


TRY = """
    import os
    try:
        X = int(os.environ["N"])
    except KeyError:
        X = 1
    except ValueError:
        X = 2
    """


@pytest.mark.parametrize(("settings", "expected"), [({"N": "7"}, 7), ({}, 1), ({"N": "x"}, 2)])
def test_what_a_try_falls_back_to(data: Data, settings: dict[str, str], expected: int) -> None:
    assert data(TRY, **settings) == expected


def test_an_except_that_does_not_catch(data: Data) -> None:
    source = "import os\ntry:\n    X = os.environ['N']\nexcept ValueError:\n    X = 'no'"
    assert data(source) is ...
    assert data(source, N="yes") == "yes"


def test_a_later_assignment_does_not_reach_back(data: Data) -> None:
    assert data("D = 1\nX = D\nD = 2") == 1
    assert data("D = 1\ndef f():\n    return D\nX = f()\nD = 2") == 1
    assert data("D = 1\nclass C:\n    a = D\nD = 2\nX = C.a") == 1
    assert data("D = 1\ndef f(a=D):\n    return a\nD = 2\nX = f()") == 1
    assert data("D = [1]\nX = [d for _ in (1,) for d in D]\nD = [2]") == [1]
    assert data("D = 1\nX = [D for _ in (1,)]\nD = 2") == [1]


def test_a_function_that_runs_later_sees_the_end(data: Data) -> None:
    files = {"main.py": "import conf\nX = conf.get()", "conf.py": "D = 1\ndef get():\n    return D\nD = 2\n"}
    assert data(files) == 2
