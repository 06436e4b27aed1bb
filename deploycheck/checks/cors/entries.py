"""Single entries of the list of origins: insecure, local, dead; and a list that is none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from deploycheck.checks.applies import a_web_app
from deploycheck.checks.cors import fixes
from deploycheck.checks.cors.allowed import policies
from deploycheck.facts.web.early import answers_early
from deploycheck.findings import Draft, Fix, Severity, Step
from deploycheck.python.resolution import holds
from deploycheck.python.values import Branch, Literal, Text, Value, Variable, peel
from deploycheck.rules import Reads, rule

if TYPE_CHECKING:
    from deploycheck.facts.deployments import Deployment
    from deploycheck.facts.web.middleware import Middleware
    from deploycheck.project import Project

LOCAL = re.compile(
    r"localhost|.*\.localhost|127(\.\d+){3}|\[?::1\]?|0\.0\.0\.0|host\.docker\.internal|10(\.\d+){3}"
    r"|192\.168(\.\d+){2}|172\.(1[6-9]|2\d|3[01])(\.\d+){2}|[^.]+|.*\.(?:local|test|internal)",
    re.IGNORECASE,
)
"""Hosts that no visitor of production has: this machine, private networks, names of a container network."""
DEFAULT_PORTS = {"http": 80, "https": 443}
LISTS = frozenset({"starlette", "litestar", "flask-cors", "django-cors-headers", "quart-cors"})


def _host(origin: str) -> str:
    try:
        return urlsplit(origin.strip()).hostname or ""
    except ValueError:
        return ""


def _is_local(origin: str) -> bool:
    host = _host(origin)
    return bool(host) and bool(LOCAL.fullmatch(host))


@rule(
    "CORS005",
    "insecure-origin",
    severity=Severity.MEDIUM,
    debt="DEPLOY-2",
    reads=Reads.PYTHON,
    requires=(a_web_app,),
)
def insecure_origin(project: Project) -> Iterator[Draft]:
    """Whoever can change an unencrypted page may call this API: an origin is `http://`, or `null`.

    **Why.** Whoever sits between a visitor and an `http://` page can put a script into it, which then
    calls the API. `null` is the origin of every sandboxed frame, anybody's too.

    **Fix.** Allow the `https://` origin, and take `null` out.

    **Silent when** the host is this machine, a private network's or a container's (CORS006 tells), or the
    list is not production's for certain.

    **Source.** `"null"` in the list reflects `null` with credentials in Starlette 1.10.0.
    """
    for allowed in policies(project):
        for text, at in allowed.entries:
            if not allowed.certain or (text != "null" and not text.startswith("http://")) or _is_local(text):
                continue
            what = "any sandboxed frame" if text == "null" else "whoever can change an unencrypted page"
            edits = fixes.entry_text(project, at, text, text.replace("http://", "https://", 1))
            without = fixes.without(project, allowed, text)
            yield Draft(
                message=f"The allowed origin {text} lets {what} call this API.",
                at=at,
                subject=text,
                trail=allowed.trail(),
                fix=Fix(f"take {text} out", without)
                if text == "null"
                else Fix("allow the https:// origin", edits),
            )


@rule(
    "CORS006",
    "localhost-origin",
    severity=Severity.LOW,
    debt="DEPLOY-2",
    reads=Reads.PYTHON,
    requires=(a_web_app,),
)
def localhost_origin(project: Project) -> Iterator[Draft]:
    """Production still allows origins of developers' machines.

    **Why.** Any program that serves a page on a visitor's own machine may call the API as that visitor.
    It is also a sign that production's list was never written.

    **Fix.** Leave local origins to the environment of development.

    **Silent when** a list with other content may come from where these files cannot be seen.

    **Source.** The list as production's environment decides it.
    """
    for allowed in policies(project):
        local = [(text, at) for text, at in allowed.entries if _is_local(text)]
        if not local or not allowed.certain:
            continue
        text, at = local[0]
        more = f" and {len(local) - 1} more" if len(local) > 1 else ""
        kept = [t for t, _ in allowed.entries if not _is_local(t)]
        yield Draft(
            message=f"Production's allowed origins still have {text}{more}.",
            at=at,
            subject=f"local origins {allowed.policy.at.path}",
            trail=allowed.trail(),
            fix=Fix(
                "give local origins to development's environment only",
                fixes.only(project, allowed, kept) if kept else (),
            ),
        )


@rule(
    "CORS007",
    "origins-as-text",
    severity=Severity.CRITICAL,
    debt="DEPLOY-2",
    reads=Reads.PYTHON,
    requires=(a_web_app,),
)
def origins_as_text(project: Project) -> Iterator[Draft]:
    """Other people's websites may call this API: the allowed origins are one text, of which any part counts.

    **Why.** Starlette asks `origin in allow_origins`. For a list that means one of its items; for a text
    it means any part of it: with `https://app.example.com` the origins `https://app.example.co` and
    `https://app` pass too.

    **Fix.** Pass a list: split the variable at commas, or write brackets around the text.

    **Silent when** the text is `*` (CORS001 tells), or code splits it first.

    **Source.** Tried with Starlette 1.10.0: a shorter origin and an empty one pass.
    """
    for allowed in policies(project):
        policy = allowed.policy
        origins = policy.origins
        if policy.framework != "starlette" or origins is None or allowed.text in {"*", ""}:
            continue
        if allowed.text is None and not _is_text(origins):
            continue
        yield Draft(
            message="allow_origins is one text, not a list: every origin that is a part of it is allowed.",
            at=allowed.at,
            subject=f"{policy.framework} {policy.at.path}",
            trail=allowed.trail(),
            certain=allowed.certain and allowed.text is not None,
            fix=fixes.as_list(project, origins),
        )


def _is_text(value: Value) -> bool:
    """Tell whether a value is one string whatever the environment."""
    found = peel(value)
    match found:
        case Text():
            return True
        case Literal(data=data):
            return isinstance(data, str)
        case Variable(default=default):
            return default is None or _is_text(default)
        case Branch(then=then, otherwise=otherwise):
            return _is_text(then) and _is_text(otherwise)
    return False


@rule(
    "CORS008",
    "dead-origin",
    severity=Severity.MEDIUM,
    debt="DEPLOY-2",
    reads=Reads.PYTHON,
    requires=(a_web_app,),
)
def dead_origin(project: Project) -> Iterator[Draft]:
    """Production refuses the front end that an entry is meant for: the entry can never match.

    **Why.** Browsers send scheme, host and port, in small letters, without a path, and without the
    scheme's own port. An entry with a slash at its end, a space, a comma or a `*` in its host is compared
    letter by letter and never equal.

    **Fix.** Write the origin as the browser sends it; for several hosts use the origin pattern.

    **Silent when** the library takes the entry for a pattern (flask-cors), or it stands for all (`*`).

    **Source.** Tried with Starlette 1.10.0.
    """
    for allowed in policies(project):
        if allowed.policy.framework not in LISTS:
            continue
        taken_as_patterns = allowed.patterns_in_list()
        for text, at in allowed.entries:
            reason = _why_dead(text)
            if reason and text not in taken_as_patterns and allowed.certain:
                better = _as_sent(text)
                yield Draft(
                    message=f"The allowed origin {text!r} never matches: {reason}.",
                    at=at,
                    subject=text,
                    trail=allowed.trail(),
                    fix=Fix(
                        f"write {better}" if better else "write each origin as the browser sends it",
                        fixes.entry_text(project, at, text, better) if better else (),
                    ),
                )


def _why_dead(text: str) -> str:  # noqa: PLR0911 - one line a reason reads best
    if text in {"*", "null", ""}:
        return ""
    if text != text.strip() or " " in text:
        return "it has a space in it"
    if "," in text:
        return "several origins stand in one text"
    scheme, found, rest = text.partition("://")
    host = rest.partition("/")[0]
    if not found:
        return "the scheme is missing" if re.fullmatch(r"[\w.-]+(:\d+)?/?", text) else ""
    if "*" in host:
        return "a * in a host is no wildcard"
    if "/" in rest:
        return "browsers send no path, and no slash at the end"
    if host != host.lower():
        return "browsers send the host in small letters"
    if host.endswith(f":{DEFAULT_PORTS.get(scheme, 0)}"):
        return "browsers leave the scheme's own port out"
    return ""


def _as_sent(text: str) -> str:
    """Return an entry as the browser sends it, where one origin is meant; else an empty string."""
    bare = text.strip()
    if "," in bare or " " in bare or "*" in bare or "://" not in bare:
        return ""
    scheme, _, rest = bare.partition("://")
    host = rest.partition("/")[0].lower().removesuffix(f":{DEFAULT_PORTS.get(scheme, 0)}")
    return f"{scheme}://{host}"


@rule(
    "CORS009",
    "errors-without-cors",
    severity=Severity.LOW,
    debt="DEPLOY-2",
    reads=Reads.PYTHON,
    requires=(a_web_app,),
)
def errors_without_cors(project: Project) -> Iterator[Draft]:
    """Front ends see "CORS error" instead of the real answer, where a middleware answers before CORS.

    **Why.** The middleware added last is the outermost. One that answers by itself (a limit, a check of a
    token) outside the CORS middleware sends no CORS headers, and answers preflight requests too.

    **Fix.** Add the CORS middleware last.

    **Silent when** the outer middleware always passes requests on, or is not installed in production.

    **Source.** Tried with Starlette 1.10.0: a 429 from outside carries no CORS headers, preflights fail.
    """
    for allowed in policies(project):
        cors = allowed.policy.middleware
        for outer in _outside(allowed.deployment, cors) if cors is not None else ():
            yield Draft(
                message=f"{_short(outer)} answers by itself outside CORS: "
                "the front end cannot read that answer.",
                at=outer.at,
                subject=outer.name,
                trail=(Step("the CORS middleware is inside", allowed.policy.at),),
                fix=Fix("add the CORS middleware after this one, so that it is outside"),
            )


def _outside(deployment: Deployment, cors: Middleware) -> Iterator[Middleware]:
    for one in deployment.middleware:
        outside = one.app is not None and one.app == cors.app and one.order < cors.order
        installed = outside and holds(one.conditions, deployment.environment) is True
        if installed and one.kind in {"added", "listed", "wrapper"} and answers_early(one):
            yield one


def _short(middleware: Middleware) -> str:
    return middleware.name.rpartition(".")[2]
