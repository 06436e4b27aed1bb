"""SQLAlchemy's engines: each one of the throwaway's backend is led to it before it is made."""

from __future__ import annotations

from typing import Any

from .guards import opens_a_file
from .importing import mend_after_import
from .refusing import refuse
from .throwaway import DRIVERS, Throwaway

_QUERY_KEPT = frozenset(
    "options prepared_statement_cache_size prepared_statement_name_func async_fallback client_encoding"
    " application_name connect_timeout timeout check_same_thread".split()
)
_ARGS_DROPPED = frozenset(
    "host hostaddr port user password dbname database dsn service passfile sslmode sslcert sslkey sslrootcert"
    " sslcrl sslpassword sslnegotiation ssl ssl_context direct_tls channel_binding gssencmode krbsrvname"
    " target_session_attrs requiressl unix_sock uri".split()
)


def lead_engines(throwaway: Throwaway) -> None:
    """Lead every engine that is made from here on."""
    mend_after_import({"sqlalchemy": lambda module: _mend(module, throwaway)})


def _mend(module: Any, throwaway: Throwaway) -> None:
    from sqlalchemy import event
    from sqlalchemy.engine import Engine
    from sqlalchemy.engine.url import URL

    original = URL._instantiate_plugins

    def led(self: Any, kwargs: Any) -> Any:
        url, plugins, kwargs = original(self, kwargs)
        if url.get_backend_name() != throwaway.backend:
            return url, plugins, kwargs
        return lead_url(url, throwaway), plugins, _lead_arguments(dict(kwargs))

    URL._instantiate_plugins = led  # type: ignore[method-assign]
    event.listen(Engine, "do_connect", lambda *args: _lead_connection(throwaway, *args))


def lead_url(url: Any, throwaway: Throwaway) -> Any:
    """Return a URL of the same driver that names the throwaway."""
    driver = url.drivername.partition("+")[2]
    parts = throwaway.url_parts(driver)
    kept = {k: v for k, v in url.query.items() if k in _QUERY_KEPT}
    parts["query"] = dict(kept, **parts.get("query", {}))
    return url.set(**{k: v for k, v in parts.items() if v is not None})._replace(
        **{k: None for k, v in parts.items() if v is None}
    )


def _lead_arguments(kwargs: dict[str, Any]) -> dict[str, Any]:
    """Take out of the arguments of `create_engine` what would lead elsewhere."""
    for name in ("creator", "pool"):
        kwargs.pop(name, None)
    given = kwargs.get("connect_args")
    if given:
        kwargs["connect_args"] = {k: v for k, v in given.items() if k not in _ARGS_DROPPED}
    return kwargs


def _lead_connection(
    throwaway: Throwaway, dialect: Any, record: Any, cargs: list[Any], cparams: dict[str, Any]
) -> None:
    """Refuse what cannot be led, at the last moment; the drivers' own calls lead the rest."""
    if dialect.name == throwaway.backend and dialect.driver in DRIVERS[throwaway.backend]:
        return
    if dialect.name == throwaway.backend and dialect.driver == "psycopg_async":
        return
    if dialect.name == "sqlite" and dialect.driver in DRIVERS["sqlite"] and _is_in_memory(cargs):
        return
    raise refuse(
        "an engine of %s+%s, while the rehearsal runs on %s,"
        % (dialect.name, dialect.driver, throwaway.backend)
    )


def _is_in_memory(cargs: list[Any]) -> bool:
    return bool(cargs) and not opens_a_file(str(cargs[0]))
