"""Time `deploycheck rehearse` beside pytest-alembic's tests: python -m benchmarks.rehearsal.

Both are given the same generated histories, on databases of one embedded PostgreSQL, and are started as a
user starts them, in processes of their own. pytest-alembic has an empty database for each test and ends when
all pass. Its four default tests run the revisions and compare nothing between them; its fifth,
`test_downgrade_leaves_no_trace`, compares after each, as we do, by what autogenerate sees. deploycheck runs
each revision up, down and up again with rows in the tables and compares the whole schema each time; "alone"
is that without the rules. Exit code 1 if either does not do its work, or if a goal is missed: to be so many
times as fast as the tests that compare, and to take for a revision of a long history not much more than for
one of a short one.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import as_installed
from deploycheck.rehearsal.server.embedded import EmbeddedPostgres

SIZES = (20, 100, 300)
GOAL_RATIO = 4.0
GOAL_GROWTH = 1.5
"""Most that a further revision may take at the end of the longest history, compared with the middle one."""
DEFAULT = 4
TRACE = "test_downgrade_leaves_no_trace"
PASSED = 0

HEAD = '''"""{number}"""

import sqlalchemy as sa
from alembic import op

revision = "{number:012x}"
down_revision = {parent!r}
branch_labels = None
depends_on = None

'''
TABLE = """
def upgrade():
    op.create_table(
        "orders{n}",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("price", sa.Numeric(10, 2), server_default="0", nullable=False),
    )


def downgrade():
    op.drop_table("orders{n}")
"""
COLUMN = """
def upgrade():
    op.add_column("orders{n}", sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True))


def downgrade():
    op.drop_column("orders{n}", "paid_at")
"""
INDEX = """
def upgrade():
    op.create_index("ix_orders{n}_name", "orders{n}", ["name"])


def downgrade():
    op.drop_index("ix_orders{n}_name", table_name="orders{n}")
"""
UNIQUE = """
def upgrade():
    op.create_unique_constraint("uq_orders{n}_paid_at", "orders{n}", ["paid_at", "name"])


def downgrade():
    op.drop_constraint("uq_orders{n}_paid_at", "orders{n}", type_="unique")
"""
BODIES = (TABLE, COLUMN, INDEX, UNIQUE)
MODELS = '''"""The tables as the last revision leaves them."""

import sqlalchemy as sa

metadata = sa.MetaData()
LAST = {count}
for first in range(0, LAST, 4):
    table = sa.Table(
        f"orders{{first}}",
        metadata,
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("price", sa.Numeric(10, 2), server_default="0", nullable=False),
    )
    if first + 1 < LAST:
        table.append_column(sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True))
    if first + 2 < LAST:
        sa.Index(f"ix_orders{{first}}_name", table.c.name)
    if first + 3 < LAST:
        table.append_constraint(sa.UniqueConstraint("paid_at", "name", name=f"uq_orders{{first}}_paid_at"))
'''
ENV = """import os
import sys
from pathlib import Path

from alembic import context
from sqlalchemy import create_engine, pool

sys.path.insert(0, str(Path(__file__).parent.parent))

from models import metadata

given = context.config.attributes.get("connection")
engine = given or create_engine(os.environ["DATABASE_URL"], poolclass=pool.NullPool)
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=metadata)
    with context.begin_transaction():
        context.run_migrations()
"""
TEST = """import os

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from pytest_alembic.tests import (
    test_model_definitions_match_ddl,
    test_single_head_revision,
    test_up_down_consistency,
    test_upgrade,
)
from pytest_alembic.tests.experimental import test_downgrade_leaves_no_trace


@pytest.fixture
def alembic_engine(request):
    url = make_url(os.environ["DATABASE_URL"])
    admin = create_engine(url, isolation_level="AUTOCOMMIT")
    name = f"{request.node.name}_{os.getpid()}"
    with admin.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    engine = create_engine(url.set(database=name))
    yield engine
    engine.dispose()
    with admin.connect() as connection:
        connection.execute(text(f'DROP DATABASE "{name}"'))
    admin.dispose()
"""
ALONE = """
import sys
from pathlib import Path
from deploycheck.project import Project, Settings
from deploycheck.rehearsal.conductor import rehearse
from deploycheck.rehearsal.options import Options, Silent
from deploycheck.rehearsal.servers import Servers
with Servers(sys.argv[1]) as servers:
    project = Project(Path("."), Settings(isolated=True))
    found = rehearse(project, Options(python=sys.executable), Silent(), servers)
[history] = found.histories
print(sum(r.up is None and r.down is None and r.went_down for r in history.revisions))
"""


@dataclass(frozen=True, slots=True)
class Taken:
    """What one size took, in seconds; `default` are pytest-alembic's four tests, `comparing` all five."""

    revisions: int
    default: float
    comparing: float
    deploycheck: float
    alone: float

    @property
    def ratio(self) -> float:
        """How many times as long as `deploycheck rehearse` the tests take that compare, too."""
        return self.comparing / self.deploycheck

    def __str__(self) -> str:
        """Return the line of a table."""
        return (
            f"{self.revisions:9} {self.default:10.1f} s {self.comparing:10.1f} s"
            f" {self.deploycheck:10.1f} s {self.alone:8.1f} s"
            f" {self.default / self.deploycheck:9.1f} {self.ratio:7.1f}"
        )


