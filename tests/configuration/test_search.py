from __future__ import annotations

import os
from pathlib import Path

import pytest

from deploycheck.configuration import Configuration, ConfigurationError, load
from tests.fakes import written

MINE = "[tool.deploycheck]\nreplicas = 3\n"


def test_in_one_folder_its_own_file_wins_and_names_the_other(tmp_path: Path) -> None:
    found = load(written(tmp_path, {"pyproject.toml": MINE, "deploycheck.toml": "replicas = 2\n"}))
    assert (found.replicas, found.file, found.beside) == (2, "deploycheck.toml", "pyproject.toml")


def test_a_pyproject_beside_that_says_nothing_is_not_named(tmp_path: Path) -> None:
    written(
        tmp_path, {"pyproject.toml": "[project]\nname = 'deploycheck'\n", "deploycheck.toml": "cpu = 2\n"}
    )
    assert load(tmp_path).beside == ""


@pytest.mark.parametrize("name", ["deploycheck.toml", "pyproject.toml"])
def test_an_empty_table_ends_the_search(tmp_path: Path, name: str) -> None:
    table = "[tool.deploycheck]\n" if name == "pyproject.toml" else ""
    written(tmp_path, {"deploycheck.toml": "replicas = 3\n", f"api/{name}": table})
    assert load(tmp_path / "api") == Configuration(file=name)


def test_a_byte_order_mark_is_no_matter(tmp_path: Path) -> None:
    assert load(written(tmp_path, {"pyproject.toml": b"\xef\xbb\xbf" + MINE.encode()})).replicas == 3


def test_the_file_of_a_worktree_ends_the_search(tmp_path: Path) -> None:
    written(
        tmp_path,
        {"deploycheck.toml": "replicas = 3\n", "tree/.git": "gitdir: /elsewhere\n", "tree/api/main.py": ""},
    )
    assert load(tmp_path / "tree" / "api").replicas is None


def test_a_linked_target_is_configured_where_it_really_is(tmp_path: Path) -> None:
    written(
        tmp_path, {"repo/pyproject.toml": MINE, "repo/api/main.py": "", "other/deploycheck.toml": "cpu = 1"}
    )
    (tmp_path / "other" / "link").symlink_to(tmp_path / "repo" / "api")
    found = load(tmp_path / "other" / "link")
    assert (found.replicas, found.cpu, found.base) == (3, None, "api")


def test_a_linked_file_is_read(tmp_path: Path) -> None:
    written(tmp_path, {"shared.toml": "replicas = 3\n", "api/main.py": ""})
    (tmp_path / "api" / "deploycheck.toml").symlink_to(tmp_path / "shared.toml")
    assert load(tmp_path / "api").replicas == 3


@pytest.mark.parametrize("kind", ["folder", "dangling link", "pipe"])
def test_whatever_bears_our_name_and_is_no_file_is_refused(tmp_path: Path, kind: str) -> None:
    file = tmp_path / "deploycheck.toml"
    match kind:
        case "folder":
            file.mkdir()
        case "pipe":
            os.mkfifo(file)
        case _:
            file.symlink_to(tmp_path / "gone.toml")
    with pytest.raises(ConfigurationError, match=r"^deploycheck\.toml:1:1: [^\n]+$"):
        load(tmp_path)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"deploycheck.toml": b"cpu = '\xff'\n"}, "deploycheck.toml:1:"),
        ({"deploycheck.toml": "cpu = 1\ncpu = 2\n"}, "deploycheck.toml:2:"),
        ({"deploycheck.toml": "[tool.deploycheck]\ncpu = 1\n"}, "has its keys at the top, without"),
        (
            {"pyproject.toml": "[[tool.deploycheck]]\ncpu = 1\n"},
            "pyproject.toml:1:1: tool.deploycheck must be",
        ),
        (
            {"pyproject.toml": "[tool]\ndeploycheck = 3\n"},
            "pyproject.toml:2:1: tool.deploycheck must be a table",
        ),
        ({"pyproject.toml": "[tool.deploycheck\n"}, "pyproject.toml:1:"),
    ],
)
def test_a_file_that_cannot_be_taken_is_refused_in_one_line(
    tmp_path: Path, files: dict[str, str | bytes], message: str
) -> None:
    with pytest.raises(ConfigurationError) as raised:
        load(written(tmp_path, files))
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_file_above_is_named_as_seen_from_the_target(tmp_path: Path) -> None:
    written(tmp_path, {"pyproject.toml": "[tool.deploycheck]\nreplcas = 3\n", "services/api/main.py": ""})
    with pytest.raises(ConfigurationError, match=r"^\.\./\.\./pyproject\.toml:2:1: unknown key 'replcas'"):
        load(tmp_path / "services" / "api")
