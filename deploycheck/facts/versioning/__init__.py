"""Which version the app says it is, which version its package has, and who keeps the two together."""

from __future__ import annotations

from deploycheck.facts.versioning.keepers import keeper_of
from deploycheck.facts.versioning.packages import Package, package_of
from deploycheck.facts.versioning.tellers import version_teller
from deploycheck.facts.versioning.told import Told, told_version

__all__ = ["Package", "Told", "keeper_of", "package_of", "told_version", "version_teller"]
