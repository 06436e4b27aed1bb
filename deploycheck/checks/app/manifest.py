"""The manifest itself: whether its platform can read it, knows its keys, and gets what each entry means."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.checks.applies import a_manifest
from deploycheck.facts.editing import replaced
from deploycheck.facts.manifests.model import Use
from deploycheck.facts.manifests.platforms import APP_ENGINE, COMPOSE, DATABRICKS
from deploycheck.facts.manifests.rewriting import env_as_list, flow
from deploycheck.findings import Draft, Fix, Severity, Step
from deploycheck.rules import Reads, rule

if TYPE_CHECKING:
    from deploycheck.facts.manifests.model import Command, Entry, Manifest, Problem
    from deploycheck.project import Project

_STRICT = frozenset({DATABRICKS.key, COMPOSE.key, APP_ENGINE.key})
"""Platforms whose own readers refuse a repeated key."""


def problems(project: Project, *kinds: str) -> Iterator[tuple[Manifest, Problem]]:
    """Yield the problems of some kinds in every manifest that production uses, each place once.

    A file that only deploycheck could not read is left out: the report says so, and rules are incomplete.
    """
    told = set()
    for manifest in project.manifests:
        for problem in manifest.problems:
            key = (problem.kind, problem.at, problem.subject)
            if problem.kind in kinds and key not in told and problem.case != "ours":
                told.add(key)
                yield manifest, problem


def is_certain(manifest: Manifest) -> bool:
    """Tell whether production surely uses what a manifest says: a development or example file may not be."""
    return manifest.certain and manifest.use not in {Use.DEVELOPMENT, Use.EXAMPLE}


@rule(
    "APP001",
    "unreadable",
    severity=Severity.CRITICAL,
    debt="DEPLOY-1",
    reads=Reads.MANIFESTS,
    requires=(a_manifest,),
)
def unreadable(project: Project) -> Iterator[Draft]:
    """Production gets nothing, or something else, from a manifest that its platform cannot read.

    **Why.** A file that is no YAML, a repeated key, a list where a text belongs, an empty command: the
    deployment is refused, or goes on without what the file was written for.

    **Fix.** Correct the line. `command` of a Databricks app is a list of words, `env` a list of entries
    with `name` and `value` or `valueFrom`.

    **Silent when** the file belongs to no platform that deploycheck knows, is empty (which means the
    platform's defaults), or is too large for deploycheck itself. A `command` that is one text instead of
    a list is medium: the documented type is a list, and what the platform makes of a text is not
    documented. A process that a Procfile names twice is high: which one runs is not documented either.

    Source: the platforms' documentation; the Databricks CLI and Docker Compose decode with a YAML reader
    that refuses repeated keys and other types, App Engine's SDK raises for a repeated key.
    """
    for manifest, problem in problems(project, "unreadable", "duplicate-key", "wrong-type", "empty-command"):
        yield Draft(
            message=f"{_so(manifest, problem)}: {problem.message}.",
            at=problem.at,
            subject=problem.subject or manifest.path,
            trail=(Step(problem.message, problem.at),),
            certain=is_certain(manifest),
            severity=_how_bad(manifest, problem),
            fix=_readable(project, manifest, problem),
        )


def _so(manifest: Manifest, problem: Problem) -> str:
    name = manifest.platform.name
    match problem.kind:
        case "unreadable":
            return f"{name} cannot read this file, so nothing in it counts"
        case "duplicate-key":
            return f"{name} refuses this file, or one of two lines does nothing"
        case "empty-command":
            return f"{name} is told to start nothing"
    if problem.case == "text":
        return f"{name} takes the command as a list only, so this one may not be started as meant"
    return f"{name} refuses this file, or leaves the key out"


def _how_bad(manifest: Manifest, problem: Problem) -> Severity | None:
    if problem.kind == "wrong-type" and problem.case == "text":
        return Severity.MEDIUM
    if problem.kind == "duplicate-key" and manifest.platform.key not in _STRICT:
        return Severity.HIGH
    return None


def _readable(project: Project, manifest: Manifest, problem: Problem) -> Fix:
    if problem.case == "text":
        return _as_list(project, _command_at(manifest, problem))
    if problem.kind == "wrong-type" and problem.subject == "env" and manifest.platform is DATABRICKS:
        edits = env_as_list(project.tree, problem.at.path)
        return Fix("write env as a list of entries with name and value", edits)
    if problem.kind == "duplicate-key":
        return Fix(f"keep one {problem.subject}", question=f"Which {problem.subject} is meant?")
    if problem.kind == "empty-command":
        return Fix("write the command, or leave the key out", question="What starts this app?")
    return Fix(f"correct this line of {problem.at.path}")


def _command_at(manifest: Manifest, problem: Problem) -> Command | None:
    """Return the command as the manifest's own line has it, before any script that it starts."""
    for process in manifest.processes:
        for command in (*(process.command.via if process.command else ()), process.command):
            if command is not None and command.at == problem.at and command.argv:
                return command
    return None


def _as_list(project: Project, command: Command | None) -> Fix:
    remedy = "write the command as a list, one item for each word"
    if command is None:
        return Fix(remedy)
    return Fix(remedy, replaced(project.tree, [(command.at, flow(command.words))]))


@rule(
    "APP002",
    "unknown-key",
    severity=Severity.MEDIUM,
    debt="DEPLOY-1",
    reads=Reads.MANIFESTS,
    requires=(a_manifest,),
)
def unknown_key(project: Project) -> Iterator[Draft]:
    """Nothing comes of a key in the manifest that its platform does not know.

    **Why.** A misspelt key is ignored without a word: the app runs with the default instead.

    **Fix.** Use the key that was meant, or take the line out. What a Databricks app.yaml cannot say (its
    name, its size, its resources) belongs into databricks.yml.

    **Silent when** the file is another platform's, or the platform allows keys of one's own.

    Source: the platforms' documented keys; the Databricks CLI ignores every other one.
    """
    for manifest, problem in problems(project, "unknown-key"):
        yield Draft(
            message=f"{manifest.platform.name} ignores this line: {problem.message}{_meant(problem)}",
            at=problem.at,
            subject=problem.subject,
            trail=(Step(problem.message, problem.at),),
            certain=is_certain(manifest),
            fix=_spelt(project, problem),
        )


def _meant(problem: Problem) -> str:
    return f"; did you mean {problem.hint}?" if problem.hint else "."


def _spelt(project: Project, problem: Problem) -> Fix:
    if not problem.hint:
        return Fix(f"take {problem.subject} out, or move it to the file that knows it")
    edits = replaced(project.tree, [(problem.at, problem.hint)]) if problem.at.end_column else ()
    return Fix(f"write {problem.hint}", edits)


@rule(
    "APP003",
    "env-entry",
    severity=Severity.CRITICAL,
    debt="DEPLOY-1",
    reads=Reads.MANIFESTS,
    requires=(a_manifest,),
)
def env_entry(project: Project) -> Iterator[Draft]:
    """Production lacks a variable, or gets one of two values, because of an entry in the manifest.

    **Why.** The app starts without the variable, or with the other value, and uses its default instead.

    **Fix.** Give each entry one `name` and one of `value` and `valueFrom`, and each name one entry.

    **Silent when** the value comes from a resource, or is the empty text (which is a value). An entry
    with no name, or a name given two different values, is critical: one of the lines surely does nothing.
    An entry with neither `value` nor `valueFrom`, or with both, is high: the platform does not document
    what it then does. The same name with the same value twice is low.

    Source: the documentation of Databricks Apps (exactly one of value and valueFrom); the Databricks CLI
    leaves an entry with neither out without a word.
    """
    for manifest, problem in problems(project, "env-entry"):
        yield Draft(
            message=_lost(manifest, problem),
            at=problem.at,
            subject=problem.subject or "env",
            trail=_entries_of(manifest, problem) or (Step(problem.message, problem.at),),
            certain=is_certain(manifest),
            severity=_entry_severity(manifest, problem),
            fix=_one_value(problem),
        )


def _given(manifest: Manifest, problem: Problem) -> tuple[Entry, ...]:
    return tuple(e for e in manifest.environment if e.name == problem.subject)


def _entries_of(manifest: Manifest, problem: Problem) -> tuple[Step, ...]:
    if problem.case != "twice":
        return ()
    return tuple(Step(_shown(e), e.at) for e in _given(manifest, problem))


def _shown(entry: Entry) -> str:
    return (
        f"{entry.name} = {entry.value}" if entry.value is not None else f"{entry.name} from {entry.written}"
    )


def _same(manifest: Manifest, problem: Problem) -> bool:
    return len({(e.value, e.written) for e in _given(manifest, problem)}) == 1


def _lost(manifest: Manifest, problem: Problem) -> str:
    name = manifest.platform.name
    match problem.case:
        case "nameless" | "mapping":
            return f"{name} gets an entry that sets no variable: {problem.message}."
        case "neither":
            return f"{problem.subject} gets no value: the entry has neither value nor valueFrom."
        case "both":
            return f"{problem.subject} gets one of two values, and {name} does not say which."
    if _same(manifest, problem):
        return f"{problem.subject} is set twice, to the same value."
    return f"{problem.subject} is set twice, so one of the two values is lost."


def _entry_severity(manifest: Manifest, problem: Problem) -> Severity | None:
    if problem.case in {"both", "neither"}:
        return Severity.HIGH
    return Severity.LOW if problem.case == "twice" and _same(manifest, problem) else None


def _one_value(problem: Problem) -> Fix:
    name = problem.subject
    match problem.case:
        case "nameless" | "mapping":
            hint = f" (write {problem.hint})" if problem.hint else ""
            return Fix(f"give the entry a name{hint}", question="Which variable is this entry for?")
        case "neither":
            return Fix(
                f"give {name} a value, or take the entry out", question=f"What is {name} in production?"
            )
        case "both":
            return Fix(
                f"keep value or valueFrom of {name}", question=f"Which of the two is meant for {name}?"
            )
    return Fix(f"keep one entry for {name}", question=f"Which value is meant for {name}?")
