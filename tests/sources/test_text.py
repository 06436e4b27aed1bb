"""Text: encodings, line ends, and the refusal of what is none."""

from __future__ import annotations

import ast
import errno
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploycheck.sources.errors import ReadError
from deploycheck.sources.text import cause, decode, read_bytes


@pytest.mark.parametrize(
    ("content", "path", "expected"),
    [
        (b"a\r\nb\rc\n", "x.txt", "a\nb\nc\n"),
        (b"\xef\xbb\xbfa", "x.py", "a"),
        ("né".encode("utf-16"), "requirements.txt", "né"),
        (b"\xff\xfe\x00\x00" + "né".encode("utf-32-le"), "x.txt", "né"),
        (b"# -*- coding: latin-1 -*-\nx = '\xe9'\n", "x.py", "# -*- coding: latin-1 -*-\nx = 'é'\n"),
        (
            b"#!/bin/x\n# vim: set fileencoding=cp1252 :\n'\x80'",
            "x.py",
            "#!/bin/x\n# vim: set fileencoding=cp1252 :\n'€'",
        ),
        (b"# coding: latin-1\n\xc3\xa9", "x.txt", "# coding: latin-1\né"),
        (b"x = 1\n# coding: latin-1\n", "x.py", "x = 1\n# coding: latin-1\n"),
        (b"", "x.py", ""),
    ],
)
def test_decode(content: bytes, path: str, expected: str) -> None:
    assert decode(content, path).text == expected


@pytest.mark.parametrize(
    ("content", "path", "line", "reason"),
    [
        (b"a\nb\0", "x.txt", 2, "NUL"),
        (b"\x7fELF\0", "x", 1, "NUL"),
        (b"x = 1\n\ny = '\xe9'\n", "x.py", 3, "not valid UTF-8"),
        (b"# coding: klingon\n", "x.py", 1, "does not have"),
        (b"#\n# coding: rot13\n", "x.py", 2, "save it as UTF-8"),
        (b"# coding: punycode\n", "x.py", 1, "save it as UTF-8"),
        (b"# coding: unicode_escape\n\\ud800", "x.py", 1, "save it as UTF-8"),
        (b"\xff\xfea", "x.txt", 1, "not valid UTF-16"),
        ("a\nb\0".encode("utf-16"), "x.txt", 2, "NUL"),
    ],
)
def test_refusals_name_the_line(content: bytes, path: str, line: int, reason: str) -> None:
    with pytest.raises(ReadError, match=reason) as caught:
        decode(content, path)
    assert (caught.value.at.path, caught.value.at.line) == (path, line)


def test_latin_1_is_noted() -> None:
    decoded = decode(b"a\ncaf\xe9", "x.txt")
    assert (decoded.text, decoded.encoding) == ("a\ncafé", "latin-1")
    assert decoded.note is not None
    assert decoded.note.at.line == 2


@given(st.binary(max_size=80), st.sampled_from(["x.py", "x.yaml"]))
def test_any_bytes_give_text_or_a_read_error(content: bytes, path: str) -> None:
    try:
        decoded = decode(content, path)
    except ReadError:
        return
    decoded.text.encode()
    assert "\r" not in decoded.text
    assert "\0" not in decoded.text


@given(st.sampled_from(["utf-8", "latin-1", "cp1252", "utf8", "UTF_8"]), st.binary(max_size=20))
def test_python_files_are_read_as_python_reads_them(encoding: str, rest: bytes) -> None:
    content = b"# coding: " + encoding.encode() + b"\nx = '''" + rest + b"'''\n"
    try:
        expected = ast.dump(ast.parse(content))
    except (SyntaxError, ValueError):
        return
    assert ast.dump(ast.parse(decode(content, "x.py").text)) == expected


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("pipe")
    for name, reason in {
        "pipe": "a pipe",
        "link": "a link",
        "": "a folder",
        "gone": "no such file",
        "a\0b": "no such",
    }.items():
        with pytest.raises(ReadError, match=reason):
            read_bytes(f"{tmp_path}/{name}", "shown")


def test_devices_without_an_end_stop_at_the_limit() -> None:
    with pytest.raises(ReadError, match="a device"):
        read_bytes("/dev/zero", "shown")


def test_the_limit_is_inclusive_and_holds_for_files_that_lie_about_their_size(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * 100)
    assert len(read_bytes(tmp_path / "a", "a", 100)) == 100
    with pytest.raises(ReadError, match="over the limit"):
        read_bytes(tmp_path / "a", "a", 99)
    with pytest.raises(ReadError, match="over the limit"):
        read_bytes("/proc/self/environ", "a", 0)


def test_causes_never_show_the_path_of_the_machine() -> None:
    assert cause(OSError(errno.EACCES, "Permission denied", "/home/me/x")).startswith("permission denied")
    assert "/home" not in cause(OSError(errno.ETXTBSY, "Text file busy", "/home/me/x"))
    assert cause(OSError())
