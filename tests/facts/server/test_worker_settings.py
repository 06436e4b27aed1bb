"""Worker counts in code that mean server processes, and the many that do not."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploycheck.facts.server import other_worker_settings, read_server
from deploycheck.facts.server.model import WorkerSetting
from tests.facts.server.start import command, project

SETTINGS = """
    from pydantic_settings import BaseSettings
    class Settings(BaseSettings):
        host: str = "0.0.0.0"
        port: int = 8000
        workers: int = 4
    settings = Settings()
"""
MAIN = """
    import uvicorn
    from fastapi import FastAPI
    from config import settings
    app = FastAPI()
    if __name__ == "__main__":
        uvicorn.run("main:app", port=settings.port, workers=settings.workers)
"""


def found(
    root: Path, files: dict[str, str], line: str = "gunicorn main:app -w 2"
) -> tuple[WorkerSetting, ...]:
    program, tree = project(root, files)
    server = read_server(program, tree, command(line), "")
    return other_worker_settings(program, {p for p in files if p.endswith(".py")}, server)


def test_a_setting_behind_the_main_guard_is_not_read_by_gunicorn(tmp_path: Path) -> None:
    (one,) = found(tmp_path, {"config.py": SETTINGS, "main.py": MAIN})
    assert (one.name, one.reader, one.at.path, one.at.line) == ("workers", "Settings.workers", "config.py", 6)
    assert one.used_by == ()
    assert [str(at) for at in one.read_at] == ["main.py:7:57"]


def test_the_same_setting_is_read_when_the_module_is_the_script(tmp_path: Path) -> None:
    (one,) = found(tmp_path, {"config.py": SETTINGS, "main.py": MAIN}, "python main.py")
    assert [str(at) for at in one.used_by] == ["main.py:7:57"]


def test_a_config_file_of_gunicorn_reads_it(tmp_path: Path) -> None:
    conf = "from config import settings\nworkers = settings.workers\n"
    (one,) = found(
        tmp_path, {"config.py": SETTINGS, "main.py": MAIN, "gunicorn.conf.py": conf}, "gunicorn main:app"
    )
    assert [at.path for at in one.used_by] == ["gunicorn.conf.py"]


@pytest.mark.parametrize(
    "text",
    [
        "import os\nWEB_CONCURRENCY = int(os.getenv('WEB_CONCURRENCY', '2'))\n",
        "UVICORN_WORKERS = 4\n",
        "class Config:\n    GUNICORN_WORKERS = 3\n",
        "import os\nHOST = '0.0.0.0'\nPORT = 80\nWORKERS = int(os.environ.get('WORKERS', 4))\n",
        "import os\ndef f():\n    return int(os.getenv('WEB_CONCURRENCY', '1'))\n",
    ],
)
def test_server_processes(tmp_path: Path, text: str) -> None:
    assert len(found(tmp_path, {"main.py": "app = None\n", "conf.py": text})) == 1


@pytest.mark.parametrize(
    "text",
    [
        "MAX_WORKERS = 4\n",
        "PORT = 80\nmax_workers = 4\n",
        "from concurrent.futures import ThreadPoolExecutor as T\nPORT = 1\nWORKERS = 4\npool = T(WORKERS)\n",
        "from torch.utils.data import DataLoader as D\nport=1\nworkers = 4\nd = D(x, num_workers=workers)\n",
        "class CelerySettings:\n    broker_port: int = 1\n    port: int = 2\n    workers: int = 4\n",
        "class RedisQueue:\n    port = 1\n    workers = 2\n",
        "workers = 4\n",
        "class Team:\n    name: str\n    workers: int = 3\n",
        "port = 1\nworkers = ['ann', 'bob']\n",
        "import multiprocessing\nport = 1\nWORKERS = 4\nwith multiprocessing.Pool(int(WORKERS)) as p: ...\n",
        "playwright_workers = 4\n",
        "# uvicorn_workers = 4\n'''web_concurrency = 3'''\n",
    ],
)
def test_other_workers(tmp_path: Path, text: str) -> None:
    assert found(tmp_path, {"main.py": "app = None\n", "conf.py": text}) == ()
