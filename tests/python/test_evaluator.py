"""Expressions: how the environment is read, operators, strings, displays, comprehensions; and hostile code."""

# ruff: noqa: E501 - a case is read best whole

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from deploycheck.python.resolution import resolve
from deploycheck.python.values import Text

Data = Callable[..., object]
Trail = Callable[..., list[str]]
Make = Any

READS = {
    "getenv": "import os\nX = os.getenv('A')",
    "getenv aliased": "import os as _os\nX = _os.getenv('A')",
    "getenv imported": "from os import getenv\nX = getenv('A')",
    "getenv renamed": "from os import getenv as g\nX = g('A')",
    "getenv held": "import os\nget = os.getenv\nX = get('A')",
    "get": "import os\nX = os.environ.get('A')",
    "get by keyword": "import os\nX = os.getenv(key='A', default=None)",
    "environ imported": "from os import environ\nX = environ.get('A')",
    "environ renamed": "from os import environ as env\nX = env.get('A')",
    "environ held": "import os\nE = os.environ\nX = E.get('A')",
    "a copy": "import os\nE = os.environ.copy()\nX = E.get('A')",
    "a dict": "import os\nE = dict(os.environ)\nX = E.get('A')",
    "a spread": "import os\nE = {**os.environ}\nX = E.get('A')",
    "in": "import os\nX = os.environ['A'] if 'A' in os.environ else None",
    "not in": "import os\nX = None if 'A' not in os.environ else os.environ['A']",
    "a constant": "import os\nN = 'A'\nX = os.getenv(N)",
    "a constant of another class": "import os\nclass N:\n    NAME = 'A'\nX = os.getenv(N.NAME)",
    "a joined name": "import os\nP = ''\nX = os.getenv(f'{P}A')",
    "setdefault": "import os\nX = os.environ.setdefault('A', None)",
    "pop": "import os\nX = os.environ.pop('A', None)",
    "a function": "import os\ndef read(name, default=None):\n    return os.environ.get(name, default)\nX = read('A')",
    "a lambda": "import os\nread = lambda n: os.getenv(n)\nX = read('A')",
    "a partial": "import os\nfrom functools import partial\nread = partial(os.getenv, 'A')\nX = read()",
    "or": "import os\nX = os.getenv('A') or None",
}


@pytest.mark.parametrize("source", READS.values(), ids=READS)
def test_reading_the_environment(data: Data, source: str) -> None:
    assert data(source, A="1") == "1"
    assert data(source) is None


def test_a_required_variable_fails(project: Make, env: Make) -> None:
    found = project("import os\nX = os.environ['A']").resolved("main.X", env())
    assert found.failure is not None
    assert (found.failure.kind, found.failure.error, found.failure.variable.name) == (
        "missing",
        "KeyError",
        "A",
    )
    assert [str(s.location) for s in found.trail if s.location] == ["main.py:2:1"]


def test_a_malformed_variable_fails(project: Make, env: Make) -> None:
    found = project("import os\nX = int(os.environ['A'])").resolved("main.X", env(A="two"))
    assert found.failure is not None
    assert (found.failure.kind, found.failure.error) == ("malformed", "ValueError")
    assert found.failure.setting.layer == "shell"


def test_an_open_environment_makes_a_default_a_guess(project: Make, env: Make) -> None:
    made = project("import os\nX = os.getenv('A', '1')")
    assert made.resolved("main.X", env()).certain
    assert not made.resolved("main.X", env(closed=False)).certain


def test_one_that_is_set_out_of_sight(project: Make, env: Make) -> None:
    made = project("import os\nX = os.getenv('A', '1')\nY = 'A' in os.environ\nZ = 4 if X else 5")
    hidden = env(A=None)
    assert not made.resolved("main.X", hidden).known
    assert made.resolved("main.Y", hidden).data is True
    assert made.resolved("main.Z", hidden).data == 4


WRITES = {
    "set before": "import os\nos.environ['A'] = 'w'\nX = os.getenv('A', 'd')",
    "set by default before": "import os\nos.environ.setdefault('A', 'w')\nX = os.getenv('A', 'd')",
}


def test_a_variable_that_the_process_sets(data: Data) -> None:
    assert data(WRITES["set before"]) == "w"
    assert data(WRITES["set before"], A="given") == "w"
    assert data(WRITES["set by default before"]) == "w"
    assert data(WRITES["set by default before"], A="given") == "given"


def test_a_variable_that_other_code_may_set(data: Data) -> None:
    files = {
        "main.py": "import os, boot\nX = os.getenv('A', 'd')",
        "boot.py": "import os\nos.environ['A'] = 'w'",
    }
    assert data(files) is ...
    assert data("import os\ndef f():\n    os.environ['A'] = 'w'\nX = os.getenv('A', 'd')") is ...
    assert data("import os\nX = os.getenv('A', 'd')\nos.putenv('A', 'w')") is ...


