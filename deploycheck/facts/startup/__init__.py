"""What runs before the first request: the modules that are imported, the functions that are called."""

from __future__ import annotations

from deploycheck.facts.startup.catching import EXITS, handled, is_caught, raises, tries_around
from deploycheck.facts.startup.following import StartUp, off_by_default, start_up_of
from deploycheck.facts.startup.run import Run
from deploycheck.facts.startup.walking import own

__all__ = [
    "EXITS",
    "Run",
    "StartUp",
    "handled",
    "is_caught",
    "off_by_default",
    "own",
    "raises",
    "start_up_of",
    "tries_around",
]
