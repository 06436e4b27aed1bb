"""What a shell, or a platform without one, makes of the words of a command."""

# ruff: noqa: S104 - addresses that the commands name

from __future__ import annotations

from pathlib import Path

import pytest

from deploycheck.facts.manifests.model import Entry
from deploycheck.findings import Location
from deploycheck.python.values import Failure
from tests.facts.server.start import FASTAPI, data, start, told, trail

AT = Location("start.sh", 2, 1)


@pytest.mark.parametrize(
    ("word", "env", "expected"),
    [
        ("$N", {"N": "3"}, 3),
        ("${N}", {"N": "3"}, 3),
        ("${N:-2}", {}, 2),
        ("${N:-2}", {"N": ""}, 2),
        ("${N:-2}", {"N": "5"}, 5),
        ("${N:=2}", {}, 2),
        ("${N-2}", {}, 2),
        ("${N:-${M:-4}}", {}, 4),
        ("${N:-${M:-4}}", {"M": "6"}, 6),
        ("${N:+7}", {"N": "x"}, 7),
    ],
)
def test_a_shell_puts_variables_in(
    tmp_path: Path, word: str, env: dict[str, str | None], expected: int
) -> None:
    server = start(tmp_path, FASTAPI, f"gunicorn app:app -w {word}", env)
    assert data(server.workers, env) == expected
    assert server.problems == ()


@pytest.mark.parametrize(
    ("word", "env"),
    [("$N", {}), ("${N-2}", {"N": ""}), ("${N:+7}", {}), ("${N:?no}", {}), ("$N", {"N": "two"})],
)
def test_what_no_number_comes_of_fails(tmp_path: Path, word: str, env: dict[str, str | None]) -> None:
    server = start(tmp_path, FASTAPI, f"gunicorn app:app --workers={word}", env)
    assert told(server.workers, env).failure is not None


@pytest.mark.parametrize("word", ["$(nproc)", "`nproc`", "${N%x}", "$1", "$((2*2))"])
def test_what_only_a_shell_works_out_is_unknown(tmp_path: Path, word: str) -> None:
    server = start(tmp_path, FASTAPI, f"gunicorn app:app -w '{word}'")
    assert told(server.workers).unknown


def test_without_a_shell_the_text_stays_and_is_refused(tmp_path: Path) -> None:
    server = start(tmp_path, FASTAPI, "gunicorn app:app -w ${WORKERS:-2}", {"WORKERS": "3"}, shell=False)
    (problem,) = server.problems
    assert (problem.kind, problem.subject) == ("malformed", "workers")
    assert problem.message == "gunicorn wants a whole number in `-w ${WORKERS:-2}`"
    assert problem.at == Location("Procfile", 1, 21, 1, 34)
    assert isinstance(told(server.workers).value, Failure)


def test_a_platform_without_a_shell_replaces_its_own_variable_only(tmp_path: Path) -> None:
    line = "gunicorn app:app --bind 0.0.0.0:$DATABRICKS_APP_PORT"
    name = "DATABRICKS_APP_PORT"
    server = start(tmp_path, FASTAPI, line, {name: None}, shell=False, expands=name)
    assert data(server.host) == "0.0.0.0"
    assert server.port.variable_names() == (name,)
    assert data(server.port, {name: "8080"}) == 8080
    assert told(server.port, {name: None}).unknown


def test_a_brace_is_not_replaced_by_the_platform(tmp_path: Path) -> None:
    line = "gunicorn app:app --bind 0.0.0.0:${DATABRICKS_APP_PORT}"
    server = start(tmp_path, FASTAPI, line, shell=False, expands="DATABRICKS_APP_PORT")
    assert told(server.port).failure is not None


def test_assignments_of_the_start_script_count_and_are_named(tmp_path: Path) -> None:
    entries = (
        Entry("CORES", "4", AT, exported=False),
        Entry("N", None, AT, written="${WORKERS:-$CORES}", variables=("WORKERS", "CORES")),
    )
    server = start(tmp_path, FASTAPI, "gunicorn app:app -w $N", entries=entries)
    assert data(server.workers) == 4
    assert data(server.workers, {"WORKERS": "6"}) == 6
    assert any(step.startswith("start.sh:2:1 N=${WORKERS:-$CORES}") for step in trail(server.workers))


def test_an_expansion_where_options_may_stand_counts_from_there_on(tmp_path: Path) -> None:
    env: dict[str, str | None] = {"OPTIONS": "-w 5 --timeout 9"}
    server = start(tmp_path, FASTAPI, "gunicorn app:app -w 2 $OPTIONS -t 8", env)
    assert data(server.workers, env) == 5
    assert data(server.timeout, env) == 8
    assert data(server.workers) == 2


def test_an_app_named_by_a_variable_is_found_under_the_environment(tmp_path: Path) -> None:
    line = "gunicorn ${APP_MODULE:-app:app}"
    target = start(tmp_path, FASTAPI, line).target
    assert target is not None
    assert (target.module, target.attribute, target.path) == ("app", "app", "app.py")
    other = start(tmp_path, FASTAPI, line, {"APP_MODULE": "other:api"}).target
    assert other is not None
    assert (other.module, other.attribute, other.path) == ("other", "api", "")
    unseen = start(tmp_path, FASTAPI, line, {"APP_MODULE": None}).target
    assert unseen is not None
    assert unseen.module == ""
