"""Who calls what: every call of the project by the last name of its callee, found once."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, TypeVar

from deploycheck.python import binding
from deploycheck.python.lineage import ancestry
from deploycheck.python.modules import Module, ModuleIndex, Role
from deploycheck.python.parameters import by_annotation, called_by_others, default_of
from deploycheck.python.scopes import ClassSymbol, FunctionSymbol, Scope, Scopes
from deploycheck.python.sites import Change, Site
from deploycheck.python.survey import Surveyor
from deploycheck.python.values import Branch, Reference, Unknown, Value, peel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from deploycheck.python.evaluator import Evaluator

__all__ = ["Callers", "Site"]

T = TypeVar("T")

MAX_CALLERS = 6
MAX_SUBCLASSES = 12


class Callers:
    """The calls of a project, indexed on first use; tests and templates are left out."""

    def __init__(self, modules: ModuleIndex, scopes: Scopes) -> None:
        """Index the calls of `modules` when first asked."""
        self._surveyor = Surveyor(modules, scopes)
        self._busy: set[tuple[int, str]] = set()

    # -- what the survey found -----------------------------------------------------------------------

    def named(self, *names: str) -> Iterator[Site]:
        """Yield the calls whose callee's last name is one of `names`, in the order of files."""
        calls = self._surveyor.survey.calls
        for name in dict.fromkeys(names):
            yield from calls.get(name, ())

    def named_in(self, module: Module, *names: str) -> Iterator[Site]:
        """Yield such calls of one module alone; it may be a test or template, and nothing else is read."""
        calls = self._surveyor.of(module).calls
        for name in dict.fromkeys(names):
            yield from calls.get(name, ())

    def renamed(self, name: str) -> frozenset[str]:
        """Return every name under which a thing with this last name may be called, itself included."""
        names, queue = {name}, [name]
        while queue:
            fresh = self._surveyor.survey.renamed.get(queue.pop(), set()) - names
            names |= fresh
            queue.extend(fresh)
        return frozenset(names)

    def imports(self, module: Module) -> list[ast.AST]:
        """Return the import statements of a module, and its calls of `import_module`."""
        return self._surveyor.imports(module)

    def changes(self, name: str) -> Sequence[Change]:
        """Return the places that change something called `name` other than by assigning a plain name."""
        return self._surveyor.survey.changes.get(name, ())

    def environment_changes(self, name: str) -> Sequence[Change]:
        """Return the places that set an environment variable for the process itself."""
        return self._surveyor.survey.environment.get(name, ())

    def global_writers(self, module: Module, name: str) -> list[Scope]:
        """Return the functions of a module that declare a name `global`."""
        return self._surveyor.survey.globals.get((module.path, name), [])

    def is_passed(self, name: str) -> bool:
        """Tell whether something of this last name is handed over as an argument anywhere."""
        return name in self._surveyor.survey.passed

    def subclasses(self, ev: Evaluator, symbol: ClassSymbol) -> tuple[ClassSymbol, ...]:
        """Return the project's classes below one, at whatever distance."""
        return _once(ev, "subclasses", symbol.node, lambda: self._subclasses(ev, symbol))

    def _subclasses(self, ev: Evaluator, symbol: ClassSymbol) -> tuple[ClassSymbol, ...]:
        found: list[ClassSymbol] = []
        for name in self.renamed(symbol.node.name):
            for scope in self._surveyor.survey.classes.get(name, ()):
                one = ev.definition(scope.class_node, scope.parent or scope).target
                if isinstance(one, ClassSymbol) and one.node is not symbol.node and one not in found:
                    line = ancestry(ev, one)
                    if any(isinstance(a, ClassSymbol) and a.node is symbol.node for a in line):
                        found.append(one)
        return tuple(found[:MAX_SUBCLASSES])

    # -- calls of one function or class ----------------------------------------------------------------

    def of(self, ev: Evaluator, function: ast.AST, name: str) -> tuple[Site, ...]:
        """Return the calls of a function of the project; one more than `MAX_CALLERS` when there are many."""
        return _once(ev, "calls", function, lambda: self._of(ev, function, name))

    def _of(self, ev: Evaluator, function: ast.AST, name: str) -> tuple[Site, ...]:
        found: list[Site] = []
        for site in self.named(*sorted(self.renamed(name))):
            value = peel(ev.evaluate(site.node.func, site.point))
            if any(_means(leaf, function) for leaf in _options(value)):
                found.append(site)
                if len(found) > MAX_CALLERS:
                    break
        return tuple(found)

    def constructions(self, ev: Evaluator, symbol: ClassSymbol) -> tuple[Site, ...]:
        """Return the calls that make an object of exactly this class of the project."""
        return _once(ev, "constructions", symbol.node, lambda: self._constructions(ev, symbol))

    def _constructions(self, ev: Evaluator, symbol: ClassSymbol) -> tuple[Site, ...]:
        found: list[Site] = []
        for site in self.named(*sorted(self.renamed(symbol.node.name)), "cls"):
            value = peel(ev.evaluate(site.node.func, site.point))
            if isinstance(value, Reference) and isinstance(value.target, ClassSymbol):
                if value.target.node is symbol.node:
                    found.append(site)
                if len(found) > MAX_CALLERS:
                    break
        return tuple(found)

    # -- what the calls give ---------------------------------------------------------------------------

    def values_of(self, ev: Evaluator, parameter: str, scope: Scope) -> Value | None:
        """Return what the calls of a function give to a parameter; None when nobody calls it by name."""
        name = getattr(scope.node, "name", "")
        key = (id(scope.node), parameter)
        if not name or key in self._busy:
            return None
        self._busy.add(key)
        try:
            return self._collect(ev, parameter, scope, name)
        finally:
            self._busy.discard(key)

    def _collect(self, ev: Evaluator, parameter: str, scope: Scope, name: str) -> Value | None:
        node = scope.function
        sites = self._deployed(self.of(ev, node, name))
        if not sites:
            return self._unseen(ev, parameter, scope)
        if len(sites) > MAX_CALLERS:
            return Unknown(f"{name}() is called with many values of `{parameter}`")
        values = [self._given(ev, parameter, scope, site) for site in sites]
        if called_by_others(ev, scope) or self._maybe_called(ev, scope, name):
            values.append(Unknown(f"parameter `{parameter}` of {name}() may come from elsewhere"))
        unique = list({id(v): v for v in values}.values())
        return unique[0] if len(unique) == 1 else ev.one_of(unique, f"{name}() is called from several places")

    def _unseen(self, ev: Evaluator, parameter: str, scope: Scope) -> Value | None:
        """Return nothing, unless it is a method called on unknown objects: these may give it anything."""
        name = getattr(scope.node, "name", "")
        if self._maybe_called(ev, scope, name):
            typed = by_annotation(ev, parameter, scope)
            return typed if typed is not None else Unknown(f"parameter `{parameter}` of {name}()")
        return None

    def _given(self, ev: Evaluator, parameter: str, scope: Scope, site: Site) -> Value:
        callee = peel(ev.evaluate(site.node.func, site.point))
        receiver = callee.receiver if isinstance(callee, Reference) else None
        arguments = binding.arguments_of(ev, site.node, site.point)
        bound = binding.bind(ev, scope, arguments, receiver)
        return bound[parameter] if parameter in bound else default_of(ev, parameter, scope)

    def _maybe_called(self, ev: Evaluator, scope: Scope, name: str) -> bool:
        """Tell whether a method of this name is called on something that is not known."""
        if scope.enclosing_class() is None or name.startswith("__"):
            return False
        return bool(_once(ev, f"unknown {name}", ev, lambda: self._called_on_unknown(ev, name)))

    def _called_on_unknown(self, ev: Evaluator, name: str) -> tuple[Site, ...]:
        for site in self.named(name):
            if isinstance(site.node.func, ast.Attribute):
                value = peel(ev.evaluate(site.node.func, site.point))
                if any(isinstance(leaf, Unknown) for leaf in _options(value)):
                    return (site,)
        return ()

    @staticmethod
    def _deployed(sites: tuple[Site, ...]) -> tuple[Site, ...]:
        """Return the calls that the app itself makes, when it makes any."""
        own = tuple(s for s in sites if s.module.role is Role.APP)
        return own or sites


def _once(ev: Evaluator, question: str, about: object, work: Callable[[], tuple[T, ...]]) -> tuple[T, ...]:
    """Return the answer to a question about the whole project, worked out once; none while that goes on."""
    return ev.memory.recall((question, id(about)), None, work, lambda _: (), about)


def _options(value: Value) -> tuple[Value, ...]:
    return value.leaves() if isinstance(value, Branch) else (value,)


def _means(value: Value, function: ast.AST) -> bool:
    target = value.target if isinstance(value, Reference) else None
    return isinstance(target, FunctionSymbol) and target.node is function
