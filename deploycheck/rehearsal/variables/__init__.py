"""Harmless values for the variables that the project's code needs, so that it runs as in production.

None of them reaches anything real: databases are the throwaway, other addresses are those where nothing
listens, secrets are made up. What is optional is left unset, so that the code takes its own default.
"""

from deploycheck.rehearsal.variables.choosing import ATTEMPTS, INSATIABLE, Harmless, harmless
from deploycheck.rehearsal.variables.place import Place

__all__ = ["ATTEMPTS", "INSATIABLE", "Harmless", "Place", "harmless"]
