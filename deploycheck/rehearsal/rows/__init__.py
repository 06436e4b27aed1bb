"""Rows in the throwaway's tables: one put into each empty table, remembered, compared, taken out again."""
