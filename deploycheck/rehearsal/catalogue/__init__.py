"""The fingerprint of a whole schema, and what differs between two of them.

`Watcher` looks at one session's database again and again, and reads only what changed where that is exact;
`snapshot` looks once. `difference` says what differs, in lines like DDL.
"""

from deploycheck.rehearsal.catalogue.difference import Between, difference
from deploycheck.rehearsal.catalogue.model import Catalogue, Thing
from deploycheck.rehearsal.catalogue.watcher import Watcher, snapshot, tables

__all__ = ["Between", "Catalogue", "Thing", "Watcher", "difference", "snapshot", "tables"]
