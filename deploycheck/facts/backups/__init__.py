"""Backups: where a deployment's database is kept, and what would bring it back when it is lost."""

from __future__ import annotations

from deploycheck.facts.backups.find import find_backups
from deploycheck.facts.backups.model import Backup, Covers, Kind
from deploycheck.facts.backups.storage import Place, Storage, storage_of

__all__ = ["Backup", "Covers", "Kind", "Place", "Storage", "find_backups", "storage_of"]
