"""Rows in the throwaway's tables: one put into each empty table, remembered, compared, taken out again."""

from deploycheck.rehearsal.rows.emptying import empty
from deploycheck.rehearsal.rows.filling import fill, remember
from deploycheck.rehearsal.rows.keeper import Keeper
from deploycheck.rehearsal.rows.losses import lost
from deploycheck.rehearsal.rows.model import Rows
from deploycheck.rehearsal.rows.types import OURS

__all__ = ["OURS", "Keeper", "Rows", "empty", "fill", "lost", "remember"]
