"""The app asks for itself: a real one, started by uvicorn, in an environment that is whole or is not."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SECRET = "s3ntinel-of-the-live-one"
APP = """\
import logging
import os
import sys

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from sqlalchemy import create_engine

from deploycheck import require_ready

logging.basicConfig(level=logging.INFO, stream=sys.stderr)
require_ready({arguments})

if os.getenv("DB_BACKEND", "sqlite") == "postgres":
    URL = "postgresql+psycopg://shop:" + os.environ["DB_PASSWORD"] + "@" + os.environ["DB_HOST"] + "/shop"
else:
    URL = "sqlite:///shop.db"

engine = create_engine(URL)


async def home(request):
    return PlainTextResponse("open")


app = Starlette(routes=[Route("/", home)])
"""
WHOLE = {"DB_BACKEND": "postgres", "DB_HOST": "db", "DB_PASSWORD": SECRET}


def _written(folder: Path, arguments: str = "", **more: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "main.py").write_text(APP.replace("{arguments}", arguments))
    for name, text in more.items():
        (folder / name.replace("_", ".")).write_text(text)
    return folder


def _command(port: int) -> list[str]:
    return [sys.executable, "-m", "uvicorn", "main:app", "--port", str(port)]


def _environment(more: Mapping[str, str]) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **more}


def _started(folder: Path, more: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Start an app that is expected to end by itself."""
    return subprocess.run(
        _command(0), cwd=folder, env=_environment(more), capture_output=True, text=True, check=False
    )


@contextlib.contextmanager
def _serving(folder: Path, more: Mapping[str, str]) -> Iterator[tuple[str, list[str]]]:
    """Serve an app and yield what it answers, and what it has logged by then."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        _command(port), cwd=folder, env=_environment(more), stderr=subprocess.PIPE, text=True
    )
    logged: list[str] = []
    try:
        assert server.stderr is not None
        for line in server.stderr:
            logged.append(line)
            if "Uvicorn running" in line:
                break
        else:
            pytest.fail("".join(logged))
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/") as answer:
            yield answer.read().decode(), logged
    finally:
        server.send_signal(signal.SIGTERM)
        server.communicate()


def test_an_app_whose_environment_is_whole_starts_and_says_which_database_it_has(tmp_path: Path) -> None:
    with _serving(_written(tmp_path / "shop"), WHOLE) as (answer, logged):
        assert answer == "open"
        told = [line for line in logged if "active database" in line]
        assert len(told) == 1
        assert "PostgreSQL postgresql+psycopg://shop:***@db/shop (main.py:21)" in told[0]
        assert SECRET not in "".join(logged)


@pytest.mark.parametrize(
    ("missing", "code", "said"),
    [
        (("DB_HOST",), "ENV001 critical", "DB_HOST is set nowhere"),
        (("DB_BACKEND",), "ENV002 critical", "Production opens SQLite (shop.db)"),
    ],
)
def test_an_app_that_lacks_a_variable_does_not_start(
    tmp_path: Path, missing: tuple[str, ...], code: str, said: str
) -> None:
    done = _started(_written(tmp_path / "shop"), {k: v for k, v in WHOLE.items() if k not in missing})
    assert done.returncode != 0
    assert "deploycheck.ready.NotReady: this app must not start in this environment:" in done.stderr
    assert code in done.stderr
    assert said in done.stderr
    assert re.search(r"\(main\.py:\d+\)", done.stderr)
    assert SECRET not in done.stderr
    assert "Uvicorn running" not in done.stderr


def test_a_manifest_gives_nothing_to_a_process_that_runs_without_it(tmp_path: Path) -> None:
    manifest = (
        "command: [uvicorn, main:app]\nenv:\n"
        + "".join(f"  - name: {name}\n    value: x\n" for name in ("DB_HOST", "DB_PASSWORD"))
        + "  - name: DB_BACKEND\n    value: postgres\n"
    )
    shop = _written(tmp_path / "shop", app_yaml=manifest)
    done = _started(shop, {k: v for k, v in WHOLE.items() if k != "DB_HOST"})
    assert "ENV001 critical" in done.stderr
    with _serving(shop, WHOLE) as (answer, _):
        assert answer == "open"


def test_another_app_of_the_folder_stops_nobody(tmp_path: Path) -> None:
    shop = _written(tmp_path / "shop")
    (shop / "other.py").write_text(
        "import os\nfrom starlette.applications import Starlette\n\n"
        'KEY = os.environ["ONLY_THE_OTHER_NEEDS_IT"]\napp = Starlette()\n'
    )
    with _serving(shop, WHOLE) as (answer, _):
        assert answer == "open"


UNREADABLE = {"deploycheck_toml": "fail-onn = 'low'\n"}


def test_what_could_not_be_looked_at_is_a_warning(tmp_path: Path) -> None:
    with _serving(_written(tmp_path / "shop", **UNREADABLE), WHOLE) as (answer, logged):
        assert answer == "open"
        [warning] = [line for line in logged if line.startswith("WARNING")]
        assert "the environment was not checked in full: deploycheck.toml:1:1: unknown key" in warning


def test_what_could_not_be_looked_at_stops_a_strict_app(tmp_path: Path) -> None:
    done = _started(_written(tmp_path / "shop", "strict=True", **UNREADABLE), WHOLE)
    assert done.returncode != 0
    assert "NotReady: the environment was not checked in full" in done.stderr


def test_a_fault_of_ours_is_a_warning_without_the_secrets_of_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from deploycheck import NotReady, require_ready

    def broken(target: Path) -> None:
        raise RuntimeError(f"no idea what to do with {SECRET}")

    monkeypatch.setattr("deploycheck.configuration.load", broken)
    monkeypatch.setenv("DB_PASSWORD", SECRET)
    require_ready(tmp_path)
    [record] = caplog.records
    assert record.levelname == "WARNING"
    assert "RuntimeError: no idea what to do with ***" in record.getMessage()
    with pytest.raises(NotReady, match=r"not checked in full: RuntimeError") as raised:
        require_ready(tmp_path, strict=True)
    assert SECRET not in str(raised.value)
    assert raised.value.findings == ()


def test_an_app_that_is_not_found_in_the_folder_is_not_passed_in_silence(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    from deploycheck import require_ready

    require_ready(_written(tmp_path / "shop"))
    assert "starts the app that asks" in caplog.text


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"rules": "ENVV"}, "did you mean ENV"),
        ({"rules": " , "}, "names no rule"),
        ({"fail_on": "fatal"}, "is not one of critical, high, medium, low"),
    ],
)
def test_a_wrong_word_is_the_callers_error(tmp_path: Path, given: dict[str, str], said: str) -> None:
    from deploycheck import require_ready

    with pytest.raises(ValueError, match=re.escape(said)):
        require_ready(tmp_path, **given)  # type: ignore[arg-type]


def test_importing_us_loads_nothing_else() -> None:
    code = (
        "import sys; import deploycheck; "
        "print(sorted(m for m in sys.modules if m.startswith(('deploycheck', 'typing', 'logging'))))"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r}); {code}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "['deploycheck']"


def test_the_check_of_an_environment_loads_no_other_family_and_no_heavy_library(tmp_path: Path) -> None:
    shop = _written(tmp_path / "shop")
    main = (
        (shop / "main.py")
        .read_text()
        .split("engine =")[0]
        .replace("from sqlalchemy import create_engine", "")
    )
    code = (
        "import sys; print([m for m in sys.modules if m.startswith('deploycheck.checks.') "
        "and m.split('.')[2] not in ('applies', 'env')], "
        "sorted({'sqlalchemy', 'alembic', 'psycopg', 'pydantic', 'rich', 'typer', 'yaml', 'ruamel', "
        "'deploycheck.facts.server', 'deploycheck.facts.migrations', 'deploycheck.facts.manifests.shell', "
        "'deploycheck.engine.understood'} & set(sys.modules)))"
    )
    (shop / "main.py").write_text(f"{main}\napp = Starlette()\n{code}\n")
    done = subprocess.run(
        [sys.executable, "main.py"],
        cwd=shop,
        env=_environment(WHOLE),
        capture_output=True,
        text=True,
        check=True,
    )
    others, heavy = done.stdout.strip().split("] [")
    assert (others, heavy) == ("[", "]"), done.stdout
    assert "the active database" not in done.stderr
    assert "not checked in full" not in done.stderr


def _imported(folder: Path, more: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Import an app and end, as a server's worker would begin."""
    return subprocess.run(
        [sys.executable, "-c", "import main"],
        cwd=folder,
        env=_environment(more),
        capture_output=True,
        text=True,
        check=False,
    )


