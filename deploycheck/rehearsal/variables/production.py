"""Values that production's own files give and that may be kept: no secrets, no addresses, no places."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from deploycheck.facts.environment import Kind
from deploycheck.masking import is_secret_name
from deploycheck.rehearsal.variables.purposes import Purpose, purpose_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from deploycheck.facts.deployments import Deployment

_FROM_FILES = frozenset({Kind.IMAGE, Kind.MANIFEST, Kind.DECLARED, Kind.ENV_FILE})
_LEADS_AWAY = re.compile(r"://|@|[\\/]|\$[{(]|\{\{|^[\w-]+(?:\.[\w-]+)+$|^[\d.:a-fA-F]*[.:][\d.:a-fA-F]*$")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?$")
_REPLACED = frozenset(
    {
        Purpose.DATABASE_URL,
        Purpose.DATABASE_HOST,
        Purpose.DATABASE_PORT,
        Purpose.DATABASE_USER,
        Purpose.DATABASE_PASSWORD,
        Purpose.DATABASE_NAME,
        Purpose.URL,
        Purpose.HOST,
        Purpose.EMAIL,
        Purpose.PATH,
        Purpose.SECRET,
    }
)


def kept(name: str, deployments: Iterable[Deployment]) -> str | None:
    """Return what production's files give to a variable, so that the code takes the same branch.

    None where they say nothing, or where it is a secret, an address, a path, or put together elsewhere.
    """
    if not _may_stay(name):
        return None
    for deployment in deployments:
        for layer, setting in reversed(deployment.environment.all_of(name)):
            if layer.kind in _FROM_FILES and setting.text and _stays(setting.text):
                return setting.text
    return None


def harmless_text(name: str, text: str) -> str | None:
    """Return a value that the user gives, where it may be kept."""
    return text if _may_stay(name) and _stays(text) else None


def _may_stay(name: str) -> bool:
    return not is_secret_name(name) and purpose_of(name) not in _REPLACED


def _stays(text: str) -> bool:
    return _NUMBER.match(text) is not None or not _LEADS_AWAY.search(text)
