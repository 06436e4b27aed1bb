"""What the code reads of its environment: missing, malformed, read by nobody, set in this shell alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from deploycheck.checks.applies import a_deployment, a_manifest
from deploycheck.facts.environment import Environment, Kind
from deploycheck.facts.variables.needs import Need, needs_of, refusals_of
from deploycheck.findings import Draft, Fix, Severity, Step
from deploycheck.masking import is_secret_name
from deploycheck.rules import Reads, rule

if TYPE_CHECKING:
    from deploycheck.facts.deployments import Deployment
    from deploycheck.facts.variables.needs import Refusal
    from deploycheck.project import Project

SHOWN = 60


@rule(
    "ENV003",
    "required-missing",
    severity=Severity.CRITICAL,
    debt="DEPLOY-1",
    reads=Reads.PYTHON | Reads.MANIFESTS,
    requires=(a_deployment,),
)
def required_missing(project: Project) -> Iterator[Draft]:
    """Start-up fails: the app cannot do without a variable that is set nowhere.

    **Why.** `os.environ["X"]` raises KeyError and a settings field without a default raises
    ValidationError while the module is imported, so no worker comes up and the deployment fails.

    **Fix.** Set the variable where the deployment is described, or give it a default that is right in
    production. Secrets belong into the platform's store, not into the file.

    **Silent when** some layer sets the variable, the platform injects it or may do so, the read is not
    on the way of start-up, a test that guards it is false or undecided, or what it raises is caught.
    Where the platform has a dashboard of its own, the absence is not certain: one medium finding for
    each file that reads such variables.

    Source: pydantic-settings 2.16, starlette, environs, decouple and the standard library, each tried.
    """
    for deployment in project.deployments:
        unsettled: dict[str, list[Need]] = {}
        for need in needs_of(deployment, deployment.environment):
            if need.certain and not deployment.tentative:
                yield _missing(need)
            else:
                unsettled.setdefault(need.at.path, []).append(need)
        for needs in unsettled.values():
            yield _not_provided(needs)


def _missing(need: Need) -> Draft:
    return Draft(
        message=f"The app does not start: {need.name} is set nowhere, and `{need.text}` needs it.",
        at=need.at,
        subject=need.name,
        trail=need.trail,
        fix=Fix(
            f"set {need.name} where the deployment is described",
            question=f"Which value, secret or resource gives {need.name} to this deployment?",
        ),
    )


def _not_provided(needs: list[Need]) -> Draft:
    names = list(dict.fromkeys(n.name for n in needs))
    them = "it" if len(names) == 1 else "them"
    return Draft(
        message=f"No file here provides {_listed(names)}, and the app does not start without {them}.",
        at=needs[0].at,
        subject=names[0] if len(names) == 1 else needs[0].at.path,
        trail=tuple(dict.fromkeys(Step(n.text, n.at) for n in needs)),
        certain=False,
        severity=Severity.MEDIUM,
        fix=Fix(
            f"set {_listed(names)} in production, and name {them} in the configuration's `injected`",
            question=f"Where does production get {_listed(names)} from?",
        ),
    )


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


@rule(
    "ENV004",
    "value-malformed",
    severity=Severity.CRITICAL,
    debt="DEPLOY-1",
    reads=Reads.PYTHON | Reads.MANIFESTS,
    requires=(a_deployment,),
)
def value_malformed(project: Project) -> Iterator[Draft]:
    """Production sets a variable to a value that the code cannot take, so the app fails where it reads it.

    **Why.** `int("two")`, a word that is no member of an enum, or a list that is not JSON raises. At
    start-up that keeps the app from serving at all; later on it fails each request that needs the value.

    **Fix.** Write the value in the form that the code's cast or type takes.

    **Silent when** the value is not in these files, the code catches the error, or the read is not
    reached under this environment.

    Source: the casts themselves, and pydantic's own validators, run on the value.
    """
    for deployment in project.deployments:
        told: set[str] = set()
        for refusal in refusals_of(deployment):
            if refusal.name not in told:
                told.add(refusal.name)
                yield _malformed(deployment, refusal)


def _malformed(deployment: Deployment, refusal: Refusal) -> Draft:
    setting = refusal.setting
    shown = refusal.name if is_secret_name(refusal.name) else f"{refusal.name}={_short(setting.text or '')}"
    after = "the app does not start" if refusal.at_start else "each request that reads it fails"
    return Draft(
        message=f"{shown} ({setting.layer}) is refused by `{refusal.text}`: {after}.",
        at=setting.location or refusal.at,
        subject=refusal.name,
        trail=refusal.trail,
        certain=refusal.certain and not deployment.tentative,
        severity=Severity.CRITICAL if refusal.at_start else Severity.HIGH,
        fix=Fix(f"write {refusal.name} in the form that `{refusal.text}` takes"),
    )


def _short(text: str) -> str:
    return repr(text) if not text or len(text) > SHOWN or " " in text else text


@rule(
    "ENV010",
    "only-this-shell",
    severity=Severity.HIGH,
    debt="DEPLOY-1",
    reads=Reads.PYTHON | Reads.MANIFESTS,
    requires=(a_deployment, a_manifest),
)
def only_this_shell(project: Project) -> Iterator[Draft]:
    """Production will not have a variable that the app needs: only the shell running this check sets it.

    **Why.** The check, and any start on this machine, passes. The deployment does not bring the shell's
    variables along, so there the app stops at its start.

    **Fix.** Set it where the deployment is described. If production gets it from elsewhere (a dashboard,
    a secret store), name it in the configuration's `injected` list.

    **Silent when** a manifest, the platform, an `--env-file` or the configuration provides it, the
    code has a default for it, or the check runs with `--isolated`.

    Source: the layers of the environment with and without this shell's.
    """
    for deployment in project.deployments:
        if deployment.manifests:
            for need in needs_of(deployment, _without_shell(deployment.environment)):
                setting = deployment.environment.lookup(need.name)
                if setting is not None and not _others(deployment.environment, need.name):
                    yield _shell_only(deployment, need)


def _without_shell(environment: Environment) -> Environment:
    return replace(environment, layers=tuple(x for x in environment.layers if x.kind is not Kind.SHELL))


def _others(environment: Environment, name: str) -> Iterable[object]:
    return [layer for layer, _ in environment.all_of(name) if layer.kind is not Kind.SHELL]


def _shell_only(deployment: Deployment, need: Need) -> Draft:
    where = deployment.manifests[0].path
    return Draft(
        message=f"The app needs {need.name}, and only this shell sets it: production will not have it.",
        at=need.at,
        subject=need.name,
        trail=(*need.trail, Step(f"{need.name} is set in this shell, and not in {where}")),
        certain=need.certain and not deployment.tentative,
        severity=Severity.HIGH if need.certain else Severity.MEDIUM,
        fix=Fix(
            f"set {need.name} in {where}, or name it in the configuration's `injected`",
            question=f"Where does production get {need.name} from?",
        ),
    )
