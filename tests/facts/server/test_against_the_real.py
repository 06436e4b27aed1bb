"""Our answer beside the servers' own, case by case: precedence, spellings, defaults, refusals."""

from __future__ import annotations

import importlib.util
import json
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from deploycheck.facts.server.model import Server
from tests.facts.server.start import data, start, told

HERE = Path(__file__).parent
REFUSALS = {
    "ambiguous-option",
    "config-missing",
    "malformed",
    "missing-value",
    "no-target",
    "not-an-argument",
    "unknown-option",
}
Case = tuple[str, dict[str, str], dict[str, str]]

CONF = {"gunicorn.conf.py": "import os\nworkers = int(os.getenv('WORKERS', '4'))\ntimeout = 77\n"}
OTHER = {"conf/prod.py": "workers = 5\nbind = '0.0.0.0:9000'\n", "conf/__init__.py": ""}
PARTLY = {"gunicorn.conf.py": "import os\nif os.getenv('BIG'):\n    workers = '9'\nkeepalive = 33\n"}

GUNICORN: list[Case] = [
    ("gunicorn app:app", {}, {}),
    ("gunicorn app", {}, {}),
    ("gunicorn app:app -w 2", {}, {}),
    ("gunicorn app:app -w2", {}, {}),
    ("gunicorn app:app -w=2", {}, {}),
    ("gunicorn app:app --workers=2", {}, {}),
    ("gunicorn -w 0x10 app:app", {}, {}),
    ("gunicorn app:app --workers 2 -w 3 --workers=6", {}, {}),
    ("gunicorn app:app --worker 2", {}, {}),
    ("gunicorn app:app --time 5", {}, {}),
    ("gunicorn app:app --nonsense", {}, {}),
    ("gunicorn app:app -w two", {}, {}),
    ("gunicorn app:app -w -1", {}, {}),
    ("gunicorn app:app -w", {}, {}),
    ("gunicorn app:app -w 0", {}, {}),
    ("gunicorn", {}, {}),
    ("gunicorn app:app", {"WEB_CONCURRENCY": "3"}, {}),
    ("gunicorn app:app", {"WEB_CONCURRENCY": ""}, {}),
    ("gunicorn app:app -w 4", {"WEB_CONCURRENCY": ""}, {}),
    ("gunicorn app:app", {"WEB_CONCURRENCY": "auto"}, {}),
    ("gunicorn app:app", {"WEB_CONCURRENCY": "-2"}, {}),
    ("gunicorn app:app -w 4", {"WEB_CONCURRENCY": "3"}, {}),
    ("gunicorn app:app", {"WEB_CONCURRENCY": "3"}, CONF),
    ("gunicorn app:app", {"WEB_CONCURRENCY": "3", "WORKERS": "8"}, CONF),
    ("gunicorn app:app", {"WORKERS": "many"}, CONF),
    ("gunicorn app:app -t 5", {"GUNICORN_CMD_ARGS": "--workers=7 --timeout 6"}, CONF),
    ("gunicorn app:app -w 4", {"GUNICORN_CMD_ARGS": "--workers=7"}, CONF),
    ("gunicorn app:app", {"GUNICORN_CMD_ARGS": "-c conf/prod.py"}, CONF | OTHER),
    ("gunicorn app:app -c conf/prod.py", {"GUNICORN_CMD_ARGS": "-w 2"}, CONF | OTHER),
    ("gunicorn app:app -c python:conf.prod", {}, CONF | OTHER),
    ("gunicorn app:app --config file:conf/prod.py -b :70", {}, CONF | OTHER),
    ("gunicorn app:app -c missing.py", {}, {}),
    ("gunicorn app:app", {}, PARTLY),
    ("gunicorn app:app", {"BIG": "1", "WEB_CONCURRENCY": "3"}, PARTLY),
    ("gunicorn app:app", {"WEB_CONCURRENCY": "3"}, PARTLY),
    ("gunicorn", {}, {"gunicorn.conf.py": "wsgi_app = 'app:create()'\n"}),
    ("gunicorn app:app", {"PORT": "5000"}, {}),
    ("gunicorn app:app", {"PORT": ""}, {}),
    ("gunicorn app:app -b 127.0.0.1:80", {"PORT": "5000"}, {}),
    ("gunicorn app:app -b [::1]:80", {}, {}),
    ("gunicorn app:app --bind 0.0.0.0", {}, {}),
    ("gunicorn app:app --bind 0.0.0.0:http", {}, {}),
    ("gunicorn app:app -k gthread --threads 4", {}, {}),
    ("gunicorn app:app --threads 4", {}, {}),
    ("gunicorn app:app -k uvicorn.workers.UvicornWorker --threads 4", {}, {}),
    ("gunicorn app:app --reload --preload --keep-alive 9", {}, {}),
    ("gunicorn app:app --max-requests 100 --graceful-timeout 7 --log-level debug", {}, {}),
]

