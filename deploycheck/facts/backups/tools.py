"""Programs that make copies of databases, told by the words that start them."""

from __future__ import annotations

import re

from deploycheck.facts.backups.model import Covers

SERVER_TOOLS = re.compile(
    r"\b(?:pg_dump(?:all)?|pg_basebackup|pg_back|pgbackrest|wal-[ge]|barman(?:-cloud-\w+)?|pg_probackup"
    r"|mysqldump|mariadb-dump|mariabackup|mariadb-backup|xtrabackup|mydumper|cockroach\s+dump"
    r"|pg:backups(?::(?:schedule|capture))?|pgbackweb|backup_postgres|postgres[-_]backup)\b"
    r"|\bsql\s+(?:backups\s+create|export)\b|\bcreate-db-(?:cluster-)?snapshot\b|\bBACKUP\s+DATABASE\b"
    r"|\baz\s+(?:postgres|mysql)\b.*\bbackup\b|\bfly(?:ctl)?\s+(?:postgres|pg|mpg)\s+backup\b"
    r"|\bneon(?:ctl)?\s+branches\s+create\b|\bcreate-database-instance\b.*\bparent_instance_ref\b",
)
SQLITE_TOOLS = re.compile(
    r"\bsqlite3\b.*(?:\.backup\b|\.dump\b|\.clone\b|(?i:\bVACUUM\s+INTO\b))|(?i:\bVACUUM\s+INTO\b)|\bsqlite3_rsync\b"
    r"|\blitestream\s+replicate\b|\blitefs\s+mount\b",
)
VOLUME_TOOLS = re.compile(
    r"\b(?:restic\s+(?:-\S+\s+\S+\s+)*backup|borg\s+create|borgmatic|duplicity|kopia\s+snapshot)\b"
)
PLAIN_COPIES = re.compile(
    r"\b(?:cp|rsync|scp|tar|zip|gzip|aws\s+s3\s+(?:cp|sync)|gsutil\s+(?:-m\s+)?(?:cp|rsync)|gcloud\s+storage\s+cp|rclone\s+\w+)\b"
    r".*\.(?:db|sqlite3?|db3)\b",
)
RESTORES = re.compile(
    r"\b(?:pg_restore|litestream\s+restore|RESTORE\s+DATABASE|barman\s+recover|backup-fetch)\b|(?i:\brestor)"
)

LONGEST = 2_000
"""Characters of a line that are looked at."""


def covered(text: str) -> frozenset[Covers]:
    """Return what a command line makes copies of; nothing for one that makes none."""
    text = _cut(text)
    found: set[Covers] = set()
    if SERVER_TOOLS.search(text):
        found.add(Covers.SERVER)
    if SQLITE_TOOLS.search(text) or PLAIN_COPIES.search(text):
        found.add(Covers.SQLITE)
    if VOLUME_TOOLS.search(text):
        found.add(Covers.VOLUME)
    return frozenset(found)


def _cut(text: str) -> str:
    """Return a text with its lines cut: no command that people write is longer."""
    return "\n".join(line[:LONGEST] for line in text.split("\n"))


def is_safe(text: str) -> bool:
    """Tell whether a command copies a SQLite file in a way that is right while others write."""
    text = _cut(text)
    return bool(SQLITE_TOOLS.search(text)) or not PLAIN_COPIES.search(text)
