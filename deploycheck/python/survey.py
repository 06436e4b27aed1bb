"""One walk through every module, once: its calls, imports, renamings, and what it changes from outside."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from deploycheck.python.modules import Module, ModuleIndex, Role
from deploycheck.python.sites import Survey
from deploycheck.python.walking import Walker

if TYPE_CHECKING:
    from deploycheck.python.scopes import Scopes

LEFT_OUT = frozenset({Role.TEST, Role.TEMPLATE})


class Surveyor:
    """Walks the modules of a project when first asked; tests and templates are left out of the survey."""

    def __init__(self, modules: ModuleIndex, scopes: Scopes) -> None:
        """Survey `modules`, with their scopes from `scopes`."""
        self._modules = modules
        self._scopes = scopes
        self._survey: Survey | None = None
        self._imports: dict[str, list[ast.AST]] = {}
        self._alone: dict[str, Survey] = {}

    @property
    def survey(self) -> Survey:
        """The whole project's survey."""
        if self._survey is None:
            self._survey = Survey()
            for module in self._modules.all():
                if module.role not in LEFT_OUT:
                    self._walk(module, self._survey)
        return self._survey

    def of(self, module: Module) -> Survey:
        """Return the survey of one module alone, for a question that is not worth the whole project's."""
        if module.path not in self._alone:
            self._alone[module.path] = Survey()
            self._walk(module, self._alone[module.path])
        return self._alone[module.path]

    def imports(self, module: Module) -> list[ast.AST]:
        """Return the import statements of a module, in functions too, and its calls of `import_module`."""
        if module.path not in self._imports:
            self._walk(module, Survey())
        return self._imports[module.path]

    def _walk(self, module: Module, survey: Survey) -> None:
        walker = Walker(module, self._scopes, survey)
        walker.run()
        self._imports[module.path] = walker.imports
