"""Where the throwaway database is, in the words of URLs and of their parts."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import unquote, urlsplit

NOWHERE = "rehearsal.invalid"
"""A host that no resolver ever knows (RFC 6761, 6.4): what is not led to the throwaway fails at once."""

_SCHEME = re.compile(r"(?:postgres(?:ql)?|sqlite)(?:\+\w+)?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Place:
    """The throwaway database as the project's code is told of it.

    `scheme` is what its URLs begin with (`postgresql+asyncpg`), `name` the database's, or SQLite's file;
    `folder` is where the code may write. Of PostgreSQL the address is one that leads nowhere: each connection
    is led to the throwaway where it is opened.
    """

    scheme: str
    name: str
    folder: Path
    user: str = "postgres"
    password: str = "rehearsal"  # noqa: S105 - made up
    host: str = NOWHERE
    port: str = "5432"

    @classmethod
    def of(cls, database_url: str, folder: Path) -> Place:
        """Return the place of a `Database.url`."""
        if database_url.startswith("sqlite:"):
            return cls("sqlite", unquote(urlsplit(database_url).path)[1:], folder)
        return cls("postgresql", unquote(urlsplit(database_url).path).strip("/"), folder)

    @property
    def is_sqlite(self) -> bool:
        """Whether it is a file of SQLite's."""
        return self.scheme.startswith("sqlite")

    @property
    def url(self) -> str:
        """Return its URL for SQLAlchemy, without any query, which code might not expect."""
        if self.is_sqlite:
            return f"{self.scheme}:///{self.name}"
        return f"{self.scheme}://{self.user}:{self.password}@{self.host}:{self.port}/{self.name}"

    def speaking(self, scheme: str) -> Place:
        """Return the same place under another scheme of the same backend; itself for any other scheme."""
        found = scheme.lower()
        if _SCHEME.match(found) and found.startswith("sqlite") == self.is_sqlite:
            return replace(self, scheme=found)
        return self
