"""Whatever a revision does to its process: a clear failure, and nothing left running."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from deploycheck.facts.rehearsed import Ending, Failure
from deploycheck.rehearsal.session import Session
from deploycheck.rehearsal.steps import Moment, Ran, Step
from deploycheck.rehearsal.sweeping import MARKER
from tests.rehearsal.child.projects import AlembicProject, up
from tests.rehearsal.servers import Fresh

linux = pytest.mark.skipif(sys.platform != "linux", reason="it looks into /proc")


def running(project: Path) -> list[int]:
    """Return the processes of rehearsals of this project: each works in its folder."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            is_ours = entry.name.isdigit() and MARKER.encode() in (entry / "environ").read_bytes()
            if is_ours and (entry / "cwd").resolve() == project.resolve():
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def failing(project: AlembicProject, url: str, *, limit: float = 30, namespaces: bool = True) -> Failure:
    """Run `one`, and `two`, which fails; return how, once it is seen that the process can be used on."""
    with project.process(url, limit=limit, namespaces=namespaces) as process:
        ran: Ran = process.steps(up("one", "two"))
        assert ran.failure is not None
        assert [a.step.revision for a in ran.applied] == ["one"]
        assert process.steps([]).failure is None
    if sys.platform == "linux":
        assert running(project.root) == []
    return ran.failure


def project_with(tmp_path: Path, code: str) -> AlembicProject:
    project = AlembicProject(tmp_path)
    project.revision("one")
    project.revision("two", "one", up=code)
    return project


PATH = "migrations/versions/two.py"


@pytest.mark.parametrize(
    ("code", "line"),
    [
        ("import time\ntime.sleep(1000)", 9),
        ("op.execute('SELECT pg_sleep(1000)')", 8),
        ("while True:\n    pass", 8),
    ],
    ids=["sleeps", "waits for the server", "spins"],
)
def test_a_revision_that_hangs(code: str, line: int, tmp_path: Path, fresh: Fresh) -> None:
    failure = failing(project_with(tmp_path, code), fresh(), limit=3)
    assert (failure.ending, failure.revision) == (Ending.TIMED_OUT, "two")
    assert failure.message == "it did not end within 3 s"
    assert failure.at
    assert failure.at.path == PATH
    assert failure.at.line in {line, line + 1}


def test_a_revision_that_calls_sys_exit(tmp_path: Path, fresh: Fresh) -> None:
    failure = failing(project_with(tmp_path, "import sys\nsys.exit(3)"), fresh())
    assert (failure.ending, failure.message) == (Ending.EXITED, "it calls sys.exit(3)")
    assert failure.at
    assert (failure.at.path, failure.at.line) == (PATH, 9)


@pytest.mark.parametrize("namespaces", [True, False])
def test_a_revision_that_ends_the_process(tmp_path: Path, fresh: Fresh, namespaces: bool) -> None:
    failure = failing(project_with(tmp_path, "import os\nos._exit(7)"), fresh(), namespaces=namespaces)
    assert (failure.ending, failure.revision) == (Ending.EXITED, "two")
    assert failure.message == "the process ended by itself with exit status 7"
    assert failure.at
    assert failure.at.path == PATH


@pytest.mark.parametrize("namespaces", [True, False])
def test_a_process_that_is_killed(tmp_path: Path, fresh: Fresh, namespaces: bool) -> None:
    code = "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)"
    failure = failing(project_with(tmp_path, code), fresh(), namespaces=namespaces)
    assert (failure.ending, failure.revision) == (Ending.KILLED, "two")
    assert failure.message == "the process was ended by signal 9"


def test_a_crash_in_native_code(tmp_path: Path, fresh: Fresh) -> None:
    failure = failing(project_with(tmp_path, "import ctypes\nctypes.string_at(0)"), fresh())
    assert failure.ending is Ending.KILLED
    assert failure.message == "the process was ended by signal 11"


def test_a_server_that_is_gone(tmp_path: Path, fresh: Fresh) -> None:
    target = fresh()
    project = project_with(tmp_path, "op.execute('SELECT 1')")

    def watch(moment: Moment, step: Step, session: Session) -> None:
        if (moment, step.revision) == (Moment.BEFORE, "two"):
            ((pid,),) = session.query("SELECT pg_backend_pid()")
            with psycopg.connect(target) as other:
                other.execute("SELECT pg_terminate_backend(%s)", [pid])

    with project.process(target) as process:
        failure = process.steps(up("one", "two"), watch).failure
    assert failure is not None
    assert (failure.ending, failure.revision) == (Ending.SERVER_LOST, "two")


