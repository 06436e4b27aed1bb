"""Namespaces of this process's own, where Linux permits: no network to be reached, no process left behind."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from typing import Any

_NEWUSER, _NEWPID, _NEWNET = 0x10000000, 0x20000000, 0x40000000
_SET_PDEATHSIG = 1


def die_with_the_parent() -> None:
    """Have the kernel end this process when the one that started it ends, however that comes."""
    if sys.platform == "linux":
        _libc().prctl(_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def isolate(network: bool, wanted: bool = True) -> tuple[bool, str]:
    """Enter namespaces of our own; what goes on from here is a process inside of them.

    `network` is whether the network may be cut off. Returns whether it was, and what to tell of it.
    Must be called while there is one thread.
    """
    if sys.platform != "linux":
        return False, "guards inside of Python only: namespaces are Linux's"
    if not wanted:
        return False, "guards inside of Python only, as asked for"
    flags = _NEWPID | (_NEWNET if network else 0)
    problem = _unshare(flags)
    if problem:
        return False, "guards inside of Python only: namespaces of its own were not permitted (%s)" % problem
    _go_on_inside()
    if not network:
        return False, "guards inside of Python, and a process namespace of its own"
    return (
        True,
        "a network without any address and a process namespace of its own, and guards inside of Python",
    )


def _libc() -> Any:
    return ctypes.CDLL(None, use_errno=True)


def _unshare(flags: int) -> str:
    """Return why it was not permitted, empty when it was done."""
    libc = _libc()
    if libc.unshare(flags) == 0:
        return ""
    uid, gid = os.getuid(), os.getgid()
    if libc.unshare(flags | _NEWUSER) != 0:
        return os.strerror(ctypes.get_errno())
    try:
        _write("/proc/self/setgroups", "deny")
        _write("/proc/self/uid_map", "%d %d 1" % (uid, uid))
        _write("/proc/self/gid_map", "%d %d 1" % (gid, gid))
    except OSError as error:
        return str(error.strerror)
    return ""


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


def _go_on_inside() -> None:
    """Return in a process of the new namespace; this one and the namespace's first only wait for it.

    When the first process of a process namespace ends, the kernel ends all of it.
    """
    first = os.fork()
    if first:
        _release_files()
        _end_like(os.waitpid(first, 0)[1])
    die_with_the_parent()
    worker = os.fork()
    if worker:
        _release_files()
        while True:
            pid, status = os.wait()
            if pid == worker:
                _end_like(status)
    die_with_the_parent()


def _release_files() -> None:
    """Close everything, so that the parent sees the worker's end of the pipes close."""
    os.closerange(0, 1024)


def _end_like(status: int) -> None:
    """End as the process with this status of `waitpid` did: a signal becomes 128 and its number."""
    if os.WIFSIGNALED(status):
        os._exit(128 + os.WTERMSIG(status))
    os._exit(os.WEXITSTATUS(status))
