"""One JSON object a line, for programs that read as it comes: a `run`, the findings, the rules, an `end`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, cast

from deploycheck.reports.json import document
from deploycheck.reports.json import failure as failure_document

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploycheck.engine import Report
    from deploycheck.reports.style import Style

_LISTS = {"findings": "finding", "unread": "unread", "rules": "rule"}
"""The lists of the JSON document, and what each of their lines is called."""


def render(report: Report, style: Style) -> str:  # noqa: ARG001 - every format has this signature
    """Return the same data as `json`, a line each; `type` says what a line is."""
    return _lines(document(report))


def failure(target: str, exit_code: int, reason: str) -> str:
    """Return the lines of a run that came to no report."""
    return _lines(json.loads(failure_document(target, exit_code, reason)))


def _lines(whole: dict[str, object]) -> str:
    return "".join(json.dumps(line, ensure_ascii=True) + "\n" for line in _objects(whole))


def _objects(whole: dict[str, object]) -> Iterator[dict[str, object]]:
    head = ("schema_version", "version", "target", "understood")
    yield {"type": "run", **{key: whole[key] for key in head if key in whole}}
    for key, name in _LISTS.items():
        for entry in cast("list[dict[str, object]]", whole.get(key, [])):
            yield {"type": name, **entry}
    yield {"type": "end", **{k: v for k, v in whole.items() if k not in head and k not in _LISTS}}
