"""The child's life: it isolates itself, then does what it is told until it is told to stop."""

from __future__ import annotations

import json
import os
import sys
from typing import Any, Callable

from . import refusing
from .alarm import Alarm
from .channel import Channel, Message
from .isolation import die_with_the_parent, isolate
from .throwaway import Throwaway


def main() -> None:
    """Serve the parent. The one argument is JSON: the pipes, the throwaway, the place."""
    asked: dict[str, Any] = json.loads(sys.argv[1])
    die_with_the_parent()
    throwaway = Throwaway(asked["url"], asked["folder"], asked["read_only"])
    is_cut_off, how = isolate(network=throwaway.is_local, wanted=asked["namespaces"])
    sys.argv[:] = ["alembic", "upgrade", "heads"]
    channel = Channel(asked["reading"], asked["writing"])
    _take_precautions(asked, throwaway, is_cut_off)
    channel.send({"isolation": how, "python": "%d.%d" % sys.version_info[:2]})
    Server(channel, asked, throwaway).serve()


def _take_precautions(asked: dict[str, Any], throwaway: Throwaway, is_cut_off: bool) -> None:
    from .drivers import lead_drivers
    from .engines import lead_engines
    from .guards import guard
    from .lookups import record_lookups

    refusing.Project.root = os.path.realpath(asked["root"])
    lead_drivers(throwaway)
    lead_engines(throwaway)
    record_lookups()
    sys.path.extend(p for p in asked["paths"] if p not in sys.path)
    guard(throwaway, programs=is_cut_off)


class Server:
    """Answers one command after the other; after a failure it goes on, with what is imported kept."""

    def __init__(self, channel: Channel, asked: dict[str, Any], throwaway: Throwaway) -> None:
        """Remember what does not change between commands."""
        self._channel = channel
        self._place = asked["place"]
        self._throwaway = throwaway
        self._alarm = Alarm(asked["hang_file"], asked["limit"])

    def serve(self) -> None:
        """Go on until told to stop, or the parent is gone."""
        doing: dict[str, Callable[[Message], Message]] = {
            "ready": self._ready,
            "history": self._history,
            "upgrade": self._run,
            "steps": self._run,
            "drift": self._drift,
        }
        while True:
            asked = self._channel.receive()
            if asked["do"] == "stop":
                return
            answer = self._answered(doing[asked["do"]], asked)
            self._channel.send({"end": dict(answer, refused=list(refusing.refusals))})

    def _answered(self, work: Callable[[Message], Message], asked: Message) -> Message:
        from .failures import told

        self._alarm.arm()
        try:
            return work(asked)
        except BaseException as error:  # whatever the project raises, SystemExit included, is the answer
            return {"failure": told(error)}
        finally:
            self._alarm.disarm()

    def _ready(self, asked: Message) -> Message:
        from .configuring import configured
        from .running import run_env

        def nothing(heads: Any, context: Any) -> list[Any]:
            return []

        with configured(self._place, self._throwaway) as (config, script):
            run_env(config, script, nothing, dont_mutate=True)
        return {}

    def _history(self, asked: Message) -> Message:
        from .configuring import configured
        from .history import history

        with configured(self._place, self._throwaway) as (_, script):
            return {"history": history(script)}

    def _run(self, asked: Message) -> Message:
        from .configuring import configured
        from .running import Run

        with configured(self._place, self._throwaway) as (config, script):
            return Run(self._channel, asked, self._alarm).run(config, script)

    def _drift(self, asked: Message) -> Message:
        from .configuring import configured
        from .drift import drift

        with configured(self._place, self._throwaway) as (config, script):
            return {"drift": drift(config, script)}
