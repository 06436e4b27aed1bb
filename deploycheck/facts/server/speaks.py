"""What a server speaks to the app that it serves: WSGI, ASGI, or whichever the app does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploycheck.python.classes import ancestry
from deploycheck.python.resolution import resolve
from deploycheck.python.scopes import ClassSymbol
from deploycheck.python.values import Literal, Reference, peel

if TYPE_CHECKING:
    from deploycheck.facts.server.model import Server
    from deploycheck.facts.web.kinds import Interface
    from deploycheck.findings import Step
    from deploycheck.python.program import Program
    from deploycheck.python.resolution import Resolved
    from deploycheck.python.values import Lookup, Value

WSGI_CLASSES = frozenset(
    {
        "sync",
        "gthread",
        "gevent",
        "gevent_wsgi",
        "gevent_pywsgi",
        "eventlet",
        "tornado",
        "gunicorn.workers.sync.SyncWorker",
        "gunicorn.workers.gthread.ThreadWorker",
        "gunicorn.workers.ggevent.GeventWorker",
        "gunicorn.workers.geventlet.EventletWorker",
        "meinheld.gmeinheld.MeinheldWorker",
    }
)
ASGI_CLASSES = frozenset(
    {
        "asgi",
        "gunicorn.workers.gasgi.ASGIWorker",
        "uvicorn.workers.UvicornWorker",
        "uvicorn.workers.UvicornH11Worker",
        "uvicorn_worker.UvicornWorker",
        "uvicorn_worker.UvicornH11Worker",
        "uvicorn_worker._workers.UvicornWorker",
        "uvicorn_worker._workers.UvicornH11Worker",
    }
)
_BY_OPTION = {
    "uvicorn": {"auto": "asgi", "asgi2": "asgi", "asgi3": "asgi", "wsgi": "wsgi"},
    "granian": {"asgi": "asgi", "asginl": "asgi", "wsgi": "wsgi", "rsgi": "rsgi"},
}
_ALWAYS = {"daphne": "asgi", "fastapi": "asgi", "waitress": "wsgi"}


@dataclass(frozen=True, slots=True)
class Spoken:
    """The one interface that a server calls the app through, and how that is known.

    `interface` is `asgi`, `wsgi` or `rsgi` (granian's own), `by` the option's value that decides (a worker
    class, an interface), empty where the program speaks one only.
    """

    interface: Interface | str
    by: str
    resolved: Resolved | None = None

    @property
    def certain(self) -> bool:
        """Whether no guess led to it."""
        return self.resolved is None or self.resolved.certain

    @property
    def trail(self) -> tuple[Step, ...]:
        """How the option came to its value."""
        return self.resolved.trail if self.resolved is not None else ()


def spoken(program: Program, server: Server, environment: Lookup) -> Spoken | None:
    """Return what a server speaks under an environment; None where it takes either, or is not known.

    Tried with gunicorn 27.0.1, uvicorn 0.54.0, granian 2.8.7, waitress 3.0.2 and a FastAPI and a Flask app:
    each answers 500 to every request of an app of the other kind. hypercorn takes both.
    """
    if server.program in _ALWAYS:
        return Spoken(_ALWAYS[server.program], "")
    if server.program in _BY_OPTION:
        return _by_option(server, environment)
    if server.program == "gunicorn" and server.worker_class is not None:
        return _by_class(program, server, server.worker_class, environment)
    return None


def _by_option(server: Server, environment: Lookup) -> Spoken | None:
    value = server.option("interface")
    if value is None:
        return None
    resolved = resolve(value, environment)
    text = _text(resolved)
    interface = _BY_OPTION[server.program].get(text)
    return Spoken(interface, text, resolved) if interface else None


def _by_class(program: Program, server: Server, value: Value, environment: Lookup) -> Spoken | None:
    resolved = resolve(value, environment)
    name = _text(resolved).removeprefix("egg:gunicorn#")
    found = _interface_of_class(name)
    if found is None:
        symbol = _own_class(program, server, name, resolved)
        bases = ancestry(program.evaluator, symbol) if symbol is not None else ()
        found = next((i for b in bases if isinstance(b, str) and (i := _interface_of_class(b))), None)
    return Spoken(found, name, resolved) if found else None


def _text(resolved: Resolved) -> str:
    value = resolved.value
    if isinstance(value, Reference):
        return value.name
    return value.data if isinstance(value, Literal) and isinstance(value.data, str) else ""


def _interface_of_class(name: str) -> str | None:
    if name in WSGI_CLASSES:
        return "wsgi"
    return "asgi" if name in ASGI_CLASSES else None


def _own_class(program: Program, server: Server, name: str, resolved: Resolved) -> ClassSymbol | None:
    """Return the project's own worker class that a dotted name, or a config file's object, means."""
    if isinstance(resolved.value, Reference) and isinstance(resolved.value.target, ClassSymbol):
        return resolved.value.target
    module_name, _, attribute = name.replace(":", ".").rpartition(".")
    directory = server.target.directory if server.target is not None else server.directory
    module = program.find_module(module_name, directory) if module_name else None
    held = program.attribute(module, attribute) if module is not None else None
    found = peel(held) if held is not None else None
    target = found.target if isinstance(found, Reference) else None
    return target if isinstance(target, ClassSymbol) else None
