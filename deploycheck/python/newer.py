"""Whether text that this interpreter cannot parse may be Python of a later version."""

from __future__ import annotations

import re

_LATER = re.compile(
    r"""
      ^[ \t]*(?:type|lazy)[ \t]+\w            # PEP 695, PEP 810
    | ^[ \t]*(?:async[ \t]+def|def|class)[ \t]+\w+[ \t]*\[   # PEP 695
    | ^[ \t]*except\*?[ \t]+[^:\n(]+,         # PEP 758
    | (?<![A-Za-z0-9_])(?:[fFtT][rR]?|[rR][fFtT])["']        # PEP 701, PEP 750
    | [\[({][ \t\n]*\*                        # PEP 798, and unpacking at large
    | \{\{ | \{% | <% | \$\{                  # no Python yet: a template of it
    """,
    re.MULTILINE | re.VERBOSE,
)


def may_be_newer(text: str) -> bool:
    """Tell whether a text that does not parse has anything that only a later Python, or a template, allows.

    False means that no version reads it, so that loading it fails wherever it is loaded.
    """
    return _LATER.search(text) is not None
