"""What production's CORS policies come to under its environment: the ground that the CORS rules share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploycheck.facts.web.cors import patterns
from deploycheck.findings import Location, Step
from deploycheck.python.resolution import Resolved, holds, resolve, told_once
from deploycheck.python.values import Listing, Literal, Value

if TYPE_CHECKING:
    from deploycheck.facts.deployments import Deployment
    from deploycheck.facts.environment import Environment
    from deploycheck.facts.web.cors import CorsPolicy
    from deploycheck.project import Project

PREFIX = frozenset({"flask-cors", "django-cors-headers"})
"""Libraries that match an origin's pattern at its start only (tried with flask-cors 6.0.5)."""
REGEX_MARKS = frozenset("*\\]?$^[]()")
"""flask-cors takes a string with one of these for a pattern."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """One way that a policy may turn out in production.

    `certain` tells that every step is known: that the policy is installed in what is deployed, and that
    no layer unseen here can change it.
    """

    deployment: Deployment
    policy: CorsPolicy
    origins: Resolved
    regex: Resolved | None
    certain: bool

    @property
    def at(self) -> Location:
        """The argument that says which origins, where one call does; else the policy itself."""
        names = (
            ("allow_origin_regex", "allow_origins")
            if self.pattern
            else ("allow_origins", "allow_origin_regex")
        )
        call = self.policy.middleware.call if self.policy.middleware is not None else None
        given = {k.arg: k for k in call.node.keywords} if call is not None else {}
        place = next((given[n] for n in names if n in given), None)
        return call.module.location(place) if call is not None and place is not None else self.policy.at

    @property
    def credentials(self) -> bool | None:
        """Whether cookies and the like are let through; None when that is not known."""
        found = resolve(self.policy.credentials, self.deployment.environment)
        return bool(found.data) if found.known else None

    @property
    def entries(self) -> tuple[tuple[str, Location], ...]:
        """The origins in its list that are known, each with its place."""
        value = self.origins.value
        items = value.items if isinstance(value, Listing) else ()
        return tuple(
            (i.data, self._place(i)) for i in items if isinstance(i, Literal) and isinstance(i.data, str)
        )

    def _place(self, item: Literal) -> Location:
        text = str(item.data)
        for _, setting in self.origins.settings:
            if setting is not None and text in (setting.text or "") and setting.location is not None:
                return setting.location
        return item.at or self.policy.at

    @property
    def text(self) -> str | None:
        """The origins where they are one string."""
        value = self.origins.value
        return value.data if isinstance(value, Literal) and isinstance(value.data, str) else None

    @property
    def pattern(self) -> str | None:
        """The origin pattern, when it is known."""
        value = self.regex.value if self.regex is not None else None
        return value.data if isinstance(value, Literal) and isinstance(value.data, str) else None

    @property
    def prefix(self) -> bool:
        """Whether patterns need to match only the start of an origin."""
        return self.policy.framework in PREFIX

    @property
    def any_origin(self) -> bool:
        """Whether every website is allowed."""
        texts = [t for t, _ in self.entries] + ([self.text] if self.text is not None else [])
        if "*" in texts:
            return True
        found = [*self.patterns_in_list(), *((self.pattern,) if self.pattern else ())]
        return any(patterns.takes_any(p, prefix=self.prefix) for p in found)

    def patterns_in_list(self) -> tuple[str, ...]:
        """Return the entries that the library takes for patterns."""
        if self.policy.framework != "flask-cors":
            return ()
        texts = [t for t, _ in self.entries] + ([self.text] if self.text is not None else [])
        return tuple(t for t in texts if t != "*" and REGEX_MARKS & set(t))

    def trail(self, *more: Value) -> tuple[Step, ...]:
        """Return how the origins came to be what they are, and each further value."""
        environment = self.deployment.environment
        extra = tuple(s for value in more for s in _steps(value, environment))
        regex = self.regex.trail if self.regex is not None and self.pattern else ()
        return told_once((*self.origins.trail, *regex, *extra))


def _steps(value: Value, environment: Environment) -> tuple[Step, ...]:
    found = resolve(value, environment)
    own = found.value.at
    shown = () if found.trail or own is None else (Step(f"= {found.data!r}" if found.known else "", own),)
    return (*found.trail, *shown)


def installed(policy: CorsPolicy, environment: Environment) -> bool | None:
    """Tell whether production has a policy; what hand-written code asks of each request does not count."""
    conditions = policy.conditions
    if policy.framework == "hand-written":
        conditions = tuple(c for c in conditions if c.test is not None and c.test.variables())
    return holds(conditions, environment)


def policies(project: Project) -> Iterator[Allowed]:
    """Yield every way in which a policy of a deployment may turn out, in the order of deployments."""
    for deployment in project.deployments:
        for policy in deployment.policies:
            yield from outcomes(deployment, policy)


def outcomes(deployment: Deployment, policy: CorsPolicy) -> Iterator[Allowed]:
    """Yield every way in which one policy may turn out; nothing when it is not installed."""
    environment = deployment.environment
    present = installed(policy, environment)
    if present is False or policy.origins is None:
        return
    sure = present is True and deployment.whole and not deployment.tentative
    regex = resolve(policy.origin_regex, environment) if policy.origin_regex is not None else None
    for option in resolve(policy.origins, environment).possibilities():
        certain = sure and option.certain and (regex is None or regex.certain)
        yield Allowed(deployment, policy, option, regex, certain)
