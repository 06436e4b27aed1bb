"""What all readers of limiters share: the deployment's code, and whether a place in it runs."""

from __future__ import annotations

import ast
import re
from functools import cached_property
from typing import TYPE_CHECKING

from deploycheck.facts.web.flask_config import config_value
from deploycheck.facts.web.objects import makers
from deploycheck.facts.web.search import search
from deploycheck.facts.web.served import served_by
from deploycheck.python.resolution import holds, resolve
from deploycheck.python.syntax import nodes_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploycheck.facts.deployment import Deployment
    from deploycheck.findings import Location
    from deploycheck.python.modules import Module
    from deploycheck.python.program import Call
    from deploycheck.python.values import Value

RETRY_AFTER = "retry-after"
_FLASK_FILES = re.compile(r"\bfrom_(?:envvar|pyfile|prefixed_env|file|json)\s*\(")


class Context:
    """One deployment's code, for the readers of limiters."""

    def __init__(self, deployment: Deployment) -> None:
        """Read the modules that the deployment loads."""
        self.deployment = deployment
        self.program = deployment.program
        self.environment = deployment.environment
        self.served = served_by(deployment)

    def modules(self, word: str) -> Iterator[Module]:
        """Yield the modules of the app that hold a word."""
        yield from (m for m in self._modules if word in m.text)

    @cached_property
    def _modules(self) -> tuple[Module, ...]:
        return tuple(m for m in self.program.app_modules() if m.path in self.deployment.modules)

    def calls(self, word: str, *names: str) -> Iterator[Call]:
        """Yield the calls of library things in the modules that hold a word; none are looked for without."""
        paths = {m.path for m in self.modules(word)}
        if paths:
            yield from self.program.calls(*names, within=paths)

    def methods(self, word: str, made_at: Location, *names: str) -> Iterator[Call]:
        """Yield the calls of methods on the object made at a place, or on one that cannot be told."""
        paths = {m.path for m in self.modules(word)}
        for call in self.program.method_calls(*names, within=paths) if paths else ():
            receiver = call.receiver()
            found = makers(receiver) if receiver is not None else ()
            if made_at in found or (not found and _named_limiter(call)):
                yield call

    def runs(self, call: Call) -> bool:
        """Tell whether a call may run in production's server, by the tests around it and who uses it."""
        if holds(call.conditions(), self.environment) is False:
            return False
        return self.served.runs(call.module, call.node)

    def is_off(self, value: Value | None) -> bool:
        """Tell whether a switch that is on by itself is known to be off."""
        if value is None:
            return False
        resolved = resolve(value, self.environment)
        return resolved.known and str(resolved.data).strip().lower() in {"false", "0", "off", "no", "n", "f"}

    def is_on(self, value: Value | None) -> bool | None:
        """Tell whether a switch that is off by itself is known to be on; None where that is not known."""
        if value is None:
            return False
        resolved = resolve(value, self.environment)
        if not resolved.known:
            return None
        return str(resolved.data).strip().lower() in {"true", "1", "on", "yes", "y", "t"}

    def flask_key(self, key: str) -> Value | None:
        """Return what the app's Flask configuration holds for a key."""
        where = search(self.program, self.deployment.apps, self.deployment.modules)
        return config_value(where, None, key)

    @cached_property
    def flask_loads_files(self) -> bool:
        """Whether the Flask configuration comes from a file or from variables that are not seen here."""
        return any(_FLASK_FILES.search(m.text) for m in self.modules("from_"))

    @cached_property
    def writes_retry_after(self) -> bool:
        """Whether any code of the app writes the header Retry-After itself."""
        for module in self._modules:
            if RETRY_AFTER in module.text.lower():
                texts = (n.value for n in nodes_in(module.tree) if isinstance(n, ast.Constant))
                if any(isinstance(t, str) and t.lower() == RETRY_AFTER for t in texts):
                    return True
        return False


def _named_limiter(call: Call) -> bool:
    """Tell whether a method's object is called a limiter: `delimiter` and other words do not count."""
    func = call.node.func
    receiver = func.value if isinstance(func, ast.Attribute) else func
    name = receiver.attr if isinstance(receiver, ast.Attribute) else getattr(receiver, "id", "")
    return re.search(r"(?:^|_)(?:rate_?)?limiter$", name.lower()) is not None
