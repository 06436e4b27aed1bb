"""Calls that ask nobody: they cannot tell an endpoint whether anything works."""

from __future__ import annotations

import re

_BUILTINS = frozenset(
    """
    str int float bool len dict list tuple set frozenset sorted isinstance issubclass getattr
    hasattr round max min sum print range zip enumerate type format repr next iter any all abs
    callable id hash vars super property map filter bytes divmod
    """.split()
)
_LIBRARIES = re.compile(
    r"(?:datetime|time|sys|platform|logging|uuid|math|json|importlib\.metadata|psutil|structlog|loguru|typing|enum|"
    r"threading|random|secrets|functools|collections|dataclasses|copy|asyncio\.(?:sleep|timeout|get_event_loop|"
    r"get_running_loop|current_task)|anyio\.(?:sleep|fail_after|move_on_after)|os\.(?:getenv|getpid|environ|uname|"
    r"getloadavg|cpu_count|path)|socket\.gethostname|contextlib|pydantic|orjson|ujson|flask|fastapi|starlette|werkzeug|"
    r"sqlalchemy|sqlmodel|alembic|traceback|warnings|http\.HTTPStatus|decimal|zoneinfo|gc|resource|string|textwrap|re)(?:\.|$)"
)
_METHODS = frozenset(
    """
    isoformat now utcnow time strftime total_seconds format upper lower strip lstrip rstrip split
    join replace append items values keys update setdefault extend add timestamp astimezone
    model_dump dict json debug info warning warn error exception critical log bind getvalue
    startswith endswith encode decode hex perf_counter monotonic uptime mappings fetchone fetchall
    first all scalar scalar_one scalar_one_or_none one one_or_none close rollback
    """.split()
)


def is_harmless(name: str) -> bool:
    """Tell by its qualified name whether a library's function asks nobody."""
    return name in _BUILTINS or name.removeprefix("builtins.") in _BUILTINS or bool(_LIBRARIES.match(name))


def is_harmless_method(name: str) -> bool:
    """Tell by its bare name whether a method of something unknown asks nobody."""
    return name in _METHODS