def test_one_of_several_variables(project: Make, env: Make) -> None:
    made = project("import os\nfor k in ('A', 'B'):\n    print(os.getenv(k))")
    (call,) = made.program.method_calls("getenv")
    value = made.program.evaluate(call.node, call.point)
    assert value.variable_names() == ("A", "B")
    assert not resolve(value, env(A="1")).known


COMPUTED = {
    "or with the first": ("'' or 'b'", "b"),
    "and": ("'a' and 'b'", "b"),
    "not": ("not []", True),
    "a conditional": ("'a' if 0 else 'b'", "b"),
    "a chained comparison": ("1 < 2 < 3", True),
    "a chained comparison that fails first": ("3 < 2 < 3", False),
    "in a tuple": ("'a' in ('a', 'b')", True),
    "not in": ("'c' not in 'ab'", True),
    "is": ("None is None", True),
    "is not, from the left": ("None is not 'a'", True),
    "arithmetic": ("(2 + 3) * 4 // 3 % 4", 2),
    "minus": ("-4", -4),
    "plus and invert": ("+4 + ~1", 2),
    "int": ("int('4')", 4),
    "float": ("float('1.5')", 1.5),
    "bool": ("bool('')", False),
    "str": ("str(4)", "4"),
    "len": ("len(['a', 'b'])", 2),
    "min and max": ("min(4, max(1, 2))", 2),
    "split": ("'a,b'.split(',')", ["a", "b"]),
    "a chain of methods": ("' A ;b'.strip().lower().split(' ;')", ["a", "b"]),
    "join": ("','.join(['a', 'b'])", "a,b"),
    "format": ("'{}-{x}'.format('a', x='b')", "a-b"),
    "percent": ("'%s:%d' % ('a', 4)", "a:4"),
    "percent of one": ("'%s!' % 'a'", "a!"),
    "f-string": ("f'{1}-{\"a\"!r}-{4:03d}'", "1-'a'-004"),
    "slices": ("'abcdef'[1:4:2]", "bd"),
    "an index": ("['a', 'b'][-1]", "b"),
    "an item": ("{'a': {'b': 4}}['a']['b']", 4),
    "the later key": ("{'a': 1, 'a': 2}['a']", 2),
    "get": ("{'a': 1}.get('b', 2)", 2),
    "get nothing": ("{'a': 1}.get('b')", None),
    "a spread list": ("[*'ab', *(1, 2)]", ["a", "b", 1, 2]),
    "a spread dict": ("{**{'a': 1}, 'b': 2}", {"a": 1, "b": 2}),
    "dict()": ("dict({'a': 1}, b=2)", {"a": 1, "b": 2}),
    "dict of pairs": ("dict([('a', 1)])", {"a": 1}),
    "a comprehension": ("[o.strip() for o in 'a, b,'.split(',') if o.strip()]", ["a", "b"]),
    "two filters": ("[i for i in range(6) if i > 1 if i < 4]", [2, 3]),
    "a nested comprehension": ("[x for g in (['a'], ['b']) for x in g]", ["a", "b"]),
    "a set comprehension": ("sorted({o for o in ('b', 'a', 'b')})", ["a", "b"]),
    "a dict comprehension": ("{k: v * 2 for k, v in {'a': 1, 'b': 2}.items() if v > 1}", {"b": 4}),
    "a generator": ("','.join(str(i) for i in (1, 2))", "1,2"),
    "any": ("any(o == 'b' for o in ('a', 'b'))", True),
    "map": ("list(map(str.strip, ' a,b '.split(',')))", ["a", "b"]),
    "map of a lambda": ("list(map(lambda o: o + '!', ['a']))", ["a!"]),
    "filter": ("list(filter(None, ['a', '']))", ["a"]),
    "filter by a lambda": ("list(filter(lambda o: o > 1, [1, 2]))", [2]),
    "enumerate": ("[i for i, o in enumerate('ab')]", [0, 1]),
    "zip": ("dict(zip(['a'], [1]))", {"a": 1}),
    "isinstance": ("isinstance('a', (str, list))", True),
    "a runner of tests": ("'pytest' in __import__('sys').modules", False),
    "no runner of tests": ("'pytest' not in __import__('sys').modules", True),
    "cast": ("__import__('typing').cast(int, 4)", 4),
    "json": ("__import__('json').loads('[1, {\"a\": null}]')", [1, {"a": None}]),
    "a lambda called": ("(lambda a, b=2: a + b)(1)", 3),
    "getattr": ("getattr('a', 'upper')()", "A"),
}


