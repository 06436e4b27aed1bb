"""Whatever happens to a rehearsal on PostgreSQL: it is told, by the right exit code, and nothing is left."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import ROOT
from tests.rehearsal.downgrades.kinds import Kind, kind, write
from tests.rehearsal.folders import short_folder, small_disk, temporary
from tests.rehearsal.server.runs import eventually, folders, servers

__all__ = ["small_disk", "temporary"]

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="it looks into /proc")

ADD = kind("adds", 'op.add_column("{t}", sa.Column("a", sa.Integer))', 'op.drop_column("{t}", "a")')
WAITS = kind("waits", "import time\nopen('../waits', 'w').close()\ntime.sleep(1000)", "pass")
"""A revision that tells that it runs, and does not end."""


@dataclass
class Started:
    """One run of the program, with its temporary files in a folder of its own; a group of processes."""

    project: Path
    temporary: Path
    options: Sequence[str] = ()
    environment: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def process(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "deploycheck", "rehearse", str(self.project), "--isolated", *self.options],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], "TMPDIR": str(self.temporary), **self.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def wait(self) -> tuple[int, str, str]:
        """Return the exit code and both outputs."""
        output, errors = self.process.communicate(timeout=120)
        return self.process.returncode, output, errors

    def until_it_waits(self) -> None:
        """Go on once the revision `waits` runs."""
        self.process  # noqa: B018 - starts it
        assert eventually((self.project.parent / "waits").exists)

    @property
    def left(self) -> list[str]:
        """What is still there: processes that work in one of its folders, and temporary files."""
        working = [str(pid) for pid in _processes_in(self.project, self.temporary)]
        return working + [str(path) for path in folders(self.temporary)]


def _processes_in(*places: Path) -> Iterator[int]:
    for entry in Path("/proc").iterdir():
        try:
            at = (entry / "cwd").resolve(strict=True) if entry.name.isdigit() else None
        except OSError:  # gone by now
            continue
        if at is not None and any(at.is_relative_to(place.resolve()) for place in places):
            yield int(entry.name)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A project whose last revision waits without end."""
    write(tmp_path / "shop", (ADD, WAITS))
    return tmp_path / "shop"


FAILS = (
    (kind("sleeps", "import time\ntime.sleep(1000)", "pass"), "it did not end within 5 s"),
    (kind("asks_for_long", "op.execute('SELECT pg_sleep(1000)')", "pass"), "it did not end within 5 s"),
    (kind("exits", "import sys\nsys.exit(3)", "pass"), "it calls sys.exit(3)"),
    (kind("exits_well", "raise SystemExit", "pass"), "it calls sys.exit()"),
    (
        kind("ends_at_once", "import os\nos._exit(0)", "pass"),
        "the process ended by itself with exit status 0",
    ),
)
"""How a step up may end, and what is said of it."""

DOES: tuple[tuple[Kind, str, str], ...] = (
    (kind("exits_on_the_way_down", ADD.up, "import sys\nsys.exit(1)"), "downgrade fails", "sys.exit(1)"),
    (kind("hangs_on_the_way_down", ADD.up, "while True:\n    pass"), "downgrade fails", "within 5 s"),
    (kind("prints_a_megabyte", "print('x' * 1_000_000, flush=True)", "print('y' * 999)"), "reversible", ""),
    (
        kind("writes_to_both_outputs", "import os\nos.write(1, b'{}]')\nos.write(2, b'boo')", "pass"),
        "reversible",
        "",
    ),
    (
        kind(
            "opens_its_own_connection",
            "import psycopg\n"
            "with psycopg.connect('postgresql://app:geheim42@production.example/shop') as other:\n"
            "    other.execute('CREATE TABLE {t}_own (id integer)')",
            "op.drop_table('{t}_own')",
        ),
        "reversible",
        "",
    ),
    (
        kind("forks", "import os, time\nif not os.fork():\n    os.setsid()\n    time.sleep(1000)", "pass"),
        "reversible",
        "",
    ),
    (
        kind("starts_a_program", "import subprocess\nsubprocess.Popen(['sleep', '1000'])", "pass"),
        "reversible",
        "",
    ),
    (
        kind(
            "starts_a_thread",
            "import threading, time\nthreading.Thread(target=time.sleep, args=(1000,), daemon=True).start()",
            "pass",
        ),
        "reversible",
        "",
    ),
    (ADD, "reversible", ""),
)
"""What revisions do that have no step up to fail, what becomes of each, and why."""


@dataclass(frozen=True)
class Ended:
    """How a run ended."""

    code: int
    output: str
    errors: str
    left: list[str]

    @property
    def document(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.output)
        return document


def ended(started: Started) -> Ended:
    return Ended(*started.wait(), started.left)


@pytest.fixture(scope="module")
def naughty(tmp_path_factory: pytest.TempPathFactory) -> Ended:
    """The rehearsal of one history that does all of this."""
    root = tmp_path_factory.mktemp("naughty")
    write(root / "shop", [kind for kind, _, _ in DOES])
    with short_folder() as temporary:
        return ended(Started(root / "shop", temporary, ("--timeout", "5", "--format", "json")))


