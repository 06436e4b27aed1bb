"""`fastapi run` and `fastapi dev`: uvicorn on 0.0.0.0 (on loopback, reloading), PORT honoured (0.0.34)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from deploycheck.facts.server import targets, uvicorn
from deploycheck.facts.server.layers import Layers
from deploycheck.facts.server.model import Problem, Server, Target
from deploycheck.facts.server.options import Parsed, Style, Table, parse, table
from deploycheck.python.values import Literal, Value, peel
from deploycheck.sources.errors import ReadError

if TYPE_CHECKING:
    from deploycheck.facts.server.targets import Start
    from deploycheck.findings import Location
    from deploycheck.python.modules import Module

GROUP = table(
    "fastapi", Style.CLICK, "version --version flag\nverbose --verbose/--no-verbose flag\nhelp --help flag"
)
_SHARED = """
root_path --root-path text ""
app --app text
entrypoint -e --entrypoint text
proxy_headers --proxy-headers/--no-proxy-headers flag true
forwarded_allow_ips --forwarded-allow-ips text
verbose -v --verbose flag
help --help flag
"""
RUN = table(
    "fastapi run",
    Style.CLICK,
    'host --host text "0.0.0.0"\nport --port int 8000\nreload --reload/--no-reload flag false\n'
    f"workers --workers int{_SHARED}",
)
DEV = table(
    "fastapi dev",
    Style.CLICK,
    'host --host text "127.0.0.1"\nport --port int 8000\nreload --reload/--no-reload flag true\n'
    f"reload_dir --reload-dir many []{_SHARED}",
)
DEFAULT_PATHS = ("main.py", "app.py", "api.py", "app/main.py", "app/app.py", "app/api.py")
FASTAPI = ("fastapi.FastAPI", "fastapi.applications.FastAPI")


def read(start: Start) -> Server | None:
    """Read a `fastapi` command; None for one that serves nothing (`fastapi --version`)."""
    group = parse(GROUP, start.arguments, until_word=True)
    words = group.positionals
    name = words[0].text if words else ""
    if name not in {"run", "dev"} or any(w.text == "--help" for w in words):
        return None
    known = RUN if name == "run" else DEV
    return _served(replace(start, arguments=tuple(words[1:])), known)


def _served(start: Start, known: Table) -> Server:
    parsed = parse(known, start.arguments)
    layers = Layers(known)
    layers.problems.extend(parsed.problems)
    own: dict[str, Value] = {}
    for option in known.options.values():
        lower = layers.default(option.name)
        if option.name == "port":
            lower = layers.variable(option, "PORT", lower)
        own[option.name] = layers.given(option, lower, parsed.given)
    beneath = Layers(uvicorn.UVICORN)
    options = {name: beneath.default(name) for name in uvicorn.UVICORN.options} | own
    reloads = peel(own["reload"])
    told = not (isinstance(reloads, Literal) and reloads.data is False)
    options["workers"] = uvicorn.processes(start, options, reload_told=told)
    target = _target(start, parsed, own, layers)
    return uvicorn.server(
        start.at,
        options,
        target,
        program="fastapi",
        command=start.command,
        problems=tuple(layers.problems),
        directory=start.directory,
        production=known is RUN,
    )


def _target(start: Start, parsed: Parsed, own: dict[str, Value], layers: Layers) -> Target | None:
    """Find the app as fastapi does: the path given, else the entry point, else the usual files."""
    word = targets.positional(parsed)
    name = start.text(own["app"])
    if word is not None:
        return _at_path(start, start.text(word.value), name, word.at, layers)
    if given := parsed.last("entrypoint"):
        return targets.read(start, given.value, given.at)
    if name is None and (configured := _configured(start)) is not None:
        return configured
    usual = (p for p in DEFAULT_PATHS if start.tree.exists(start.path(p) or "/"))
    path = next(usual, None)
    if path is None:
        message = f"fastapi finds no app: none of {', '.join(DEFAULT_PATHS)} is there"
        layers.problems.append(Problem("no-target", message, start.at))
        return None
    return _at_path(start, path, name, start.at, layers)


def _configured(start: Start) -> Target | None:
    path = start.path("pyproject.toml")
    if not path or not start.tree.exists(path):
        return None
    try:
        document = start.tree.toml(path)
    except ReadError:
        return None
    told = document.get("tool", "fastapi", "entrypoint")
    if not isinstance(told, str):
        return None
    at = document.locate("tool", "fastapi", "entrypoint")
    return targets.read(start, Literal(told, at=at), at)


def _at_path(start: Start, text: str | None, name: str | None, at: Location, layers: Layers) -> Target | None:
    found = start.path(text) if text is not None else None
    if found is not None and start.tree.is_directory(found):
        found = f"{found}/__init__.py"
    module = start.program.module_at(found) if found is not None else None
    if module is None:
        if text is None:
            return Target("", name or "", at)
        return Target(
            text.removesuffix(".py").replace("/", "."), name or "app", at, directory=start.directory
        )
    attribute = name or _app_of(start, module)
    if not attribute:
        message = f"fastapi finds no FastAPI app in {module.path}"
        layers.problems.append(Problem("no-target", message, at, module.path))
    return Target(module.name, attribute, at, directory=module.root, path=module.path)


def _app_of(start: Start, module: Module) -> str:
    """Return the name that fastapi takes: `app`, `api`, else the first that holds an app."""
    for name in ("app", "api"):
        if start.program.attribute(module, name) is not None:
            return name
    return next(iter(sorted(targets.instances(start, module, *FASTAPI))), "")
