"""The connection budget, as users see it."""

from __future__ import annotations

import pytest

from tests.cli.conftest import ROOT, Cli

FIXED = str(ROOT / "fixtures" / "workshop_fixed")
WORKSHOP = str(ROOT / "fixtures" / "workshop")


@pytest.mark.parametrize(
    ("env", "expected"),
    [
        ({}, "2 workers × (10 + 5) = 30 of 1000"),
        ({"WEB_CONCURRENCY": "4"}, "4 workers × (10 + 5) = 60 of 1000"),
        ({"WEB_CONCURRENCY": "1", "DB_POOL_SIZE": "3"}, "1 worker × (3 + 5) = 8 of 1000"),
    ],
)
def test_the_budget_follows_the_environment(cli: Cli, env: dict[str, str], expected: str) -> None:
    done = cli(FIXED, "--select", "POOL", env=env)
    assert expected in done.stdout
    assert done.returncode == 0


def test_the_commands_own_number_of_workers_wins(cli: Cli) -> None:
    done = cli(WORKSHOP, "--select", "POOL002", env={"WEB_CONCURRENCY": "8"})
    assert "2 workers × (5 + 10) = 30 of 97" in done.stdout
    assert "once it opens a database server" in done.stdout
