"""Run by the tests: tells what the real gunicorn makes of each case on stdin (JSON), without serving."""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import os
import sys
from typing import Any

FIELDS = (
    *("workers", "timeout", "graceful_timeout", "keepalive", "max_requests", "reload", "preload_app"),
    "loglevel",
)


def answer(case: dict[str, Any]) -> dict[str, Any]:
    # gunicorn reads WEB_CONCURRENCY and PORT while it is imported.
    for name in [m for m in sys.modules if m.partition(".")[0] in {"gunicorn", "__config__", "conf"}]:
        del sys.modules[name]
    os.environ.clear()
    os.environ.update(case["env"])
    os.chdir(case["directory"])
    sys.path[0] = case["directory"]
    sys.argv = case["argv"]
    errors = io.StringIO()
    try:
        with contextlib.redirect_stderr(errors):
            app = importlib.import_module("gunicorn.app.wsgiapp").WSGIApplication("%(prog)s [OPTIONS]")
            found = {name: app.cfg.settings[name].get() for name in FIELDS}
            found["worker_class"] = app.cfg.worker_class_str
            found["host"], found["port"] = app.cfg.address[0]
            found["target"] = app.app_uri
    except (SystemExit, ValueError, RuntimeError) as error:
        return {"fails": errors.getvalue().strip().splitlines()[-1:] or [str(error)]}
    return found


if __name__ == "__main__":
    path = list(sys.path)
    results = []
    for one in json.load(sys.stdin):
        sys.path[:] = path
        results.append(answer(one))
    json.dump(results, sys.stdout)
