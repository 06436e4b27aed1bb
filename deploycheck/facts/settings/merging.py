"""Several libraries' models as one."""

from __future__ import annotations

from deploycheck.python.models import Models


def merged(*models: Models) -> Models:
    """Return one `Models` that knows what each of these knows; of equal names the last wins."""
    return Models(
        {n: f for m in models for n, f in m.calls.items()},
        {n: f for m in models for n, f in m.classes.items()},
        {n: f for m in models for n, f in m.defaults.items()},
        {n: f for m in models for n, f in m.items.items()},
        {n: f for m in models for n, f in m.attributes.items()},
    )
