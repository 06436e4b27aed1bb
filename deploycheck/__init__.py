"""deploycheck: what will happen in production, and is that safe?

Reads a Python web app with its deployment manifests, works out the values that production will
really use, shows how they got there, and judges them.
"""

from __future__ import annotations

TYPE_CHECKING = False  # `typing` would be imported for nothing
if TYPE_CHECKING:
    from deploycheck.ready import NotReady, require_ready

__all__ = ["NotReady", "__version__", "require_ready"]

__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    """Import what the app asks for when it is asked for: the command line must not wait for it."""
    if name in {"NotReady", "require_ready"}:
        import importlib  # by its name: all of us imports this module, and none of us that one

        return getattr(importlib.import_module("deploycheck.ready"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
