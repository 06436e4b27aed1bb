"""Whether all that an app serves is seen, and whether it has a database that may be away."""

from __future__ import annotations

import ast
import re
from functools import lru_cache
from typing import TYPE_CHECKING

from deploycheck.facts.databases.backends import SQLITE, scheme_of
from deploycheck.facts.health.endpoints import KINDS, endpoints_of, routes_of
from deploycheck.facts.web.early import answers_early
from deploycheck.facts.web.objects import items, qualified
from deploycheck.facts.web.routes import serves
from deploycheck.facts.web.routes.graph import keys
from deploycheck.facts.web.routes.points import each_time
from deploycheck.facts.web.syntax import scope_at
from deploycheck.python.resolution import resolve
from deploycheck.python.scopes import Point
from deploycheck.python.syntax import KEPT, last_name, nodes_in
from deploycheck.python.values import Literal, Made, Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploycheck.facts.databases.engines import Engine
    from deploycheck.facts.deployment import Deployment
    from deploycheck.facts.health.model import Endpoint
    from deploycheck.facts.web.apps import App
    from deploycheck.python.modules import Module
    from deploycheck.python.program import Call

LIBRARIES = re.compile(
    r"\b(?:fastapi_health\w*|healthcheck|py_healthcheck|flask_healthz|flask_healthcheck|health_check|starlette_health"
    r"|fastapi_healthz|dockerflow|watchman|healthz|terminus|heartbeat|status_check)\b"
)
"""Packages that bring health endpoints with a status of failure."""
_ROUTES = frozenset({"Route", "APIRoute", "WebSocketRoute", "Mount", "Host"})
_NAMED = re.compile(r"health|probe|heartbeat|ready|alive", re.IGNORECASE)
_EXTENSIONS = re.compile(
    r"flask_(?:sqlalchemy|migrate|login|cors|caching|mail|jwt_extended|marshmallow|bcrypt|limiter|wtf|talisman"
    r"|compress|session|babel|assets|moment|executor|apscheduler)\b|celery|sqlalchemy"
)
"""Extensions of Flask that add no route where probes ask."""
_INCLUDING = ("include_router", "register_blueprint", "add_namespace", "mount", "register_api", "add_routes")
_DYNAMIC = re.compile(
    r"\.routes\.(?:append|extend|insert)\(|\.url_map\.add|__getattr__|importlib\.import_module|pkgutil\.|entry_points\("
)
_TAKES_APP = frozenset(
    """
    run SQLAlchemy Migrate init_app LoginManager Limiter Bcrypt JWTManager CSRFProtect Mail
    Marshmallow Cache Compress Talisman Session ProxyFix WhiteNoise TestClient instrument_app
    instrument init CORS Config isinstance getattr setattr hasattr print AsyncClient ASGITransport
    Mangum WSGIMiddleware ASGIMiddleware Sentry add_pagination instrument_fastapi serve Server str
    get_openapi cast Babel Moment Bootstrap
    """.split()
)
"""What is handed an app and adds no route where probes ask."""


def own_endpoints(deployment: Deployment) -> tuple[Endpoint, ...]:
    """Return the health endpoints of a deployment's own app; of all its apps where that is not known."""
    found = endpoints_of(deployment)
    app = deployment.app
    return tuple(e for e in found if app is None or e.route.app is None or e.route.app == app)


def has_library(deployment: Deployment) -> bool:
    """Tell whether its code names a package that brings health endpoints."""
    return any(map(_imports_library, modules_of(deployment)))


@lru_cache(KEPT)
def _imports_library(module: Module) -> bool:
    return any(LIBRARIES.search(line) for line in _imports(module))


def _imports(module: Module) -> Iterator[str]:
    if "health" in module.text or LIBRARIES.search(module.text):
        yield from (s for s in module.text.splitlines() if s.lstrip().startswith(("import ", "from ")))


def modules_of(deployment: Deployment) -> Iterator[Module]:
    """Yield the modules that a deployment loads."""
    for path in sorted(deployment.modules):
        module = deployment.program.module_at(path)
        if module is not None:
            yield module


def needs_database(deployment: Deployment) -> bool:
    """Tell whether its code opens a database that a network or a server may take away: more than a file."""
    return any(_may_be_away(engine) for engine in deployment.engines)


def _may_be_away(engine: Engine) -> bool:
    if engine.url is None:
        return engine.kind != SQLITE
    for leaf in engine.url.leaves():
        text = leaf.data if isinstance(leaf, Literal) else leaf.shape if isinstance(leaf, Text) else None
        if isinstance(leaf, Literal) and leaf.data is None:
            continue
        scheme = scheme_of(text) if isinstance(text, str) else None
        if scheme is None or scheme.backend != SQLITE:
            return True
    return False


def all_seen(deployment: Deployment) -> bool:
    """Tell whether every route of a deployment's app is seen, but for those that a library may add."""
    app = deployment.app
    if app is None or app.kind not in KINDS or not deployment.whole or app.wrappers or app.own_class:
        return False
    if deployment.environment.lookup("SCRIPT_NAME") is not None or not _lists_known(app):
        return False
    if any(deployment.program.module_at(path) is None for path in deployment.modules):
        return False
    own = [r for r in routes_of(deployment) if r.app is None or r.app == app]
    if any(r.app is None or r.path_under(deployment.environment) is None for r in own):
        return False
    return not (any(_adds(m) for m in modules_of(deployment)) or _includes_unseen(deployment))


