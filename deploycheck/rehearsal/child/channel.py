"""JSON lines over a private pair of pipes; never stdout, where the project may print what it likes."""

from __future__ import annotations

import json
import os
from typing import Any, Dict

Message = Dict[str, Any]


class Channel:
    """The child's end. A process that the project forks off never speaks on it."""

    def __init__(self, reading: int, writing: int) -> None:
        """Take over both file descriptors, and keep them from what the project starts."""
        os.set_inheritable(reading, False)
        os.set_inheritable(writing, False)
        self._reading = os.fdopen(reading, "rb")
        self._writing = os.fdopen(writing, "wb", buffering=0)
        self._owner = os.getpid()
        os.register_at_fork(after_in_child=self.close)

    def send(self, message: Message) -> None:
        """Write one message; one that comes from a fork ends that fork."""
        self.only_the_owner()
        self._writing.write(json.dumps(message).encode("ascii") + b"\n")

    def receive(self) -> Message:
        """Wait for one message; when the parent is gone, so is this process."""
        self.only_the_owner()
        line = self._reading.readline()
        if not line:
            os._exit(0)
        message: Message = json.loads(line)
        return message

    def close(self) -> None:
        """Close both ends."""
        self._reading.close()
        self._writing.close()

    def only_the_owner(self) -> None:
        """End this process if it is a fork of the one that was started."""
        if os.getpid() != self._owner:
            os._exit(0)
