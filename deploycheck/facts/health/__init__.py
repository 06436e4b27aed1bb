"""Health endpoints: what they look at, and what they answer when the database cannot be reached."""

from __future__ import annotations

from deploycheck.facts.health.endpoints import endpoints_of
from deploycheck.facts.health.model import Answer, Endpoint, Touch
from deploycheck.facts.health.names import Purpose, purpose_of

__all__ = ["Answer", "Endpoint", "Purpose", "Touch", "endpoints_of", "purpose_of"]
