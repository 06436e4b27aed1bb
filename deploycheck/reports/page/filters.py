"""What narrows the findings down: shown where scripts run, with the number of each."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from deploycheck.engine.debts import DEBTS
from deploycheck.findings import Confidence, Evidence, Proof, Severity
from deploycheck.reports.page.markup import Markup, count, el

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from deploycheck.findings import Finding

_ORDER = [d.id for d in DEBTS]
NONE = "none"
"""The value for findings that belong to no debt."""
_TITLES = {**{d.id: f"{d.id} {d.title}" for d in DEBTS}, NONE: "no debt"}


def known_by(finding: Finding) -> tuple[str, ...]:
    """Return how a finding is known, in words."""
    words = [finding.confidence.value, finding.evidence.value]
    return (*words, finding.proof.value) if finding.proof is not None else tuple(words)


def filters(findings: Sequence[Finding]) -> Markup:
    """Return the form; it is hidden until a script can do what it offers."""
    families = sorted({f.family for f in findings})
    debts = sorted(
        {f.debt for f in findings if f.debt},
        key=lambda debt: (_ORDER.index(debt) if debt in _ORDER else len(_ORDER), debt),
    )
    debts += [NONE] if any(not f.debt for f in findings) else []
    known = [str(word) for kind in (Confidence, Evidence, Proof) for word in kind]
    return el(
        "form",
        _severities(findings),
        el(
            "div",
            _choice("family", "Family", families, Counter(f.family for f in findings)),
            _choice("debt", "Debt", debts, Counter(f.debt or NONE for f in findings)),
            _choice("known", "Known by", known, Counter(w for f in findings for w in known_by(f))),
            class_="choices",
        ),
        el("div", el("label", "Text", for_="filter-text"), _search(), class_="choice"),
        el(
            "p",
            el("button", "Show all", type="reset"),
            " ",
            el("button", "Open trails and patches", type="button", id="unfold", aria_pressed="false"),
        ),
        el(
            "p",
            f"{count(len(findings), 'finding')} shown.",
            id="shown",
            role="status",
            aria_live="polite",
            aria_atomic="true",
        ),
        id="filters",
        role="search",
        aria_label="Filter the findings",
        hidden=True,
    )


def _search() -> Markup:
    return el("input", type="search", id="filter-text", name="text", autocomplete="off", spellcheck="false")


def _severities(findings: Iterable[Finding]) -> Markup:
    counts = Counter(f.severity for f in findings)
    boxes = [
        el(
            "label",
            el("input", type="checkbox", name="severity", value=severity.value),
            " ",
            _counted("span", severity.value, severity.value, counts[severity]),
        )
        for severity in Severity
        if counts[severity]
    ]
    return el("fieldset", el("legend", "Only of severity"), boxes)


def _choice(name: str, label: str, values: Iterable[str], counts: Counter[str]) -> Markup:
    options = [el("option", "all", value="")]
    options += [
        _counted("option", value, _TITLES.get(value, value), counts[value])
        for value in values
        if counts[value]
    ]
    select = el("select", options, name=name, id=f"filter-{name}", autocomplete="off")
    return el("div", el("label", label, for_=f"filter-{name}"), select, class_="choice")


def _counted(tag: str, value: str, label: str, number: int) -> Markup:
    """Return a label with its number, and apart what the script needs to count anew."""
    choice = value if tag == "option" else None
    return el(tag, f"{label} ({number})", value=choice, data_counts=value, data_label=label)