def _lists_known(app: App) -> bool:
    """Tell whether every item of the list of routes that an app is made with is seen."""
    given = app.keywords.get("routes")
    listed = list(items(given)) if given is not None else []
    return all(isinstance(i, Made) and i.callee.rpartition(".")[2] in _ROUTES for i, _ in listed)


def _adds(module: Module) -> bool:
    return bool(_DYNAMIC.search(module.text))


def _includes_unseen(deployment: Deployment) -> bool:
    for call in deployment.program.method_calls(*_INCLUDING, within=deployment.modules):
        if not any(_is_included(call, index) for index in (0, 1)):
            return True
    return False


def _is_included(call: Call, index: int) -> bool:
    names = ("router", "blueprint", "app", "ns")
    given = [arguments.get(index, *names) for arguments, _ in each_time(call)]
    return bool(given) and all(g is not None and keys(g) for g in given)


def hands_over(deployment: Deployment) -> bool:
    """Tell whether the app is handed to a library that may add routes of its own."""
    app = deployment.app
    names = {"app", "application", app.name if app is not None else ""}
    for module in modules_of(deployment):
        for node in nodes_in(module.tree) if any(n and n in module.text for n in names) else ():
            given = isinstance(node, ast.Call) and any(_is_named(a, names) for a in _arguments(node))
            if isinstance(node, ast.Call) and given and _may_add(deployment, module, node):
                return True
    return False


def _may_add(deployment: Deployment, module: Module, node: ast.Call) -> bool:
    """Tell whether what the app is handed to may add routes: it is no code of the project, nor known."""
    if last_name(node.func) == "init_app" and isinstance(node.func, ast.Attribute):
        point = Point(scope_at(deployment.program, module, node), node)
        made = qualified(deployment.program.evaluate(node.func.value, point))
        return not _EXTENSIONS.match(made)
    return last_name(node.func) not in _TAKES_APP and not _is_ours(deployment, module, node)


def _arguments(node: ast.Call) -> Iterator[ast.expr]:
    yield from node.args
    yield from (k.value for k in node.keywords)


def _is_named(node: ast.expr, names: set[str]) -> bool:
    return isinstance(node, ast.Name) and node.id in names


def _is_ours(deployment: Deployment, module: Module, node: ast.Call) -> bool:
    program = deployment.program
    value = program.evaluate(node.func, program.module_point(module))
    if program.definition_of(value) is not None:
        return True
    return qualified(value).startswith(
        ("starlette.middleware", "fastapi.middleware", "sqlalchemy", "builtins")
    )


def answered_otherwise(deployment: Deployment, path: str) -> bool:
    """Tell whether middleware that answers by itself may answer a path: the code names it."""
    if any(_NAMED.search(m.name.rpartition(".")[2]) for m in deployment.middleware):
        return True
    if not any(answers_early(m) or m.kind == "before" or m.target is None for m in deployment.middleware):
        return False
    return any(f'"{path}"' in m.text or f"'{path}'" in m.text for m in modules_of(deployment))


def serves_path(deployment: Deployment, path: str) -> bool | None:
    """Tell whether a deployment's app answers a GET of a path; None where that is not known.

    A root path that server or app are told goes before it or not; FastAPI's own pages and Flask's static
    files count.
    """
    app, lookup = deployment.app, deployment.environment
    if app is None:
        return None
    wanted = {path, *(_below(path, root) for root in _roots(deployment))}
    found = [serves(routes_of(deployment), app, w, lookup=lookup) for w in sorted(wanted)]
    if True in found or any(_is_usual(app.kind, w) for w in wanted):
        return True
    if None in found or None in _roots_known(deployment) or answered_otherwise(deployment, path):
        return None
    return False


def _roots(deployment: Deployment) -> tuple[str, ...]:
    return tuple(root for root in _roots_known(deployment) if root)


def _roots_known(deployment: Deployment) -> tuple[str | None, ...]:
    """Return the root paths that server and app are told; None for one that is not known."""
    app, server = deployment.app, deployment.server
    given = [app.keywords.get("root_path") if app is not None else None]
    given.append(server.option("root_path") if server is not None else None)
    found = [resolve(value, deployment.environment) for value in given if value is not None]
    return tuple((str(one.data) if isinstance(one.data, str) else "") if one.known else None for one in found)


def _below(path: str, root: str) -> str:
    stem = "/" + root.strip("/")
    return path[len(stem) :] or "/" if path == stem or path.startswith(stem + "/") else path


def _is_usual(kind: str, path: str) -> bool:
    usual = {"fastapi": ("/docs", "/redoc", "/openapi.json"), "flask": ("/static/",), "quart": ("/static/",)}
    return any(path == one or (one.endswith("/") and path.startswith(one)) for one in usual.get(kind, ()))


def is_named_elsewhere(deployment: Deployment, path: str) -> bool:
    """Tell whether the code names a path where no route is seen: something else may serve it."""
    known = {(r.at.path, n) for r in routes_of(deployment) for n in range(r.at.line, r.at.end_line + 1)}
    for module in modules_of(deployment):
        if f'"{path}"' in module.text or f"'{path}'" in module.text:
            for number, line in enumerate(module.text.splitlines(), 1):
                if (f'"{path}"' in line or f"'{path}'" in line) and (module.path, number) not in known:
                    return True
    return False
