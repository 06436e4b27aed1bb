"""The one place that knows which day it is."""

from __future__ import annotations

from datetime import UTC, date, datetime


def today() -> date:
    """Return today's date, the same everywhere on earth.

    `SOURCE_DATE_EPOCH` is not asked: build images set it to a day long ago, and nothing would ever run out.
    """
    return datetime.now(UTC).date()
