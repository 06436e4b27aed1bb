"""Which files git has committed or staged, read from its index: an ignore pattern does not touch those."""

# ruff: noqa: PTH118, PTH120
# Paths are plain strings here: making Path objects for thousands of files takes longer than the walk.

from __future__ import annotations

import os
import struct

from deploycheck.sources.errors import ReadError
from deploycheck.sources.text import read_bytes

_LIMIT = 50_000_000
_FIXED = 62
"""Bytes of an entry before its name: times, mode, owner, size, a SHA-1, flags."""
_NAME_LENGTH, _EXTENDED = 0x0FFF, 0x4000


def git_folder(top: str) -> str:
    """Return the folder where git keeps its data for a checkout: `.git`, or what a `.git` file names."""
    plain = os.path.join(top, ".git")
    try:
        pointer = read_bytes(plain, ".git", 4096).decode(errors="replace")
    except ReadError:
        return plain
    return os.path.join(top, pointer.removeprefix("gitdir:").strip())


def tracked_below(top: str, folder: str) -> frozenset[str]:
    """Return the tracked files below `folder`, relative to it, and every folder that holds one.

    `top` is the checkout's top folder, at or above `folder`. An index that cannot be read, or of a kind
    not known here (SHA-256), gives nothing: then the ignore patterns alone decide.
    """
    try:
        content = read_bytes(os.path.join(git_folder(top), "index"), ".git/index", _LIMIT)
        names = _names(content)
    except (ReadError, struct.error, ValueError, IndexError):
        return frozenset()
    prefix = folder[len(top.rstrip("/")) + 1 :]
    start = os.fsencode(prefix + "/" if prefix else "")
    found: set[str] = set()
    for name in names:
        if name.startswith(start):
            path = os.fsdecode(name[len(start) :])
            while path and path not in found:
                found.add(path)
                path = os.path.dirname(path)
    return frozenset(found)


def _names(content: bytes) -> list[bytes]:
    """Read the names of an index of version 2, 3 or 4. Raises what malformed bytes make `struct` raise."""
    magic, version, count = struct.unpack_from(">4sII", content)
    if magic != b"DIRC" or version not in {2, 3, 4}:
        raise ValueError(version)
    names: list[bytes] = []
    position, name = 12, b""
    for _ in range(count):
        (flags,) = struct.unpack_from(">H", content, position + _FIXED - 2)
        begin = position + _FIXED + (2 if flags & _EXTENDED else 0)
        if version == 4:  # noqa: PLR2004 - the format's number
            strip, begin = _variable_width(content, begin)
            end = content.index(b"\0", begin)
            name = name[: len(name) - strip] + content[begin:end]
            position = end + 1
        else:
            length = flags & _NAME_LENGTH
            end = begin + length if length < _NAME_LENGTH else content.index(b"\0", begin)
            name = content[begin:end]
            position += (end - position + 8) & ~7
        names.append(name)
    return names


def _variable_width(content: bytes, position: int) -> tuple[int, int]:
    """Read git's "offset encoding"; return the number and the position after it."""
    byte = content[position]
    value = byte & 0x7F
    while byte & 0x80:
        position += 1
        byte = content[position]
        value = ((value + 1) << 7) | (byte & 0x7F)
    return value, position + 1
