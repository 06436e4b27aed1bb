"""Which manifests are deployed: by where they lie, and by what other manifests use them for."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from deploycheck.facts.manifests.model import Manifest, Use
from deploycheck.facts.manifests.platforms import COMPOSE, DOCKER

_EXAMPLES = frozenset(
    {
        *(".agents", ".claude", ".cursor", ".github", "docs", "doc", "docs_src", "example", "examples"),
        *("fixture", "fixtures", "sample", "samples", "skills", "template", "templates", "test", "testdata"),
        *("testing", "tests", "tutorial", "tutorials"),
    }
)
_DEVELOPMENT = frozenset({".devcontainer", "devcontainer", ".gitpod", ".vscode", "dev", "local"})
_NAMED = re.compile(
    r"(?:^|[._-])(?:ci|debug|dev|development|devel|devcontainer|e2e|example|local|playwright|sample|test|testing|tests|windows)"
    r"(?:$|[._-])"
)
_PLAIN_COMPOSE = re.compile(r"(?:^|/)(?:docker-)?compose\.ya?ml$")
_STAGE = re.compile(
    r"(?:^|[/._-])(?:archived?|canary|contrib|demos?|deprecated|ephemeral|extras?|integration|kind|legacy|minikube|old"
    r"|playground|pr|previews?|qa|review|sandbox|stage|staging|stg|uat)"
    r"(?:$|[/._-])"
)


def use_of(path: str) -> Use:
    """Return what a manifest is from its path alone."""
    *folders, name = path.lower().split("/")
    if _EXAMPLES.intersection(folders) or re.search(
        r"(?:^|[._-])(?:example|sample|template)(?:$|[._-])", name
    ):
        return Use.EXAMPLE
    if _DEVELOPMENT.intersection(folders) or _NAMED.search(name):
        return Use.DEVELOPMENT
    return Use.PRODUCTION


def stage_of(path: str) -> Use:
    """Return the same for platforms with one file a stage: what is staged or previewed is not production."""
    use = use_of(path)
    return Use.DEVELOPMENT if use is Use.PRODUCTION and _STAGE.search(path.lower()) else use


def chosen(manifests: Iterable[Manifest]) -> tuple[Manifest, ...]:
    """Mark what other manifests use, and leave out what is not deployed unless there is nothing else.

    A Dockerfile that starts nothing by itself is no deployment while a development service gives its command.
    One that is only likely to be what another manifest runs stays what it is.
    """
    found = _without_rehearsals(list(manifests))
    used = {path for m in found if m.use is Use.PRODUCTION and m.certain for path in m.uses}
    marked = [_part(m) if m.path in used else m for m in found]
    if any(m.use is Use.PRODUCTION and not _idle(m) for m in marked):
        live = {m.path for m in marked if m.use is Use.PRODUCTION}
        return tuple(m for m in marked if _matters(m, live))
    for use in (Use.DEVELOPMENT, Use.EXAMPLE):
        taken = [m for m in marked if m.use is use and not _idle(m)]
        if taken:
            return _second_best(marked, taken)
    return tuple(marked)


def _without_rehearsals(manifests: list[Manifest]) -> list[Manifest]:
    """Take a Compose file that no name gives to production for a developer's, where a platform deploys.

    Its services (a database, a cache) then have no part in production either.
    """
    deployed = any(
        m.use is Use.PRODUCTION and m.certain and m.platform not in {COMPOSE, DOCKER} and m.processes
        for m in manifests
    )
    if not deployed:
        return manifests
    return [
        replace(m, use=Use.DEVELOPMENT)
        if m.platform is COMPOSE and _PLAIN_COMPOSE.search(m.path) and m.use is not Use.EXAMPLE
        else m
        for m in manifests
    ]


def _matters(manifest: Manifest, live: set[str]) -> bool:
    """Tell whether a manifest has a part in production: a developer's database has none."""
    if manifest.use is Use.SERVICE and manifest.name:
        return manifest.path in live
    return manifest.use not in {Use.DEVELOPMENT, Use.EXAMPLE}


def _part(manifest: Manifest) -> Manifest:
    """Mark a manifest as used up by another; a service stays what it is."""
    return manifest if manifest.name else replace(manifest, use=Use.PART)


def _idle(manifest: Manifest) -> bool:
    """Tell whether a Dockerfile leaves it to others what to start."""
    return manifest.platform is DOCKER and not any(p.command for p in manifest.processes)


def _second_best(manifests: list[Manifest], taken: list[Manifest]) -> tuple[Manifest, ...]:
    used = {path for m in taken for path in m.uses}
    kept = {Use.PRODUCTION, Use.PART, Use.SERVICE}
    parts = [_part(m) if m.path in used else m for m in manifests]
    return tuple(p for p, m in zip(parts, manifests, strict=True) if m in taken or m.use in kept)
