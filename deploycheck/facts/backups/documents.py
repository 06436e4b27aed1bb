"""Documents that tell people how the database is backed up and brought back."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from deploycheck.facts.backups.model import Backup, Covers, Kind
from deploycheck.facts.docs import Topic
from deploycheck.findings import Step

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from deploycheck.facts.docs import Document, Passage

_SERVERS = re.compile(r"(?i)postgres|mysql|mariadb|pg_|\brds\b|lakebase|neon|cloud sql|database|dump|\bdb\b")
_RESTORES = re.compile(r"(?i)\brestor|\brecover|point[- ]in[- ]time")
_FILES = re.compile(r"(?i)sqlite|litestream|\.db\b|database")


def described(documents: Iterable[Document]) -> Iterator[Backup]:
    """Yield the passages on making backups; they restore where any passage of the project says how."""
    listed = list(documents)
    restores = any(d.on(Topic.RESTORE) for d in listed)
    for document in listed:
        for passage in document.on(Topic.BACKUP)[:1]:
            yield _described(document, passage, restores=restores)


def _described(document: Document, passage: Passage, *, restores: bool) -> Backup:
    text = f"{passage.heading} {passage.text}"
    restores = restores or bool(_RESTORES.search(text))
    server = (Covers.SERVER,) if _SERVERS.search(text) or not _FILES.search(text) else ()
    covers = frozenset((*server, *((Covers.SQLITE,) if _FILES.search(text) else ())))
    steps = (Step(passage.heading or document.path, passage.at),)
    return Backup(
        Kind.DOCUMENT,
        document.path,
        passage.at,
        covers,
        on=None,
        automated=False,
        restores=restores,
        reason="" if restores else "it does not say how one is restored",
        trail=steps,
    )
