"""Command lines that make a copy of a database, or put one back."""

from __future__ import annotations

import re
from collections.abc import Sequence

from deploycheck.facts.deploying.model import Act

_DUMPS = frozenset(
    """pg_dump pg_dumpall pg_basebackup mysqldump mariadb-dump mariadb-backup mariabackup mydumper
    xtrabackup""".split()
)
_BACKUPS: tuple[tuple[str, ...], ...] = (
    ("pgbackrest", "backup"),
    ("wal-g", "backup-push"),
    ("wal-e", "backup-push"),
    ("barman", "backup"),
    ("litestream", "replicate"),
    ("heroku", "pg:backups:capture"),
    ("heroku", "pg:backups", "capture"),
    ("gcloud", "sql", "backups", "create"),
    ("gcloud", "sql", "export"),
    ("gcloud", "compute", "disks", "snapshot"),
    ("gcloud", "compute", "snapshots", "create"),
    ("aws", "ec2", "create-snapshot"),
    ("aws", "rds", "create-db-snapshot"),
    ("aws", "rds", "create-db-cluster-snapshot"),
    ("aws", "backup", "start-backup-job"),
    ("az", "postgres", "flexible-server", "backup", "create"),
    ("az", "sql", "db", "export"),
    ("fly", "postgres", "backup", "create"),
    ("fly", "mpg", "backup", "create"),
    ("fly", "volumes", "snapshots", "create"),
    ("databricks", "create-branch"),
    ("databricks", "branch", "create"),
    ("databricks", "branches", "create"),
    ("neon", "branches", "create"),
    ("neonctl", "branches", "create"),
    ("pscale", "backup", "create"),
    ("pscale", "database", "dump"),
    ("supabase", "db", "dump"),
    ("dokku", "postgres:export"),
    ("dokku", "postgres:backup"),
    ("velero", "backup", "create"),
    ("kubectl", "cnpg", "backup"),
    ("manage.py", "dbbackup"),
)
"""Programs and the words that must follow in this order, whatever stands between."""
_RESTORES: tuple[tuple[str, ...], ...] = (
    ("pg_restore",),
    ("pgbackrest", "restore"),
    ("wal-g", "backup-fetch"),
    ("wal-e", "backup-fetch"),
    ("barman", "recover"),
    ("barman", "restore"),
    ("litestream", "restore"),
    ("heroku", "pg:backups:restore"),
    ("heroku", "pg:backups", "restore"),
    ("gcloud", "sql", "backups", "restore"),
    ("gcloud", "sql", "import"),
    ("aws", "rds", "restore-db-instance-from-db-snapshot"),
    ("aws", "rds", "restore-db-instance-to-point-in-time"),
    ("aws", "rds", "restore-db-cluster-from-snapshot"),
    ("aws", "rds", "restore-db-cluster-to-point-in-time"),
    ("dokku", "postgres:import"),
    ("velero", "restore", "create"),
    ("manage.py", "dbrestore"),
)
_ALIASES = {"flyctl": "fly", "docker-compose": "docker"}
_NOT = frozenset({"--help", "--version", "-V", "--schema-only", "-s", "--no-data", "-d"})
_FILE = re.compile(r"[\w${}./~*:-]*\.(?:db|sqlite3?|db3)\b[\w.${}()%+-]*$")
_COPIES = frozenset({"cp", "rsync", "scp", "tar", "zip", "gzip", "rclone", "restic", "borg"})
_SQLITE_SAVES = re.compile(r"\.backup\b|\.dump\b|\.clone\b|\bvacuum\s+(?:\w+\s+)?into\b", re.IGNORECASE)
_SQLITE_RESTORES = re.compile(r"\.restore\b|\.read\b", re.IGNORECASE)
SQL_SAVES = re.compile(r"\bvacuum\s+(?:\w+\s+)?into\b|\bbackup\s+database\b", re.IGNORECASE)
"""SQL that writes a copy of the database."""


def saving(words: Sequence[str], given: Sequence[str] = ()) -> frozenset[Act]:
    """Return whether a command backs a database up or restores one; `given` are texts that it reads.

    A dump of the schema alone is no backup. A file is taken for a database by its ending.
    """
    words = list(words)
    name = words[0].rpartition("/")[2] if words else ""
    name = _ALIASES.get(name, name)
    if name in _DUMPS:
        partial = _NOT.intersection(words[1:]) - _allowed(name)
        return frozenset() if partial else frozenset({Act.BACKUP})
    if any(_matches(name, words, each) for each in _BACKUPS):
        return frozenset({Act.BACKUP})
    if any(_matches(name, words, each) for each in _RESTORES):
        return frozenset() if {"-l", "--list"} & set(words) else frozenset({Act.RESTORE})
    read = _CLIENTS.get(name)
    return read(" ".join((*words[1:], *given))) if read is not None else _copied(name, words)


def _allowed(name: str) -> frozenset[str]:
    """Return options whose letters mean something else to a program: `pg_dump -d` names the database."""
    return frozenset({"-d"}) if name.startswith("pg_") else frozenset({"-s"})


def _matches(name: str, words: Sequence[str], wanted: tuple[str, ...]) -> bool:
    if name.startswith("python") and wanted[0] == "manage.py":
        words = [w.rpartition("/")[2] for w in words]
    elif name != wanted[0]:
        return False
    else:
        wanted = wanted[1:]
    rest = iter(words)
    return all(any(w == each for w in rest) for each in wanted)


def _sqlite(text: str) -> frozenset[Act]:
    if _SQLITE_SAVES.search(text):
        return frozenset({Act.BACKUP})
    return frozenset({Act.RESTORE}) if _SQLITE_RESTORES.search(text) else frozenset()


def _client(text: str) -> frozenset[Act]:
    named = re.search(r"(?:-f|--file[= ])\s*\S*(?:dump|backup)\S*", text)
    return frozenset({Act.RESTORE}) if named else frozenset()


def _copied(name: str, words: Sequence[str]) -> frozenset[Act]:
    """Read a copy of a database's file; from an object store it is a restore."""
    plain = [w for w in words[1:] if not w.startswith("-")]
    if name == "aws" and plain[:1] == ["s3"]:
        plain = plain[2:] if plain[1:2] in (["cp"], ["sync"]) else []
    elif name not in _COPIES:
        return frozenset()
    files = [w for w in plain if _FILE.match(w)]
    if not files:
        return frozenset()
    stored = bool(plain) and plain[0].startswith(("s3://", "gs://"))
    return frozenset({Act.RESTORE if stored else Act.BACKUP})


_CLIENTS = {
    **dict.fromkeys(("sqlite3", "sqlite-utils"), _sqlite),
    **dict.fromkeys(("psql", "mysql", "mariadb"), _client),
}
