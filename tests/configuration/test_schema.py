from __future__ import annotations

import json
import tomllib
from pathlib import Path

import jsonschema
import pytest

from deploycheck.configuration import Configuration, ConfigurationError, load
from deploycheck.configuration.schema import json_schema
from tests.fakes import written

COMMITTED = Path(__file__).parents[2] / "docs" / "deploycheck.schema.json"

GOOD = [
    "",
    "select = ['CORS']\nfail-on = 'high'\ncpu = 0.5\nreplicas = 2\nci-elsewhere = true\n",
    "environment = { PORT = 8000, MODE = 'live' }\ninjected = ['PGHOST']\n",
    "rules = { CORS001 = 'off', VER = { severity = 'low' } }\n",
    "per-path-ignores = { 'legacy/**' = ['LOG001'] }\nexclude = ['vendored/']\n",
    "backups = 'managed by the provider'\nrequest-timeout = 60\n",
    "[profiles.staging]\nreplicas = 1\n[[targets]]\npath = '.'\nname = 'api'\ncpu = 2\n",
]
BAD = [
    "selct = []\n",
    "select = 'CORS'\n",
    "fail-on = 'never'\n",
    "cpu = 0\n",
    "cpu = true\n",
    "replicas = 1.5\n",
    "min-downgrade-coverage = 101\n",
    "environment = { A = true }\n",
    "environment = { 'A B' = 'x' }\n",
    "injected = ['PG HOST']\n",
    "rules = { CORS001 = 'never' }\n",
    "rules = { CORS001 = { severty = 'low' } }\n",
    "per-path-ignores = { 'x' = 'VER' }\n",
    "backups = ''\n",
    "[profiles.staging]\ntargets = []\n",
    "[profiles.'a b']\ncpu = 1\n",
    "[[targets]]\nname = 'api'\n",
]


def test_what_is_committed_is_fresh() -> None:
    assert json.loads(COMMITTED.read_text(encoding="utf-8")) == json_schema(), "run `just docs`"


def test_it_is_a_schema_and_describes_every_key() -> None:
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    keys = schema["properties"]
    assert isinstance(keys, dict)
    assert {*keys} == {*Configuration.KEYS, "profiles", "targets"}
    assert [key for key, told in keys.items() if not told.get("description")] == []


@pytest.mark.parametrize("text", GOOD)
def test_it_takes_what_we_take(tmp_path: Path, text: str) -> None:
    jsonschema.Draft202012Validator(json_schema()).validate(tomllib.loads(text))
    load(written(tmp_path, {"deploycheck.toml": text}))


@pytest.mark.parametrize("text", BAD)
def test_it_refuses_what_we_refuse(tmp_path: Path, text: str) -> None:
    assert not jsonschema.Draft202012Validator(json_schema()).is_valid(tomllib.loads(text))
    with pytest.raises(ConfigurationError):
        load(written(tmp_path, {"deploycheck.toml": text}))
