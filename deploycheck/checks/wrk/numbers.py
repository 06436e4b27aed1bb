"""Numbers of workers as messages and comparisons need them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from deploycheck.facts.deployments import Deployment
    from deploycheck.facts.server.model import Server
    from deploycheck.findings import Location
    from deploycheck.python.resolution import Resolved


def count_of(resolved: Resolved | None) -> int | None:
    """Return a number of processes, written as text or not; None where it is not known."""
    if resolved is None or not resolved.known or isinstance(resolved.data, bool):
        return None
    data = resolved.data
    if isinstance(data, str) and data.strip().isdigit():
        return int(data)
    return data if isinstance(data, int) else None


def told_at(resolved: Resolved, deployment: Deployment) -> Location:
    """Return the place that decides a server's option: the last of its trail in a file."""
    places = [s.location for s in resolved.trail if s.location is not None]
    return places[-1] if places else deployment.at


def server_of(deployment: Deployment) -> Server:
    """Return the server of a deployment that is known to have one."""
    assert deployment.server is not None  # noqa: S101 - whoever asks has looked
    return deployment.server


def count_known(deployment: Deployment) -> bool:
    """Tell whether the server's number of workers could be followed, whatever it is."""
    return deployment.workers is not None and not deployment.workers.unknown
