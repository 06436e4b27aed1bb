"""Flask configuration that comes from somewhere else on top of what the code sets."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container

    from deploycheck.python.program import Call, Program

_FILES = ("from_pyfile", "from_file", "from_json")
_OUTSIDE = ("from_envvar", "from_prefixed_env")


def overlay_of(program: Program, within: Container[str]) -> Call | None:
    """Return a call that may set any key of Flask's configuration once more; None where there is none.

    A file that is in the project is none: what it sets is read there.
    """
    for call in program.method_calls(*_OUTSIDE, *_FILES, within=within):
        if call.name in _OUTSIDE or not _is_here(program, call):
            return call
    return None


def _is_here(program: Program, call: Call) -> bool:
    named = call.argument(0, "filename")
    text = program.evaluator.constant(named) if named is not None else None
    if not isinstance(text, str):
        return False
    return any(path == text or path.endswith(f"/{text}") for path in program.modules.known)
