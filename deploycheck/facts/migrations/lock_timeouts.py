"""Who tells PostgreSQL to give up waiting for a lock while migrations run."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploycheck.facts.databases.server_settings import set_outside
from deploycheck.facts.migrations.env_file import configurations, texts_of

if TYPE_CHECKING:
    from deploycheck.facts.deployment import Deployment
    from deploycheck.facts.migrations.model import ScriptDirectory
    from deploycheck.findings import Location
    from deploycheck.sources.tree import Tree

_SET = re.compile(r"\block_timeout\b", re.IGNORECASE)


def lock_timeouts(
    directory: ScriptDirectory, tree: Tree, deployments: Iterable[Deployment]
) -> tuple[Location, ...]:
    """Return the places that set `lock_timeout` for a script directory's migrations, as far as files tell.

    That is: a text in the code of env.py, of what it imports and of the revisions; a variable of a
    deployment (`PGOPTIONS`, a URL's options); a line of a script, pipeline, settings or SQL file. A comment
    sets nothing.
    """
    found = [*_in_code(directory), *set_outside("lock_timeout", tree, deployments)]
    return tuple(sorted(set(found)))


def _in_code(directory: ScriptDirectory) -> Iterator[Location]:
    program, env = directory.program, directory.env
    paths = {r.path for r in directory.revisions}
    if program is not None and env is not None:
        paths |= {env.path, *program.reachable(env)}
    for path in sorted(paths) if program is not None else ():
        if not _SET.search(program.modules.text(path)):  # type: ignore[union-attr]
            continue
        module = program.module_at(path)  # type: ignore[union-attr]
        yield from (s.at for s in texts_of(module) if _SET.search(s.text)) if module is not None else ()


@dataclass(frozen=True, slots=True)
class Run:
    """Where env.py runs the migrations on a database.

    `at` is where it configures the connection. `before` is the line of `run_migrations()` where a statement
    can be put in front of it, 0 where that cannot be told; `indent` is what stands before it on that line.
    """

    at: Location
    before: int = 0
    indent: str = ""


def online_run(directory: ScriptDirectory) -> Run | None:
    """Return where env.py runs the migrations on a database; None where that is not plain."""
    program, env = directory.program, directory.env
    online = [c for c in configurations(directory) if c.online]
    if program is None or env is None or not online:
        return None
    at = online[0].at
    runs = [c for c in program.method_calls_in(env, "run_migrations") if c.location.line >= at.line]
    if not runs or len(online) > 1 or "transaction_per_migration" in env.text:
        return Run(at)
    call = min(runs, key=lambda c: c.location)
    line = env.text.split("\n")[call.location.line - 1]
    indent = line[: len(line) - len(line.lstrip())]
    plain = re.fullmatch(r"\s+context\.run_migrations\(.*\)\s*", line) is not None
    inside = re.search(rf"with context\.begin_transaction\(\):\s*\n{re.escape(line)}", env.text) is not None
    return Run(at, call.location.line, indent) if plain and inside else Run(at)
