"""A PostgreSQL of our own, without Docker: made, used and removed within one run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING
from urllib.parse import quote

from deploycheck.rehearsal import extensions
from deploycheck.rehearsal.server import binaries, losses, reaper
from deploycheck.rehearsal.server.databases import GONE, Databases, Naming
from deploycheck.rehearsal.server.interface import ServerProblem
from deploycheck.rehearsal.server.postgresql import Postgres

if TYPE_CHECKING:
    from pathlib import Path

OWNER = "postgres"
"""The role that everything runs as: a superuser, by the name that most servers give it."""

_SETTINGS = """
listen_addresses = ''
unix_socket_directories = '{socket}'
unix_socket_permissions = 0700
fsync = off
full_page_writes = off
synchronous_commit = off
wal_level = minimal
max_wal_senders = 0
max_wal_size = 256MB
shared_buffers = 32MB
huge_pages = off
dynamic_shared_memory_type = mmap
io_method = sync
max_connections = 50
autovacuum = off
jit = off
max_parallel_workers = 0
timezone = 'UTC'
log_timezone = 'UTC'
log_min_messages = fatal
extension_control_path = '$system:{extensions}'
"""
# Nothing is written for longer than the run, so nothing need be safe; shared memory is a file in the folder,
# so that it goes with that; and what is logged is only how the server ended.

_START_SECONDS = 30.0
_STOP_SECONDS = 5.0


class EmbeddedPostgres(Postgres):
    """PostgreSQL on a Unix socket in a private folder, which no other user and no network can reach.

    `version` reads "PostgreSQL 18.4, embedded". Signals that end this process end the server too.
    """

    def __init__(self) -> None:
        """Make and start it, which takes about half a second. Raises `ServerProblem`."""
        if sys.platform == "win32":
            raise ServerProblem(
                "The embedded PostgreSQL does not run on Windows: name one with --server URL."
            )
        self._programs = binaries.programs()
        self._process: subprocess.Popen[bytes] | None = None
        super().__init__()

    def _begin(self) -> None:
        self._start(self._programs)
        naming = Naming(self._url, "rehearsal")
        self._databases = Databases(self._url("postgres"), naming, self.loss)
        self.version = f"PostgreSQL {self._databases.version()}, embedded"

    @property
    def extensions(self) -> Path:
        """Return the folder whose `extension/` the server searches after its own, for stand-ins."""
        return self._folder.path / "share"

    def alive(self) -> bool:
        """Return whether the server runs and answers."""
        return self._process is not None and self._process.poll() is None and super().alive()

    def loss(self, sqlstate: str = "", message: str = "") -> str:
        """Return the line that says how the server was lost, empty when it is well."""
        if losses.is_disk_full(sqlstate, message, self._log()):
            return losses.disk_full_in(self._folder.path.parent)
        return "" if self.alive() else GONE

    def close(self) -> None:
        """Stop the server and remove its folder; a second time does nothing."""
        if self._databases is not None:
            self._databases.close()
        if self._process is not None:
            _stop(self._process)
        self._folder.remove()

    def _url(self, name: str) -> str:
        return f"postgresql://{OWNER}@/{name}?host={quote(str(self._socket))}"

    @property
    def _socket(self) -> Path:
        return self._folder.path / "socket"

    def _start(self, programs: Path) -> None:
        account = binaries.account()
        try:
            if account is not None:
                programs = self._opened(programs)
            for folder in (reaper.data_folder(self._folder.path), self._socket):
                folder.mkdir(mode=0o700)
                if account is not None:
                    os.chown(folder, account.user, account.group)
            self.folder.mkdir(mode=0o700)
            extensions.install(self.extensions)
            self._initialise(programs, account)
            self._serve(programs, account)
        except OSError as error:
            raise self._not_started(str(error)) from None

    def _opened(self, programs: Path) -> Path:
        """Let another user through our folder, to its own within, and to the programs."""
        self._folder.path.chmod(0o711)
        if binaries.reachable(programs):
            return programs
        return binaries.copied(programs, self._folder.path / "programs")

    def _initialise(self, programs: Path, account: binaries.Account | None) -> None:
        data = reaper.data_folder(self._folder.path)
        words = "--auth=trust --encoding=UTF8 --locale-provider=builtin --locale=C.UTF-8 --wal-segsize=1"
        options = [*words.split(), "--no-sync", "--no-instructions", f"--username={OWNER}", "-D", str(data)]
        made = self._run([str(programs / "initdb"), *options], account)
        if made.wait() != 0:
            raise self._not_started(self._log())
        with (data / "postgresql.conf").open("a") as settings:
            settings.write(_SETTINGS.format(socket=self._socket, extensions=self.extensions))

    def _serve(self, programs: Path, account: binaries.Account | None) -> None:
        data = reaper.data_folder(self._folder.path)
        self._process = self._run([str(programs / "postgres"), "-D", str(data)], account)
        end = time.monotonic() + _START_SECONDS
        while not _is_ready(data / "postmaster.pid"):
            if self._process.poll() is not None or time.monotonic() > end:
                raise self._not_started(self._log())
            time.sleep(0.005)

    def _run(self, words: list[str], account: binaries.Account | None) -> subprocess.Popen[bytes]:
        with (self._folder.path / "log").open("ab") as log:
            return subprocess.Popen(  # noqa: S603 - the package's own programs
                words,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
                cwd=self._folder.path,
                env={"LC_ALL": "C", "TZ": "UTC", "PATH": os.defpath},
                start_new_session=True,  # so that Ctrl-C ends the parent alone, which then stops this
                user=account.user if account else None,
                group=account.group if account else None,
                extra_groups=[] if account else None,
            )

    def _log(self) -> str:
        try:
            return (self._folder.path / "log").read_text("utf-8", "replace")
        except OSError:
            return ""

    def _not_started(self, why: str) -> ServerProblem:
        disk = self._folder.path.parent
        if losses.is_disk_full("", why) or (not why.strip() and losses.is_too_small(disk)):
            return ServerProblem(losses.disk_full_in(disk))
        return ServerProblem(f"The throwaway PostgreSQL did not start: {losses.telling_line(why)}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End a server at once: what it holds need not be written."""
    if process.poll() is None:
        process.send_signal(signal.SIGQUIT)
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _is_ready(pid_file: Path) -> bool:
    """Return whether the server says that it takes connections: the eighth line of its `postmaster.pid`."""
    try:
        lines = pid_file.read_text("utf-8", "replace").splitlines()
    except OSError:
        return False
    return len(lines) > 7 and lines[7].strip() == "ready"  # noqa: PLR2004 - PostgreSQL's miscadmin.h, LOCK_FILE_LINE_PM_STATUS
