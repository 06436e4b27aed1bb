"""Builds: audits, dead code, size, licences, locks."""