OPENED = """\
import sys

opened = set()
sys.addaudithook(lambda event, given: opened.add(str(given[0])) if event == "open" else None)
"""


def test_only_what_the_process_loads_is_read(tmp_path: Path) -> None:
    shop = _written(tmp_path / "shop")
    (shop / "settings.py").write_text('import os\n\nNAME = os.environ["SHOP_NAME"]\n')
    (shop / "unused.py").write_text('import os\n\nKEY = os.environ["NOBODY_ASKS_FOR_IT"]\n')
    (shop / "docker-compose.yml").write_text("services: {web: {image: shop}}\n")
    (shop / "elsewhere").mkdir()
    (shop / "elsewhere" / "requirements.txt").write_text("flask\n")
    told = "print(sorted(p for p in opened if p.startswith(os.getcwd())))\n"
    main = (shop / "main.py").read_text().replace("require_ready()\n", f"require_ready()\n{told}")
    (shop / "main.py").write_text(f"{OPENED}{main}import settings\n")
    done = _imported(shop, {**WHOLE, "SHOP_NAME": "shop"})
    assert done.returncode == 0, done.stderr
    assert "settings.py" in done.stdout
    assert "main.py" in done.stdout
    assert not [n for n in ("unused.py", "docker-compose.yml", "requirements.txt") if n in done.stdout]


def test_a_file_of_variables_that_git_ignores_is_the_processs_all_the_same(tmp_path: Path) -> None:
    shop = _written(tmp_path / "shop")
    settings = (
        "from pydantic_settings import BaseSettings\n\n\nclass Settings(BaseSettings):\n"
        '    model_config = {"env_file": ".env", "extra": "ignore"}\n    shop_name: str\n'
    )
    (shop / "settings.py").write_text(settings)
    with (shop / "main.py").open("a") as main:
        main.write("\nfrom settings import Settings\n\nSETTINGS = Settings()\n")
    (shop / ".git").mkdir()
    (shop / ".gitignore").write_text(".env\n")
    assert "SHOP_NAME is set nowhere" in _imported(shop, WHOLE).stderr
    (shop / ".env").write_text(f"SHOP_NAME={SECRET}\n")
    done = _imported(shop, WHOLE)
    assert "NotReady" not in done.stderr
    assert "active database" in done.stderr
    assert SECRET not in done.stderr


def test_rules_of_other_families_have_the_manifests(tmp_path: Path) -> None:
    manifest = 'command: [uvicorn, main:app, --workers, "64"]\n'
    shop = _written(tmp_path / "shop", 'rules="WRK003", fail_on="low"', app_yaml=manifest)
    assert "WRK003 high: Production starts 64 workers" in _imported(shop, WHOLE).stderr
