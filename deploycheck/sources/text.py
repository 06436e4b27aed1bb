"""Reads one file as text, safely: never a pipe, never more than the limit, never half understood."""

from __future__ import annotations

import codecs
import errno
import os
import re
import stat
from dataclasses import dataclass

from deploycheck.findings import Location
from deploycheck.sources.errors import Note, ReadError

LIMIT = 2_000_000
"""The largest text file that is read, in bytes. Code and configuration written by hand stay far below."""

_OPEN = (
    os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
)
_COOKIE = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
_BLANK = re.compile(rb"^[ \t\f]*(?:#|$)")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Codecs that Python accepts in a cookie and nobody writes source in: some take quadratic time, some
# give half characters that no other tool can take.
_REFUSED_CODECS = frozenset(
    {"idna", "punycode", "undefined", "unicode-escape", "raw-unicode-escape", "utf-7"}
)
_CAUSES = {
    errno.EACCES: "permission denied: let this user read it",
    errno.EPERM: "permission denied: let this user read it",
    errno.ENOENT: "there is no such file",
    errno.ENOTDIR: "there is no such file",
    errno.ELOOP: "it is a link that leads in a circle: remove it or point it at a file",
    errno.ENAMETOOLONG: "its path is longer than the system allows: shorten it",
    errno.EISDIR: "it is a folder, not a file",
    errno.ENXIO: "it is a socket, not a file: it was not opened",
    errno.ESTALE: "the network drive lost it: mount the drive again",
    errno.EIO: "the disk could not read it: check the disk",
}


@dataclass(frozen=True, slots=True)
class Decoded:
    """A file's text: line ends are newlines, no byte order mark; `encoding` is the one it was read in."""

    text: str
    encoding: str
    note: Note | None = None


def cause(error: OSError) -> str:
    """Say in plain words why the system refused; never the machine's own path."""
    return (
        _CAUSES.get(error.errno or 0) or f"the system could not read it ({error.strerror or 'unknown error'})"
    )


def read_bytes(file: str | os.PathLike[str], shown: str, limit: int = LIMIT) -> bytes:
    """Return a regular file's content. `shown` is the path that errors name.

    Raises `ReadError` for anything else than a regular file, for one over `limit` bytes, and when
    the system refuses. A link as the last part of `file` is refused: callers resolve links first.
    """
    try:
        handle = os.open(file, _OPEN)
    except (OSError, ValueError) as error:
        raise ReadError(
            shown, cause(error) if isinstance(error, OSError) else "there is no such file"
        ) from error
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise ReadError(shown, f"it is {kind_of(status.st_mode)}, not a file: it was not read")
        if status.st_size > limit:
            raise ReadError(shown, too_large(status.st_size, limit))
        with os.fdopen(os.dup(handle), "rb") as stream:
            content = stream.read(limit + 1)
    except OSError as error:
        raise ReadError(shown, cause(error)) from error
    finally:
        os.close(handle)
    if len(content) > limit:
        raise ReadError(shown, too_large(len(content), limit))
    return content


def kind_of(mode: int) -> str:
    """Name what a file mode stands for, with its article: "a pipe"."""
    kinds = (
        (stat.S_ISDIR, "a folder"),
        (stat.S_ISFIFO, "a pipe"),
        (stat.S_ISSOCK, "a socket"),
        (stat.S_ISLNK, "a link"),
    )
    return next((name for test, name in kinds if test(mode)), "a device")


def too_large(size: int, limit: int) -> str:
    """Say that a file is over the limit, in megabytes."""
    return (
        f"it has {size / 1e6:.1f} MB, over the limit of {limit / 1e6:.1f} MB for one text file: "
        "it was not read; split it, or exclude it"
    )


def decode(content: bytes, path: str) -> Decoded:
    """Turn a file's bytes into text: by byte order mark, PEP 263 cookie (.py), UTF-8, else Latin-1.

    A Python file is held to what Python accepts, since a file that Python refuses cannot run either.
    Raises `ReadError` at the line that cannot be decoded.
    """
    for mark, encoding in _BOMS:
        if content.startswith(mark):
            return _strict(content[len(mark) :], encoding, path)
    if b"\0" in content:
        at = _place(content, content.index(b"\0"), path)
        raise ReadError(path, "it holds a NUL byte, so it is not text: save it as UTF-8, or exclude it", at)
    if not path.endswith((".py", ".pyi")):
        return _lenient(content, path)
    return _strict(content, _cookie(content, path) or "utf-8", path)


def _lenient(content: bytes, path: str) -> Decoded:
    try:
        return Decoded(_newlines(content.decode()), "utf-8")
    except UnicodeDecodeError as error:
        note = Note(path, "it is not UTF-8 and was read as Latin-1", _place(content, error.start, path))
        return Decoded(_newlines(content.decode("latin-1")), "latin-1", note)


def _strict(content: bytes, encoding: str, path: str) -> Decoded:
    try:
        text = content.decode(encoding)
    except UnicodeError as error:
        at = _place(content, getattr(error, "start", 0), path)
        raise ReadError(path, f"it is not valid {encoding.upper()}: save it as UTF-8", at) from error
    if "\0" in text:
        at = Location(path, _newlines(text[: text.index("\0")]).count("\n") + 1)
        raise ReadError(
            path, "it holds a NUL character, so it is not text: save it as UTF-8, or exclude it", at
        )
    return Decoded(_newlines(text), encoding)


def _cookie(content: bytes, path: str) -> str:
    """Return the encoding that a Python file declares in its first two lines, or an empty string."""
    for number, line in enumerate(re.split(rb"\r\n|\r|\n", content[:4000])[:2], 1):
        if found := _COOKIE.match(line):
            return _codec(found[1].decode(errors="replace"), Location(path, number))
        if not _BLANK.match(line):
            break
    return ""


def _codec(name: str, at: Location) -> str:
    try:
        codec = codecs.lookup(name)
    except (LookupError, ValueError) as error:
        raise ReadError(
            at.path, f"it declares the encoding {name}, which Python does not have", at
        ) from error
    # `_is_text_encoding` is how bytes.decode itself tells rot13 and base64 from encodings of text.
    if codec.name.replace("_", "-") in _REFUSED_CODECS or not getattr(codec, "_is_text_encoding", True):
        raise ReadError(at.path, f"it declares the encoding {name}: save it as UTF-8", at)
    return codec.name


def _newlines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _place(content: bytes, offset: int, path: str) -> Location:
    """Return the line of a byte offset; the column is left at 1, since bytes are not characters."""
    return Location(path, len(re.findall(rb"\r\n|\r|\n", content[:offset])) + 1)
