"""When the jobs of a pipeline run, by its triggers and their conditions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from deploycheck.facts.practice.model import When

if TYPE_CHECKING:
    from deploycheck.facts.pipelines import Job, Pipeline, Trigger

_NEVER = re.compile(r"^\s*(?:\$\{\{\s*)?false(?:\s*\}\})?\s*$", re.IGNORECASE)
_RELEASE = re.compile(
    r"event_name\s*==\s*['\"](?:release|workflow_dispatch)|startsWith\(\s*github\.ref\s*,\s*['\"]refs/tags"
    r"|ref_type\s*==\s*['\"]tag|^(?:tags|\$CI_COMMIT_TAG)$"
)
_OTHERWISE = re.compile(r"\|\||!\s*startsWith|!\s*\(")
_RELEASES = frozenset(
    {"release", "workflow_dispatch", "repository_dispatch", "deployment", "registry_package"}
)


def when(pipeline: Pipeline, job: Job) -> When:
    """Return when a job runs. A workflow that only others call is told with those that do."""
    events = pipeline.events()
    if _NEVER.match(job.condition) or events == {"workflow_call"}:
        return When.NEVER
    if pipeline.triggers and all(_is_release(t) for t in pipeline.triggers if t.event != "workflow_call"):
        return When.RELEASES
    if _RELEASE.search(job.condition) and not _OTHERWISE.search(job.condition):
        return When.RELEASES
    return When.CHANGES


def _is_release(trigger: Trigger) -> bool:
    return trigger.event in _RELEASES or (
        trigger.event == "push" and bool(trigger.tags) and not trigger.branches
    )
