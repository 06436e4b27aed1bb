"""Something done to a module right after it was imported, whoever imports it."""

from __future__ import annotations

import sys
from typing import Any, Callable

Mender = Callable[[Any], None]


class AfterImport:
    """A finder that finds nothing itself: it lets the others find, and mends what they load."""

    def __init__(self, menders: dict[str, Mender]) -> None:
        """Take the menders by module name; mend at once what is imported already."""
        self._menders = dict(menders)
        for name in [n for n in self._menders if n in sys.modules]:
            self._menders[name](sys.modules[name])

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any | None:
        """Return the module's own spec, with a loader that mends it, as often as it is looked for."""
        mender = self._menders.get(name)
        if mender is None:
            return None
        spec = _found(name, path, target)
        if spec is None or spec.loader is None:
            return spec
        spec.loader = _Mending(spec.loader, mender)
        return spec


class _Mending:
    """A loader that does what another does, and then mends."""

    def __init__(self, loader: Any, mender: Mender) -> None:
        self._loader = loader
        self._mender = mender

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)

    def create_module(self, spec: Any) -> Any:
        return self._loader.create_module(spec)

    def exec_module(self, module: Any) -> None:
        self._loader.exec_module(module)
        self._mender(module)


def _found(name: str, path: Any, target: Any) -> Any | None:
    for finder in list(sys.meta_path):
        if not isinstance(finder, AfterImport):
            spec = finder.find_spec(name, path, target)
            if spec is not None:
                return spec
    return None


def mend_after_import(menders: dict[str, Mender]) -> None:
    """Mend each of these modules once it is imported."""
    sys.meta_path.insert(0, AfterImport(menders))
