"""The words of a program that Python code starts, as far as they can be told without running it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploycheck.facts.web.objects import arms
from deploycheck.python.values import Listing, Made, Operation, Reference, Text, Value, peel

if TYPE_CHECKING:
    from deploycheck.python.evaluator import Evaluator

UNKNOWN = "{…}"
_INTERPRETERS = frozenset({"sys.executable", "sys._base_executable"})


def words_of_value(evaluator: Evaluator, value: Value | None) -> list[str]:
    """Return the words of a list or text; one that is not known is `{…}`.

    This interpreter (`sys.executable`) is `python`; a program that is looked for on the path
    (`shutil.which("alembic")`) or beside another (`folder / "alembic"`) keeps its name.
    """
    if value is None:
        return []
    data = evaluator.constant(value)
    if isinstance(data, (list, tuple)):
        return [str(item) for item in data]
    found = peel(value)
    if isinstance(found, Listing):
        return [_word(evaluator, item) or UNKNOWN for item in found.items]
    text = _word(evaluator, found)
    return [text] if text else []


def _word(evaluator: Evaluator, value: Value) -> str:
    data = evaluator.constant(value)
    if isinstance(data, str):
        return data
    found = peel(value)
    match found:
        case Reference(name=name):
            return "python" if name in _INTERPRETERS else ""
        case Made(callee="shutil.which", arguments=(sought, *_)):
            return _word(evaluator, sought)
        case Text(parts=parts):
            return "".join(_word(evaluator, part) or UNKNOWN for part in parts)
        case Operation(arguments=(*_, last)):
            # `str(...)`, `folder / name`, `os.path.join(folder, name)`: the name stands last.
            return _word(evaluator, last)
    words = [w for arm, _ in arms(value) if arm is not found and (w := _word(evaluator, arm))]
    return words[0] if words else ""
