"""`deploycheck debts`: the board through the real command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from deploycheck.engine.debts import DEBTS
from deploycheck.rules import load
from tests.cli.conftest import ROOT, Cli
from tests.fakes import written

WORKSHOP = str(ROOT / "fixtures" / "workshop")
FIXED = str(ROOT / "fixtures" / "workshop_fixed")


def board(cli: Cli, folder: str) -> dict[str, Any]:
    done = cli("debts", folder, "--isolated", "--format", "json")
    return {debt["id"]: debt for debt in json.loads(done.stdout)["debts"]}


def test_every_criterion_is_judged_by_rules_that_exist_and_pay_a_debt() -> None:
    known = {rule.code: rule for rule in load().rules}
    judging = {code for debt in DEBTS for criterion in debt.criteria for code in criterion.rules}
    assert judging <= set(known), judging - set(known)
    assert [debt.id for debt in DEBTS] == [f"DEPLOY-{n}" for n in range(1, 14)]


def test_the_workshop_owes(cli: Cli) -> None:
    debts = board(cli, WORKSHOP)
    assert len(debts) == 13
    rollback = debts["DEPLOY-6"]
    assert rollback["state"] == "owed"
    assert {c["mark"] for c in rollback["criteria"]} == {"not met"}
    assert {c["evidence"] for c in rollback["criteria"]} == {"read"}
    assert len(rollback["findings"]) > 5


def test_the_fixed_workshop_owes_nothing(cli: Cli) -> None:
    debts = board(cli, FIXED)
    assert [d["id"] for d in debts.values() if d["state"] in {"owed", "cannot tell"}] == []
    assert debts["DEPLOY-2"]["state"] == "paid"
    tested = next(c for c in debts["DEPLOY-6"]["criteria"] if "downgrade" in c["text"])
    assert (tested["mark"], tested["evidence"]) == ("open", None)


def test_the_board_on_the_terminal(cli: Cli) -> None:
    done = cli("debts", WORKSHOP, "--isolated")
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert any(line.startswith("DEPLOY-6 ") and line.endswith("OWED") for line in lines)
    assert any("MIG003 migrations/versions/" in line for line in lines)
    assert max(len(line) for line in lines if "/" not in line) <= 80


def test_the_board_as_a_section_of_markdown(cli: Cli) -> None:
    lines = cli("debts", WORKSHOP, "--isolated", "--format", "markdown").stdout.splitlines()
    assert lines[0].startswith("## ")
    assert len([line for line in lines if line.startswith("| DEPLOY-")]) == 13
    assert {line.count("|") for line in lines[2:]} == {6}


@pytest.mark.parametrize(("arguments", "code"), [(("gone",), 4), ((".", "--format", "jsn"), 2), ((".",), 4)])
def test_bad_input_ends_as_a_check_does(cli: Cli, arguments: tuple[str, ...], code: int) -> None:
    done = cli("debts", *arguments)
    assert done.returncode == code
    assert "Traceback" not in done.stderr + done.stdout


def test_what_could_not_be_looked_at_is_no_debt_paid(cli: Cli, tmp_path: Any) -> None:
    (tmp_path / "main.py").write_text(
        "from fastapi import FastAPI\napp = FastAPI()\ntry: ...\nexcept A, B: ...\n"
    )
    debts = board(cli, str(tmp_path))
    assert debts["DEPLOY-2"]["state"] == "cannot tell"
    assert any("main.py" in (c["reason"] or "") for c in debts["DEPLOY-2"]["criteria"])


def test_what_is_not_there_is_not_met(cli: Cli, project: Path) -> None:
    """An app without a front end, a SQLite file, limits or a container's size has done nothing about them."""
    files = {
        "main.py": "from fastapi import FastAPI\n\napp = FastAPI()\n",
        "Procfile": "web: uvicorn main:app --host 0.0.0.0 --port $PORT --workers 2\n",
        "requirements.txt": "fastapi\nuvicorn\n",
        ".github/workflows/ci.yml": (
            "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps: [{run: pytest}]\n"
        ),
    }
    marks = {
        c["text"]: c["mark"] for d in board(cli, str(written(project, files))).values() for c in d["criteria"]
    }
    for text in (
        "the dead-code check runs in CI or as a recipe",
        "a bundle budget is documented and enforced",
        "SQLite backup on by default",
        "backup before migration documented",
        "settable from the environment, and 429 carries Retry-After",
    ):
        assert marks[text] == "not applicable", text
