from __future__ import annotations

import json

from deploycheck.rules import load
from tests.cli.conftest import Cli

RULE = load().rules[0]


def test_rules_lists_every_rule(cli: Cli) -> None:
    done = cli("rules")
    assert done.returncode == 0
    listed = [line.split()[0] for line in done.stdout.splitlines() if line[:1].isupper()]
    assert listed == [rule.code for rule in load().rules]


def test_rules_as_json(cli: Cli) -> None:
    document = json.loads(cli("rules", "--format", "json").stdout)
    assert document["schema_version"] == 1
    assert {"code", "name", "family", "severity", "debt", "summary", "from"} == set(document["rules"][0])
    assert len(document["rules"]) == len(load().rules)


def test_explain_prints_the_page(cli: Cli) -> None:
    for wanted in (RULE.code, RULE.code.lower(), RULE.name):
        done = cli("explain", wanted)
        assert done.returncode == 0
        assert done.stdout.startswith(f"{RULE.code} {RULE.name}  {RULE.severity}")
        for heading in ("Why", "Fix", "Silent when"):
            assert f"\n\n{heading}\n  " in done.stdout


def test_explain_takes_a_family(cli: Cli) -> None:
    shown = cli("explain", RULE.family).stdout
    assert all(rule.code in shown for rule in load().rules if rule.family == RULE.family)


def test_an_unknown_rule_is_refused(cli: Cli) -> None:
    done = cli("explain", "CROS001")
    assert (done.returncode, done.stdout) == (2, "")
    assert "did you mean CORS001?" in done.stderr
    assert cli("rules", "--format", "jsn").returncode == 2
