"""Which rules could not look at everything, because an input of theirs could not be read."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from deploycheck.python.modules import Role, role_of
from deploycheck.rules import Reads

if TYPE_CHECKING:
    from deploycheck.sources.errors import Unread

_REQUIREMENTS = re.compile(
    r"(?:.*requirements.*\.(?:txt|in)|pyproject\.toml|setup\.(?:py|cfg)|Pipfile(?:\.lock)?|.*\.lock|constraints.*\.txt)$"
)
_MANIFESTS = re.compile(
    r"(?:.*\.(?:ya?ml|toml|json|sh|bash|ini|cfg|conf|properties)|.*\.?env(?:\..*)?|Procfile.*|.*Dockerfile.*"
    r"|Containerfile.*|Makefile|justfile|gunicorn\.conf\.py|[^.]+)$",
    re.IGNORECASE,
)
_NOT_THE_APP = frozenset({Role.TEST, Role.EXAMPLE, Role.DOCS, Role.TEMPLATE})


def kinds(path: str) -> Reads:
    """Return which inputs a path may be. One without an ending may be a folder, so anything."""
    name = posixpath.basename(path)
    found = Reads.NOTHING
    if path.endswith((".py", ".pyi")) and role_of(path) not in _NOT_THE_APP:
        found |= Reads.PYTHON
    if _REQUIREMENTS.match(name):
        found |= Reads.REQUIREMENTS
    if _MANIFESTS.match(name):
        found |= Reads.MANIFESTS
    if "." not in name and found is Reads.MANIFESTS and not re.match(r"(?i).*file", name):
        found = Reads.PYTHON | Reads.MANIFESTS | Reads.REQUIREMENTS
    return found


def missing_for(reads: Reads, unread: Iterable[Unread]) -> str:
    """Return why a rule that needs `reads` is incomplete ("incomplete: app.yaml …"), or an empty string."""
    needed = [u for u in unread if kinds(u.path) & reads]
    if not needed:
        return ""
    more = f" (and {len(needed) - 1} more)" if len(needed) > 1 else ""
    return f"incomplete: {needed[0].path} {needed[0].reason}{more}"
