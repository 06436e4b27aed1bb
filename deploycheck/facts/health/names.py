"""Paths by which health endpoints are known."""

from __future__ import annotations

import enum
import re

_EVERYWHERE = re.compile(
    r"_*health[-_]?(?:z|y|check|checks|status)?_*|livez|liveness|readyz|readiness|_*(?:lb)?heartbeat_*|startupz"
)
_AT_THE_TOP = re.compile(r"ready|live|alive|is[-_]?alive|is[-_]?ready|ping|status|statusz|up|startup")
"""Words that may be anything further down: `/orders/status`."""
_ABOVE = re.compile(
    r"api|v\d+(?:\.\d+)?|internal|system|monitoring|monitor|probes?|_|-|_?k8s|_ah|actuator|public|core|health[-_]?\w*"
)
_LIVE = re.compile(r"liv(?:e|ez|eness)|.*alive|ping|up|_*lbheartbeat_*")
_READY = re.compile(r".*ready|readyz|readiness|startupz?")
_MOST_BELOW = 2


class Purpose(enum.StrEnum):
    """What an endpoint's name promises: a word on health, fit for traffic, or just alive."""

    HEALTH = "health"
    READINESS = "readiness"
    LIVENESS = "liveness"


def purpose_of(path: str) -> Purpose | None:
    """Return what a path promises; None for one that is no health endpoint's.

    Source: the names in use: `/healthz`, `/readyz`, `/livez`, `/health/ready`, `/ping`, `/up`,
    `/__heartbeat__`.
    """
    parts = [p for p in path.lower().split("/") if p]
    if not parts or any(c in path for c in "{<(*"):
        return None
    index = next((i for i, p in enumerate(parts) if _EVERYWHERE.fullmatch(p)), None)
    if index is None:
        top = bool(_AT_THE_TOP.fullmatch(parts[-1])) and all(_ABOVE.fullmatch(p) for p in parts[:-1])
        return _purpose(parts[-1:]) if top else None
    below = parts[index:]
    return _purpose(below) if len(below) <= _MOST_BELOW + 1 else None


def _purpose(parts: list[str]) -> Purpose:
    if any(_READY.fullmatch(p) for p in parts):
        return Purpose.READINESS
    return Purpose.LIVENESS if any(_LIVE.fullmatch(p) for p in parts) else Purpose.HEALTH