@pytest.mark.parametrize(("kind", "state", "why"), DOES, ids=[kind.id for kind, _, _ in DOES])
def test_whatever_a_revision_does_is_told(naughty: Ended, kind: Kind, state: str, why: str) -> None:
    [history] = naughty.document["understood"]["migrations"]
    lines = {line["id"]: line for line in history["rehearsed"]["by_revision"]}
    assert lines[kind.id]["state"] == state
    assert why in (lines[kind.id]["note"] or "")
    found = [f["message"] for f in naughty.document["findings"] if f["code"] == "MIG202"]
    assert any(f"past {kind.id} fails" in m and why in m for m in found) == (state != "reversible")


def test_nothing_of_it_is_left_and_the_report_is_whole(naughty: Ended) -> None:
    assert naughty.left == []
    assert naughty.document["unrehearsed"] == []
    assert (
        naughty.errors
        == f"deploycheck: rehearsing {len(DOES) + 1} revisions; this runs the project's migrations\n"
    )
    assert naughty.code in {0, 1}
    assert "geheim42" not in naughty.output + naughty.errors


@pytest.mark.parametrize(("kind", "why"), FAILS, ids=[kind.id for kind, _ in FAILS])
def test_a_step_up_that_does_not_pass_is_told(tmp_path: Path, temporary: Path, kind: Kind, why: str) -> None:
    write(tmp_path / "shop", (ADD, kind))
    options = ("--timeout", "5", "--format", "json", "--fail-on", "high")
    result = ended(Started(tmp_path / "shop", temporary, options))
    assert (result.code, result.left, result.document["unrehearsed"]) == (1, [], [])
    [found] = [f for f in result.document["findings"] if f["code"] == "MIG201"]
    assert why in found["message"]
    assert found["location"]["path"] == f"migrations/versions/{kind.id}.py"
    assert found["confidence"] == "likely"


def test_what_cannot_be_led_is_refused(tmp_path: Path, temporary: Path) -> None:
    calls = "import socket\nsocket.create_connection(('192.0.2.1', 5432), 1)"
    write(tmp_path / "shop", (ADD, kind("calls", calls, "pass")))
    result = ended(Started(tmp_path / "shop", temporary, ("--format", "json")))
    assert (result.code, result.left) == (3, [])
    [why] = result.document["unrehearsed"]
    assert "a rehearsal reaches nothing but its throwaway database" in why
    assert "(called at migrations/versions/calls.py:" in why


def test_a_server_that_is_killed_is_nobodys_fault(shop: Path, temporary: Path) -> None:
    started = Started(shop, temporary, ("--format", "json", "--timeout", "2"))
    started.until_it_waits()
    [folder] = folders(temporary)
    for server in servers(folder):
        os.kill(server, signal.SIGKILL)
    result = ended(started)
    assert (result.code, result.left) == (3, [])
    [why] = result.document["unrehearsed"]
    assert why.endswith("The throwaway server went away in the middle of the rehearsal.")
    assert [f for f in result.document["findings"] if f["evidence"] == "rehearsed"] == []


def test_a_disk_that_fills_is_nobodys_fault(tmp_path: Path, small_disk: Path) -> None:
    fills = "op.execute(\"CREATE TABLE big AS SELECT repeat('x', 1600) FROM generate_series(1, 200000)\")"
    write(tmp_path / "shop", (ADD, kind("fills", fills, "op.drop_table('big')")))
    result = ended(Started(tmp_path / "shop", small_disk, ("--format", "json")))
    assert (result.code, result.left) == (3, [])
    [why] = result.document["unrehearsed"]
    assert f"The disk is full where the throwaway database stands ({small_disk}, " in why
    assert [f for f in result.document["findings"] if f["evidence"] == "rehearsed"] == []


def test_a_disk_that_was_full_before(shop: Path, small_disk: Path) -> None:
    (small_disk / "filling").write_bytes(b"0" * 44 * 1024 * 1024)
    result = ended(Started(shop, small_disk))
    assert (result.code, result.left) == (3, [])
    assert "The disk is full where the throwaway database stands" in " ".join(result.output.split())
    assert "Traceback" not in result.output + result.errors


@pytest.mark.parametrize("times", [1, 2, 5])
def test_ctrl_c_ends_everything_before_the_prompt_is_back(shop: Path, temporary: Path, times: int) -> None:
    started = Started(shop, temporary)
    started.until_it_waits()
    for _ in range(times):
        os.killpg(started.process.pid, signal.SIGINT)  # as a terminal does: to the whole group
    result = ended(started)
    assert (result.code, result.output) == (130, "")
    assert result.errors.splitlines()[1:] == ["deploycheck: interrupted"]
    assert result.left == []


@pytest.mark.parametrize("kind", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_a_run_that_is_ended_takes_everything_along(
    shop: Path, temporary: Path, kind: signal.Signals
) -> None:
    started = Started(shop, temporary)
    started.until_it_waits()
    started.process.send_signal(kind)
    code, _, errors = started.wait()
    assert code not in {0, 1, 3}
    assert "Traceback" not in errors
    assert eventually(lambda: started.left == [])
