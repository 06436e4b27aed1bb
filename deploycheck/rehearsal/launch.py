"""The child process itself: started with an environment built from nothing, heard by lines, ended whole."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import select
import subprocess
import tempfile
import threading
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

from deploycheck.rehearsal.sweeping import MARKER, end_group, sweep

if TYPE_CHECKING:
    from deploycheck.rehearsal.place import Place

PREFIX = "deploycheck-child-"
"""How the folder of a child begins, in the system's folder for temporary files."""

_CHILD = Path(__file__).parent / "child"
_KEPT = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH")
_PIECE = 65536
_OUTPUT_KEPT = 16  # pieces
_GRACE = 1.0  # seconds between the child's own alarm and its end
_SETTLING = 5.0  # seconds that an ended process may take to be gone


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What a child is started with; see `AlembicProcess`. `limit` is in seconds."""

    place: Place
    url: str
    environment: Mapping[str, str]
    python: Path
    limit: float
    read_only: bool = False
    namespaces: bool = True

    def for_child(self) -> dict[str, object]:
        """Return what the child is told of it."""
        return {
            "url": self.url,
            "limit": self.limit,
            "read_only": self.read_only,
            "namespaces": self.namespaces,
            "root": str(self.place.root),
            "paths": self.place.paths(),
            "place": self.place.for_child(),
        }


class Gone(Exception):  # noqa: N818 - named for what it tells
    """The child ended by itself or was ended: `code` is its exit status, above 128 a signal's number."""

    def __init__(self, code: int) -> None:
        """Keep the exit status."""
        super().__init__(f"ended with {code}")
        self.code = code


class Silent(Exception):  # noqa: N818 - named for what it tells
    """The child said nothing for longer than it may; it was ended."""


class Child:
    """A running child. `folder` is where it may write; it is removed at the end."""

    def __init__(self, setting: Setting) -> None:
        """Start it. Raises OSError when the Python cannot be started."""
        self._scratch = tempfile.TemporaryDirectory(prefix=PREFIX, ignore_cleanup_errors=True)
        self.folder = Path(self._scratch.name)
        self.stacks = self.folder / "stacks"
        self._limit = setting.limit
        self._marker = secrets.token_hex(8)
        self._buffer = b""
        self._printed: deque[bytes] = deque(maxlen=_OUTPUT_KEPT)
        to_child, self._writing = os.pipe()
        self._reading, from_child = os.pipe()
        try:
            self._process = self._start(setting, to_child, from_child)
        except OSError:
            os.close(self._reading)
            os.close(self._writing)
            self._scratch.cleanup()
            raise
        finally:
            os.close(to_child)
            os.close(from_child)
        self._output: IO[bytes] = cast("IO[bytes]", self._process.stdout)
        self._drain = threading.Thread(target=self._read_output, daemon=True)
        self._drain.start()

    def _start(self, setting: Setting, reading: int, writing: int) -> subprocess.Popen[bytes]:
        told = {
            **setting.for_child(),
            "reading": reading,
            "writing": writing,
            "folder": str(self.folder),
            "hang_file": str(self.stacks),
        }
        return subprocess.Popen(  # noqa: S603 - the Python that the user named
            [str(setting.python), "-B", str(_CHILD), json.dumps(told)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=setting.place.absolute(setting.place.run_from),
            env=self._environment(setting.environment),
            pass_fds=(reading, writing),
            start_new_session=True,
        )

    def _environment(self, given: Mapping[str, str]) -> dict[str, str]:
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
        ours = {
            "TZ": "UTC",
            "HOME": str(self.folder),
            "TMPDIR": str(self.folder),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONUNBUFFERED": "1",
            "PYTHONIOENCODING": "utf-8:backslashreplace",
            MARKER: self._marker,
        }
        return {"LANG": "C.UTF-8", **kept, **given, **ours}

    def _read_output(self) -> None:
        """Take what the project prints, so that it never waits; the last of it is kept."""
        with contextlib.suppress(OSError, ValueError):
            while piece := os.read(self._output.fileno(), _PIECE):
                self._printed.append(piece)

    @property
    def output(self) -> str:
        """The last of what was printed."""
        return b"".join(self._printed).decode("utf-8", "replace")

    def send(self, message: Mapping[str, Any]) -> None:
        """Say something. Raises `Gone`."""
        data = json.dumps(message).encode("ascii") + b"\n"
        try:
            while data:
                data = data[os.write(self._writing, data) :]
        except BrokenPipeError:
            raise Gone(self._code()) from None

    def receive(self) -> dict[str, Any]:
        """Wait for the child's next message. Raises `Gone`, or `Silent` when it takes too long."""
        until = time.monotonic() + self._limit + _GRACE
        while b"\n" not in self._buffer:
            ready, _, _ = select.select([self._reading], [], [], max(0.0, until - time.monotonic()))
            if not ready:
                self.end()
                raise Silent
            piece = os.read(self._reading, 1 << 20)
            if not piece:
                raise Gone(self._code())
            self._buffer += piece
        line, _, self._buffer = self._buffer.partition(b"\n")
        message: dict[str, Any] = json.loads(line)
        return message

    def _code(self) -> int:
        """Wait for the end that has come, and return the exit status."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_SETTLING)
        self.end()
        code = self._process.returncode
        return 128 - code if code < 0 else code

    def end(self) -> None:
        """End the child and everything that it started."""
        end_group(self._process.pid)
        sweep(self._marker)
        self._process.wait()

    def close(self) -> None:
        """End it, and remove what it wrote."""
        self.end()
        os.close(self._reading)
        os.close(self._writing)
        self._drain.join(_SETTLING)
        self._output.close()
        self._scratch.cleanup()