UVICORN: list[Case] = [
    ("uvicorn app:app", {}, {}),
    ("uvicorn app:app --host 0.0.0.0 --port 80", {}, {}),
    ("uvicorn app:app", {"PORT": "81"}, {}),
    ("uvicorn app:app", {"UVICORN_PORT": "81", "UVICORN_HOST": "::"}, {}),
    ("uvicorn app:app --port 82", {"UVICORN_PORT": "81"}, {}),
    ("uvicorn app:app", {"UVICORN_PORT": ""}, {}),
    ("uvicorn app:app", {"UVICORN_PORT": "http"}, {}),
    ("uvicorn app:app", {"WEB_CONCURRENCY": "3"}, {}),
    ("uvicorn app:app", {"WEB_CONCURRENCY": "0"}, {}),
    ("uvicorn app:app", {"WEB_CONCURRENCY": ""}, {}),
    ("uvicorn app:app", {"WEB_CONCURRENCY": "3", "UVICORN_WORKERS": "4"}, {}),
    ("uvicorn app:app --workers 5", {"WEB_CONCURRENCY": "3", "UVICORN_WORKERS": "4"}, {}),
    ("uvicorn app:app --workers 5 --workers=2", {}, {}),
    ("uvicorn app:app --workers 0", {"WEB_CONCURRENCY": "3"}, {}),
    ("uvicorn app:app --workers 4 --reload", {}, {}),
    ("uvicorn app:app --workers 4", {"UVICORN_RELOAD": "yes"}, {}),
    ("uvicorn app:app --workers four", {}, {}),
    ("uvicorn app:app --work 4", {}, {}),
    ("uvicorn app:app -w 4", {}, {}),
    ("uvicorn", {}, {}),
    ("uvicorn", {"UVICORN_APP": "app:app"}, {}),
    ("uvicorn --factory app:make", {}, {}),
    ("uvicorn app:app --timeout-keep-alive 9 --timeout-graceful-shutdown 8 --limit-max-requests 7", {}, {}),
    ("uvicorn app:app --timeout-graceful-shutdown", {}, {}),
]

CODE: list[Case] = [
    ("uvicorn.run('app:app', host='0.0.0.0', port=int(os.getenv('PORT', '80')))", {}, {}),
    ("uvicorn.run('app:app', host='0.0.0.0', port=int(os.getenv('PORT', '80')))", {"PORT": "81"}, {}),
    ("uvicorn.run('app:app')", {"UVICORN_PORT": "81", "WEB_CONCURRENCY": "3"}, {}),
    ("uvicorn.run('app:app', workers=int(os.getenv('N', '0')) or None)", {"WEB_CONCURRENCY": "3"}, {}),
    (
        "uvicorn.run('app:app', workers=int(os.getenv('N', '0')) or None)",
        {"WEB_CONCURRENCY": "3", "N": "2"},
        {},
    ),
    ("uvicorn.run('app:app', workers=4, reload=bool(os.getenv('DEV')))", {"DEV": "1"}, {}),
    ("uvicorn.run('app:app', workers=4, reload=bool(os.getenv('DEV')))", {}, {}),
    ("uvicorn.run('app:app', worker_class='x')", {}, {}),
    ("options = dict(port=5, workers=2)\nuvicorn.run('app:app', **options)", {}, {}),
]


def ours(server: Server, env: Mapping[str, str], *, processes: bool) -> dict[str, object]:
    """Return our answer in the oracle's words; nothing but `fails` where we expect a refusal."""
    values = {
        "workers": server.workers,
        "host": server.host,
        "port": server.port,
        "reload": server.reload,
        "keepalive": server.keepalive,
        "graceful_timeout": server.graceful_timeout,
        "max_requests": server.max_requests,
    }
    if server.program == "gunicorn":
        values |= {
            "timeout": server.timeout,
            "preload_app": server.preload,
            "loglevel": server.log_level,
            "worker_class": server.worker_class,
        }
    read = [told(v, env) for v in (*values.values(), *server.start_up) if v is not None]
    if any(r.failure for r in read) or any(p.kind in REFUSALS for p in server.problems):
        return {"fails": True}
    found = {name: data(value, env) for name, value in values.items()}
    if processes:
        found["processes"] = found.pop("workers")
    return found


def oracle(script: str, cases: list[dict[str, object]]) -> list[dict[str, object]]:
    done = subprocess.run(
        [sys.executable, str(HERE / script)],
        input=json.dumps(cases),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return json.loads(done.stdout)  # type: ignore[no-any-return]


def prepared(
    root: Path, cases: list[Case], *, code: bool = False
) -> Iterator[tuple[Server, dict[str, object]]]:
    for number, (text, env, files) in enumerate(cases):
        folder = root / str(number)
        folder.mkdir()
        whole = {"app.py": "app = create = make = None\n"} | files
        line = text
        if code:
            whole["main.py"] = f"import os\nimport uvicorn\n\n{text}\n"
            line = "python main.py"
        case: dict[str, object] = {
            "argv": shlex.split(line),
            "env": env,
            "directory": str(folder),
            "script": "main.py" if code else "",
        }
        yield start(folder, whole, line, env), case


def _comparable(answer: dict[str, object]) -> dict[str, object]:
    if "fails" in answer:
        return {"fails": True}
    # An empty host means every address to a socket.
    return answer | {"host": answer["host"] or "0.0.0.0"}  # noqa: S104


@pytest.mark.parametrize(
    ("package", "script", "cases", "code"),
    [
        ("gunicorn", "oracle_gunicorn.py", GUNICORN, False),
        ("uvicorn", "oracle_uvicorn.py", UVICORN, False),
        ("uvicorn", "oracle_uvicorn.py", CODE, True),
    ],
)
def test_we_say_what_the_real_server_does(
    tmp_path: Path, package: str, script: str, cases: list[Case], *, code: bool
) -> None:
    if importlib.util.find_spec(package) is None:
        pytest.skip(f"{package} is not installed, so there is nothing to compare with")
    both = list(prepared(tmp_path, cases, code=code))
    theirs = oracle(script, [case for _, case in both])
    wrong = []
    for (server, _), answer, (text, env, _) in zip(both, theirs, cases, strict=True):
        mine = ours(server, env, processes=package == "uvicorn")
        real = _comparable(answer)
        if "target" in real and server.target is not None and not code:
            assert real["target"] == data(server.target.value, env), text
        expected = {k: v for k, v in real.items() if k in mine or "fails" in mine}
        if mine != expected:
            wrong.append(f"{env} {text}\n  real {answer}\n  ours {mine} {server.problems}")
    assert not wrong, "\n".join(wrong)
