"""Extensions that the throwaway server lacks: faithful stand-ins, else a reason not to rehearse.

A stand-in is a real extension of the same name, so `CREATE EXTENSION`, `DROP EXTENSION` and what depends on
them behave as ever. `stand_ins/` holds them; the embedded server looks there after its own
(`extension_control_path`, PostgreSQL 18).
"""

from deploycheck.rehearsal.extensions.excuses import excuse
from deploycheck.rehearsal.extensions.history import Wanted, wanted
from deploycheck.rehearsal.extensions.installing import install, provide, stubbed

__all__ = ["Wanted", "excuse", "install", "provide", "stubbed", "wanted"]
