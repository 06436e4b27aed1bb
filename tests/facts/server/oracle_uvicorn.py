"""Run by the tests: tells what the real uvicorn makes of each case on stdin (JSON), without serving."""

from __future__ import annotations

import importlib
import json
import os
import runpy
import sys
from typing import Any

import click

MAIN: Any = importlib.import_module("uvicorn.main")
STARTED: dict[str, Any] = {}


class Started:
    """Stands for whatever would serve: it only remembers the configuration, and how many would run."""

    started = True

    def __init__(self, config: Any, **_: Any) -> None:
        STARTED.update(
            host=config.host,
            port=config.port,
            processes=config.workers if type(self) is Several else 1,
            reload=bool(config.reload),
            keepalive=config.timeout_keep_alive,
            graceful_timeout=config.timeout_graceful_shutdown,
            max_requests=config.limit_max_requests,
            target=config.app,
            factory=config.factory,
        )

    def run(self, *_: Any, **__: Any) -> None:
        pass


class Several(Started):
    pass


def answer(case: dict[str, Any]) -> dict[str, Any]:
    STARTED.clear()
    os.environ.clear()
    os.environ.update(case["env"])
    os.chdir(case["directory"])
    try:
        if case["script"]:
            runpy.run_path(case["script"], run_name="__main__")
        else:
            MAIN.main(case["argv"][1:], standalone_mode=False)
    except (click.ClickException, ValueError, TypeError, SystemExit) as error:
        return {"fails": str(error)}
    return dict(STARTED)


if __name__ == "__main__":
    MAIN.Server = MAIN.ChangeReload = Started
    MAIN.Multiprocess = Several
    for name in ("bind_socket", "load_app", "configure_logging"):
        setattr(MAIN.Config, name, lambda _self: None)
    json.dump([answer(one) for one in json.load(sys.stdin)], sys.stdout)
