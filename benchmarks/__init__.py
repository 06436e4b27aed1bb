"""How long deploycheck takes, measured beside well-known tools on the same trees."""

import os


def as_installed(**more: str) -> dict[str, str]:
    """Return an environment in which our modules are compiled once, as pip does to what it installs."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"} | more
