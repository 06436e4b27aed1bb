"""Start-up work on the database that must happen once: migrations, tables, first rows, a restored copy."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploycheck.facts.databases.migrations import is_env_file
from deploycheck.facts.deploying.migrating import migration
from deploycheck.facts.deploying.model import Act
from deploycheck.facts.manifests.shell import unwrap
from deploycheck.facts.server.executed import Executed
from deploycheck.python.resolution import holds
from deploycheck.python.scopes import FunctionSymbol
from deploycheck.python.values import Literal, Reference, peel

if TYPE_CHECKING:
    from deploycheck.facts.manifests.model import Command
    from deploycheck.facts.web.lifespan import StartupCall
    from deploycheck.findings import Location, Step
    from deploycheck.python.program import Call, Program
    from deploycheck.python.values import Lookup

MIGRATE = frozenset({"alembic.command.upgrade", "flask_migrate.upgrade"})
_SHELLS = frozenset(
    """os.system subprocess.run subprocess.call subprocess.check_call subprocess.check_output subprocess.Popen
    asyncio.create_subprocess_exec asyncio.create_subprocess_shell""".split()
)
_LOCKS = re.compile(
    r"advisory_(?:xact_)?lock|\bflock\(|\blockf\(|FileLock|portalocker|GET_LOCK\(|LOCK TABLE|Redlock"
    r"|redis[\w.]*\.lock\(|\.lock\(\s*[\"']|(?:acquire|with|take)_\w*lock\(|\w+_lock\(|leader"
)
_SEEDS = re.compile(
    r"_*(?:seed|restore|populate)(?:_\w+)?|_*load_(?:seed|fixture|initial|default)\w*"
    r"|_*(?:create|insert|add|init|ensure)_(?:first|initial|default|demo|sample)_\w+"
)
_WRITES = frozenset(
    {"add", "add_all", "commit", "bulk_save_objects", "bulk_insert_mappings", "merge", "executemany"}
)


@dataclass(frozen=True, slots=True)
class Work:
    """One such piece of work, and the calls that lead to it (`trail`).

    `certain` is False where a test that is not decided may keep it from running. `imported` tells that
    importing the app does it, so that a server which loads the app before it forks does it once.
    """

    kind: str
    trail: tuple[Step, ...]
    at: Location
    imported: bool
    certain: bool


def start_up_work(program: Program, calls: Iterable[StartupCall], environment: Lookup) -> tuple[Work, ...]:
    """Return the work that every process does before it serves; none that a lock may guard.

    Whether a lock really guards it is not followed: one in a module on the way is taken to.
    """
    found = [w for c in calls if (w := _work(program, c, environment)) is not None]
    return tuple(dict.fromkeys(found))


def may_prepare(program: Program, paths: Iterable[str]) -> bool:
    """Tell whether any of these files names such work at all: to follow all of start-up is dear."""
    found = (program.module_at(path) for path in paths)
    return any(_NAMED.search(module.text) for module in found if module is not None)


_NAMED = re.compile(
    r"create_all|generate_schemas|alembic|\bupgrade\b|(?:seed|restore|populate|load)_|_*(?:seed|restore|populate)\("
    r"|(?:create|insert|add|init|ensure)_(?:first|initial|default|demo|sample)_"
)


def env_takes_lock(program: Program) -> bool:
    """Tell whether an env.py of Alembic takes a lock by itself."""
    paths = [p for p in program.modules.paths if p.endswith("env.py")]
    found = [m for m in map(program.module_at, paths) if m is not None and is_env_file(m)]
    return any(_LOCKS.search(m.text) for m in found)


def migrates(command: Command) -> bool:
    """Tell whether a command of a start script runs migrations."""
    found = migration(unwrap(command).words)
    return found is not None and found.act is Act.MIGRATE


def _work(program: Program, one: StartupCall, environment: Lookup) -> Work | None:
    kind = _kind(program, one.call)
    if not kind or any(_LOCKS.search(call.module.text) for call in (*one.chain, one.call)):
        return None
    verdict = holds(one.conditions, environment)
    if verdict is False or (kind == "migrations" and env_takes_lock(program)):
        return None
    return Work(kind, one.trail(), one.call.location, one.phase == "import", verdict is True)


def _kind(program: Program, call: Call) -> str:
    func = call.node.func
    name = func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")
    if _creates_tables(name, call.node):
        return "tables"
    if name not in _NAMES and not _SEEDS.fullmatch(name):
        return ""
    callee = peel(program.evaluate(func, call.point))
    if not isinstance(callee, Reference):
        return ""
    if callee.name in MIGRATE or (callee.name in _SHELLS and _runs_alembic(call)):
        return "migrations"
    own = callee.target if isinstance(callee.target, FunctionSymbol) else None
    seeds = own is not None and bool(_SEEDS.fullmatch(name)) and _writes(program, own)
    return ("a restore" if "restore" in name else "first rows") if seeds else ""


def _creates_tables(name: str, node: ast.Call) -> bool:
    handed = any(isinstance(a, ast.Attribute) and a.attr == "create_all" for a in node.args)
    direct = name in {"create_all", "generate_schemas"} and isinstance(node.func, ast.Attribute)
    return direct or (name == "run_sync" and handed)


_NAMES = frozenset(n.rpartition(".")[2] for n in (*MIGRATE, *_SHELLS))


def _runs_alembic(call: Call) -> bool:
    words = " ".join(_texts(call))
    return bool(re.search(r"\balembic\b.*\bupgrade\b", words))


def _texts(call: Call) -> Iterator[str]:
    for argument in call.arguments().positional:
        for node in argument.walk():
            if isinstance(node, Literal) and isinstance(node.data, str):
                yield node.data


def _writes(program: Program, function: FunctionSymbol) -> bool:
    calls = (site.node.func for site in Executed(program).function(function))
    return any(isinstance(f, ast.Attribute) and f.attr in _WRITES for f in calls)
