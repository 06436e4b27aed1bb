"""Every kind of downgrade on PostgreSQL, through the command line: what a rehearsal says of each."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.rehearsal.downgrades.bad import BAD
from tests.rehearsal.downgrades.good import GOOD
from tests.rehearsal.downgrades.kinds import FIRST, Kind, write

ROOT = Path(__file__).parents[2]
DOWNGRADES = "MIG003,MIG004,MIG005,MIG202,MIG203"
"""All rules about downgrades: those that read, and those that need a rehearsal."""

Said = Mapping[str, Sequence[Mapping[str, Any]]]
"""The findings by the revision that they are about."""


def rehearsed(root: Path, kinds: Sequence[Kind]) -> Mapping[str, Any]:
    """Rehearse one history of all kinds and return the report."""
    write(root, kinds)
    ran = subprocess.run(
        [
            *(sys.executable, "-m", "deploycheck", "rehearse", str(root), "--isolated", "--format", "json"),
            *("--select", DOWNGRADES),
        ],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    document: dict[str, Any] = json.loads(ran.stdout)
    return document


def by_revision(document: Mapping[str, Any]) -> Said:
    said: dict[str, list[Mapping[str, Any]]] = {}
    for finding in document["findings"]:
        said.setdefault(finding["subject"].removesuffix(" again"), []).append(finding)
    return said


@pytest.fixture(scope="session")
def bad(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Any]:
    return rehearsed(tmp_path_factory.mktemp("bad"), BAD)


@pytest.fixture(scope="session")
def good(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Any]:
    return rehearsed(tmp_path_factory.mktemp("good"), GOOD)


def states(document: Mapping[str, Any]) -> Mapping[str, str]:
    [history] = document["understood"]["migrations"]
    assert history["rehearsed"]["backend"] == "postgresql"
    return {line["id"]: line["state"] for line in history["rehearsed"]["by_revision"]}


def differences(said: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the lines that findings of a rehearsal list, without the line about the server."""
    trails = [f["trail"] for f in said if f["code"] == "MIG203"]
    return [step["text"] for trail in trails for step in trail if not step["text"].startswith("rehearsed on")]


@pytest.mark.parametrize("kind", [k for k in BAD if not k.fails], ids=lambda kind: kind.id)
def test_what_a_downgrade_leaves_is_told_to_the_letter(bad: Mapping[str, Any], kind: Kind) -> None:
    assert states(bad)[kind.id] == "leaves traces"
    assert differences(by_revision(bad)[kind.id]) == kind.expected


@pytest.mark.parametrize("kind", [k for k in BAD if k.fails], ids=lambda kind: kind.id)
def test_a_downgrade_that_fails_says_why(bad: Mapping[str, Any], kind: Kind) -> None:
    assert states(bad)[kind.id] in {"downgrade fails", "second upgrade fails"}
    [found] = [f for f in by_revision(bad)[kind.id] if f["code"] == "MIG202"]
    assert kind.told(kind.fails) in found["message"]


@pytest.mark.parametrize("kind", GOOD, ids=lambda kind: kind.id)
def test_nothing_is_said_of_a_good_downgrade(good: Mapping[str, Any], kind: Kind) -> None:
    assert states(good)[kind.id] == "reversible"
    assert [f for f in by_revision(good).get(kind.id, ()) if f["proof"] != "refuted"] == []


def test_every_revision_was_rehearsed(bad: Mapping[str, Any], good: Mapping[str, Any]) -> None:
    assert (bad["unrehearsed"], good["unrehearsed"]) == ([], [])
    assert (states(bad)[FIRST], states(good)[FIRST]) == ("reversible", "reversible")


def test_what_reading_says_of_a_downgrade_the_rehearsal_bears_out(
    bad: Mapping[str, Any], good: Mapping[str, Any]
) -> None:
    """What is read of a bad one is confirmed, and nothing that is read of a good one is left standing."""
    read = [f for f in bad["findings"] if f["evidence"] == "read"]
    assert {f["proof"] for f in read} == {"confirmed"}
    assert [f for f in good["findings"] if f["proof"] != "refuted"] == []
