"""Folders for the temporary files of whole runs, of paths that are short enough for a socket."""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@contextlib.contextmanager
def short_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="dc-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture
def temporary() -> Iterator[Path]:
    with short_folder() as folder:
        yield folder


@pytest.fixture
def small_disk(temporary: Path) -> Iterator[Path]:
    """A file system of 48 MB, which is about twice what an empty server takes."""
    disk = temporary / "disk"
    disk.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", "size=48m,mode=0755", "tmpfs", str(disk)]
    if os.geteuid() != 0 or subprocess.run(words, check=False, capture_output=True).returncode:
        pytest.skip("no small file system can be mounted here")
    try:
        yield disk
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)
