"""The registry of rules, and the words by which they are chosen."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence

from deploycheck.rules.model import RegistryError, Rule

OURS = "deploycheck"


class UnknownRule(Exception):  # noqa: N818 - named for what it tells
    """A code, name or family that no rule has; `nearest` is the closest one that exists, or empty."""

    def __init__(self, wanted: str, nearest: str) -> None:
        """Write the message with the nearest valid code in it."""
        hint = f"; did you mean {nearest}?" if nearest else ""
        super().__init__(f"unknown rule or family {wanted!r}{hint}")
        self.wanted = wanted
        self.nearest = nearest


def nearest(wanted: str, known: Iterable[str]) -> str:
    """Return the closest of `known` to what was typed, whatever its case, or an empty string."""
    folded = {k.casefold(): k for k in known}
    found = difflib.get_close_matches(wanted.casefold(), folded, n=1, cutoff=0.5)
    return folded[found[0]] if found else ""


class Registry:
    """Every known rule, in the order of their codes."""

    def __init__(self, rules: Iterable[Rule], origins: Mapping[str, str] | None = None) -> None:
        """Hold `rules`; two different ones with one code or name raise `RegistryError`.

        `origins` has, by code, the distribution or the configuration from which one that is not ours comes.
        """
        self._origins = dict(origins or {})
        self.by_code: dict[str, Rule] = {}
        names: dict[str, Rule] = {}
        for each in sorted(rules, key=lambda r: r.code):
            if self.by_code.setdefault(each.code, each) is not each:
                raise RegistryError(f"two rules have the code {each.code}")
            if names.setdefault(f"{each.family} {each.name}", each) is not each:
                raise RegistryError(f"two rules of {each.family} are named {each.name}")

    def origin(self, rule: Rule) -> str:
        """Return where a rule comes from: `deploycheck`, `acme-rules 1.0`, or a configuration's file."""
        return self._origins.get(rule.code, OURS)

    @property
    def rules(self) -> tuple[Rule, ...]:
        """All rules, sorted by code."""
        return tuple(self.by_code.values())

    @property
    def families(self) -> tuple[str, ...]:
        """The families, sorted."""
        return tuple(sorted({r.family for r in self.rules}))

    def matching(self, wanted: str) -> tuple[Rule, ...]:
        """Return the rules of a code, a name or a family, in any case. Raises `UnknownRule`."""
        key = wanted.strip().casefold()
        found = tuple(r for r in self.rules if key in (r.code.casefold(), r.name, r.family.casefold()))
        if not found:
            names = (n for r in self.rules for n in (r.code, r.family, r.name))
            raise UnknownRule(wanted, nearest(wanted.strip(), names))
        return found

    def select(self, select: Sequence[str] = (), ignore: Sequence[str] = ()) -> tuple[Rule, ...]:
        """Return the rules of `select` (all, when empty) without those of `ignore`, sorted by code."""
        chosen = {r.code for s in select for r in self.matching(s)} if select else set(self.by_code)
        chosen -= {r.code for s in ignore for r in self.matching(s)}
        return tuple(r for r in self.rules if r.code in chosen)
