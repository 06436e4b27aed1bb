"""Programs that only start another program, and how many words of a command they take."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MODULES = frozenset(
    [
        "alembic",
        "aerich",
        "arq",
        "celery",
        "daphne",
        "debugpy",
        "dramatiq",
        "fastapi",
        "fastapi_cli",
        "flask",
        "granian",
        "gunicorn",
        "huey",
        "hypercorn",
        "pip",
        "robyn",
        "rq",
        "sanic",
        "streamlit",
        "uv",
        "uvicorn",
        "uwsgi",
        "waitress",
        "yoyo",
    ]
)
"""Packages that `python -m` starts as the program of the same name."""

SERVERS = frozenset(
    [
        "bjoern",
        "daphne",
        "fastapi",
        "flask",
        "granian",
        "gradio",
        "gunicorn",
        "hypercorn",
        "mod_wsgi-express",
        "pserve",
        "robyn",
        "sanic",
        "shiny",
        "streamlit",
        "supervisord",
        "tornado",
        "uvicorn",
        "uwsgi",
        "waitress-serve",
    ]
)
"""Programs that serve web requests (or start what does)."""

WORKERS = frozenset(
    [
        "arq",
        "celery",
        "dramatiq",
        "dramatiq-gevent",
        "huey_consumer",
        "huey_consumer.py",
        "rq",
        "rqworker",
        "taskiq",
    ]
)
"""Programs that take jobs from a queue."""

MIGRATORS = frozenset(["aerich", "alembic", "piccolo", "yoyo"])
"""Programs that change a database's schema."""

_RUNNERS = frozenset(
    ["conda", "hatch", "mamba", "micromamba", "pdm", "pipenv", "pixi", "poetry", "rye", "uv"]
)
_BARE = frozenset(
    [
        "catchsegv",
        "command",
        "datadog-run",
        "ddtrace-run",
        "dumb-init",
        "exec",
        "nice",
        "nohup",
        "opentelemetry-instrument",
        "pid1",
        "setsid",
        "start-nginx",
        "start-pgbouncer",
        "start-stunnel",
        "stdbuf",
        "tini",
        "time",
        "xvfb-run",
    ]
)
_AFTER_DASHES = frozenset(
    [
        "dockerize",
        "doppler",
        "dotenv",
        "infisical",
        "op",
        "wait-for-it",
        "wait-for-it.sh",
        "wait-for",
        "wait4x",
    ]
)
_VALUED = {
    "conda": {"-n", "--name", "-p", "--prefix", "--cwd"},
    "env": {"-u", "--unset", "-C", "--chdir"},
    "hatch": {"-e", "--env"},
    "micromamba": {"-n", "--name", "-p", "--prefix"},
    "nice": {"-n"},
    "pdm": {"-p", "--project"},
    "pixi": {"-e", "--environment", "--manifest-path"},
    "poetry": {"-C", "--directory", "-P", "--project"},
    "python": {"-W", "-X"},
    "sudo": {"-u", "--user", "-g", "--group"},
    "timeout": {"-k", "-s", "--signal", "--kill-after"},
    "uv": {
        *(
            "--directory",
            "--env-file",
            "--extra",
            "--group",
            "--index",
            "--no-extra",
            "--no-group",
            "--only-group",
        ),
        *(
            "--package",
            "--project",
            "--python",
            "-p",
            "--with",
            "--with-editable",
            "--with-requirements",
            "-w",
        ),
    },
}


def wrapped(words: Sequence[str]) -> int:
    """Return how many words the outermost wrapper of a command takes; 0 when there is none."""
    name = re.sub(r"^(python|pypy)[\d.]*$", "python", words[0].rsplit("/", 1)[-1]) if words else ""
    if name in _RUNNERS:
        return _runner(name, words)
    if name in _BARE:
        return _flags(name, words, 1)
    if name in _AFTER_DASHES:
        return words.index("--") + 1 if "--" in words else 0
    special = _SPECIAL.get(name)
    return special(words) if special else 0


def _runner(name: str, words: Sequence[str]) -> int:
    count = _flags(name, words, 1)
    if words[count : count + 1] != ["run"]:
        return 0
    count = _flags(name, words, count + 1)
    if name == "uv" and words[count - 1] in {"-m", "--module"}:
        return count if words[count : count + 1] and words[count] in MODULES else 0
    if name == "hatch" and count < len(words) and ":" in words[count]:
        return 0
    return count


def _python(words: Sequence[str]) -> int:
    count = _flags("python", words, 1)
    if words[count - 1] == "-m" and count < len(words) and words[count].split(".")[0] in MODULES:
        return count
    return 0


def _flags(name: str, words: Sequence[str], count: int) -> int:
    """Return the index after the options that start at `count`; a lone `--` or `-m` ends them."""
    while count < len(words) and words[count].startswith("-"):
        word = words[count]
        count += 1
        if word in {"--", "-m", "--module"}:
            break
        if word in _VALUED.get(name, ()):
            count += 1
    return count


def _environment(words: Sequence[str]) -> int:
    count = _flags(words[0].rsplit("/", 1)[-1], words, 1)
    while count < len(words) and re.match(r"[A-Za-z_]\w*=", words[count]):
        count += 1
    return count


def _with_verb(verb: str) -> Callable[[Sequence[str]], int]:
    return lambda words: _flags(words[0], words, 2) if list(words[1:2]) == [verb] else 0


_SPECIAL: dict[str, Callable[[Sequence[str]], int]] = {
    "coverage": _with_verb("run"),
    "env": _environment,
    "gosu": lambda _words: 2,
    "newrelic-admin": _with_verb("run-program"),
    "python": _python,
    "setpriv": lambda words: _flags("setpriv", words, 1),
    "su-exec": lambda _words: 2,
    "sudo": _environment,
    "timeout": lambda words: _flags("timeout", words, 1) + 1,
}
