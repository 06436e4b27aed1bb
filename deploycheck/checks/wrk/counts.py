"""How many workers there are: two places that say it, and one that nobody asks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.checks.applies import a_server
from deploycheck.checks.wrk.numbers import count_known, count_of, server_of, told_at
from deploycheck.facts.editing import without_words
from deploycheck.facts.rewording import reworded, with_variable, without_statement
from deploycheck.facts.server.one_source import in_place, separate_settings, shares_a_variable
from deploycheck.facts.server.unloaded import unloaded_settings
from deploycheck.findings import Draft, Edit, Fix, Location, Severity, Step
from deploycheck.python.resolution import resolve
from deploycheck.rules import Reads, rule

if TYPE_CHECKING:
    from deploycheck.facts.deployments import Deployment
    from deploycheck.facts.server.model import WorkerSetting
    from deploycheck.project import Project

READS_IT_ITSELF = frozenset({"gunicorn", "uvicorn", "fastapi"})
"""Servers that take their number of workers from WEB_CONCURRENCY when the command says none."""


@rule(
    "WRK001",
    "two-sources",
    severity=Severity.HIGH,
    debt="DEPLOY-4",
    reads=Reads.PYTHON | Reads.MANIFESTS,
    requires=(a_server,),
)
def two_sources(project: Project) -> Iterator[Draft]:
    """Production starts another number of workers than the code's own setting says.

    **Why.** Connection pools, memory and limits are sized by the number that people see in the settings.
    Production uses the other one, and changing the setting changes nothing.

    **Fix.** Keep one number. WEB_CONCURRENCY in the deployment's environment, which gunicorn and uvicorn
    read themselves, and let the code read the same variable; or a `gunicorn.conf.py` that reads the setting.

    **Silent when** the server takes its number from the setting, both read the same variable to the same
    end, either number is not known, or the setting counts something else (threads, queues, browsers).

    Source: both numbers decided under production's environment, by each server's own order of precedence.
    """
    told: set[tuple[Location, str]] = set()
    for deployment in project.deployments:
        for setting in _settings(project, deployment):
            draft = _disagreement(project, deployment, setting)
            if draft is not None and (draft.at, draft.subject) not in told:
                told.add((draft.at, draft.subject))
                yield draft


def _settings(project: Project, deployment: Deployment) -> tuple[WorkerSetting, ...]:
    if deployment.server is None:
        return ()
    found = separate_settings(project.program, deployment.modules, deployment.server)
    return tuple(s for s in found if not in_place(s))


def _disagreement(project: Project, deployment: Deployment, setting: WorkerSetting) -> Draft | None:
    counted = deployment.workers
    said = resolve(setting.value, deployment.environment)
    real, wanted = count_of(counted), count_of(said)
    if counted is None or real is None or wanted is None or real == wanted or not counted.certain:
        return None
    server = server_of(deployment)
    return Draft(
        message=f"{server.program} starts {_workers(real)}, but the setting {setting.reader} says {wanted}.",
        at=told_at(counted, deployment),
        subject=f"{deployment.name}: {setting.reader}",
        trail=(*counted.trail, *said.trail),
        certain=said.certain and server.certain and not deployment.tentative,
        fix=_one_number(project, deployment, setting, real),
    )


def _workers(count: int) -> str:
    return "1 worker process" if count == 1 else f"{count} worker processes"


def _one_number(project: Project, deployment: Deployment, setting: WorkerSetting, real: int) -> Fix:
    server = server_of(deployment)
    if server.program not in READS_IT_ITSELF:
        return Fix(
            f"start {server.program} with the number that {setting.reader} gives, or remove the setting"
        )
    where = deployment.at.path if deployment.manifests else "the deployment's environment"
    remedy = (
        f"keep one number: set WEB_CONCURRENCY={real} in {where}, drop the number from the start command, "
        f"and let {setting.reader} read WEB_CONCURRENCY"
    )
    edits = _moved_to_the_environment(project, deployment, setting, real)
    return (
        Fix(remedy, edits)
        if edits
        else Fix(remedy, question=f"Which number is right, {real} or the setting's?")
    )


def _moved_to_the_environment(
    project: Project, deployment: Deployment, setting: WorkerSetting, real: int
) -> tuple[Edit, ...]:
    """Return the edits of command, environment and setting; none unless all three can be made."""
    out = _without_option(project, deployment)
    put = next(
        (
            e
            for m in deployment.manifests
            if (e := with_variable(project.tree, m, "WEB_CONCURRENCY", str(real)))
        ),
        (),
    )
    variable = next(iter(setting.value.variables()), None)
    if not out or not put or variable is None or variable.at is None or len(variable.names) != 1:
        return ()
    read = reworded(project.tree, variable.at, f'"{variable.name}"', '"WEB_CONCURRENCY"')
    return (*out, *put, *read) if read else ()


def _without_option(project: Project, deployment: Deployment) -> tuple[Edit, ...]:
    """Return the edits that take `-w N` out of the command, in either spelling."""
    command = server_of(deployment).command
    words = command.argv if command is not None else ()
    for index, word in enumerate(words):
        if word.text in {"-w", "--workers"}:
            return without_words(project.tree, words, index, index + 1)
        if word.text.startswith("--workers="):
            return without_words(project.tree, words, index, index)
    return ()


@rule(
    "WRK002",
    "unused-setting",
    severity=Severity.MEDIUM,
    debt="DEPLOY-4",
    reads=Reads.PYTHON | Reads.MANIFESTS,
    requires=(a_server,),
)
def unused_setting(project: Project) -> Iterator[Draft]:
    """Production never reads this worker setting of the code, so changing it has no effect.

    **Why.** Somebody will raise it under load, deploy, and wonder why nothing changes. It also tells
    readers a number that is not true.

    **Fix.** Remove the setting, or make the start command take its number from it. A `gunicorn.conf.py`
    counts only in the working directory of the process, or with `-c`.

    **Silent when** anything that production loads reads the setting, one variable decides the setting and
    the server's number alike, or a start command is not understood.

    Source: every place that reads the setting, and what each server of the deployments really loads.
    """
    started = [d for d in project.deployments if d.server is not None]
    if not all(server_of(d).certain and count_known(d) for d in started):
        return
    dead: dict[Location, tuple[WorkerSetting, Deployment]] = {}
    alive: set[Location] = set()
    for deployment in started:
        server = server_of(deployment)
        for setting in separate_settings(project.program, deployment.modules, server):
            if setting.used_by or shares_a_variable(setting, server) or _only_local(setting, deployment):
                alive.add(setting.at)
            else:
                dead.setdefault(setting.at, (setting, deployment))
    yield from (_unused(project, s, d) for at, (s, d) in sorted(dead.items()) if at not in alive)
    yield from _files_not_loaded(project, started)


def _only_local(setting: WorkerSetting, deployment: Deployment) -> bool:
    """Tell whether it is a variable for runs by hand, which production does not set."""
    return in_place(setting) and deployment.environment.lookup(setting.name) is None


def _unused(project: Project, setting: WorkerSetting, deployment: Deployment) -> Draft:
    said = resolve(setting.value, deployment.environment)
    others = tuple(Step("read only when started by hand", at) for at in setting.read_at)
    count = count_of(said)
    shown = f" ({count})" if count is not None else ""
    return Draft(
        message=f"{setting.reader}{shown} has no effect: {_starter(deployment)}, which never reads it.",
        at=setting.at,
        subject=setting.reader,
        trail=(
            *said.trail,
            *others,
            Step(f"production is started here: {server_of(deployment).program}", deployment.at),
        ),
        certain=deployment.whole and not deployment.tentative,
        fix=_removed(project, setting),
    )


def _starter(deployment: Deployment) -> str:
    where = f" by {deployment.at.path}" if deployment.process is not None else ""
    return f"production is started with {server_of(deployment).program}{where}"


def _removed(project: Project, setting: WorkerSetting) -> Fix:
    remedy = f"remove {setting.reader}, or start the server with the number that it gives"
    edits = () if setting.read_at else without_statement(project.program, setting.at, setting.name)
    if edits:
        return Fix(remedy, edits)
    return Fix(remedy, question="Who still needs the setting: the local start, or nobody?")


def _files_not_loaded(project: Project, started: list[Deployment]) -> Iterator[Draft]:
    near = [d for d in started if d.manifests and not d.tentative]
    for setting in unloaded_settings(project.program, project.tree, [server_of(d) for d in started]):
        owner = next((d for d in near if _is_around(setting.at.path, d.directory)), None)
        if owner is None:
            continue
        path = setting.at.path
        folder = owner.directory or "the project's folder"
        elsewhere = f"gunicorn starts in {folder} and loads only a gunicorn.conf.py there"
        why = elsewhere if server_of(owner).program == "gunicorn" else _starter(owner)
        yield Draft(
            message=f"The workers in {path} have no effect: {why}.",
            at=setting.at,
            subject=path,
            trail=(
                *resolve(setting.value, owner.environment).trail,
                Step("production is started here", owner.at),
            ),
            certain=False,
            fix=Fix(f"name it in the start command (-c {path}), or remove it"),
        )


def _is_around(path: str, directory: str) -> bool:
    folder = path.rpartition("/")[0]
    return (
        f"{folder}/".startswith(f"{directory}/")
        or f"{directory}/".startswith(f"{folder}/")
        or not (folder and directory)
    )
