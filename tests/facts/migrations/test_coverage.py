from __future__ import annotations

from pathlib import Path

import pytest

from deploycheck.checks.mig.dataloss import data_loss
from deploycheck.checks.mig.downgrades import empty_downgrade, partial_downgrade
from deploycheck.engine.patch import unified_diff
from deploycheck.facts.migrations.coverage import State
from deploycheck.facts.migrations.losses import losses
from tests.facts.migrations.migrated import USERS, covered, migrated

PHONE = ('op.add_column("users", sa.Column("phone", sa.Text()))', 'op.drop_column("users", "phone")')


def test_the_whole_history_is_counted(tmp_path: Path) -> None:
    teams = 'op.create_table("teams", sa.Column("id", sa.Integer()))'
    found = covered(tmp_path, USERS, PHONE, (teams, ""), ("", "pass"), (PHONE[0], "raise RuntimeError"))
    assert [(r.revision.id, r.covered, r.invertible, r.state) for r in found.revisions] == [
        ("r0", 3, 3, State.FULL),
        ("r1", 1, 1, State.FULL),
        ("r2", 0, 1, State.EMPTY),
        ("r3", 0, 0, State.NOTHING),
        ("r4", 0, 1, State.IRREVERSIBLE),
    ]
    assert (found.covered, found.invertible, found.unknown, found.percent) == (4, 6, 0, 66)


def test_unknown_is_never_covered(tmp_path: Path) -> None:
    found = covered(tmp_path, ('op.execute(open("x").read())', 'op.drop_table("x")'))
    assert (found.covered, found.invertible, found.unknown, found.percent) == (0, 1, 1, 0)
    assert found.revisions[0].state is State.UNKNOWN


def test_nothing_to_take_back_has_no_percentage(tmp_path: Path) -> None:
    assert covered(tmp_path, ("", "")).percent is None


@pytest.mark.parametrize(
    ("up", "down", "lost"),
    [
        ('op.drop_column("users", "age")', "", ["the values of users.age"]),
        ('op.drop_table("posts")', "", ["the rows of posts"]),
        ('op.drop_table("never", if_exists=True)', "", []),
        ('op.execute("DELETE FROM posts")', "", ["rows deleted from posts"]),
        ('op.execute("TRUNCATE posts")', "", ["rows deleted from posts"]),
        ('op.execute("UPDATE users SET age = 0")', "", ["rows rewritten in users"]),
        ('op.execute("UPDATE users SET age = 0 WHERE age IS NULL")', "", []),
        (
            "t = sa.table('users')\nop.execute(t.update().where(t.c.age.is_(None)).values(age=1))",
            "",
            [],
        ),
        ('op.execute("UPDATE users SET age = 0")', 'op.execute("UPDATE users SET age = 1")', []),
        (f'{PHONE[0]}\nop.execute("UPDATE users SET phone = 1")', PHONE[1], []),
    ],
)
def test_what_is_lost(tmp_path: Path, up: str, down: str, lost: list[str]) -> None:
    revision = covered(tmp_path, USERS, (up, down)).revisions[1]
    assert [loss.what for loss in losses(revision)] == lost


def test_one_finding_a_revision_with_its_id(tmp_path: Path) -> None:
    many = 'op.drop_column("users", "age")\nop.drop_table("posts")\nop.drop_column("users", "email")'
    (draft,) = data_loss(migrated(tmp_path, USERS, (many, "")))
    assert (draft.subject, len(draft.trail)) == ("r1", 3)


def patch(root: Path, up: str, down: str, backend: str = "postgresql") -> list[str]:
    """Return the lines that the remedy's patch adds and takes away."""
    project = migrated(root, USERS, (up, down), backend=backend)
    (draft,) = [*empty_downgrade(project), *partial_downgrade(project)]
    diff = unified_diff(draft.fix.edits, project.tree) if draft.fix else None
    return [
        line
        for line in (diff or "").split("\n")
        if line[:1] in "+-" and line[:3] not in {"+++", "---"} and line
    ]


TEAMS = 'op.create_table("teams", sa.Column("id", sa.Integer()))'
INDEX = 'op.create_index("ix_email", "users", ["email"])'


@pytest.mark.parametrize(
    ("up", "down", "expected"),
    [
        (
            f"{TEAMS}\n{INDEX}",
            "",
            [
                "-    pass",
                '+    op.drop_index("ix_email", table_name="users")',
                '+    op.drop_table("teams")',
            ],
        ),
        (
            f"{TEAMS}\n{INDEX}",
            'op.drop_table("teams")',
            ['+    op.drop_index("ix_email", table_name="users")'],
        ),
        (f"{TEAMS}\n{PHONE[0]}", 'op.drop_table("teams")', ['+    op.drop_column("users", "phone")']),
        (INDEX, '"""Nothing."""', ['+    op.drop_index("ix_email", table_name="users")']),
        (
            'op.create_unique_constraint("uq", "users", ["email"])',
            "...",
            ["-    ...", '+    op.drop_constraint("uq", "users", type_="unique")'],
        ),
        ('op.execute("CREATE VIEW v AS SELECT 1")', "return", []),
        ('op.drop_table("posts")', "", []),
        ('op.create_unique_constraint(None, "users", ["email"])', "", []),
        (f"{INDEX}\n{PHONE[0]}", "if sa.inspect(op.get_bind()):\n    return\n" + PHONE[1], []),
    ],
)
def test_what_a_patch_writes(tmp_path: Path, up: str, down: str, expected: list[str]) -> None:
    assert patch(tmp_path, up, down) == expected


def test_sqlite_is_altered_in_a_batch(tmp_path: Path) -> None:
    assert patch(tmp_path, PHONE[0], "", "sqlite") == [
        "-    pass",
        '+    with op.batch_alter_table("users") as batch_op:',
        '+        batch_op.drop_column("phone")',
    ]
