"""What a rule is, the decorator that makes one, and the registry that finds them all."""

from __future__ import annotations

from deploycheck.rules.loading import API_VERSION, ENTRY_POINTS, Named, load, own, rules_of
from deploycheck.rules.model import (
    Check,
    Incomplete,
    Reads,
    RegistryError,
    Requirement,
    Rule,
    Skip,
    rule,
)
from deploycheck.rules.registry import OURS, Registry, UnknownRule, nearest

__all__ = [
    "API_VERSION",
    "ENTRY_POINTS",
    "OURS",
    "Check",
    "Incomplete",
    "Named",
    "Reads",
    "Registry",
    "RegistryError",
    "Requirement",
    "Rule",
    "Skip",
    "UnknownRule",
    "load",
    "nearest",
    "own",
    "rule",
    "rules_of",
]
