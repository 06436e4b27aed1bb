"""Ways out of pipelines: which jobs deploy, and what they run, with the jobs that they wait for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from deploycheck.facts.deploying import shipping
from deploycheck.facts.deploying.model import Act, Origin, Task, Way
from deploycheck.facts.deploying.unfolding import Around, Unfolder

if TYPE_CHECKING:
    from deploycheck.facts.pipelines import Job, Pipeline, Step

_NAMED = re.compile(r"deploy|release|rollout|ship|go-?live|cd$|prod", re.IGNORECASE)
_MIGRATES = re.compile(r"migrat|db[-_ ]?upgrade|schema", re.IGNORECASE)
_TARGET = re.compile(r"prod|live|staging|stage|deploy|main|master|release", re.IGNORECASE)
_NO_TARGET = re.compile(r"pypi|pages|docs?$|test|ci$|preview|review", re.IGNORECASE)
_DATABASES = re.compile(
    r"postgres|postgis|pgvector|timescale|mysql|mariadb|mssql|cockroach|oracle", re.IGNORECASE
)
_TESTED = re.compile(
    r"localhost|127\.0\.0\.1|0\.0\.0\.0|sqlite|@(?:db|postgres|database|mysql)[:/]", re.IGNORECASE
)
_DATABASE_NAME = re.compile(r"DATABASE|(?:^|_)DB(?:_|$)|^PG|POSTGRES|SQLALCHEMY|MYSQL", re.IGNORECASE)
_SECRET = re.compile(r"secrets\.|vars\.|\$\(\w+\)|\$\{?[A-Z_]+\}?")
_REQUESTS = frozenset({"pull_request", "pull_request_target", "merge_group"})
_ONLY_REQUESTS = re.compile(r"event_name\s*==\s*['\"]pull_request|merge_requests?\b(?!.*\|\|)")
_NEVER = re.compile(r"^\s*(?:\$\{\{\s*)?false(?:\s*\}\})?\s*$", re.IGNORECASE)
_ALWAYS = re.compile(
    r"success\(\)|always\(\)|refs/heads|refs/tags|ref_name|event_name|github\.ref|succeeded\(\)"
)


def ways_of(pipeline: Pipeline, unfolder: Unfolder) -> Iterator[Way]:
    """Yield a way for each job that no other deploying job waits for.

    A job's way holds what it runs after what the jobs that it waits for run, as far as those touch
    production. Jobs that deploy nothing are ways that do not deploy.
    """
    live = [j for j in pipeline.jobs if not _NEVER.match(j.condition)]
    tasks = {job.name: tuple(_tasks(job, unfolder)) for job in live}
    deploys = {job.name: _deploys(pipeline, job, tasks[job.name]) for job in live}
    waited = {
        n.name for job in live if deploys[job.name] for n in pipeline.needed(job) if deploys.get(n.name)
    }
    for job in live:
        if job.name in waited:
            continue
        before = [
            t
            for needed in pipeline.needed(job)
            for t in tasks.get(needed.name, ())
            if deploys[job.name] and (deploys.get(needed.name) or Act.BACKUP in t.acts)
        ]
        yield _way(pipeline, job, (*before, *tasks[job.name]), deploys=deploys[job.name])


def _way(pipeline: Pipeline, job: Job, tasks: tuple[Task, ...], *, deploys: bool) -> Way:
    scheduled = pipeline.events() == {"schedule"} or (
        "schedule" in pipeline.events()
        and not deploys
        and pipeline.events() <= {"schedule", "workflow_dispatch"}
    )
    origin = Origin.SCHEDULE if scheduled else Origin.PIPELINE
    title = f" {pipeline.name}" if pipeline.system in {"circleci", "bitbucket"} and pipeline.name else ""
    return Way(f"{pipeline.path}{title} {job.name}", origin, job.at, tasks, deploys)


# -- what a job runs -------------------------------------------------------------------------------


def _tasks(job: Job, unfolder: Unfolder) -> Iterator[Task]:
    local = any(_DATABASES.search(s) for s in job.services)
    for step in job.steps:
        if _NEVER.match(step.condition):
            continue
        for task in _of_step(step, unfolder):
            practised = (
                local and not task.remote and not _is_production({**job.environment, **step.environment})
            )
            # What runs on a database that the job itself starts says nothing about production's.
            yield (
                replace(task, acts=task.acts - {Act.BACKUP, Act.RESTORE}, practised=True)
                if practised
                else task
            )
    if job.uses and not job.steps:
        text = f"uses: {job.uses}"
        acts = frozenset({Act.DEPLOY}) if _NAMED.search(job.uses.rpartition("/")[2]) else frozenset[Act]()
        yield Task(text, job.at, acts=acts, opaque=True)


def _of_step(step: Step, unfolder: Unfolder) -> Iterator[Task]:
    around = Around(
        step.directory, (step.at,), certain=not step.condition or bool(_ALWAYS.search(step.condition))
    )
    if step.script is not None:
        yield from unfolder.script(step.script, around)
        return
    if not step.uses:
        return
    key = shipping.action_shell(step.uses, step.inputs)
    if key:
        from deploycheck.facts.builds import Script

        inside = replace(around, remote=True, directory="")
        yield Task(
            f"uses: {step.uses}", step.at, acts=frozenset({Act.DEPLOY}), via=(), certain=around.certain
        )
        yield from unfolder.script(Script(step.inputs[key], step.at), inside)
        return
    ships = shipping.action_ships(step.uses, step.inputs)
    acts = frozenset({Act.DEPLOY}) if ships else frozenset[Act]()
    opaque = not ships and not shipping.is_harmless(step.uses)
    yield Task(f"uses: {step.uses}", step.at, acts=acts, certain=around.certain, opaque=opaque)


# -- which jobs deploy -----------------------------------------------------------------------------


def _is_production(environment: dict[str, str]) -> bool:
    """Tell whether a database's address comes from the CI system's store of secrets and variables."""
    return any(_DATABASE_NAME.search(k) and _SECRET.search(v) for k, v in environment.items())


def _deploys(pipeline: Pipeline, job: Job, tasks: tuple[Task, ...]) -> bool:
    events = pipeline.events()
    if events and events <= _REQUESTS:
        return False
    if _ONLY_REQUESTS.search(job.condition) or _NO_TARGET.search(job.target):
        return False
    acts = frozenset(a for t in tasks for a in t.acts if not t.practised)
    if Act.DEPLOY in acts:
        return True
    if job.target and _TARGET.search(job.target):
        return True
    if Act.MIGRATE not in acts:
        return False
    return _migrates_production(pipeline, job, tasks)


def _migrates_production(pipeline: Pipeline, job: Job, tasks: tuple[Task, ...]) -> bool:
    """Tell whether a job that migrates and ships nothing works on production's database."""
    if any(t.remote and Act.MIGRATE in t.acts for t in tasks):
        return True
    environments = [{**pipeline.environment, **job.environment, **s.environment} for s in job.steps]
    if any(_is_production(e) for e in environments) and not job.services:
        return True
    if job.services or any(
        _DATABASE_NAME.search(k) and _TESTED.search(v) for e in environments for k, v in e.items()
    ):
        return False
    names = (job.name, job.title, pipeline.name, pipeline.path.rpartition("/")[2])
    return any(_NAMED.search(n) or _MIGRATES.search(n) for n in names if "test" not in n.lower())