@pytest.mark.parametrize(("expression", "expected"), COMPUTED.values(), ids=COMPUTED)
def test_what_an_expression_gives(data: Data, expression: str, expected: object) -> None:
    assert data(f"X = {expression}") == expected


UNKNOWN = {
    "text and None": "import os\nX = 'a' + os.getenv('A')",
    "a formatted part of a library": "from lib import f\nX = f'{f():>4}'",
    "a comparison with a library's name": "from lib import V\nX = V == 'a'",
    "a filter on a library's answer": "from lib import f\nX = [o for o in ('a', 'b') if f(o)]",
    "an item that another variable decides": "import os\nX = {os.environ['K']: 1, 'a': 2, os.environ['L']: 3}['a']",
    "shadowed by a comprehension": "import os\no = 'a'\nX = [o for o in os.environ.get('A')]",
    "a name that is nowhere": "X = nowhere",
    "a huge text": "X = 'a' * 10 ** 9",
    "a huge power": "X = 9 ** 9 ** 9",
    "a huge shift": "X = 1 << 10 ** 9",
    "a huge width": "X = '%01000000000d' % 4",
    "a huge format": "X = f'{4:01000000000d}'",
    "a huge range": "X = list(range(10 ** 9))",
    "a huge fill": "X = 'a'.zfill(10 ** 9)",
    "a huge replacement": "X = ('a' * 9999).replace('a', 'b' * 9999)",
    "division by zero": "X = 1 / 0",
    "a bad literal": "import ast\nX = ast.literal_eval('(')",
    "exec": "X = eval('1')",
    "partial of a library's": "from functools import partial\nfrom lib import f\nX = partial(f, 1)()",
}


@pytest.mark.parametrize("source", UNKNOWN.values(), ids=UNKNOWN)
def test_what_is_not_known_is_not_asserted(data: Data, source: str) -> None:
    assert data(source) is ...


def test_parts_of_one_variable(data: Data) -> None:
    source = "import os\nX = [o.strip() for o in os.getenv('A', '').split(',') if o.strip()]"
    assert data(source, A="a, b,") == ["a", "b"]
    assert data(source) == []


def test_a_comprehension_over_another_variable(data: Data) -> None:
    source = "import os\nX = [f'{h}:{os.getenv(\"P\", \"80\")}' for h in os.getenv('H', '').split(',')]"
    assert data(source, H="a,b", P="1") == ["a:1", "b:1"]


def test_a_filter_that_a_variable_decides(data: Data) -> None:
    source = "import os\nX = [o for o in ('dev', 'prod') if o == os.getenv('A')]"
    assert data(source, A="prod") == ["prod"]


def test_a_list_with_a_variable_s_parts_inside(data: Data) -> None:
    source = "import os\nX = ['a', *os.getenv('A', '').split(','), 'z']"
    assert data(source, A="b,c") == ["a", "b", "c", "z"]


SHAPES = {
    "f-string": "f'postgresql://{user}@{host}/db'",
    "concatenation": "'postgresql://' + user + '@' + host + '/db'",
    "percent": "'postgresql://%s@%s/db' % (user, host)",
    "format": "'postgresql://{}@{h}/db'.format(user, h=host)",
    "join": "''.join(['postgresql://', user, '@', host, '/db'])",
}


@pytest.mark.parametrize("expression", SHAPES.values(), ids=SHAPES)
def test_the_shape_of_a_text_with_unknown_parts(project: Make, env: Make, expression: str) -> None:
    source = f"from lib import user\nimport os\nhost = os.getenv('H')\nX = {expression}\nY = X.startswith('sqlite')\n"
    made = project(source)
    found = made.resolved("main.X", env(H="h"))
    assert isinstance(found.value, Text)
    assert found.shape == "postgresql://{…}@h/db"
    assert made.resolved("main.Y", env(H="h")).data is False


HOSTILE = {
    "itself": "X = X",
    "each other": "X = Y\nY = X",
    "a function that calls itself": "def f(n):\n    return f(n - 1)\nX = f(3)",
    "functions that call each other": "def f():\n    return g()\ndef g():\n    return f()\nX = f()",
    "a class below itself": "class C(C):\n    a = 1\nX = C().b",
    "classes below each other": "class A(B):\n    a = 1\nclass B(A):\n    b = 1\nX = A().c",
    "an attribute of itself": "class C:\n    def __init__(self):\n        self.a = self.a\nX = C().a",
    "a property that reads itself": "class C:\n    @property\n    def a(self):\n        return self.a\nX = C().a",
    "a default that is itself": "def f(a=f):\n    return a\nX = f()()",
    "a decorator of itself": "@f\ndef f():\n    return 1\nX = f()",
    "a list in itself": "X = [1]\nX.append(X)\nX = X[1][1]",
    "super of nothing": "X = super().a",
    "a function made over and over": "def f(g):\n    return f(lambda: g())\nX = f(f)",
}


