"""Shell syntax in a start command that no shell reads, and what to write instead on that platform."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.checks.app.manifest import is_certain
from deploycheck.checks.applies import a_manifest
from deploycheck.facts.editing import replaced, requoted, rewritten, without_words
from deploycheck.facts.manifests.literal import (
    OPERATORS,
    REFERENCE,
    Unexpanded,
    json_list,
    unexpanded,
    wrapped_in_shell,
)
from deploycheck.facts.manifests.platforms import COMPOSE, DATABRICKS, DOCKER
from deploycheck.facts.manifests.rewriting import with_variable
from deploycheck.facts.manifests.shell import program
from deploycheck.facts.rewording import mentions, reworded
from deploycheck.findings import Draft, Edit, Fix, Location, Severity, Step
from deploycheck.rules import Reads, rule

if TYPE_CHECKING:
    from deploycheck.facts.manifests.model import Manifest, Word
    from deploycheck.project import Project

PORT = "DATABRICKS_APP_PORT"
CONCURRENCY = "WEB_CONCURRENCY"
_WORKERS = ("-w", "--workers")
_READS_CONCURRENCY = frozenset({"gunicorn", "uvicorn"})


@rule(
    "APP006",
    "shell-syntax",
    severity=Severity.CRITICAL,
    debt="DEPLOY-4",
    reads=Reads.MANIFESTS,
    requires=(a_manifest,),
)
def shell_syntax(project: Project) -> Iterator[Draft]:
    """No shell reads the start command, so its `$VAR` or `&&` reaches the program as those very letters.

    **Why.** `gunicorn -w ${WORKERS:-2}` stops with "invalid int value: '${WORKERS:-2}'", and what
    stands behind `&&` is one more argument of the first program. Both work in a terminal, where a shell
    is in between.

    **Fix.** Let the server read the variable itself: gunicorn and uvicorn take their workers from
    WEB_CONCURRENCY, gunicorn anything from a gunicorn.conf.py. Or start a shell on purpose:
    `bash -c "exec …"`. On Databricks Apps only `$DATABRICKS_APP_PORT`, written without braces, is put in.

    **Silent when** a shell does read the line (a Procfile, App Engine's entrypoint, a Dockerfile's
    CMD with no brackets, `sh -c`), the platform puts the variable in itself, or Compose does. A word
    that reaches a program of the project's own is high: the program may read the variable itself.

    Source: the documentation of Databricks Apps; gunicorn 27.0.1, tried; Docker's exec form.
    """
    told: set[Location] = set()
    for manifest in project.manifests:
        for process in manifest.processes if manifest.deployable else ():
            for found in unexpanded(manifest, process):
                if found.words[0].at not in told:
                    told.add(found.words[0].at)
                    yield _literal(project, manifest, found)


def _literal(project: Project, manifest: Manifest, found: Unexpanded) -> Draft:
    return Draft(
        message=_message(found),
        at=found.words[0].at,
        subject=" ".join(dict.fromkeys(word.text for word in found.words)),
        trail=(
            Step(found.command.text, found.command.at),
            Step(f"{manifest.platform.name} starts it with no shell, so nothing is put in or split"),
        ),
        certain=found.breaks and found.command.certain and is_certain(manifest),
        fix=_instead(project, manifest, found),
    )


def _message(found: Unexpanded) -> str:
    first = found.words[0]
    name = program(found.command) or found.command.words[0]
    if first is found.command.argv[0]:
        return f"No shell reads this command, and no program is named `{first.text}`: nothing starts."
    if any(word.text in OPERATORS for word in found.words):
        return (
            f"No shell reads this command: {name} gets all the rest as its own arguments, `{first.text}` too."
        )
    shown = " and ".join(dict.fromkeys(f"`{word.text}`" for word in found.words[:3]))
    stops = found.breaks and any(_is_workers(found, w) for w in found.words)
    end = " and does not start" if stops else ""
    return f"No shell reads this command: {name} gets {shown} as it is written{end}."


def _instead(project: Project, manifest: Manifest, found: Unexpanded) -> Fix:
    if manifest.platform is DATABRICKS and all(_is_port(w) or _is_workers(found, w) for w in found.words):
        return _for_databricks(project, manifest, found)
    shell = "bash" if manifest.platform is DATABRICKS else "sh"
    words = wrapped_in_shell(found.command, shell)
    remedy = f'start a shell that takes its own place: {shell} -c "{words[2]}"'
    return Fix(remedy, _in_a_shell(project, manifest, found, words))


def _is_port(word: Word) -> bool:
    names = [m["plain"] or m["name"] for m in REFERENCE.finditer(word.text)]
    rest = REFERENCE.sub("", word.text)
    return bool(names) and set(names) <= {"PORT", PORT} and "$" not in rest and "`" not in rest


def _is_workers(found: Unexpanded, word: Word) -> bool:
    """Tell whether a word is the number of workers of a server that can take it from the environment."""
    return program(found.command) in _READS_CONCURRENCY and _workers_at(found, word) is not None


def _workers_at(found: Unexpanded, word: Word) -> tuple[int, int] | None:
    """Return the first and last word of the option whose value is a reference and nothing else."""
    index = next(i for i, w in enumerate(found.command.argv) if w is word)
    name, _, value = word.text.rpartition("=") if "=" in word.text.partition("$")[0] else ("", "", word.text)
    if not REFERENCE.fullmatch(value):
        return None
    if name in _WORKERS:
        return index, index
    before = found.command.argv[index - 1].text if index and not name else ""
    return (index - 1, index) if before in _WORKERS else None


def _for_databricks(project: Project, manifest: Manifest, found: Unexpanded) -> Fix:
    """Take the number of workers from the environment, and the port from the one name that is put in."""
    remedies: list[str] = []
    edits: list[Edit] = []
    whole = True
    for word in found.words:
        place = _workers_at(found, word)
        if place is None:
            remedies.append(f"write ${PORT}, the one variable that the platform puts in")
            made = replaced(
                project.tree, [(word.at, requoted(project.tree, word, REFERENCE.sub(f"${PORT}", word.text)))]
            )
        else:
            count = _count(manifest, word)
            remedies.append(
                f"leave the option out and set {CONCURRENCY} under env, which {program(found.command)} reads"
            )
            made = without_words(project.tree, found.command.argv, *place)
            added = _concurrency(project, manifest, word, count)
            made = (*made, *added) if made and added is not None else ()
        whole = whole and bool(made)
        edits += made
    remedy = "; ".join(dict.fromkeys(remedies))
    asks = any(_workers_at(found, w) and not _count(manifest, w) for w in found.words)
    return Fix(remedy, tuple(edits) if whole else (), "How many workers shall run?" if asks else "")


def _count(manifest: Manifest, word: Word) -> str:
    """Return the number that the reference would stand for: a variable of the manifest, else its default."""
    match = REFERENCE.search(word.text)
    if match is None:
        return ""
    name = match["plain"] or match["name"]
    given = next((e.value for e in reversed(manifest.environment) if e.name == name), None)
    count = given or match["default"] or ""
    return count if count.isdigit() else ""


def _concurrency(project: Project, manifest: Manifest, word: Word, count: str) -> tuple[Edit, ...] | None:
    """Return the edit that sets the number of workers, nothing where it is, None where none can be made."""
    if any(entry.name == CONCURRENCY for entry in manifest.environment):
        return ()
    if not count:
        return None
    return (
        _renamed(project, manifest, word)
        or with_variable(project.tree, word.at.path, CONCURRENCY, count)
        or None
    )


def _renamed(project: Project, manifest: Manifest, word: Word) -> tuple[Edit, ...]:
    """Return the edit that gives the variable of a word its new name; none where somebody else reads it."""
    match = REFERENCE.search(word.text)
    name = (match["plain"] or match["name"]) if match is not None else ""
    entries = [entry for entry in manifest.environment if entry.name == name]
    if len(entries) != 1 or entries[0].at.path != word.at.path:
        return ()
    told = [n for n, line in enumerate(project.tree.lines(word.at.path), 1) if mentions(line, name)]
    read = any(mentions(module.text, name) for module in project.program.modules.all())
    only_here = set(told) == {entries[0].at.line, word.at.line} and not read
    return reworded(project.tree, entries[0].at, name, CONCURRENCY) if only_here else ()


def _in_a_shell(
    project: Project, manifest: Manifest, found: Unexpanded, words: tuple[str, ...]
) -> tuple[Edit, ...]:
    """Return the edit that puts the command's list into a shell; none where the list is not in one piece."""
    at = found.command.at
    inside = all(
        w.at.path == at.path and at.line <= w.at.line <= w.at.end_line <= at.end_line
        for w in found.command.argv
    )
    if not inside or manifest.platform not in {DATABRICKS, COMPOSE, DOCKER}:
        return ()
    return rewritten(project.tree, at, json_list(words))
