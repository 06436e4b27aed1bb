"""Lock hazards in the statements that ran, by squawk (extra `squawk`)."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import accumulate
from pathlib import Path
from typing import Any

from deploycheck.facts.rehearsed import NEEDS_SQUAWK, Hazard, RehearsedHistory

KEPT = frozenset(
    {
        "adding-field-with-default",
        "adding-foreign-key-constraint",
        "adding-not-nullable-field",
        "adding-serial-primary-key-field",
        "changing-column-type",
        "constraint-missing-not-valid",
        "disallowed-unique-constraint",
        "require-concurrent-index-creation",
        "require-concurrent-reindex",
    }
)
"""Squawk's rules about statements that keep requests waiting while they go through a table.

Left out are its opinions on style (`prefer-…`, `ban-char-field`, `require-table-schema`), what is not about
locks (`ban-drop-…`, `renaming-…`, `ban-truncate-cascade`: what is destroyed, MIG006 and MIG204 tell), locks
of an instant (`require-concurrent-index-deletion`, `require-concurrent-partition-detach`), what PostgreSQL
itself refused when the statements ran (`ban-concurrent-index-creation-in-transaction`, `transaction-nesting`,
`identifier-too-long`), and what other rules of ours judge better: time-outs (MIG015) and columns that the
rows there cannot fill (MIG011, MIG205).
"""

_UNREAD = "syntax-error"
"""A statement that squawk cannot parse; it says nothing then of the others of its file."""
_SECONDS = 60.0
_PASSED_BY = re.compile(
    r"\s*(?:SELECT|INSERT|UPDATE|DELETE|MERGE|WITH|COPY|SET|RESET|SHOW|BEGIN|COMMIT|ROLLBACK|SAVEPOINT"
    r"|RELEASE)\b",
    re.IGNORECASE,
)
"""Statements that cannot be a hazard by squawk's rules; their parameters would not parse."""


class SquawkProblem(Exception):  # noqa: N818 - named for what it tells
    """Why squawk told nothing; `reason` goes into the report."""

    def __init__(self, reason: str) -> None:
        """Keep the reason."""
        super().__init__(reason)
        self.reason = reason


def with_hazards(history: RehearsedHistory) -> RehearsedHistory:
    """Return a history with what squawk says of its pending revisions, or why it says nothing."""
    if history.backend != "postgresql":
        return history
    version = re.search(r"PostgreSQL (\d+(?:\.\d+)*)", history.server)
    statements = {r.id: r.statements for r in history.revisions if r.pending and r.statements}
    try:
        found = hazards(statements, version[1] if version else "")
    except SquawkProblem as problem:
        return replace(history, hazards_problem=problem.reason)
    revisions = tuple(replace(r, hazards=found.get(r.id, ())) for r in history.revisions)
    return replace(history, revisions=revisions)


def hazards(statements: Mapping[str, Sequence[str]], pg_version: str) -> dict[str, tuple[Hazard, ...]]:
    """Return what squawk says of each revision's statements, by revision, in the order in which they ran.

    All are judged in one call, as running in a transaction on PostgreSQL of this version ("18.4"; empty for
    squawk's own default). Raises `SquawkProblem` where it is not installed, takes too long or answers
    something else than its JSON.
    """
    program = find()
    if not program:
        raise SquawkProblem(NEEDS_SQUAWK)
    texts = {name: [s for s in ran if not _PASSED_BY.match(s)] for name, ran in statements.items()}
    found = _judged(program, texts, pg_version)
    if any(h.rule == _UNREAD for each in found.values() for h in each):
        unread = {h.statement for each in found.values() for h in each if h.rule == _UNREAD}
        texts = {name: [s for s in ran if s not in unread] for name, ran in texts.items()}
        found = _judged(program, texts, pg_version)
    return {name: tuple(h for h in found.get(name, ()) if h.rule in KEPT) for name in statements}


def find() -> str:
    """Return the path of the program, beside this interpreter or on PATH; empty where there is none."""
    beside = Path(sys.executable).with_name("squawk")
    return str(beside) if beside.is_file() else shutil.which("squawk") or ""


def _judged(
    program: str, texts: Mapping[str, Sequence[str]], pg_version: str
) -> dict[str, tuple[Hazard, ...]]:
    names = [name for name, ran in texts.items() if ran]
    if not names:
        return {}
    with tempfile.TemporaryDirectory(prefix="deploycheck-squawk-") as folder:
        for number, name in enumerate(names):
            sql = "".join(f"{statement}\n;\n" for statement in texts[name])
            (Path(folder) / f"{number}.sql").write_text(sql, encoding="utf-8")
        (Path(folder) / "none.toml").touch()
        answer = _run(program, folder, len(names), pg_version)
    found: dict[str, dict[Hazard, None]] = {name: {} for name in names}
    for violation in sorted(answer, key=lambda v: (v["line"], v["column"], v["rule_name"])):
        name = names[int(Path(violation["file"]).stem)]
        found[name].setdefault(_hazard(violation, texts[name]))
    return {name: tuple(each) for name, each in found.items()}


def _run(program: str, folder: str, files: int, pg_version: str) -> list[dict[str, Any]]:
    """Return squawk's violations. Its exit code says only that there are some."""
    version = [f"--pg-version={pg_version}"] if re.fullmatch(r"\d+(\.\d+){0,2}", pg_version) else []
    options = ["--reporter=json", "--assume-in-transaction", "--config=none.toml", *version]
    command = [program, *options, *(f"{n}.sql" for n in range(files))]
    try:
        done = subprocess.run(  # noqa: S603 - the program of the extra, with files of our own
            command, cwd=folder, env={}, capture_output=True, timeout=_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise SquawkProblem(f"squawk did not answer within {_SECONDS:.0f} s") from None
    except OSError as error:
        raise SquawkProblem(f"squawk does not start: {error.strerror}") from None
    try:
        return [v for v in json.loads(done.stdout) if _is_a_violation(v)]
    except (ValueError, TypeError):
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise SquawkProblem(f"squawk fails: {said[0] if said else 'it says nothing'}") from None


def _is_a_violation(found: object) -> bool:
    wanted = {"file": str, "line": int, "column": int, "rule_name": str, "message": str}
    return isinstance(found, dict) and all(isinstance(found.get(k), kind) for k, kind in wanted.items())


def _hazard(violation: Mapping[str, Any], statements: Sequence[str]) -> Hazard:
    ends = accumulate(statement.count("\n") + 2 for statement in statements)
    statement = next((s for s, end in zip(statements, ends, strict=True) if violation["line"] < end), "")
    return Hazard(violation["rule_name"], violation["message"], statement)