def growth(taken: Sequence[Taken]) -> float:
    """How much more a further revision takes between the two longest histories than between those before."""
    (*_, first, second, third) = taken
    later = (third.alone - second.alone) / (third.revisions - second.revisions)
    return later / ((second.alone - first.alone) / (second.revisions - first.revisions))


class NotDoneError(RuntimeError):
    """A program that was to be timed did not do its work."""


def generate(root: Path, count: int) -> None:
    """Write an app whose history has `count` revisions and ends at its models."""
    versions = root / "migrations" / "versions"
    versions.mkdir(parents=True)
    (root / "alembic.ini").write_text("[alembic]\nscript_location = %(here)s/migrations\n")
    (root / "requirements.txt").write_text("alembic\nsqlalchemy\npsycopg[binary]\n")
    (root / "migrations" / "env.py").write_text(ENV)
    (root / "models.py").write_text(MODELS.format(count=count))
    (root / "test_migrations.py").write_text(TEST)
    for number in range(count):
        parent = f"{number - 1:012x}" if number else None
        body = BODIES[number % len(BODIES)].replace("{n}", str(number - number % len(BODIES)))
        text = HEAD.format(number=number, parent=parent) + body
        (versions / f"{number:04}_change.py").write_text(text)


def timed(root: Path, url: str, words: Sequence[str]) -> tuple[float, str]:
    """Seconds that a Python command line took, and what it printed. Raises `NotDoneError`."""
    started = time.perf_counter()
    done = subprocess.run(  # noqa: S603  the programs of this environment on a tree of our own
        [sys.executable, *words],
        cwd=root,
        env=as_installed(DATABASE_URL=url.replace("postgresql:", "postgresql+psycopg:")),
        capture_output=True,
        text=True,
        check=False,
    )
    seconds = time.perf_counter() - started
    if done.returncode != PASSED:
        raise NotDoneError(
            f"{' '.join(words[:3])} ended with {done.returncode}: {done.stdout[-2000:]}{done.stderr[-500:]}"
        )
    return seconds, done.stdout


def theirs(root: Path, url: str, tests: int) -> float:
    """Seconds of pytest-alembic's tests: the default ones, or one more."""
    options = ["-q", "-p", "no:cacheprovider", "test_migrations.py"]
    without = [] if tests > DEFAULT else ["--deselect", f"test_migrations.py::{TRACE}"]
    seconds, printed = timed(root, url, ["-m", "pytest", *options, *without])
    if f"{tests} passed" not in printed:
        raise NotDoneError(f"pytest-alembic: {printed[-500:]}")
    return seconds


def ours(root: Path, url: str, count: int) -> float:
    """Seconds of `deploycheck rehearse`, which has to have rehearsed every revision."""
    options = ["--isolated", "--format", "json", "--exit-zero", "--select", "MIG"]
    seconds, printed = timed(root, url, ["-m", "deploycheck", "rehearse", ".", "--server", url, *options])
    [history] = json.loads(printed)["understood"]["migrations"]
    if history["rehearsed"]["reversible"] != count:
        raise NotDoneError(f"deploycheck saw {history['rehearsed']['reversible']} of {count} go down")
    return seconds


def alone(root: Path, url: str, count: int) -> float:
    """Seconds of the rehearsal without the rules."""
    seconds, printed = timed(root, url, ["-c", ALONE, url])
    if int(printed) != count:
        raise NotDoneError(f"{printed.strip()} of {count} revisions went up and down")
    return seconds


def measure(server: EmbeddedPostgres, count: int) -> Taken:
    """Time all three on one history."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        generate(root, count)
        url = server.create().url
        default, comparing = (theirs(root, url, tests) for tests in (DEFAULT, DEFAULT + 1))
        return Taken(count, default, comparing, ours(root, url, count), alone(root, url, count))


def main() -> int:
    """Time each size, print the table, judge the largest."""
    parser = argparse.ArgumentParser(description="Time deploycheck rehearse beside pytest-alembic.")
    parser.add_argument("--revisions", type=int, nargs="+", default=list(SIZES))
    arguments = parser.parse_args()
    sys.stdout.write("          |  pytest-alembic's tests  |     deploycheck       | times as fast as\n")
    sys.stdout.write("revisions      default  + no trace     rehearse      alone   default  + no trace\n")
    taken: list[Taken] = []
    try:
        with EmbeddedPostgres() as server:
            for count in arguments.revisions:
                taken.append(measure(server, count))
                sys.stdout.write(f"{taken[-1]}\n")
                sys.stdout.flush()
    except NotDoneError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    if [one.revisions for one in taken] != list(SIZES):
        return 0
    sys.stdout.write(
        f"a further revision takes {growth(taken):.1f} times as long in the longest (goal {GOAL_GROWTH:g});"
        f" {taken[-1].ratio:.1f} times as fast as the tests that compare (goal {GOAL_RATIO:g})\n"
    )
    return 0 if taken[-1].ratio >= GOAL_RATIO and growth(taken) <= GOAL_GROWTH else 1


if __name__ == "__main__":
    sys.exit(main())
