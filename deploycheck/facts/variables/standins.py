"""Values that stand for a secret and are none: "change me", "your-key-here", everyday passwords."""

from __future__ import annotations

import re

_STAND_IN = re.compile(
    r"(?i)change[-_ ]?(?:me|this|it)|replace|your[-_ ]|example|placeholder|dummy|xxx+|todo|insert"
    r"|\.\.\.|^<.*>$|^(?:test|testing|none|null|fake)$"
    r"|^(?:(?:my|super|very|some|a|the|app|dev|local|flask|django|jwt|session|not)[-_ ]*)*"
    r"(?:secret|password|passwd|key|token)"
    r"(?:[-_ ]*(?:secret|key|token|password|phrase|value|string|here|\d{1,3}))*!*$"
)
_EVERYDAY = frozenset(
    """
    postgres password passwd pass root admin secret example test guest user mysql redis minioadmin dev local
    postgrespw pgpassword db app 1234 12345 123456 changeit
    """.split()
)
_LONG_ENOUGH = 16
NO_SECRET = re.compile(
    r"(?i)^(?:https?://|/|\./|\.\./|~|file:|projects/|arn:|op://|vault:)"
    r"|^(?:true|false|none|null|hs\d+|rs\d+|bearer|basic)$|^\d*$"
    r"|^(?:phc_|pk_(?:live|test)_)\w+$"
)
"""Values under the name of a secret that are none: addresses, paths, algorithms, keys made for browsers.

PostHog's project keys (`phc_…`) and Stripe's publishable keys (`pk_live_…`) stand in every visitor's page.
"""


def is_stand_in(text: str) -> bool:
    """Tell whether a value only says that a secret belongs there."""
    return _STAND_IN.search(text) is not None


def is_everyday(text: str) -> bool:
    """Tell whether a password is one that databases on a desk have."""
    return text.lower() in _EVERYDAY


def looks_real(text: str) -> bool:
    """Tell whether a value looks like a key that somebody was given."""
    mixed = re.search(r"\d", text) and re.search(r"[A-Za-z]", text)
    return len(text) >= _LONG_ENOUGH and bool(mixed) and not is_stand_in(text) and " " not in text
