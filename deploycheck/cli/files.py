"""`--show-files`: which files are the project's own, as a run would take them."""

from __future__ import annotations

import posixpath
import sys
from typing import TYPE_CHECKING

from deploycheck.engine.report import ExitCode
from deploycheck.reports.style import harmless, write
from deploycheck.sources.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Iterable

    from deploycheck.cli.examining import Settled


def list_files(targets: Iterable[Settled]) -> ExitCode:
    """Print the files of the targets, sorted. What could not be listed is said on stderr, and is 3."""
    lines: list[str] = []
    code = ExitCode.READY
    for target in targets:
        declared = target.configuration
        tree = Tree(target.root, exclude=declared.exclude, base=declared.base)
        lines += [harmless(posixpath.normpath(posixpath.join(target.path, file))) for file in tree.files]
        for unread in tree.unread:
            code = ExitCode.INCOMPLETE
            write(sys.stderr, harmless(f"deploycheck: {unread.path}: {unread.reason}") + "\n")
    write(sys.stdout, "".join(f"{line}\n" for line in sorted(lines)))
    return code
