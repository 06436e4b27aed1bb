"""Routes that tell which version runs."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from deploycheck.facts.web.routes import find_routes
from deploycheck.python.syntax import nodes_in

if TYPE_CHECKING:
    from deploycheck.facts.deployments import Deployment
    from deploycheck.facts.web.routes import Route

PATH = re.compile(r"(?i)/(_*versions?_*|build|build[-_]?info|about|info|app[-_]?info|meta|release)/?$")
WORD = re.compile(r"(?i)(^|[_-])(version|build|release|commit|revision|git_?sha)s?([_-]|$)")
IN_TEXT = re.compile(r"(?i)version|build_?info|release|commit_?sha|git_?sha|revision")
HEADER = re.compile(r"(?i)[\"']X-[\w-]*(version|release|revision|commit|build)[\w-]*[\"']")


def version_teller(deployment: Deployment) -> bool | None:
    """Tell whether some route or header says which version runs; None where that cannot be seen."""
    routes = find_routes(deployment.program, deployment.apps, deployment.modules)
    if not any(r.kind == "route" for r in routes):
        return None
    if any(_by_path(r) or _by_answer(r) for r in routes) or _in_a_header(deployment):
        return True
    unseen = any(r.kind == "mount" and r.handler is None and r.path is None for r in routes)
    return None if unseen or any(r.path is None and not r.tail.strip("/") for r in routes) else False


def _by_path(route: Route) -> bool:
    path = route.path or route.tail
    return bool(PATH.search(path)) and "{" not in path and "<" not in path


def _by_answer(route: Route) -> bool:
    """Tell whether the answer of a route without parameters has a field or name that speaks of a version."""
    path = route.path or route.tail
    if route.handler is None or "{" in path or "<" in path:
        return False
    module, node = route.handler.scope.module, route.handler.node
    first, last = node.lineno, node.end_lineno or node.lineno
    if not IN_TEXT.search("\n".join(module.lines[first - 1 : last])):
        return False
    return any(WORD.search(text) for text in _words(node))


def _words(node: ast.AST) -> list[str]:
    """Return the names, attributes, keywords and dictionary keys of a function."""
    found: list[str] = []
    for inner in nodes_in(node):
        match inner:
            case ast.Name(id=text) | ast.Attribute(attr=text) | ast.keyword(arg=str(text)):
                found.append(text)
            case ast.Dict(keys=keys):
                found += [k.value for k in keys if isinstance(k, ast.Constant) and isinstance(k.value, str)]
    return found


def _in_a_header(deployment: Deployment) -> bool:
    modules = (deployment.program.module_at(path) for path in sorted(deployment.modules))
    return any(m is not None and HEADER.search(m.text) for m in modules)
