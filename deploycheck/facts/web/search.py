"""What every search in the code of web apps needs: the program, its apps, and the files to look in."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from deploycheck.facts.web.objects import app_paths
from deploycheck.facts.web.targets import apps_of
from deploycheck.python.syntax import KEPT

if TYPE_CHECKING:
    from deploycheck.facts.web.apps import App
    from deploycheck.python.modules import Module
    from deploycheck.python.program import Call, Program
    from deploycheck.python.values import Value


@dataclass(frozen=True, slots=True, eq=False)
class Search:
    """A search in the modules of `paths` for what belongs to one of `apps`."""

    program: Program
    apps: Sequence[App]
    paths: Container[str]

    def owners(self, value: Value | None) -> tuple[App | None, ...]:
        """Return the apps that a value may be; None alone where that cannot be told."""
        return (apps_of(self.apps, value) if value is not None else ()) or (None,)

    def modules_with(self, *texts: str) -> Iterator[Module]:
        """Yield the modules whose source has one of these texts, so that few are searched."""
        for path in self.program.modules.paths:
            module = self.program.module_at(path) if path in self.paths else None
            if module is not None and _has_one(module, texts):
                yield module

    def calls(self, *qualified: str) -> Iterator[Call]:
        """Yield the calls of library things by qualified name."""
        return self.program.calls(*qualified, within=self.paths)

    def method_calls(self, *names: str) -> Iterator[Call]:
        """Yield the calls of methods by bare name."""
        return self.program.method_calls(*names, within=self.paths)


@lru_cache(KEPT)
def _has_one(module: Module, texts: tuple[str, ...]) -> bool:
    return any(text in module.text for text in texts)


def search(program: Program, apps: Sequence[App], within: Container[str] | None) -> Search:
    """Return a search in the modules of `within`, or in all that may be deployed."""
    return Search(program, apps, app_paths(program, within))
