"""What a deployment uploads: the files of its folder, without those that are kept from it."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from deploycheck.sources.errors import ReadError
from deploycheck.sources.patterns import Patterns

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploycheck.facts.manifests.model import Manifest
    from deploycheck.sources.tree import Tree


def too_large(tree: Tree, manifest: Manifest) -> Iterator[tuple[str, int]]:
    """Yield each file that a deployment uploads and its platform refuses for its size, in bytes."""
    if not manifest.platform.file_limit:
        return
    patterns = Patterns(manifest.excluded)
    base = posixpath.dirname(manifest.path)
    prefix = f"{manifest.directory}/" if manifest.directory else ""
    for path in tree.files:
        if path.startswith(prefix) and not _kept_away(
            patterns, path.removeprefix(f"{base}/" if base else "")
        ):
            size = _size(tree, path)
            if size > manifest.platform.file_limit:
                yield path, size


def _size(tree: Tree, path: str) -> int:
    try:
        return tree.size(path)
    except ReadError:
        return 0


def _kept_away(patterns: Patterns, path: str) -> bool:
    """Tell whether a path, or a folder above it, is left out."""
    parts = path.split("/")
    above = ("/".join(parts[:i]) for i in range(1, len(parts)))
    return any(patterns.verdict(f, is_directory=True) for f in above) or bool(
        patterns.verdict(path, is_directory=False)
    )
