"""Alembic's configuration, made as its own command line or Flask-Migrate's makes it."""

from __future__ import annotations

import argparse
import contextlib
import importlib
import importlib.util
import os
import re
import sys
from typing import Any, Dict, Iterator

from .failures import NotHere
from .throwaway import Throwaway


class Attributes(Dict[str, Any]):
    """`config.attributes`; an env.py that takes its connection from there and has no other way gets one."""

    def __init__(self, url: str) -> None:
        """Remember where to connect."""
        super().__init__()
        self._url = url

    def __missing__(self, key: str) -> Any:
        """Connect when the caller's connection is asked for."""
        if key != "connection":
            raise KeyError(key)
        from sqlalchemy import create_engine

        self[key] = create_engine(self._url).connect()
        return self[key]


@contextlib.contextmanager
def configured(place: dict[str, Any], throwaway: Throwaway) -> Iterator[tuple[Any, Any]]:
    """Give Alembic's Config and ScriptDirectory, inside of the app's context where its env.py needs one."""
    if _needs_flask(place):
        with _flask_app().app_context():
            yield _made(_flask_config(place), place, throwaway)
    else:
        yield _made(_plain_config(place), place, throwaway)


def _made(config: Any, place: dict[str, Any], throwaway: Throwaway) -> tuple[Any, Any]:
    from alembic.script import ScriptDirectory

    _several_databases(config)
    if place.get("versions"):
        config.set_main_option("version_locations", os.pathsep.join(place["versions"]))
        config.set_main_option("version_path_separator", "os")
        config.set_main_option("path_separator", "os")
    url = _url_of(throwaway, _env_text(place))
    config.__dict__["attributes"] = Attributes(url)
    if not (config.get_main_option("sqlalchemy.url") or "").startswith(throwaway.backend):
        # none, a placeholder, or another backend than production's: the app itself sets it when it runs this
        config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return config, ScriptDirectory.from_config(config)


def _several_databases(config: Any) -> None:
    names = config.get_main_option("databases") or ""
    if len([n for n in re.split(r"[\s,]+", names) if n]) > 1:
        raise NotHere("its env.py migrates several databases in one run (%s)" % names)


def _plain_config(place: dict[str, Any]) -> Any:
    from alembic.config import Config

    config = Config(place["ini"] or None, ini_section=place["section"] or "alembic")
    config.cmd_opts = argparse.Namespace(x=None, name=place["section"], config=place["ini"], raiseerr=False)
    if place["directory"]:
        config.set_main_option("script_location", place["directory"].replace("%", "%%"))
    return config


def _env_text(place: dict[str, Any]) -> str:
    path = os.path.join(place["directory"], "env.py")
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def _needs_flask(place: dict[str, Any]) -> bool:
    return re.search(r"^\s*from flask import .*current_app", _env_text(place), re.MULTILINE) is not None


def _flask_app() -> Any:
    cli = importlib.import_module("flask.cli")

    try:
        with _on_the_path(os.getcwd()):
            return cli.ScriptInfo(app_import_path=os.environ.get("FLASK_APP")).load_app()
    except cli.NoAppException as error:
        text = " ".join(str(error).split())
        raise NotHere(
            "its env.py needs the Flask app, which was not found: %s Set FLASK_APP." % text
        ) from error


@contextlib.contextmanager
def _on_the_path(folder: str) -> Iterator[None]:
    """Flask puts the working folder first on the path itself; kept so, as `flask db` keeps it."""
    if folder not in sys.path:
        sys.path.insert(0, folder)
    yield


def _flask_config(place: dict[str, Any]) -> Any:
    current_app = importlib.import_module("flask").current_app

    extension = current_app.extensions.get("migrate")
    if extension is None:
        raise NotHere("its env.py needs Flask-Migrate, and the Flask app that was found has none")
    return extension.migrate.get_config(place["directory"])


def _url_of(throwaway: Throwaway, env_text: str) -> str:
    """Return SQLAlchemy's URL for an environment that brings none of its own."""
    from sqlalchemy.engine.url import URL

    driver = _driver(throwaway, "async_engine" in env_text)
    parts = throwaway.url_parts(driver)
    return URL.create("%s+%s" % (throwaway.backend, driver), **parts).render_as_string(hide_password=False)


def _driver(throwaway: Throwaway, is_async: bool) -> str:
    if throwaway.backend == "sqlite":
        return "aiosqlite" if is_async else "pysqlite"
    wanted = ("asyncpg", "psycopg") if is_async else ("psycopg2", "psycopg", "pg8000")
    found = [name for name in wanted if importlib.util.find_spec(name) is not None]
    return found[0] if found else wanted[0]
