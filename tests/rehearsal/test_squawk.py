from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from deploycheck.facts.rehearsed import Hazard
from deploycheck.rehearsal import squawk
from deploycheck.rehearsal.squawk import SquawkProblem, hazards

INDEX = "CREATE INDEX ix ON a (b)"


def _rules(*statements: str) -> list[tuple[str, str]]:
    return [(h.rule, h.statement) for h in hazards({"r": statements}, "18.4")["r"]]


def test_each_hazard_stands_with_its_revision_and_statement() -> None:
    found = hazards(
        {
            "one": ["ALTER TABLE a ADD COLUMN b int\n  -- it's a comment", INDEX],
            "two": ["CREATE TABLE n (id serial, t varchar(3))"],
            "three": ["UPDATE a SET b = %(b)s", "REINDEX\nTABLE a"],
            "four": [],
        },
        "18.4",
    )
    assert list(found) == ["one", "two", "three", "four"]
    assert [(h.rule, h.statement) for h in found["one"]] == [("require-concurrent-index-creation", INDEX)]
    assert [h.rule for h in found["three"]] == ["require-concurrent-reindex"]
    assert found["three"][0].statement == "REINDEX\nTABLE a"
    assert found["two"] == found["four"] == ()
    assert "CONCURRENTLY" in found["one"][0].message.upper() or "blocked" in found["one"][0].message


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE a ADD COLUMN b integer NOT NULL DEFAULT 5",
        "CREATE INDEX CONCURRENTLY ix ON a (b)",
        "ALTER TABLE a RENAME COLUMN b TO c",
        "DROP TABLE a",
        "DROP INDEX ix",
        "ALTER TYPE mood ADD VALUE 'x'",
        "TRUNCATE a CASCADE",
        "ALTER TABLE a ADD CHECK (b > 0) NOT VALID",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT 1; SELECT 2; $$",
        "this is not sql",
    ],
)
def test_opinions_are_left_out(statement: str) -> None:
    assert _rules(statement) == []


def test_a_table_of_the_same_revision_is_new() -> None:
    assert _rules("CREATE TABLE a (b int)", INDEX) == []


def test_what_does_not_parse_hides_nothing_else() -> None:
    assert _rules("ALTER TABLE a FROBNICATE", INDEX) == [("require-concurrent-index-creation", INDEX)]


def test_a_project_s_own_configuration_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".squawk.toml").write_text('excluded_rules = ["require-concurrent-index-creation"]')
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    assert _rules(INDEX)


def test_without_squawk_it_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SquawkProblem) as problem:
        hazards({"r": [INDEX]}, "18.4")
    assert problem.value.reason == "needs deploycheck[squawk]"


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("echo 'out of cheese' >&2; exit 0", "squawk fails: out of cheese"),
        ("exit 7", "squawk fails: it says nothing"),
        ("echo 5", "squawk fails: it says nothing"),
    ],
)
def test_an_answer_that_is_none_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, reason: str
) -> None:
    program = tmp_path / "squawk"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setattr(squawk, "find", lambda: str(program))
    with pytest.raises(SquawkProblem) as problem:
        hazards({"r": [INDEX]}, "18.4")
    assert problem.value.reason == reason


def test_one_that_hangs_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def hang(*_: object, **__: object) -> None:
        raise subprocess.TimeoutExpired("squawk", 1)

    monkeypatch.setattr(subprocess, "run", hang)
    with pytest.raises(SquawkProblem, match="did not answer"):
        hazards({"r": [INDEX]}, "18.4")


def test_nothing_that_ran_needs_no_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subprocess, "run", None)
    assert hazards({"r": ["SELECT 1"]}, "") == {"r": ()}


def test_a_hazard_is_told_once() -> None:
    assert hazards({"r": [INDEX, INDEX]}, "nonsense")["r"] == (
        Hazard("require-concurrent-index-creation", hazards({"r": [INDEX]}, "")["r"][0].message, INDEX),
    )
