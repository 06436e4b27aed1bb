"""Which variables an error asks for: what each way of reading settings says when one does not do."""

from __future__ import annotations

import re
from typing import Any, Iterator

from . import lookups

_MESSAGES = (
    (r"UndefinedValueError", r"^(\w+) not found"),
    (r"Env\w*Error", r"[Ee]nvironment variable \"(\w+)\""),
    (r"ImproperlyConfigured", r"Set the (\w+) environment variable"),
    (r"KeyError", r"Config '(\w+)' is missing"),
    (r"ValueError", r"Config '(\w+)' has value"),
)
"""How python-decouple, environs, django-environ and starlette name the variable."""


def needed(error: BaseException) -> dict[str, str]:
    """Return the variables that an error asks for, each with a hint of what it must be; empty for none."""
    found: dict[str, str] = {}
    for link in chain(error):
        for name, hint in _of(link).items():
            found.setdefault(name, hint)
    return found


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and those that led to it."""
    seen: list[int] = []
    while error is not None and id(error) not in seen:
        seen.append(id(error))
        yield error
        error = error.__cause__ or error.__context__


def _of(error: BaseException) -> dict[str, str]:
    kind = type(error).__name__
    if kind == "ValidationError" and hasattr(error, "errors"):
        return _of_pydantic(error)
    if isinstance(error, KeyError) and error.args and error.args[0] in lookups.missing:
        return {error.args[0]: ""}
    text = " ".join(str(a) for a in error.args)
    for kinds, pattern in _MESSAGES:
        match = re.search(pattern, text) if re.fullmatch(kinds, kind) else None
        if match:
            return {match.group(1): text.splitlines()[0]}
    return {n: text.splitlines()[0] for n in lookups.missing if re.search(r"\b%s\b" % re.escape(n), text)}


def _of_pydantic(error: Any) -> dict[str, str]:
    settings = _settings_class(error)
    if settings is None:
        return {}
    found = {}
    for problem in error.errors():
        if problem.get("loc"):
            found[_variable(settings, [str(p) for p in problem["loc"]])] = _hint(settings, problem)
    return found


def _settings_class(error: BaseException) -> Any:
    """Return the settings class whose making raised: the `self` of a frame that the error went through."""
    trace = error.__traceback__
    while trace is not None:
        for name in ("__pydantic_self__", "self"):
            candidate = trace.tb_frame.f_locals.get(name)
            if any(base.__name__ == "BaseSettings" for base in type(candidate).__mro__):
                return type(candidate)
        trace = trace.tb_next
    return None


def _variable(settings: Any, loc: list[str]) -> str:
    config = _config(settings)
    field = _field(settings, loc[0])
    alias = _alias(settings, loc[0])
    prefix = "" if alias else str(config.get("env_prefix") or "")
    delimiter = config.get("env_nested_delimiter")
    name = prefix + (alias or loc[0])
    if delimiter and field is not None and len(loc) > 1 and not loc[1].isdigit():
        name = str(delimiter).join([name, *loc[1:]])
    return name if config.get("case_sensitive") else name.upper()


def _config(settings: Any) -> dict[str, Any]:
    config = getattr(settings, "model_config", None)
    if isinstance(config, dict):
        return config
    old = getattr(settings, "Config", None)
    return {k: getattr(old, k, None) for k in ("env_prefix", "env_nested_delimiter", "case_sensitive")}


def _fields(settings: Any) -> dict[str, Any]:
    fields = getattr(settings, "model_fields", None) or getattr(settings, "__fields__", None)
    return dict(fields or {})


def _field(settings: Any, name: str) -> Any:
    return _fields(settings).get(name)


def _aliased(settings: Any, alias: str) -> Any:
    """Return the field of this alias: the error of pydantic 2 names the alias alone."""
    fields = _fields(settings).values()
    return next((f for f in fields if getattr(f, "validation_alias", None) == alias), None)


def _alias(settings: Any, name: str) -> str:
    """Return the variable that a field names itself (pydantic 1: `Field(env=…)`; 2: its alias)."""
    field = _field(settings, name)
    if field is None:
        return name  # pydantic 2 puts the alias itself where one is
    alias = getattr(field, "validation_alias", None) or getattr(field, "alias", None)
    extra = getattr(getattr(field, "field_info", None), "extra", {})
    return str(extra.get("env") or (alias if isinstance(alias, str) and alias != name else ""))


def _hint(settings: Any, problem: dict[str, Any]) -> str:
    name = str(problem["loc"][0])
    field = _field(settings, name) or _aliased(settings, name)
    kind = getattr(field, "annotation", None) or getattr(field, "outer_type_", None)
    shown = getattr(kind, "__name__", None) if isinstance(kind, type) else None
    message = str(problem.get("msg", ""))
    return "%s (%s)" % (message, shown or kind) if kind is not None else message
