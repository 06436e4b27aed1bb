from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from deploycheck.cli.writing import new_file, replace_file


def test_a_file_is_replaced_whole_and_keeps_its_mode(tmp_path: Path) -> None:
    file = tmp_path / "out.json"
    replace_file(file, "one\r\n")
    file.chmod(0o600)
    before = file.stat().st_ino
    replace_file(str(file), "two é\n")
    assert (file.read_bytes(), file.stat().st_mode & 0o777) == ("two é\n".encode(), 0o600)
    assert file.stat().st_ino != before
    assert os.listdir(tmp_path) == ["out.json"]  # noqa: PTH208


def test_a_link_stays_one(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    link, real = tmp_path / "link", tmp_path / "folder" / "real"
    link.symlink_to(real)
    replace_file(link, "one")
    replace_file(link, "two")
    assert (link.is_symlink(), real.read_text(encoding="utf-8")) == (True, "two")


def test_what_cannot_be_written_leaves_all_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "folder" / "x").mkdir(parents=True)
    for wrong in (tmp_path / "folder", tmp_path / "gone" / "file", tmp_path / ("x" * 300)):
        with pytest.raises(OSError, match=r"directory|too long"):
            replace_file(wrong, "text")
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["folder", "x"]


def test_a_pipe_and_a_device_are_written_into(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text(encoding="utf-8")))
    reader.start()
    replace_file(pipe, "text")
    reader.join()
    replace_file(os.devnull, "text")
    assert (read, pipe.is_fifo(), Path(os.devnull).is_char_device()) == (["text"], True, True)


def test_a_stream_below_dev_is_no_file_to_replace(tmp_path: Path) -> None:
    file = tmp_path / "out"
    with file.open("wb") as opened:
        replace_file(f"/dev/fd/{opened.fileno()}", "text")
        assert os.fstat(opened.fileno()).st_ino == file.stat().st_ino
    assert file.read_text(encoding="utf-8") == "text"


def test_a_new_file_is_never_written_over(tmp_path: Path) -> None:
    file = tmp_path / "a" / "b" / "c"
    new_file(file, "one\n")
    with pytest.raises(FileExistsError):
        new_file(file, "two\n")
    assert file.read_bytes() == b"one\n"
