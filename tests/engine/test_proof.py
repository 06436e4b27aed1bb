"""What a rehearsed revision says of each finding that reading raised about it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from deploycheck.engine.proof import proven
from deploycheck.facts.rehearsed import Ending, Failure, Lost, Rehearsal, RehearsedHistory, RehearsedRevision
from deploycheck.findings import Confidence, Evidence, Finding, Location, Proof, Severity
from deploycheck.project import Project, Settings

PATH = "migrations/versions/one.py"
FILES = {
    "alembic.ini": "[alembic]\nscript_location = migrations\nsqlalchemy.url = postgresql://u@h/db\n",
    "migrations/env.py": (
        "from alembic import context\nfrom sqlalchemy import engine_from_config\n"
        "engine = engine_from_config(context.config.get_section('alembic'))\n"
        "context.configure(connection=engine.connect())\ncontext.run_migrations()\n"
    ),
    PATH: "revision = 'one'\ndown_revision = None\ndef upgrade(): pass\ndef downgrade(): pass\n",
}
PLAIN = Failure(Ending.FAILED, "SyntaxError: near PRAGMA", at=Location(PATH, 4), statement="PRAGMA x")
NULLS = Failure(Ending.FAILED, 'column "a" of relation "t" contains null values', statement="ALTER TABLE t")
TOO_LONG = Failure(Ending.FAILED, "value too long", sqlstate="22001")
GOOD: dict[str, Any] = {"went_down": True, "changed": True}


def finding(code: str, subject: str = "one", evidence: Evidence = Evidence.READ) -> Finding:
    return Finding(
        *(code, "name", "MIG", "DEPLOY-6", Severity.HIGH, Confidence.CERTAIN, evidence, subject, "message"),
        *(Location(PATH), (), "", "", None, "f"),
    )


def judged(root: Path, found: Finding, *backends: str, **seen: Any) -> tuple[Proof | None, str]:
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    one = RehearsedRevision(id="one", path=PATH, **seen)
    histories = tuple(
        RehearsedHistory(name="migrations", backend=b, server=b, revisions=(one,))
        for b in backends or ("postgresql",)
    )
    project = Project(root, Settings(isolated=True), rehearsal=Rehearsal(histories))
    (result,) = proven([found], project)
    return result.proof, result.proof_note


@pytest.mark.parametrize(
    ("code", "subject", "seen", "proof"),
    [
        ("MIG003", "one", {"traces": ("table t is still there",), "went_down": True}, Proof.CONFIRMED),
        ("MIG003", "one", GOOD, Proof.REFUTED),
        ("MIG003", "one", {"went_down": True}, None),  # the step up changed nothing that can be seen
        ("MIG003", "one", {**GOOD, "again": PLAIN}, Proof.CONFIRMED),
        ("MIG004", "one", {"down": PLAIN}, Proof.CONFIRMED),
        ("MIG004", "one", GOOD, Proof.REFUTED),
        ("MIG004", "one", {"changed": True}, None),  # nobody went down
        ("MIG005", "one", {"down": PLAIN}, Proof.CONFIRMED),
        ("MIG005", "one", {"went_down": True, "traces": ("x",)}, Proof.REFUTED),
        ("MIG006", "one", {"lost": (Lost("t", "a"),)}, Proof.CONFIRMED),
        ("MIG006", "one", {**GOOD, "filled": True}, None),  # one row that stays says nothing of others
        ("MIG009", "one upgrade", {"up": PLAIN}, Proof.CONFIRMED),
        ("MIG009", "one upgrade", {"up": TOO_LONG}, None),  # it failed elsewhere
        ("MIG009", "one upgrade", {}, Proof.REFUTED),
        ("MIG009", "one downgrade", {"down": PLAIN}, Proof.CONFIRMED),
        ("MIG009", "one downgrade", {}, None),
        ("MIG009", "one downgrade", GOOD, Proof.REFUTED),
        ("MIG010", "one", {"up": TOO_LONG}, Proof.CONFIRMED),
        ("MIG010", "one", {"up": PLAIN}, None),
        ("MIG010", "one", {}, Proof.REFUTED),
        ("MIG011", "one t", {"with_rows": NULLS}, Proof.CONFIRMED),
        ("MIG011", "one other", {"with_rows": NULLS}, None),
        ("MIG011", "one t", {"filled": True}, Proof.REFUTED),
        ("MIG011", "one t", {}, None),  # there was no row
        ("MIG015", "one", GOOD, None),
        ("MIG003", "two", GOOD, None),
        ("MIG003", "one", {**GOOD, "not_rehearsed": "no time"}, None),
    ],
)
def test_a_rule_and_what_was_seen(
    tmp_path: Path, code: str, subject: str, seen: dict[str, Any], proof: Proof | None
) -> None:
    assert judged(tmp_path, finding(code, subject), **seen)[0] is proof


def test_another_backend_than_productions_confirms_and_refutes_nothing(tmp_path: Path) -> None:
    assert judged(tmp_path, finding("MIG003"), "sqlite", **GOOD)[0] is None
    proof, note = judged(tmp_path, finding("MIG003"), "sqlite", traces=("index i is still there",))
    assert (proof, note) == (Proof.CONFIRMED, "rehearsed on sqlite: index i is still there")


def test_what_was_seen_itself_is_not_judged_again(tmp_path: Path) -> None:
    assert judged(tmp_path, finding("MIG003", evidence=Evidence.REHEARSED), **GOOD)[0] is None
