"""However a run ends, no process and no folder stays."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from tests.rehearsal.server.runs import Run, eventually, folders, servers

SLEEPING = """
    import time
    from deploycheck.rehearsal.server.embedded import EmbeddedPostgres
    with EmbeddedPostgres() as server:
        server.create()
        print(server.folder.parent, flush=True)
        time.sleep(600)
"""
SLEEPING_SQLITE = SLEEPING.replace("embedded", "sqlite").replace("EmbeddedPostgres", "SqliteFiles")


def gone(folder: Path) -> bool:
    return not folder.exists() and not servers(folder)


def test_ctrl_c_stops_the_server_before_the_run_ends(temporary: Path) -> None:
    run = Run(temporary, SLEEPING)
    folder = Path(run.first_line())
    assert len(servers(folder)) == 1
    os.killpg(run.process.pid, signal.SIGINT)  # as a terminal does: to the whole group
    code, errors = run.ended()
    assert code == -signal.SIGINT
    assert errors.strip().endswith("KeyboardInterrupt")
    assert gone(folder)


@pytest.mark.parametrize("kind", [signal.SIGTERM, signal.SIGKILL, signal.SIGHUP])
@pytest.mark.parametrize("program", [SLEEPING, SLEEPING_SQLITE], ids=["postgresql", "sqlite"])
def test_a_run_that_is_ended_leaves_nothing(temporary: Path, program: str, kind: signal.Signals) -> None:
    run = Run(temporary, program)
    folder = Path(run.first_line())
    assert folder.exists()
    os.killpg(run.process.pid, kind)
    run.ended()
    assert eventually(lambda: gone(folder))


def test_a_run_killed_while_its_server_is_being_made_leaves_nothing(temporary: Path) -> None:
    run = Run(temporary, SLEEPING)
    assert eventually(lambda: any(servers(folder) for folder in folders(temporary)))
    run.process.kill()
    run.ended()
    assert eventually(lambda: not folders(temporary))


def test_what_is_left_when_the_watchdog_dies_too_the_next_run_removes(temporary: Path) -> None:
    run = Run(temporary, SLEEPING)
    folder = Path(run.first_line())
    for watchdog in _children_that_watch(run.process.pid):
        os.kill(watchdog, signal.SIGKILL)
    run.process.kill()
    run.ended()
    assert servers(folder), "the server outlives both"
    following = Run(temporary, SLEEPING_SQLITE)
    following.first_line()
    assert gone(folder)
    assert len(folders(temporary)) == 1, "its own"
    following.process.kill()
    following.ended()


def test_two_runs_at_once_leave_each_other_alone(temporary: Path) -> None:
    first, second = Run(temporary, SLEEPING), Run(temporary, SLEEPING)
    one, two = Path(first.first_line()), Path(second.first_line())
    assert one != two
    first.process.kill()
    first.ended()
    assert eventually(lambda: gone(one))
    assert len(servers(two)) == 1
    second.process.kill()
    second.ended()
    assert eventually(lambda: gone(two))


def test_a_folder_that_is_not_of_a_run_is_left_alone(temporary: Path) -> None:
    foreign = temporary / "deploycheck-rehearsal-notours"
    foreign.mkdir()
    (foreign / "precious").write_text("mine")
    link = temporary / "deploycheck-rehearsal-link"
    link.symlink_to(temporary)
    run = Run(temporary, SLEEPING_SQLITE)
    run.first_line()
    run.process.kill()
    run.ended()
    assert (foreign / "precious").read_text() == "mine"
    assert link.is_symlink()


def _children_that_watch(parent: int) -> list[int]:
    listed = Path(f"/proc/{parent}/task/{parent}/children")
    if not listed.exists():
        pytest.skip("needs /proc, to find the watchdog")
    numbers = [int(word) for word in listed.read_text().split()]
    return [n for n in numbers if b"reaper.py" in Path(f"/proc/{n}/cmdline").read_bytes()]
