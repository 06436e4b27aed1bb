"""One line of what we take the project to be."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fact:
    """One line: what it is about, what it is, and a remark (where it comes from, what it means)."""

    label: str
    value: str
    note: str = ""
