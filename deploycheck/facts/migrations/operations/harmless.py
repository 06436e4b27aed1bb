"""What is called in migrations and does nothing to a database."""

from __future__ import annotations

import re
import sys

_LIBRARIES = frozenset(
    {
        "click", "colorama", "cryptography", "dateutil", "faker", "flask", "jinja2", "loguru",
        "numpy", "oslo_config", "oslo_log", "oslo_utils", "pendulum", "pydantic", "pytz",
        "requests", "rich", "shortuuid", "six", "slugify", "structlog", "tqdm", "typer", "ulid",
        "uuid6", "warnings", "werkzeug", "yaml",
    },
)  # fmt: skip
"""Libraries that do not touch a project's database by themselves; the standard library does not either."""
_NAMES = frozenset(
    {
        "print",
        "log",
        "echo",
        "sleep",
        "debug",
        "info",
        "warning",
        "warn",
        "error",
        "pprint",
        "exception",
        "critical",
        "secho",
        "msg",
    }
)
_READS = re.compile(
    r"(?:all|count|exists|fetch|filter|find|first|get|has|is|list|load|query|read|select)(?:_|$)"
)
_CHANGES = re.compile(
    r"(?:^|_)(?:add|alter|apply|create|downgrade|drop|execute|grant|index|insert|install|load|migrate|populate|"
    r"register|remove|rename|run|seed|sync|table|update|upgrade|view|write)",
    re.IGNORECASE,
)


def is_library(name: str) -> bool:
    """Tell whether calling this library (by its top name) certainly leaves the database alone."""
    return name in _LIBRARIES or name in sys.stdlib_module_names or name == "builtins"


def is_name(name: str) -> bool:
    """Tell whether a function whose definition is not found only tells people something, by its name."""
    return name.strip("_") in _NAMES or name.startswith(("log_", "print_"))


def sounds_like_a_change(name: str) -> bool:
    """Tell whether a function of a library may change a schema or rows, by the words of its name."""
    return _CHANGES.search(name) is not None


def reads(name: str) -> bool:
    """Tell whether a method only reads from the database that it is given, by its name."""
    return _READS.match(name) is not None
