"""Documents that tell people how the database is backed up and brought back."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from deploycheck.facts.backups.model import Backup, Covers, Kind
from deploycheck.findings import Location
from deploycheck.sources.errors import ReadError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploycheck.sources.tree import Tree

_FILES = ("*.md", "*.mdx", "*.rst", "*.adoc", "*.txt")
_NOT = re.compile(
    r"(?i)(?:^|/)(?:changelog|changes|history|news|release|licen[cs]e|requirements|constraints|todo|roadmap|contributing)"
    r"|(?:^|/)(?:\.agents|\.claude|\.cursor|skills|tests?|fixtures|node_modules)/"
)
_BACKUP = re.compile(
    r"(?i)\bback(?:ed|ing|s)?[- ]?ups?\b|\bbacked up\b|\bpg_dump(?:all)?\b|\bmysqldump\b"
    r"|\bpoint[- ]in[- ]time\b|\blitestream\b|\bpg:backups\b|\bsnapshots? of the database\b"
)
_SUBJECT = re.compile(
    r"(?i)\bdatabases?\b|\bpostgres\w*|\bmysql\b|\bmariadb\b|\bsqlite\b|\bpg_|\brds\b|\blakebase\b"
    r"|\bcloud sql\b|\bdumps?\b|\.db\b"
)
_RESTORE = re.compile(
    r"(?i)\brestor\w*|\bpg_restore\b|\brecover(?:y|ing)?\b|\bpoint[- ]in[- ]time\b|\bpsql\b[^\n]*<"
    r"|\bbring\w* (?:it )?back\b"
)
_NEGATED = re.compile(
    r"(?i)\b(?:no|not|never|without|todo|tbd|planned|should|missing|isn't|aren't|don't|lack\w*)\b[^.\n]{0,40}"
    r"\bback(?:ed)?[- ]?up"
    r"|\bback-?ups?\b[^.\n]{0,20}\b(?:todo|tbd|not yet|missing|are not|is not|planned)\b"
)
_SECTION = re.compile(r"^(?=#{1,6} )|\n(?=[^\n]+\n(?:===+|---+|~~~+)\n)", re.MULTILINE)


def documents(tree: Tree) -> Iterator[Backup]:
    """Yield the sections of documents that say how a database is backed up and restored."""
    for path in tree.matching(*_FILES):
        if _NOT.search(path):
            continue
        try:
            text = tree.text(path)
        except ReadError:
            continue
        if _BACKUP.search(text) and _SUBJECT.search(text):
            yield from _sections(path, text)


def _sections(path: str, text: str) -> Iterator[Backup]:
    line = 1
    restores = bool(_RESTORE.search(text))
    for section in _SECTION.split(text):
        kept = "\n".join(s for s in section.split("\n") if not _NEGATED.search(s))
        found = _BACKUP.search(kept)
        if found and _SUBJECT.search(kept) and restores:
            place = section.find(found[0])
            at = Location(path, line + section.count("\n", 0, max(place, 0)))
            covers = _covers(kept)
            yield Backup(Kind.DOCUMENT, path, at, covers, on=None, automated=False, restores=True)
            return
        line += section.count("\n")


def _covers(text: str) -> frozenset[Covers]:
    server = re.search(r"(?i)postgres|mysql|mariadb|pg_|\brds\b|lakebase|cloud sql|database|dump", text)
    sqlite = re.search(r"(?i)sqlite|litestream|\.db\b|database", text)
    found = (*((Covers.SERVER,) if server else ()), *((Covers.SQLITE,) if sqlite else ()))
    return frozenset(found)