def test_a_full_disk_is_nobodys_fault(tmp_path: Path, fresh: Fresh) -> None:
    raises = "op.execute(\"DO $$ BEGIN RAISE EXCEPTION 'no space left' USING ERRCODE = '53100'; END $$\")"
    failure = failing(project_with(tmp_path, raises), fresh())
    assert (failure.ending, failure.sqlstate) == (Ending.SERVER_LOST, "53100")


def test_a_megabyte_of_print(tmp_path: Path, fresh: Fresh) -> None:
    project = project_with(
        tmp_path, "import os\nprint('x' * 3_000_000, flush=True)\nos.write(2, b'y' * 1_000_000)"
    )
    with project.process(fresh()) as process:
        assert process.steps(up("one", "two")).failure is None


def test_a_connection_of_its_own_that_waits_for_ours(tmp_path: Path, fresh: Fresh) -> None:
    code = """
    op.execute("LOCK TABLE one")
    with sa.create_engine("postgresql+psycopg://prod/app").connect() as other:
        other.execute(sa.text("SELECT * FROM one"))
    """
    failure = failing(project_with(tmp_path, code), fresh(), limit=3)
    assert failure.ending is Ending.TIMED_OUT
    assert failure.at
    assert (failure.at.path, failure.at.line) == (PATH, 10)


@linux
@pytest.mark.parametrize("namespaces", [True, False])
@pytest.mark.parametrize(
    "code",
    [
        "import os\nos.fork()",
        "import os, time\nif not os.fork():\n    time.sleep(1000)",
        (
            "import os, time\nif not os.fork():\n    os.setsid()\n"
            "    if not os.fork():\n        time.sleep(1000)\n    os._exit(0)"
        ),
        "import multiprocessing\nmultiprocessing.get_context('fork').Process(target=print).start()",
    ],
    ids=["and both go on", "and leaves it", "a daemon", "by multiprocessing"],
)
def test_a_revision_that_forks(code: str, namespaces: bool, tmp_path: Path, fresh: Fresh) -> None:
    project = project_with(tmp_path, code)
    project.revision("three", "two")
    with project.process(fresh(), namespaces=namespaces) as process:
        ran = process.steps(up("one", "two", "three"))
        assert ran.failure is None
        assert len(ran.applied) == 3
    assert running(project.root) == []


@linux
@pytest.mark.parametrize("namespaces", [True, False])
def test_nothing_is_left_after_kill_9_of_the_parent(namespaces: bool, tmp_path: Path, fresh: Fresh) -> None:
    project = project_with(tmp_path / "app", "import time\nopen('../hangs', 'w').close()\ntime.sleep(1000)")
    script = (
        "from pathlib import Path\nimport sys\n"
        "from deploycheck.rehearsal.process import AlembicProcess, Place\n"
        "from deploycheck.rehearsal.steps import Direction, Step\n"
        f"place = Place(Path({str(project.root)!r}), 'migrations', 'alembic.ini')\n"
        f"with AlembicProcess(place, {fresh()!r}, environment={{}}, python=Path(sys.executable),"
        f" namespaces={namespaces}) as process:\n"
        "    process.steps([Step(Direction.UP, 'one'), Step(Direction.UP, 'two')])\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", script])
    until = time.monotonic() + 60
    while not (tmp_path / "hangs").exists():
        assert time.monotonic() < until
        time.sleep(0.05)
    assert running(project.root)
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    while running(project.root):
        assert time.monotonic() < until
        time.sleep(0.05)


def test_a_python_that_is_none(tmp_path: Path, fresh: Fresh) -> None:
    from deploycheck.rehearsal.process import CannotRun

    project = AlembicProject(tmp_path, python=Path("/nowhere/python"))
    with project.process(fresh()) as process, pytest.raises(CannotRun) as problem:
        process.ready()
    assert problem.value.message == "/nowhere/python cannot be started: No such file or directory"
