"""python-decouple: `config("DEBUG", default=False, cast=bool)`, `Csv()`, `Choices(...)`."""

from __future__ import annotations

import shlex
import string
from typing import TYPE_CHECKING

from deploycheck.facts.settings.casts import Casts, Pure
from deploycheck.python import functions
from deploycheck.python.models import Models
from deploycheck.python.values import Literal, Made, Reference, Unknown, Value, Variable, peel

if TYPE_CHECKING:
    from deploycheck.python.evaluator import Evaluator
    from deploycheck.python.models import Arguments
    from deploycheck.python.values import Data

_TRUE = frozenset({"y", "yes", "t", "true", "on", "1"})
_FALSE = frozenset({"n", "no", "f", "false", "off", "0"})


def read(ev: Evaluator, callee: Value, arguments: Arguments) -> Value | None:
    """Return what `config("NAME", default=…, cast=…)` gives; the default is cast too."""
    _ = callee
    key = ev.constant(arguments.get(0, "option") or Literal(None))
    if not isinstance(key, str) or arguments.partial:
        return Unknown("the variable's name is worked out at run time", at=arguments.at)
    source = Variable((key,), arguments.get(1, "default"), "decouple.config", at=arguments.at)
    cast = arguments.get(2, "cast")
    return source if cast is None else CASTS.apply(ev, cast, source, arguments.at)


def _bool(data: Data) -> Data:
    text = str(data).lower()
    if text not in _TRUE | _FALSE | {""}:
        raise ValueError("not a truth value")
    return text in _TRUE


def _csv(made: Made) -> Pure | None:
    """Return the function that `Csv(cast, delimiter, strip, post_process)` is."""
    cast = CASTS.function(made.argument(0, "cast") or Reference("builtins.str"))
    delimiter = peel(made.argument(1, "delimiter") or Literal(","))
    strip = peel(made.argument(2, "strip") or Literal(string.whitespace))
    after = functions.FUNCTIONS.get(_name(made.argument(3, "post_process") or Reference("builtins.list")))
    if cast is None or after is None or not (isinstance(delimiter, Literal) and isinstance(strip, Literal)):
        return None
    return _Csv(cast, str(delimiter.data), str(strip.data), after)


class _Csv:
    def __init__(self, cast: Pure, delimiter: str, strip: str, after: Pure) -> None:
        self.cast, self.delimiter, self.strip, self.after = cast, delimiter, strip, after

    def __call__(self, data: Data) -> Data:
        if data is None:
            return self.after([])
        if not isinstance(data, str):
            raise TypeError("not text")
        splitter = shlex.shlex(data, posix=True)
        splitter.whitespace = self.delimiter
        splitter.whitespace_split = True
        return self.after([self.cast(item.strip(self.strip)) for item in splitter])


def _choices(made: Made) -> Pure | None:
    flat = peel(made.argument(0, "flat") or Literal(None))
    cast = CASTS.function(made.argument(1, "cast") or Reference("builtins.str"))
    from deploycheck.python.resolution import is_plain, plain

    if cast is None or made.argument(2, "choices") is not None or not is_plain(flat):
        return None
    allowed = plain(flat)

    def choose(data: Data) -> Data:
        chosen = cast(data)
        if not isinstance(allowed, (list, tuple, set)) or chosen not in allowed:
            raise ValueError("not one of the choices")
        return chosen

    return choose


def _name(value: Value) -> str:
    found = peel(value)
    return found.name if isinstance(found, Reference) else ""


CASTS = Casts({"builtins.bool": _bool}, {"decouple.Csv": _csv, "decouple.Choices": _choices})

MODELS = Models(
    calls={
        "decouple.config": read,
        "decouple.AutoConfig()": read,
        "decouple.Config()": read,
        "decouple.Config().get": read,
        "decouple.config.get": read,
    }
)
