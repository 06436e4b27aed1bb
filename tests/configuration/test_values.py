from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

import pytest

from deploycheck.configuration import ConfigurationError, load
from deploycheck.findings import Severity
from tests.fakes import written


def test_a_rule_has_a_table_or_a_word(tmp_path: Path) -> None:
    text = "[rules]\nCORS001 = 'off'\n[rules.VER]\nseverity = 'high'\n"
    assert load(written(tmp_path, {"deploycheck.toml": text})).rules == {
        "CORS001": None,
        "VER": Severity.HIGH,
    }


SUPPRESS = "[[suppress]]\nrule = 'VER001'\nreason = 'so'\nsubject = 'x'\nuntil = {}\n"


@pytest.mark.parametrize("day", ["2027-01-31", "'2027-01-31'"])
def test_a_day_may_stand_in_quotes(tmp_path: Path, day: str) -> None:
    (entry,) = load(written(tmp_path, {"deploycheck.toml": SUPPRESS.format(day)})).suppress
    assert entry.until == dt.date(2027, 1, 31)


@pytest.mark.parametrize("day", ["'31.1.2027'", "20270131", "''", "true"])
def test_what_is_no_day_is_refused(tmp_path: Path, day: str) -> None:
    with pytest.raises(ConfigurationError, match=r"until must be a day, such as 2027-01-31"):
        load(written(tmp_path, {"deploycheck.toml": SUPPRESS.format(day)}))


def test_env_files_are_found_from_the_file(tmp_path: Path) -> None:
    written(tmp_path, {"deploycheck.toml": "env-files = ['deploy/prod.env']\n", "api/main.py": ""})
    (found,) = load(tmp_path / "api").env_files
    assert os.path.realpath(found) == str(tmp_path / "deploy" / "prod.env")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("rules = []", "1:1: rules must be a table"),
        (
            "rules = { VER = 'hihg' }",
            "rules.VER.severity must be one of critical, high, medium, low, off; did you",
        ),
        ("rules = { VER = 3 }", "rules.VER must be a table"),
        (
            "rules = { VER = { severty = 'low' } }",
            "rules.VER: unknown key 'severty'; did you mean 'severity'?",
        ),
        ("[rules.VER]", "1:1: rules.VER.severity is missing"),
        ("per-path-ignores = ['x']", "per-path-ignores must be a table"),
        ("per-path-ignores = { 'x' = 'VER' }", "per-path-ignores.x must be a list"),
        ("per-path-ignores = { '!x' = ['VER'] }", "1:22: per-path-ignores: '!x' takes back"),
        ("per-path-ignores = { '#x' = ['VER'] }", "'#x' is no pattern"),
        ("exclude = 'x'", "exclude must be a list"),
        ("exclude = ['']", "exclude[0] must not be empty"),
        ("exclude = ['# x']", "1:1: exclude: '# x' is no pattern: it would match nothing"),
        ("env-files = ['../prod.env']", "1:1: env-files: ../prod.env leads out of the folder"),
        ("env-files = ['/etc/passwd']", "env-files: /etc/passwd leads out of the folder"),
        ("cpu = true", "cpu must be a number"),
        ("cpu = nan", "cpu must be a finite number"),
        ("cpu = 'two'", "cpu must be a number"),
        ("replicas = true", "replicas must be a whole number"),
        ("replicas = '3'", "replicas must be a whole number"),
        ("replicas = 2.5", "replicas must be a whole number"),
        ("min-downgrade-coverage = -1", "min-downgrade-coverage must not be less than 0"),
        ("ci-elsewhere = 'yes'", "ci-elsewhere must be true or false"),
        ("backups = ''", "backups must not be empty"),
        ("backups = true", "backups must be text in quotes"),
        ("color = 'alwys'", "color must be one of auto, always, never; did you mean 'always'?"),
        (
            "format = 'sarif=../out'",
            "format[0] is not the name of a format; --format FORMAT=FILE on the command",
        ),
        ("profiles = 1", "profiles must be a table"),
        ("targets = { path = 'x' }", "targets must be a list"),
        ("targets = ['x']", "targets[0] must be a table"),
        ("zzz = 1\nselct = []\n", "1:1: unknown key 'zzz'; valid are select, ignore"),
        ("cpu = 0\nselct = []\n", "1:1: cpu must be greater than 0 (and 1 more)"),
    ],
)
def test_a_value_that_is_wrong_is_refused_in_one_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        load(written(tmp_path, {"deploycheck.toml": f"{text}\n"}))
    assert message in str(raised.value)
    assert str(raised.value).startswith("deploycheck.toml:")
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    "text",
    [
        "environment = { A = ['s3ntinel'] }",
        "environment = 's3ntinel'",
        "fail-on = 's3ntinel'",
        "rules = { VER = 's3ntinel' }",
        "cpu = 's3ntinel'",
        "select = 's3ntinel'",
        "injected = ['s3ntinel=1']",
    ],
)
def test_no_value_is_ever_quoted(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        load(written(tmp_path, {"deploycheck.toml": text}))
    assert "s3ntinel" not in str(raised.value)
