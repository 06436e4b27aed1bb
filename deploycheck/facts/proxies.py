"""Configuration of proxies in the repository: the texts that may be in use."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.facts.shipped import stands_in
from deploycheck.sources.errors import ReadError

if TYPE_CHECKING:
    from deploycheck.sources.tree import Tree

_USUAL = re.compile(r"\b(?:default|template)\b(?=[^/]*$)")


def texts_in_use(tree: Tree, *patterns: str) -> Iterator[tuple[str, str]]:
    """Yield path and text of the files that match, without examples, tests and workflows.

    `default.conf` and `*.conf.template`, which nginx's own image takes, are no examples.
    """
    for path in tree.matching(*patterns):
        if path.startswith(".github/") or stands_in(_USUAL.sub("site", path)):
            continue
        try:
            yield path, tree.text(path)
        except ReadError:
            continue
