"""Layers: which one's value counts, what is certainly not set, and how the report calls them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from deploycheck.facts.environment import (
    SHELL,
    Environment,
    Kind,
    Layer,
    Sources,
    entries_layer,
    platform_layer,
    shell_layer,
)
from deploycheck.facts.manifests.model import Entry, Platform
from deploycheck.findings import Location
from deploycheck.python.resolution import resolve
from deploycheck.python.values import Setting, Variable
from tests.facts.projects import DATABRICKS, FASTAPI, deployed

AT = Location("app.yaml", 3)


def layer(name: str, kind: Kind, /, **variables: str | None) -> Layer:
    return Layer(name, kind, {k: Setting(k, v, name) for k, v in variables.items()})


def texts(environment: Environment, names: Iterable[str]) -> dict[str, str | None]:
    found = {n: environment.lookup(n) for n in names}
    return {n: s.text for n, s in found.items() if s is not None}


WEAK = layer("app.yaml", Kind.MANIFEST, A="1", B="2", S=None)
STRONG = layer("prod.env", Kind.ENV_FILE, B="3", C="")


def test_the_later_layer_wins() -> None:
    environment = Environment((WEAK, STRONG))
    assert texts(environment, "ABCDS") == {"A": "1", "B": "3", "C": "", "S": None}
    assert [(one.name, s.text) for one, s in environment.all_of("B")] == [
        ("app.yaml", "2"),
        ("prod.env", "3"),
    ]
    assert environment.layer_of("B") is STRONG
    assert environment.layer_of("A") is WEAK
    assert environment.layer_of("gone") is None
    assert environment.all_of("gone") == ()


@pytest.mark.parametrize(
    ("closed", "name", "settled"), [(True, "X", True), (True, "M", False), (False, "X", False)]
)
def test_what_is_certainly_not_set(closed: bool, name: str, settled: bool) -> None:
    assert Environment(closed=closed, maybe=frozenset({"M"})).settled(name) is settled


def test_the_label_names_each_source_once() -> None:
    script = Setting("X", "1", "start.sh", Location("start.sh", 2))
    manifest = Layer("app.yaml", Kind.MANIFEST, {"A": Setting("A", "1", "app.yaml"), "X": script})
    layers = (layer("Databricks Apps", Kind.PLATFORM), manifest, manifest, layer(SHELL, Kind.SHELL))
    assert Environment(layers).label == "Databricks Apps + app.yaml + start.sh + this shell"
    assert Environment().label == "nothing is known"
    assert Environment((layer("empty.yaml", Kind.MANIFEST),)).label == "nothing is known"


def test_what_if_something_else_were_set() -> None:
    environment = Environment((WEAK, STRONG), closed=False, maybe=frozenset({"M"}))
    changed = environment.with_settings({"B": "4", "N": None}, without=("A",))
    assert texts(changed, "ABCNS") == {"B": "4", "C": "", "N": None, "S": None}
    assert changed.settled("A")
    assert changed.settled("M")
    assert texts(environment, "AB") == {"A": "1", "B": "3"}


@pytest.mark.parametrize(("text", "told"), [(None, []), ("sqlite", ["if X were sqlite"])])
def test_what_is_only_supposed_is_no_fact_of_a_trail(text: str | None, told: list[str]) -> None:
    resolved = resolve(Variable(("X",)), Environment().with_settings({"X": text}))
    assert [step.text for step in resolved.trail] == told
    assert "what if" not in str(resolved.value)


def test_what_is_left_out_is_set_by_no_change_either() -> None:
    assert Environment((WEAK,)).with_settings({"A": "9"}, without=("A",)).lookup("A") is None


def test_the_last_entry_of_a_name_counts_and_what_is_not_exported_is_none() -> None:
    entries = (
        Entry("A", "1", AT),
        Entry("A", "2", AT),
        Entry("", "x", AT),
        Entry("LOCAL", "x", AT, exported=False),
        Entry("SECRET", None, AT),
    )
    found = entries_layer("app.yaml", Kind.MANIFEST, entries)
    assert found.settings == {
        "A": Setting("A", "2", "app.yaml", AT),
        "SECRET": Setting("SECRET", None, "app.yaml", AT),
    }


def test_what_the_platform_sets_has_no_value_here() -> None:
    platform = Platform("x", "X Cloud", injects=frozenset({"PORT"}))
    found = platform_layer(platform, ["PGHOST"], None)
    assert list(found.settings) == ["PGHOST", "PORT"]
    assert {s.text for s in found.settings.values()} == {None}
    assert found.names == ("X Cloud",)


def test_names_that_every_process_has_are_none_of_the_shells() -> None:
    assert list(shell_layer({"PATH": "/bin", "HOME": "/", "A": "b"}).settings) == ["A"]


DECLARED: Mapping[str, str] = {"B": "declared", "C": "declared"}


def test_what_the_user_adds_in_order_of_strength() -> None:
    sources = Sources(("I", "B"), DECLARED, (layer("prod.env", Kind.ENV_FILE, C="file"),), {"D": "shell"})
    layers = sources.layers()
    assert [one.kind for one in layers] == [Kind.DECLARED, Kind.ENV_FILE, Kind.SHELL]
    assert texts(Environment(layers), "BCDI") == {"B": "declared", "C": "file", "D": "shell", "I": None}
    assert Sources().layers() == ()


def test_all_layers_of_a_deployment(tmp_path: Path) -> None:
    env_file = tmp_path / "prod.env"
    env_file.write_text("C=file\nD=file\n")
    files = {
        "shop/app.yaml": 'command: ["bash", "-c", "export E=script; exec uvicorn main:app"]\n'
        "env: [{name: A, value: yaml}, {name: B, value: yaml}, {name: C, value: yaml}]\n",
        "shop/main.py": "from dotenv import load_dotenv\nload_dotenv()\n" + FASTAPI,
        "shop/.env": "A=dotenv\nZ=dotenv\n",
    }
    found = deployed(tmp_path, files, env_files=(env_file,), process_env={"D": "shell", "PATH": "/bin"})
    environment = found.environment
    assert texts(environment, ["A", "B", "C", "D", "E", "Z", "PATH", "DATABRICKS_HOST"]) == {
        "A": "yaml",
        "B": "yaml",
        "C": "file",
        "D": "shell",
        "E": "script",
        "Z": "dotenv",
        "DATABRICKS_HOST": None,
    }
    assert [one.kind for one in environment.layers] == [
        Kind.DOTENV,
        Kind.PLATFORM,
        Kind.MANIFEST,
        Kind.MANIFEST,
        Kind.ENV_FILE,
        Kind.SHELL,
    ]
    setting = environment.lookup("B")
    assert setting is not None
    assert setting.location == Location("shop/app.yaml", 2, 38, 2, 39)


def test_a_file_that_the_code_lets_override_wins(tmp_path: Path) -> None:
    files = {
        "app.yaml": DATABRICKS + "env: [{name: A, value: yaml}]\n",
        "main.py": "from dotenv import load_dotenv\nload_dotenv(override=True)\n" + FASTAPI,
        ".env": "A=dotenv\n",
    }
    assert texts(deployed(tmp_path, files).environment, "A") == {"A": "dotenv"}


def test_isolated_leaves_this_shell_out(tmp_path: Path) -> None:
    files = {"app.yaml": DATABRICKS, "main.py": FASTAPI}
    found = deployed(tmp_path, files, isolated=True, process_env={"A": "shell"})
    assert found.environment.lookup("A") is None
    assert found.environment.label == "Databricks Apps"
