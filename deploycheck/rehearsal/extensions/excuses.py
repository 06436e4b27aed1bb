"""Failures that say something about the throwaway server's extensions, and nothing about the revision."""

from __future__ import annotations

import re

from deploycheck.rehearsal.extensions.things import bringing

_UNAVAILABLE = re.compile(r'extension "([^"]+)" is not available')
_NO_FILE = re.compile(r'could not open extension control file ".*?/([^/"]+)\.control"')
_LIBRARY = re.compile(r'could not access file "(?:\$libdir/)?([^"]+)"')
_NOT_THERE = frozenset({"42704", "42883"})
"""undefined_object (types, operator classes) and undefined_function: see PostgreSQL's appendix A."""

_ELSEWHERE = "name a server that has it with --server URL"


def excuse(sqlstate: str, message: str) -> str:
    """Return why a failed statement says nothing about its revision: an extension is not in the server.

    The text goes after "not rehearsed, because". Empty when the failure is the revision's own.
    """
    for pattern in (_UNAVAILABLE, _NO_FILE, _LIBRARY):
        if found := pattern.search(message):
            return f"the extension {found[1]} is not in the throwaway server: {_ELSEWHERE}"
    if sqlstate not in _NOT_THERE:
        return ""
    name = bringing(message)
    if not name:
        return ""
    return f"it uses what the extension {name} brings, and the throwaway database has not: {_ELSEWHERE}"
