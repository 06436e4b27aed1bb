"""A route: a path that an app serves, and the function that answers."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from deploycheck.python.resolution import resolve
from deploycheck.python.values import Listing, Unknown, Value
from deploycheck.python.values import Literal as Constant

if TYPE_CHECKING:
    from collections.abc import Mapping

    from deploycheck.facts.web.apps import App
    from deploycheck.findings import Location
    from deploycheck.python.scopes import FunctionSymbol
    from deploycheck.python.values import Lookup

Kind = Literal["route", "websocket", "mount"]


@dataclass(frozen=True, slots=True, eq=False)
class Route:
    """One path that an app serves.

    `parts` are the pieces of the path from the app's root, prefixes first; any of them may depend on the
    environment or be unknown. `methods` are in upper case; empty means that it is not known which.
    A `mount` answers for everything below its path, by something whose own routes are not seen.
    `keywords` are the options given with it (`status_code`, `dependencies`). `app` is the app that serves
    it, None when that cannot be told: a route is listed for the app that it is registered on, and for
    each app that mounts that one.
    """

    parts: tuple[Value, ...]
    methods: tuple[str, ...]
    handler: FunctionSymbol | None
    at: Location
    app: App | None
    kind: Kind = "route"
    keywords: Mapping[str, Value] = field(default_factory=dict, repr=False)

    @property
    def path(self) -> str | None:
        """The whole path, with no variable set; None when part of it is unknown. Starts with a slash."""
        return self.path_under(None)

    def path_under(self, lookup: Lookup | None) -> str | None:
        """Return the whole path under an environment, or None when part of it stays unknown."""
        texts = [_text(part, lookup) for part in self.parts]
        known = [t for t in texts if t is not None]
        return tidy("".join(known)) if len(known) == len(texts) else None

    @property
    def tail(self) -> str:
        """The end of the path as far as it is known without gaps: `/health` under an unknown prefix."""
        known: list[str] = []
        for part in reversed(self.parts):
            text = _text(part, None)
            if text is None:
                break
            known.insert(0, text)
        return tidy("".join(known)) if known else ""


def _text(part: Value, lookup: Lookup | None) -> str | None:
    found = resolve(part, lookup)
    if not found.known:
        return None
    data = found.data
    return "" if data is None else data if isinstance(data, str) else None


def tidy(path: str) -> str:
    """Return a path with one slash at its start and none doubled."""
    return re.sub("/{2,}", "/", f"/{path}")


def method_names(value: Value | None, usual: tuple[str, ...] = ("GET",)) -> tuple[str, ...]:
    """Return the methods in a list of them, in upper case; `usual` when there is none, empty when unknown."""
    if value is None:
        return usual
    found = resolve(value)
    if isinstance(found.value, Constant) and found.value.data is None:
        return usual
    if isinstance(found.value, Listing) and found.known and isinstance(found.data, (list, tuple, set)):
        return tuple(sorted(str(m).upper() for m in found.data))
    return ()


UNKNOWN_PREFIX = Unknown("where it is mounted is not seen")