@pytest.mark.parametrize("source", HOSTILE.values(), ids=HOSTILE)
def test_cycles_end(data: Data, source: str) -> None:
    assert data(source) is ...


DEEP = {
    "concatenations": "X = " + " + ".join(["'a'"] * 3000),
    "unary operators": "X = " + "not " * 3000 + "True",
    "attributes": "import lib\nX = lib" + ".a" * 3000,
    "calls": "from lib import f\nX = f" + "()" * 3000,
    "subscripts": "d = {}\nX = d" + "[0]" * 3000,
    "conditionals": "X = " + "1 if a else " * 3000 + "2",
    "comparisons": "X = " + " < ".join(["1"] * 3000),
    "boolean operators": "X = " + " or ".join(["a"] * 3000),
    "elifs": "if a == 0:\n    X = 0\n" + "".join(f"elif a == {i}:\n    X = {i}\n" for i in range(900)),
    "augmentations": "X = ''\n" + "X += 'a'\n" * 3000,
    "names": "A0 = 1\n" + "".join(f"A{i + 1} = A{i}\n" for i in range(3000)) + "X = A3000",
    "functions": "def f0():\n    return 1\n"
    + "".join(f"def f{i + 1}():\n    return f{i}()\n" for i in range(500))
    + "X = f500()",
    "parentheses": "X = " + "(" * 150 + "1" + ")" * 150,
    "lists": "X = " + "[" * 150 + "]" * 150,
    "a diamond of branches": "from lib import t\nX = 'a'\n"
    + "".join(f"if t({i}):\n    X = X.strip()\nelse:\n    X = X.lower()\n" for i in range(200)),
    "a diamond of attributes": "from lib import t\nclass C: ...\nX = C()\n"
    + "".join(f"if t({i}):\n    X = X.a\nelse:\n    X = X.b\n" for i in range(60)),
}


@pytest.mark.parametrize("source", DEEP.values(), ids=DEEP)
def test_depth_is_bounded(project: Make, env: Make, source: str) -> None:
    started = time.perf_counter()
    made = project(source)
    module = made.program.module_at("main.py")
    if module is None:  # the parser itself may refuse it, and says so
        assert made.program.unparsed
    else:
        value = made.program.attribute(module, "X")
        assert value is not None
        resolve(value, env())
    assert time.perf_counter() - started < 10


def test_what_the_parser_refuses_is_named(project: Make) -> None:
    made = project({"main.py": "X = " + "(" * 3000 + ")" * 3000, "two.py": "print 'a'\n", "ok.py": "X = 1\n"})
    assert [m.path for m in made.program.app_modules()] == ["ok.py"]
    assert [u.path for u in made.program.unparsed] == ["main.py", "two.py"]


def test_a_long_concatenation_is_known(data: Data) -> None:
    assert data("X = " + " + ".join(["1"] * 100)) == 100


def test_a_large_dict(data: Data) -> None:
    entries = ", ".join(f"'k{i}': {i}" for i in range(5000))
    assert data(f"D = {{{entries}}}\nX = D['k4999']") == 4999
    assert data(f"D = {{{entries}}}\nX = len(D)") == 5000


def test_a_generated_file(project: Make, env: Make) -> None:
    lines = [f"V{i} = {{'a': {i}, 'b': [V{i - 1}['a'] if {i} else 0]}}" for i in range(6000)]
    made = project("\n".join(["V = 1", *lines, "X = V5999['a']"]))
    started = time.perf_counter()
    assert made.resolved("main.X", env()).data == 5999
    assert time.perf_counter() - started < 5


def test_an_answer_that_was_cut_short_is_not_kept(project: Make, env: Make) -> None:
    """The end of a long chain is too far from here, and known from near by."""
    source = "A0 = 1\n" + "".join(f"A{i + 1} = A{i}\n" for i in range(300)) + "X = A300"
    made = project(source)
    assert not made.resolved("main.X", env()).known
    assert made.resolved("main.A10", env()).data == 1


def test_a_deep_function_and_what_stands_below_it(project: Make) -> None:
    chain = "    if a == 0:\n        return 0\n" + "".join(
        f"    elif a == {i}:\n        return {i}\n" for i in range(900)
    )
    made = project(f"import lib\ndef f(a):\n{chain}\n    return lib.go()\nX = f(lib.a)\n")
    (call,) = made.program.calls("lib.go")
    assert call.conditions()
    assert not made.resolved("main.X", None).known
