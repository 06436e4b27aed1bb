"""Health endpoints as data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from deploycheck.facts.health.names import Purpose
    from deploycheck.facts.web.routes import Route
    from deploycheck.findings import Location
    from deploycheck.python.scopes import Scope

FAILED = 400
"""Statuses from here on tell a prober that something is wrong."""


@dataclass(frozen=True, slots=True)
class Touch:
    """One call that needs the database. `blocking` tells that it holds up the event loop meanwhile."""

    text: str
    at: Location
    blocking: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """One way in which an endpoint may end.

    `status` is None where it cannot be told. `touched` tells that the database was asked before, `leak` is
    where the text of an exception was put into it. `dropped` is a status of failure that was meant and never
    reaches the caller, and `why` how it got lost: `tuple` (FastAPI makes a list of it) or `caught`.
    """

    status: int | None
    at: Location
    touched: bool = False
    leak: Location | None = None
    dropped: int | None = None
    why: str = ""

    @property
    def failed(self) -> bool | None:
        """Whether a prober sees a failure; None where it cannot be told."""
        return None if self.status is None else self.status >= FAILED


@dataclass(frozen=True, slots=True, eq=False)
class Endpoint:
    """One health endpoint of an app.

    `path` is where it is served. `down` are its answers while the database cannot be reached, `answers` those
    when anything inside of a `try` may fail. `touches` are the calls that need the database, `unknown` calls
    of which it is not known what they do, and `scopes` the functions it was followed into. `understood`
    is False where it could not be followed at all; `guarded` tells that it asks for a login or a key.
    """

    path: str
    purpose: Purpose
    route: Route = field(repr=False)
    down: tuple[Answer, ...] = ()
    answers: tuple[Answer, ...] = ()
    touches: tuple[Touch, ...] = ()
    unknown: tuple[Location, ...] = ()
    scopes: tuple[Scope, ...] = field(default=(), repr=False)
    understood: bool = True
    guarded: bool = False

    @property
    def at(self) -> Location:
        """Where its function stands, else where it is registered."""
        handler = self.route.handler
        return handler.scope.module.location(handler.node) if handler is not None else self.route.at

    @property
    def constant(self) -> bool:
        """Whether it certainly says that all is well, whatever happens, and asks nobody."""
        asked = self.touches or self.unknown or not self.understood
        return not asked and bool(self.down) and all(a.failed is False for a in self.down)

    @property
    def lies(self) -> Answer | None:
        """The answer that says all is well, given whenever the database cannot be reached; or None."""
        asked = [a for a in self.down if a.touched]
        return asked[0] if asked and self.understood and all(a.failed is False for a in asked) else None

    @property
    def truthful(self) -> bool:
        """Whether it certainly fails while the database cannot be reached."""
        asked = [a for a in self.down if a.touched]
        return bool(asked) and self.understood and all(a.failed for a in self.down)

    @property
    def checks(self) -> bool:
        """Whether it may tell the truth about what the app needs: it fails, or it may."""
        if not self.understood or self.unknown:
            return True
        return any(a.failed is not False for a in self.down)
