"""What the setup actions of GitHub keep from run to run, by their versions' own defaults.

Source: the `action.yml` files of actions/setup-python, astral-sh/setup-uv (v1 to v10) and
actions/setup-node (v1 to v7), and the latter's `main.ts`.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploycheck.facts.pipelines import Runner
from deploycheck.facts.pipelines.actions import numbers

if TYPE_CHECKING:
    from deploycheck.facts.pipelines import Job, Pipeline, Step, Trigger

AUTO_UV = 5
"""The first major version of setup-uv that caches by itself, on GitHub's own runners."""
CAREFUL_UV = 10
"""The first that does not where another's code or a release is built."""
AUTO_NODE = 5
"""The first major version of setup-node that caches by itself."""
NPM_ONLY_NODE = 6
"""The first that does so for npm alone."""
_MANAGERS = ("npm", "yarn", "pnpm")
_UNTRUSTED = frozenset({"release", "pull_request_target", "workflow_run"})


class Kept(enum.StrEnum):
    """Whether packages are kept from one run to the next."""

    ON = "on"
    OFF = "off"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Caching:
    """Whether a setup action caches, and why, as half a sentence about the action.

    `on_purpose` tells that it leaves the cache off for safety, and should not be made to use one.
    """

    kept: Kept
    why: str = ""
    on_purpose: bool = False


def setup_python(step: Step) -> Caching:
    """Return whether setup-python caches: in every version only where `cache` asks for it."""
    version = numbers(step.version)
    if version is not None and _before(version, (2, 3)):
        return Caching(Kept.OFF, "cannot cache in this version")
    return _asked(step, "cache", "caches only where `cache` is given")


def setup_uv(step: Step, job: Job, pipeline: Pipeline) -> Caching:
    """Return whether setup-uv caches, by `enable-cache`, its version, the runner and the events."""
    given = step.inputs.get("enable-cache", "").strip().lower()
    version = numbers(step.version)
    if given in {"true", "false"}:
        return Caching(Kept.ON) if given == "true" else Caching(Kept.OFF, "has its cache switched off")
    if given not in {"", "auto"} or version is None:
        return Caching(Kept.UNKNOWN)
    return _by_default(version[0], job, pipeline)


def _by_default(major: int, job: Job, pipeline: Pipeline) -> Caching:
    if major < AUTO_UV:
        return Caching(Kept.OFF, f"caches only where `enable-cache` is true, in version {major}")
    if job.runner is not Runner.HOSTED:
        known = job.runner is Runner.SELF_HOSTED
        return Caching(Kept.OFF if known else Kept.UNKNOWN, "does not cache on self-hosted runners")
    if major >= CAREFUL_UV and pipeline.triggers and all(map(_is_untrusted, pipeline.triggers)):
        why = "does not cache for releases and for others' code, to keep the cache clean"
        return Caching(Kept.OFF, why, on_purpose=True)
    return Caching(Kept.ON)


def _is_untrusted(trigger: Trigger) -> bool:
    tagged = trigger.event == "push" and bool(trigger.tags) and not trigger.branches
    return trigger.event in _UNTRUSTED or tagged


def setup_node(step: Step, package: dict[str, object]) -> Caching:
    """Return whether setup-node caches; `package` is what the package.json of the root says."""
    version = numbers(step.version)
    if version is not None and _before(version, (2, 2)):
        return Caching(Kept.OFF, "cannot cache in this version")
    asked = _asked(step, "cache", "")
    if asked.kept is not Kept.OFF:
        return asked
    major = version[0] if version is not None else None
    if major is not None and major < AUTO_NODE:
        return Caching(Kept.OFF, f"caches only where `cache` is given, in version {major}")
    if step.inputs.get("package-manager-cache", "").lower() == "false":
        return Caching(Kept.OFF, "has its cache switched off")
    declared, developed = _declared(package)
    if major is None:
        told = declared in _MANAGERS or developed in _MANAGERS
        return Caching(Kept.UNKNOWN if told else Kept.OFF, "caches only where `cache` is given")
    if major < NPM_ONLY_NODE:
        on, wanted = declared in _MANAGERS, "a `packageManager`"
    else:
        on, wanted = "npm" in {declared, developed}, "npm as the `packageManager`"
    why = f"caches by itself only where the package.json of the root names {wanted}, in version {major}"
    return Caching(Kept.ON) if on else Caching(Kept.OFF, why)


def _declared(package: dict[str, object]) -> tuple[str, str]:
    """Return the managers that `packageManager` and `devEngines.packageManager` name."""
    manager = package.get("packageManager")
    engines = package.get("devEngines")
    developed = engines.get("packageManager") if isinstance(engines, dict) else None
    name = developed.get("name") if isinstance(developed, dict) else None
    return (
        manager.partition("@")[0].lstrip("^") if isinstance(manager, str) else "",
        name if isinstance(name, str) else "",
    )


def _asked(step: Step, name: str, why: str) -> Caching:
    given = step.inputs.get(name, "").strip()
    if "${{" in given:
        return Caching(Kept.UNKNOWN)
    return Caching(Kept.ON) if given and given.lower() != "false" else Caching(Kept.OFF, why)


def _before(version: tuple[int, int | None], first: tuple[int, int]) -> bool:
    """Tell whether a version is for certain older than another; a bare major is its newest."""
    major, minor = version
    return major < first[0] or (major == first[0] and minor is not None and minor < first[1])
