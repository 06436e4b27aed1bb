"""How a process really starts the app: the server, what it serves, and with which options."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from deploycheck.python.values import Literal, Unknown, Value

if TYPE_CHECKING:
    from deploycheck.facts.manifests.model import Command
    from deploycheck.findings import Location

NOT_TOLD = Unknown("the server does not tell")


@dataclass(frozen=True, slots=True)
class Target:
    """What a server is told to serve: `attribute` of `module`, called first when `factory`.

    `directory` is the folder of the project in which imports start (the working directory, or
    `--app-dir` or `--chdir` below it). `path` is the file of the module, empty when the project has
    none. `value` is the whole target as the server gets it, which an environment may decide; `module` is
    empty when that leaves it open. `arguments` is the text between the parentheses of a factory call.
    `passed` tells that code hands over the object itself, so that no module is looked up by name.
    """

    module: str
    attribute: str
    at: Location
    factory: bool = False
    app_dir: str = ""
    directory: str = ""
    path: str = ""
    value: Value = NOT_TOLD
    arguments: str = ""
    passed: bool = False

    def __str__(self) -> str:
        """Write it as servers take it: `module:attribute`."""
        return f"{self.module}:{self.attribute}{'()' if self.factory else ''}" if self.module else "{…}"


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in the start command that the server refuses or ignores; rules judge it.

    `kind` is one of
    `unknown-option` (`subject` the option, `hint` the nearest known one), `ambiguous-option`,
    `missing-value`, `malformed` (a value that the option's type refuses, `subject` the option's name),
    `config-missing` (a config file that is not in the project), `config-unread`, `no-target`,
    `not-an-argument` (a keyword that the function does not take).
    """

    kind: str
    message: str
    at: Location
    subject: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Server:
    """One server process as its command starts it; every option is what the server itself would use.

    Resolve an option under the deployment's environment. An option that the server does not have is
    None; `workers` of a server with one process is 1. Times are in seconds. `host` is `unix:…` and
    `port` None for a socket file. `timeout` is the server's own (gunicorn's heartbeat), None where
    there is none. `options` holds all options that the command, a file or the environment can set, by the
    server's own names.

    `start_up` are values that the server reads before anything else: one that fails under an environment
    stops it, whatever the options. `certain` is False where code picks the server in a way that could
    not be followed. `production` is False for servers meant for development (`flask run`, `fastapi dev`,
    `app.run()`).
    """

    program: str
    at: Location
    workers: Value
    host: Value
    port: Value
    target: Target | None = None
    worker_class: Value | None = None
    reload: Value = field(default_factory=lambda: Literal(data=False))
    preload: Value = field(default_factory=lambda: Literal(data=False))
    timeout: Value | None = None
    graceful_timeout: Value | None = None
    keepalive: Value | None = None
    max_requests: Value | None = None
    log_level: Value | None = None
    access_log: Value | None = None
    log_config: Value | None = None
    options: Mapping[str, Value] = field(default_factory=dict)
    command: Command | None = None
    problems: tuple[Problem, ...] = ()
    config_files: tuple[str, ...] = ()
    start_up: tuple[Value, ...] = ()
    directory: str = ""
    entry: str = ""
    certain: bool = True
    production: bool = True

    def option(self, name: str) -> Value | None:
        """Return an option by the server's own name for it, or None."""
        return self.options.get(name)


@dataclass(frozen=True, slots=True)
class WorkerSetting:
    """A number of server processes that the code's own settings carry.

    `reader` is how code reads it (`Settings.workers`, `WORKERS`). `used_by` are the places that read it
    and run the way production starts; `read_at` are the others (behind `__main__` in a module that is
    not started so, or in a module that is not loaded).
    """

    name: str
    value: Value
    at: Location
    reader: str
    used_by: tuple[Location, ...] = ()
    read_at: tuple[Location, ...] = ()
