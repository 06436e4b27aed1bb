"""Where the deployed code uses what it read: the names that hold it, followed by name."""

from __future__ import annotations

import ast
from functools import lru_cache
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from deploycheck.facts.databases.engines import flask_settings
from deploycheck.python.modules import Role
from deploycheck.python.resolution import holds
from deploycheck.python.syntax import KEPT, nodes_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploycheck.facts.deployments import Deployment
    from deploycheck.facts.variables.model import Read
    from deploycheck.findings import Location
    from deploycheck.python.program import Program

TAKEN = frozenset({"SECRET_KEY", "JWT_SECRET_KEY", "SECURITY_PASSWORD_SALT", "WTF_CSRF_SECRET_KEY"})
"""Keys of Flask's configuration that Flask and its extensions use: no code of the app has to name them."""
NOT_DEPLOYED = frozenset({Role.TEST, Role.TEMPLATE, Role.DOCS})


class Uses:
    """The loads of names and attributes in a deployment's modules."""

    def __init__(self, deployment: Deployment) -> None:
        """Look at the modules; each is indexed when a name that its text holds is asked for."""
        self._deployment = deployment
        modules = map(deployment.program.module_at, sorted(deployment.modules))
        self._modules = [m for m in modules if m is not None and m.role not in NOT_DEPLOYED]

    def of(self, read: Read) -> tuple[Location, ...]:
        """Return where the value of a read is used; its own place where it is not given a name."""
        if not read.field:
            return (read.at,)
        spans = _guards(read)
        found = [
            m.location(node)
            for m in self._modules
            if read.field in m.words
            for node in _loaded(m.tree).get(read.field, ())
        ]
        found = [at for at in found if not any(at.path == p and a <= at.line <= b for p, a, b in spans)]
        return tuple(found or self._by_flask(read))

    def _by_flask(self, read: Read) -> Iterator[Location]:
        """Yield where Flask is given the configuration that production's app takes the value from."""
        deployment = self._deployment
        if read.field not in TAKEN or not any(a.kind in {"flask", "quart"} for a in deployment.apps):
            return
        for setting in flask_settings(deployment.program, deployment.modules, read.field):
            taken = setting.url is not None and any(v.names == read.names for v in setting.url.variables())
            if taken and holds(setting.conditions, deployment.environment) is True:
                yield setting.at


@lru_cache(KEPT)
def _loaded(tree: ast.Module) -> dict[str, list[ast.AST]]:
    """Return where a module uses each name; every deployment that loads the module asks it."""
    index: dict[str, list[ast.AST]] = {}
    for name, node in _loads(tree):
        index.setdefault(name, []).append(node)
    return index


def _loads(tree: ast.Module) -> Iterator[tuple[str, ast.AST]]:
    compared = {id(part) for node in nodes_in(tree) for part in _compared_with_text(node)}
    for node in nodes_in(tree):
        if id(node) in compared:
            continue
        match node:
            case ast.Name(id=name, ctx=ast.Load()) | ast.Attribute(attr=name, ctx=ast.Load()):
                yield name, node
            case ast.Call(func=ast.Name(id="getattr"), args=[_, ast.Constant(value=str(name)), *_]):
                yield name, node
            case ast.Subscript(slice=ast.Constant(value=str(name)), ctx=ast.Load()):
                yield name, node


def _compared_with_text(node: ast.AST) -> list[ast.expr]:
    """Return the operands of a comparison with a written text: a test of the value, not a use of it."""
    if isinstance(node, ast.Compare):
        operands = [node.left, *node.comparators]
        if any(isinstance(o, (ast.Constant, ast.Set, ast.Tuple, ast.List)) for o in operands):
            return operands
    return []


def _guards(read: Read) -> list[tuple[str, int, int]]:
    """Return the lines of the methods of the class that holds it: what validators do with it is no use."""
    classes = [
        n for n in nodes_in(read.module.tree) if isinstance(n, ast.ClassDef) and n.name == read.class_name
    ]
    return [
        (read.module.path, method.lineno, method.end_lineno or method.lineno)
        for one in classes
        for method in one.body
        if isinstance(method, (ast.FunctionDef, ast.AsyncFunctionDef)) and _validates(method)
    ]


def _validates(method: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any("valid" in ast.unparse(d) for d in method.decorator_list) or method.name.startswith(
        ("_check", "check", "valid", "_valid")
    )


_KNOWN: WeakKeyDictionary[Program, dict[str, Uses]] = WeakKeyDictionary()


def uses_of(deployment: Deployment) -> Uses:
    """Return the uses in a deployment's modules, found once."""
    kept = _KNOWN.setdefault(deployment.program, {})
    if deployment.name not in kept:
        kept[deployment.name] = Uses(deployment)
    return kept[deployment.name]
