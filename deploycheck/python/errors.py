"""What a pure operation raises beside the errors of the code itself."""

from __future__ import annotations


class NotKnownError(Exception):
    """Raised by an operation that cannot be worked out here, though the code would not fail."""
