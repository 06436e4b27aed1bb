"""gunicorn beyond what the comparison with the real one covers: trails, bad files, targets."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.facts.server.start import FASTAPI, data, start, told, trail

CONF = {
    "gunicorn.conf.py": "import os\nworkers = int(os.getenv('WORKERS', '4'))\n\ndef post_fork(s, w): ...\n"
}


def test_each_source_is_named_in_the_trail(tmp_path: Path) -> None:
    assert trail(start(tmp_path, FASTAPI, "gunicorn app:app -w 2").workers) == ["Procfile:1:21 -w 2"]
    plain = start(tmp_path, FASTAPI, "gunicorn app:app").workers
    assert trail(plain)[-1] == "gunicorn's default for workers: 1"
    assert trail(plain, {"WEB_CONCURRENCY": "3"}) == ["WEB_CONCURRENCY = 3  (app.yaml)"]
    args: dict[str, str | None] = {"GUNICORN_CMD_ARGS": "-w 7"}
    by_variable = start(tmp_path, FASTAPI, "gunicorn app:app", args).workers
    assert trail(by_variable, args) == [
        'GUNICORN_CMD_ARGS = "-w 7"  (app.yaml)',
        "--workers in GUNICORN_CMD_ARGS",
    ]


def test_the_config_file_is_in_the_trail_with_its_line(tmp_path: Path) -> None:
    server = start(tmp_path, FASTAPI | CONF, "gunicorn app:app")
    assert server.config_files == ("gunicorn.conf.py",)
    assert trail(server.workers)[0].startswith(
        "gunicorn.conf.py:2:1 workers = int(os.getenv('WORKERS', '4'))"
    )
    assert server.option("post_fork") is not None


def test_a_config_file_stands_in_the_working_directory(tmp_path: Path) -> None:
    files = {f"backend/{name}": text for name, text in (FASTAPI | CONF).items()}
    assert data(start(tmp_path, files, "gunicorn app:app", directory="backend").workers) == 4
    assert data(start(tmp_path, files, "gunicorn backend.app:app").workers) == 1
    absolute = start(tmp_path, files, "gunicorn app:app -c /app/gunicorn.conf.py", directory="backend")
    assert absolute.config_files == ("backend/gunicorn.conf.py",)


def test_a_config_file_that_does_not_parse_leaves_options_unknown_but_not_those_of_the_command(
    tmp_path: Path,
) -> None:
    server = start(tmp_path, FASTAPI | {"gunicorn.conf.py": "workers = = 4\n"}, "gunicorn app:app -t 9")
    assert [p.kind for p in server.problems] == ["config-unread"]
    assert told(server.workers).unknown == "gunicorn.conf.py cannot be read as Python"
    assert data(server.timeout) == 9


def test_workers_by_the_number_of_processors_are_unknown(tmp_path: Path) -> None:
    conf = {"gunicorn.conf.py": "import multiprocessing\nworkers = multiprocessing.cpu_count() * 2 + 1\n"}
    assert told(start(tmp_path, FASTAPI | conf, "gunicorn app:app").workers).unknown


def test_web_concurrency_is_read_first_even_where_it_does_not_count(tmp_path: Path) -> None:
    env: dict[str, str | None] = {"WEB_CONCURRENCY": "auto"}
    server = start(tmp_path, FASTAPI, "gunicorn app:app -w 2", env)
    assert data(server.workers, env) == 2
    assert [told(value, env).failure is not None for value in server.start_up] == [True]


@pytest.mark.parametrize(
    ("line", "module", "attribute", "factory", "path"),
    [
        ("gunicorn app:app", "app", "app", False, "app.py"),
        ("gunicorn app", "app", "application", False, "app.py"),
        ('gunicorn "app:make(debug=False)"', "app", "make", True, "app.py"),
        ("gunicorn -w 4 app:app -b :80", "app", "app", False, "app.py"),
        ("gunicorn --chdir pkg inner.web:app", "inner.web", "app", False, "pkg/inner/web.py"),
        ("gunicorn missing.web:app", "missing.web", "app", False, ""),
        ("python -m gunicorn app:app", "app", "app", False, "app.py"),
        ("poetry run gunicorn app:app", "app", "app", False, "app.py"),
        ("exec gunicorn app:app", "app", "app", False, "app.py"),
    ],
)
def test_targets(  # noqa: PLR0913 - one a column
    tmp_path: Path, line: str, module: str, attribute: str, *, factory: bool, path: str
) -> None:
    files = FASTAPI | {"pkg/inner/__init__.py": "", "pkg/inner/web.py": "app = None\n"}
    target = start(tmp_path, files, line).target
    assert target is not None
    found = (target.module, target.attribute, target.factory, target.path)
    assert found == (module, attribute, factory, path)


def test_the_nearest_option_is_named(tmp_path: Path) -> None:
    (problem,) = start(tmp_path, FASTAPI, "gunicorn app:app --graceful_timeout 3").problems
    assert (problem.kind, problem.hint) == ("unknown-option", "--graceful-timeout")
