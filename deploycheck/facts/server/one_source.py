"""Whether a worker setting of the code is where the server's number of processes comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploycheck.facts.server.worker_settings import other_worker_settings
from deploycheck.python.values import Via

if TYPE_CHECKING:
    from collections.abc import Container

    from deploycheck.facts.server.model import Server, WorkerSetting
    from deploycheck.findings import Location
    from deploycheck.python.program import Program
    from deploycheck.python.values import Value


def separate_settings(program: Program, within: Container[str], server: Server) -> tuple[WorkerSetting, ...]:
    """Return the worker settings in the modules of `within` that the server's own number is not made from."""
    places = tuple(_places(server.workers))
    return tuple(
        s for s in other_worker_settings(program, within, server) if not any(_inside(p, s.at) for p in places)
    )


def in_place(setting: WorkerSetting) -> bool:
    """Tell whether a setting is just a variable that code reads where it starts a server by hand."""
    return setting.reader.startswith("os.getenv(")


def shares_a_variable(setting: WorkerSetting, server: Server) -> bool:
    """Tell whether one variable decides both numbers."""
    mine = {name.upper() for name in setting.value.variable_names()}
    return bool(mine & {name.upper() for name in server.workers.variable_names()})


def _places(value: Value) -> set[Location]:
    places = {node.at for node in value.walk() if node.at is not None}
    steps = {node.step.location for node in value.walk() if isinstance(node, Via)}
    return places | {at for at in steps if at is not None}


def _inside(place: Location, statement: Location) -> bool:
    return place.path == statement.path and statement.line <= place.line <= statement.end_line
