"""Time reading and judging a long history beside real Alembic loading it: python -m benchmarks.migrations.

Both are given the same generated revisions, in processes of their own, and are asked for the CPU seconds that
their work took once they were imported. Exit code 1 if deploycheck does not find what was put in.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

GOAL_SECONDS = 1.0
EMPTY_EVERY = 10

HEAD = '''"""{number}"""

import sqlalchemy as sa
from alembic import op

revision = "{number:012x}"
down_revision = {parent!r}
branch_labels = None
depends_on = None

'''
BODIES = (
    """
def upgrade():
    op.create_table(
        "t{n}",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("owner_id", sa.Integer(), sa.ForeignKey("users.id"), nullable=True),
    )
    op.create_index(op.f("ix_t{n}_name"), "t{n}", ["name"], unique=True)


def downgrade():
    op.drop_index(op.f("ix_t{n}_name"), table_name="t{n}")
    op.drop_table("t{n}")
""",
    """
def upgrade():
    with op.batch_alter_table("users") as batch_op:
        batch_op.add_column(sa.Column("a{n}", sa.Integer(), nullable=True))
        batch_op.alter_column("name", existing_type=sa.String(80), type_=sa.String(90))


def downgrade():
    with op.batch_alter_table("users") as batch_op:
        batch_op.alter_column("name", existing_type=sa.String(90), type_=sa.String(80))
        batch_op.drop_column("a{n}")
""",
    """
def upgrade():
    for column in ("x{n}", "y{n}", "z{n}"):
        op.add_column("orders", sa.Column(column, sa.Text(), server_default="", nullable=False))
    op.execute("UPDATE orders SET x{n} = 'old' WHERE y{n} IS NULL")


def downgrade():
    for column in ("z{n}", "y{n}", "x{n}"):
        op.drop_column("orders", column)
""",
    """
def upgrade():
    op.execute("CREATE INDEX ix_raw_{n} ON orders (id)")
    op.execute("CREATE VIEW v{n} AS SELECT id FROM orders")


def downgrade():
    op.execute("DROP VIEW v{n}")
    op.execute("DROP INDEX ix_raw_{n}")
""",
)
EMPTY = """
def upgrade():
    op.add_column("users", sa.Column("e{n}", sa.Integer()))


def downgrade():
    pass
"""
OURS = """
import time
from pathlib import Path
from deploycheck.engine import Selection, run
from deploycheck.project import Project, Settings
from deploycheck.rules import load
rules = load().select(("MIG",))
start = time.process_time()
report = run(Project(Path("."), Settings(isolated=True)), Selection(rules))
print(time.process_time() - start, sum(f.code == "MIG003" for f in report.findings))
"""
THEIRS = """
import time
from alembic.config import Config
from alembic.script import ScriptDirectory
start = time.process_time()
found = list(ScriptDirectory.from_config(Config("alembic.ini")).walk_revisions())
print(time.process_time() - start, len(found))
"""


def generate(root: Path, count: int) -> int:
    """Write a history of `count` revisions, and return how many of its downgrades are empty."""
    versions = root / "migrations" / "versions"
    versions.mkdir(parents=True)
    (root / "alembic.ini").write_text("[alembic]\nscript_location = %(here)s/migrations\n")
    (root / "migrations" / "env.py").write_text("from alembic import context\n\ncontext.run_migrations()\n")
    empty = 0
    for number in range(1, count + 1):
        parent = f"{number - 1:012x}" if number > 1 else None
        body = EMPTY if number % EMPTY_EVERY == 0 else BODIES[number % len(BODIES)]
        empty += body is EMPTY
        text = HEAD.format(number=number, parent=parent) + body.replace("{n}", str(number))
        (versions / f"{number:04}_change.py").write_text(text)
    return empty


def measured(script: str, root: Path) -> tuple[float, int]:
    """CPU seconds that a script says its work took, and the number that it counted."""
    done = subprocess.run(  # noqa: S603  the programs of this environment on a tree of our own
        [sys.executable, "-c", script], cwd=root, capture_output=True, text=True, check=True
    )
    seconds, counted = done.stdout.split()
    return float(seconds), int(counted)


def main() -> int:
    """Time both on one generated history, in turn."""
    parser = argparse.ArgumentParser(description="Time reading a history beside Alembic.")
    parser.add_argument("--revisions", type=int, default=400)
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        empty = generate(root, arguments.revisions)
        ours, theirs = [], []
        for _ in range(arguments.repeats):
            seconds, found = measured(OURS, root)
            if found != empty:
                sys.stderr.write(f"{found} empty downgrades found of {empty}\n")
                return 1
            ours.append(seconds)
            theirs.append(measured(THEIRS, root)[0])
    result = {
        "revisions": arguments.revisions,
        "deploycheck": round(statistics.median(ours), 2),
        "alembic": round(statistics.median(theirs), 2),
        "ratio": round(statistics.median(ours) / statistics.median(theirs), 1),
    }
    sys.stdout.write(json.dumps(result) + "\n")
    sys.stdout.write(
        f"goal: {GOAL_SECONDS} s of CPU for 400; Alembic imports them, deploycheck judges them\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
