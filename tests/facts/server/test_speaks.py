from __future__ import annotations

from pathlib import Path

import pytest

from deploycheck.facts.server.speaks import spoken
from deploycheck.facts.web.serving import served_interface
from tests.facts.projects import FASTAPI, FLASK, deployed

WORKER = "from uvicorn.workers import UvicornWorker\nclass Worker(UvicornWorker):\n    pass\n"


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("gunicorn main:app", "wsgi"),
        ("gunicorn main:app --threads 4", "wsgi"),
        ("gunicorn main:app -k gevent", "wsgi"),
        ("gunicorn main:app -k asgi", "asgi"),
        ("gunicorn main:app -k uvicorn_worker.UvicornWorker", "asgi"),
        ("gunicorn main:app -k worker.Worker", "asgi"),
        ("gunicorn main:app -k elsewhere.Worker", None),
        ("uvicorn main:app", "asgi"),
        ("uvicorn --interface wsgi main:app", "wsgi"),
        ("granian main:app", "rsgi"),
        ("granian --interface asgi main:app", "asgi"),
        ("waitress-serve main:app", "wsgi"),
        ("hypercorn main:app", None),
    ],
)
def test_what_a_server_speaks(tmp_path: Path, command: str, expected: str | None) -> None:
    text = f"command: [{', '.join(command.split())}]\n"
    found = deployed(tmp_path, {"app.yaml": text, "main.py": FASTAPI, "worker.py": WORKER})
    assert found.server is not None
    calls = spoken(found.program, found.server, found.environment)
    assert (calls.interface if calls else None) == expected


WRAPPED = "from {0} import {1}\napp = {1}(app)\n"
EITHER = "import os\nfrom a2wsgi import WSGIMiddleware\nif os.getenv('X'):\n    app = WSGIMiddleware(app)\n"
OWN_CALL = "from flask import Flask\nclass A(Flask):\n    async def __call__(self): ...\napp = A(__name__)\n"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (FASTAPI, "asgi"),
        (FLASK, "wsgi"),
        (FLASK + WRAPPED.format("asgiref.wsgi", "WsgiToAsgi"), "asgi"),
        (FASTAPI + WRAPPED.format("a2wsgi", "ASGIMiddleware"), "wsgi"),
        (FASTAPI + WRAPPED.format("sentry_sdk.integrations.asgi", "SentryAsgiMiddleware"), "asgi"),
        (FLASK + WRAPPED.format("elsewhere", "changed"), None),
        (FLASK + WRAPPED.format("hypercorn.middleware", "AsyncioWSGIMiddleware"), None),
        (FLASK + EITHER, None),
        (OWN_CALL, None),
    ],
)
def test_what_a_served_app_speaks_where_that_is_certain(
    tmp_path: Path, code: str, expected: str | None
) -> None:
    text = "command: [gunicorn, main:app]\n"
    found = deployed(tmp_path, {"app.yaml": text, "main.py": code})
    assert found.server is not None
    assert found.server.target is not None
    served = served_interface(found.program, found.apps, found.server.target)
    assert (served[1] if served else None) == expected
