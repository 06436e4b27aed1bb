from __future__ import annotations

from pathlib import Path

import pytest

from deploycheck.configuration import ConfigurationError, load, targets
from deploycheck.findings import Severity
from tests.fakes import written

MONOREPO = """
replicas = 2
fail-on = "high"
select = ["CORS", "ENV"]
environment = { MODE = "live", REGION = "eu" }
rules = { CORS001 = "high", VER = "off" }

[profiles.staging]
replicas = 1
select = ["CORS"]
environment = { MODE = "test" }
rules.CORS001.severity = "low"

[[targets]]
path = "services/api"
name = "api"
replicas = 4
environment = { REGION = "us" }

[[targets]]
path = "services/web/"
"""
FOLDERS = {"services/api/main.py": "", "services/web/main.py": "", "services/cron/main.py": ""}


@pytest.fixture
def monorepo(tmp_path: Path) -> Path:
    return written(tmp_path, {"deploycheck.toml": MONOREPO, **FOLDERS})


def test_a_profile_lays_over_the_table(monorepo: Path) -> None:
    found = load(monorepo, "staging")
    assert (found.profile, found.replicas, found.fail_on) == ("staging", 1, Severity.HIGH)
    assert found.select == ("CORS",)
    assert found.environment == {"MODE": "test", "REGION": "eu"}
    assert found.rules == {"CORS001": Severity.LOW, "VER": None}


def test_production_needs_no_table_and_may_have_one(tmp_path: Path, monorepo: Path) -> None:
    assert load(monorepo).replicas == load(monorepo, "production").replicas == 2
    own = written(tmp_path / "own", {"deploycheck.toml": "cpu = 1\n[profiles.production]\ncpu = 4\n"})
    assert load(own).cpu == 4


def test_a_target_lays_over_the_table_and_a_profile_over_both(monorepo: Path) -> None:
    api = load(monorepo / "services" / "api")
    assert (api.target, api.replicas, api.environment) == ("api", 4, {"MODE": "live", "REGION": "us"})
    staging = load(monorepo / "services" / "api", "staging")
    assert (staging.replicas, staging.environment) == (1, {"MODE": "test", "REGION": "us"})


def test_a_folder_that_is_no_target_has_the_table_alone(monorepo: Path) -> None:
    found = load(monorepo / "services" / "cron")
    assert (found.target, found.replicas, found.base) == ("", 2, "services/cron")


def test_each_value_has_its_origin(monorepo: Path) -> None:
    origins = {k: str(o) for k, o in load(monorepo / "services" / "api", "staging").origins.items()}
    file = "../../deploycheck.toml"
    assert origins == {
        "replicas": f"{file}:9:1 (profile staging)",
        "fail-on": f"{file}:3:1",
        "select": f"{file}:10:1 (profile staging)",
        "environment.MODE": f"{file}:11:17 (profile staging)",
        "environment.REGION": f"{file}:18:17 (target api)",
        "rules.CORS001": f"{file}:12:1 (profile staging)",
        "rules.VER": f"{file}:6:29",
    }


def test_the_targets_of_a_file(monorepo: Path) -> None:
    assert [(t.name, t.path) for t in targets(monorepo)] == [
        ("api", "services/api"),
        ("services/web", "services/web"),
    ]
    assert targets(monorepo / "services") == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[profiles.stagin]\n", "deploycheck.toml: unknown profile 'staging'; did you mean 'stagin'?"),
        ("cpu = 1\n", "unknown profile 'staging'; valid are production"),
        ("", "unknown profile 'staging'; valid are production"),
        ("[profiles.staging]\nprofiles = {}\n", "2:1: profiles.staging: unknown key 'profiles'"),
        ("[profiles.staging]\ntargets = []\n", "2:1: profiles.staging: unknown key 'targets'"),
        ("[profiles.staging]\nreplcas = 1\n", "2:1: profiles.staging: unknown key 'replcas'; did you mean"),
        ("[profiles.'a b']\n", "profiles.a b is not a name: letters, digits, dots, hyphens"),
    ],
)
def test_a_profile_that_is_wrong_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        load(written(tmp_path, {"deploycheck.toml": text}), "staging")
    assert message in str(raised.value)


def test_a_profile_without_any_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    with pytest.raises(ConfigurationError, match="unknown profile 'staging'"):
        load(tmp_path, "staging")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("path = 'gone'", "2:1: there is no folder gone"),
        ("path = '../other'", "2:1: targets[0].path leads out of the folder"),
        ("path = '/etc'", "2:1: targets[0].path leads out of the folder"),
        ("path = 'out'", "2:1: targets[0].path leads out of the folder"),
        ("name = 'api'", "1:1: targets[0].path is missing"),
        ("path = 'services/api'\n[[targets]]\npath = './services/api/'", "4:1: services/api is listed twice"),
        (
            "path = 'services/api'\nname = 'x'\n[[targets]]\npath = 'services/web'\nname = 'x'",
            "5:1: x is listed twice",
        ),
        ("path = 'services/api'\nprofiles = {}", "3:1: targets[0]: unknown key 'profiles'"),
        (
            "path = 'services/own'\ncpu = 2",
            "services/own/deploycheck.toml is the configuration of this target",
        ),
    ],
)
def test_a_target_that_is_wrong_is_refused(tmp_path: Path, text: str, message: str) -> None:
    files = {"deploycheck.toml": f"[[targets]]\n{text}\n", **FOLDERS}
    written(tmp_path, {**files, "services/own/deploycheck.toml": "cpu = 4\n"})
    (tmp_path / "out").symlink_to("/")
    with pytest.raises(ConfigurationError) as raised:
        targets(tmp_path)
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_target_may_have_a_file_of_its_own(tmp_path: Path) -> None:
    written(
        tmp_path,
        {"deploycheck.toml": "cpu = 1\n[[targets]]\npath = 'api'\n", "api/deploycheck.toml": "cpu = 4"},
    )
    assert [t.name for t in targets(tmp_path)] == ["api"]
    assert load(tmp_path / "api").cpu == 4
