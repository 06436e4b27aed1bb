"""Python that a deployment runs: what a script or a console script does to the database, in order."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from deploycheck.facts.deploying.handed import words_of_value
from deploycheck.facts.deploying.model import Act, Task
from deploycheck.facts.deploying.pruned import PLAIN, Leading, Pruned, last_name
from deploycheck.facts.deploying.saving import SQL_SAVES
from deploycheck.facts.loaded import script_of
from deploycheck.facts.manifests.shell import program as program_of
from deploycheck.python.resolution import holds
from deploycheck.python.scopes import FunctionSymbol, Point
from deploycheck.python.syntax import KEPT
from deploycheck.python.values import Literal, Reference, Value, peel
from deploycheck.sources.errors import ReadError

if TYPE_CHECKING:
    from deploycheck.facts.deploying.unfolding import Around, Unfolder
    from deploycheck.facts.manifests.model import Command
    from deploycheck.findings import Location
    from deploycheck.python.callers import Site
    from deploycheck.python.flow import Condition
    from deploycheck.python.modules import Module
    from deploycheck.python.program import Program
    from deploycheck.python.values import Lookup

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
MIGRATING = {
    "alembic.command.upgrade": Act.MIGRATE,
    "alembic.command.downgrade": Act.DOWNGRADE,
    "flask_migrate.upgrade": Act.MIGRATE,
    "flask_migrate.downgrade": Act.DOWNGRADE,
}
"""Functions that move a database to a revision, by qualified name."""
SHELLS = frozenset(
    """os.system os.popen subprocess.run subprocess.call subprocess.check_call subprocess.check_output
    subprocess.Popen asyncio.create_subprocess_exec asyncio.create_subprocess_shell""".split()
)
"""Functions that start a program, by qualified name."""
MAINS = frozenset({"alembic.config.main", "alembic.config.CommandLine.main"})
_SNAPSHOTS = frozenset({"create_db_snapshot", "create_db_cluster_snapshot", "start_backup_job"})
_COPIES = frozenset({"copy", "copy2", "copyfile", "copytree"})
_DATABASE = re.compile(r"\.db\b|sqlite|database|\bdb_?(?:path|file|name)", re.IGNORECASE)
_ENTRY = re.compile(r"^[\s\"'\[]*([\w-]+)\s*=\s*([\w.]+:[\w.]+)", re.MULTILINE)
_SAVING = re.compile(r"sqlite3|vacuum\s+into|shutil", re.IGNORECASE)
_LIBRARY = frozenset(n.rpartition(".")[2] for n in (*MIGRATING, *MAINS))
_STARTING = frozenset(n.rpartition(".")[2] for n in SHELLS)
_TAILS = _LIBRARY | _STARTING | _SNAPSHOTS | _COPIES | {"backup", "execute", "exec_driver_sql"}


class Code:
    """Reads what Python code does to the database."""

    def __init__(self, program: Program, unfolder: Unfolder) -> None:
        """Read the code of `program`; commands that it starts go through `unfolder`."""
        self.program = program
        self.unfolder = unfolder

    def command(self, command: Command, around: Around) -> Iterator[Task]:
        """Yield what a command that starts Python of the project does; nothing for any other."""
        if around.depth <= 0:
            return
        words = command.words
        if program_of(command) == "python":
            inline = next((i for i, w in enumerate(words) if re.match(r"-\w*c$", w)), None)
            if inline is not None and inline + 1 < len(words):
                yield from self.text(words[inline + 1], command.at, around)
            for word in command.given if words[1:] in ((), ("-",)) else ():
                yield from self.text(word.text, word.at, around)
            path = script_of(self.program, command, around.directory) or script_of(self.program, command, "")
            if path:
                yield from self.file(path, command, around)
        elif program_of(command) == "flask":
            yield from self._commands(self._app_paths, words[1:], around.below(command.at))
        elif (target := self._console_scripts.get(words[0].rpartition("/")[2])) is not None:
            yield from self.entry(target, command.at, around, words[1:])

    def may_work(self, command: Command, around: Around) -> bool:
        """Tell whether a command starts code of the project that holds work on the database at all."""
        if program_of(command) == "flask":
            return any(self._called(p, command.words[1:], nested=True) for p in self._app_paths)
        target = self._console_scripts.get(command.words[0].rpartition("/")[2])
        if target is not None:
            found = self.program.find_module(target.partition(":")[0])
            return found is not None and self._is_worth(found)
        path = script_of(self.program, command, around.directory) or script_of(self.program, command, "")
        module = self.program.module_at(path) if path else None
        return module is not None and self._leads(module)

    def _leads(self, module: Module) -> bool:
        """Tell whether a script's own text names a function that leads to such work."""
        return self._is_worth(module) and any(
            re.search(rf"\b{name}\b", module.text) for name in self.leading.names
        )

    def file(self, path: str, command: Command, around: Around) -> Iterator[Task]:
        """Yield what running a file does."""
        module = self.program.module_at(path)
        if module is not None and self._is_worth(module):
            executed = Pruned(self.program, module, names=self.leading.names)
            yield from self.sites(executed.module(module), around.below(command.at))
            yield from self._subcommands(module, command.words[1:], around.below(command.at))

    def entry(self, target: str, at: Location, around: Around, words: Sequence[str] = ()) -> Iterator[Task]:
        """Yield what calling `package.module:function` does, with the words after its name."""
        name, _, function = target.partition("(")[0].partition(":")
        module = self.program.find_module(name, around.directory) or self.program.find_module(name)
        if module is None or not self._is_worth(module):
            return
        yield from self._subcommands(module, words, around.below(at))
        found = self.program.attribute(module, function.partition(".")[0])
        symbol = self.program.definition_of(found) if found is not None else None
        if isinstance(symbol, FunctionSymbol):
            executed = Pruned(self.program, names=self.leading.names)
            yield from self.sites(executed.function(symbol), around.below(at))

    @cached_property
    def leading(self) -> Leading:
        """What leads to any call that is worth following."""
        sites = self.program.callers.named(*sorted(_TAILS))
        return Leading(self.program, tuple(s for s in sites if _is_hit(s)))

    @cached_property
    def names(self) -> frozenset[str]:
        """The names of all that is worth following: such calls themselves, and what leads to them."""
        return self.leading.names | _TAILS

    def _is_worth(self, module: Module) -> bool:
        return self.leading.within(self.program.reachable(module))

    def text(self, text: str, at: Location, around: Around) -> Iterator[Task]:
        """Yield what Python text does that stands in another file; only plain calls are understood."""
        try:
            tree = ast.parse(text)
        except (SyntaxError, ValueError, RecursionError):
            return
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                name = ast.unparse(node.func)
                if re.search(r"(?:^|\.)upgrade$", name) and re.search(r"alembic|flask_migrate", text):
                    revision = next(
                        (str(a.value) for a in node.args[1:2] if isinstance(a, ast.Constant)), "head"
                    )
                    yield Task(
                        ast.unparse(node),
                        at,
                        acts=frozenset({Act.MIGRATE}),
                        revision=revision,
                        via=around.via,
                        certain=around.certain,
                    )

    def _subcommands(self, module: Module, words: Sequence[str], around: Around) -> Iterator[Task]:
        """Yield what the command-line functions do that the words of a command line name (`cli migrate`)."""
        yield from self._commands(sorted(self.program.reachable(module)), words, around)

    def _commands(self, paths: Iterable[str], words: Sequence[str], around: Around) -> Iterator[Task]:
        for path in paths:
            for one, node in self._called(path, words):
                scope = self.program.evaluator.module_scope(one)
                symbol = FunctionSymbol(node.name, self.program.evaluator.scope_of(one, node, scope))
                executed = Pruned(self.program, names=self.leading.names)
                yield from self.sites(executed.function(symbol), around)

    def _called(
        self, path: str, words: Sequence[str], *, nested: bool = False
    ) -> list[tuple[Module, ast.FunctionDef | ast.AsyncFunctionDef]]:
        """Return the command-line functions of a file that words name and that lead to such work."""
        module = self.program.module_at(path)
        if module is None or "command" not in module.text:
            return []
        wanted = {w.replace("-", "_") for w in words if re.fullmatch(r"[a-z][\w-]*", w)}
        return [
            (module, node)
            for node in (ast.walk(module.tree) if nested else module.tree.body)
            if isinstance(node, FUNCTIONS)
            and node.name in self.leading.names
            and wanted.intersection(_command_names(node))
        ]

    @cached_property
    def _app_paths(self) -> tuple[str, ...]:
        """Where Flask may find its commands: which app it loads is not asked."""
        return tuple(m.path for m in self.program.app_modules())

    @cached_property
    def _console_scripts(self) -> dict[str, str]:
        """What the project's own commands stand for, `module:function` by name."""
        tree = self.unfolder.tree
        found: dict[str, str] = {}
        for path in tree.matching("pyproject.toml"):
            try:
                document = tree.toml(path)
            except ReadError:
                continue
            for keys in (("project", "scripts"), ("tool", "poetry", "scripts")):
                table = document.get(*keys)
                for name, target in table.items() if isinstance(table, dict) else ():
                    if isinstance(target, str):
                        found.setdefault(name, target)
        for path in tree.matching("setup.cfg", "setup.py"):
            try:
                text = tree.text(path)
            except ReadError:
                continue
            for match in _ENTRY.finditer(text):
                found.setdefault(match[1], match[2])
        return found

    # -- calls -------------------------------------------------------------------------------------

    def sites(
        self,
        sites: Iterable[Site],
        around: Around,
        lookup: Lookup | None = None,
        given: Iterable[Condition] = (),
    ) -> Iterator[Task]:
        """Yield what calls do, in the order given; a test that is not decided makes them uncertain.

        With `lookup`, the tests on the way (`given`) are decided under it.
        """
        for site in sites:
            for task in self.site(site, around):
                conditions = tuple(given) or self.program.conditions(site.scope, site.node, 0)
                verdict: bool | None = not conditions
                if lookup is not None:
                    verdict = holds(conditions, lookup)
                elif conditions and all("__name__" in c.text for c in conditions):
                    verdict = True
                if verdict is not False:
                    yield replace(task, certain=task.certain and verdict is True)

    def site(self, site: Site, around: Around) -> Iterator[Task]:
        """Yield what one call does."""
        func = site.node.func
        name = last_name(func)
        if name not in _TAILS or not _is_hit(site):
            return
        at = site.module.location(site.node)
        if name in _SNAPSHOTS or (name == "backup" and self._copies_sqlite(site)) or self._saves(site, name):
            yield self._task(site, Act.BACKUP, "", around)
            return
        callee = peel(self.program.evaluate(func, Point(site.scope, site.node)))
        qualified = callee.name if isinstance(callee, Reference) else ""
        if qualified in MIGRATING:
            yield self._task(site, MIGRATING[qualified], self._revision(site, qualified), around)
        elif qualified in SHELLS or qualified in MAINS:
            yield from self._started(site, qualified, at, around)

    def _task(self, site: Site, act: Act, revision: str, around: Around) -> Task:
        return Task(
            site.module.source(site.node),
            site.module.location(site.node),
            acts=frozenset({act}),
            revision=revision,
            directory=around.directory,
            via=around.via,
            certain=around.certain,
        )

    def _copies_sqlite(self, site: Site) -> bool:
        """Tell whether `x.backup(y)` is SQLite's own: the module opens SQLite, and it is given a target."""
        return "sqlite" in site.module.text and bool(site.node.args or site.node.keywords)

    def _saves(self, site: Site, name: str) -> bool:
        if name in _COPIES and isinstance(site.node.func, ast.Attribute):
            arguments = " ".join(ast.unparse(a) for a in site.node.args[:1])
            return ast.unparse(site.node.func.value) == "shutil" and bool(_DATABASE.search(arguments))
        if name in {"execute", "exec_driver_sql"}:
            return any(SQL_SAVES.search(ast.unparse(a)) for a in site.node.args[:1])
        return False

    def _revision(self, site: Site, qualified: str) -> str:
        """Return the revision that a call names; `head` where it names none and that is the usual one."""
        arguments = self.program.arguments(site)
        given = arguments.get(
            0 if qualified.startswith("flask") and not site.node.args[1:] else 1, "revision"
        )
        if given is None:
            return "head" if MIGRATING[qualified] is Act.MIGRATE else "-1"
        value = peel(given)
        return value.data if isinstance(value, Literal) and isinstance(value.data, str) else ""

    def _started(self, site: Site, qualified: str, at: Location, around: Around) -> Iterator[Task]:
        """Follow the program that a call starts."""
        from deploycheck.facts.deploying.unfolding import command_of, words_of

        arguments = self.program.arguments(site)
        first = arguments.get(0, "args", "argv", "cmd")
        words = words_of_value(self.program.evaluator, first)
        if qualified.endswith("_exec"):
            words = [w for a in arguments.positional if (w := _text(a)) is not None]
        if qualified in MAINS:
            words = ["alembic", *words]
        if len(words) == 1 and " " in words[0]:
            yield from self.unfolder.command(words_of(words[0], at), around)
        elif words:
            yield from self.unfolder.command(command_of(words, at), around)


def _command_names(node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    """Return the names that decorators give a command (`@cli.command()`, `@app.cli.command("x")`)."""
    found = []
    for decorator in node.decorator_list:
        function = decorator.func if isinstance(decorator, ast.Call) else decorator
        if last_name(function) == "command":
            given = decorator.args[:1] if isinstance(decorator, ast.Call) else []
            named = [str(a.value).replace("-", "_") for a in given if isinstance(a, ast.Constant)]
            found += [node.name, *named]
    return found


def _is_hit(site: Site) -> bool:
    """Tell by its text alone whether a call may be worth evaluating."""
    name, module = last_name(site.node.func), site.module
    if module.path.endswith("/env.py") and "alembic" in module.text:
        return False
    if name in _LIBRARY:
        return "alembic" in module.text or "flask_migrate" in module.text
    if name in _STARTING:
        return _mentions(PLAIN, module)
    return name in _SNAPSHOTS or _mentions(_SAVING, module)


@lru_cache(KEPT)
def _mentions(pattern: re.Pattern[str], module: Module) -> bool:
    return pattern.search(module.text) is not None


def _text(value: Value) -> str | None:
    found = peel(value)
    return found.data if isinstance(found, Literal) and isinstance(found.data, str) else None
