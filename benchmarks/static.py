"""Time a static run of deploycheck beside bandit on the same generated tree: python -m benchmarks.static.

Both are started anew for each run, in turn, so that both see the same machine. One more run looks at what
deploycheck imports, for the three packages that a static run must do without. Exit code 1 if it imported one
of them, or if either program did not do its work.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import as_installed
from benchmarks.generate import LINES, generate

FORBIDDEN = ("sqlalchemy", "alembic", "psycopg")
GOAL_SECONDS = 1.0
FINISHED = (0, 1)  # both programs: 1 is "something was found"


class NotDoneError(RuntimeError):
    """A program that was to be timed did not do its work."""


def run(command: list[str], *options: str) -> tuple[float, str]:
    """Seconds that a Python module's command line took, and what it wrote to standard error."""
    started = time.perf_counter()
    done = subprocess.run(  # noqa: S603  the programs of this environment on a tree of our own
        [sys.executable, *options, "-m", *command],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        env=as_installed(PYTHONPATH=str(Path(__file__).parent.parent)),
    )
    seconds = time.perf_counter() - started
    if done.returncode not in FINISHED or "No module named" in done.stderr:
        raise NotDoneError(f"{command[0]} ended with {done.returncode}: {done.stderr.strip()[-500:]}")
    return seconds, done.stderr


def forbidden_imports(command: list[str]) -> list[str]:
    """Which of the forbidden packages the command imported."""
    _, report = run(command, "-X", "importtime")
    lines = [line for line in report.splitlines() if line.startswith("import time:")]
    packages = {line.rpartition("|")[2].strip().partition(".")[0] for line in lines}
    return [name for name in FORBIDDEN if name in packages]


def describe(name: str, seconds: list[float]) -> str:
    """One line of the result."""
    runs = " ".join(f"{second:.2f}" for second in seconds)
    return f"{name:12} median {statistics.median(seconds):6.2f} s   runs {runs}"


def measure(tree: Path, repeats: int) -> list[str]:
    """Time both programs in turn, print the result, return the forbidden imports."""
    ours = ["deploycheck", str(tree), "--isolated", "--format", "json"]
    theirs = ["bandit", "-q", "-r", str(tree)]
    mine: list[float] = []
    other: list[float] = []
    run(ours)  # compiles what was not compiled yet
    for _ in range(repeats):
        mine.append(run(ours)[0])
        other.append(run(theirs)[0])
    found = forbidden_imports(ours)
    ratio = statistics.median(other) / statistics.median(mine)
    lines = (
        describe("deploycheck", mine) + f"   (goal: {GOAL_SECONDS:.1f} s on an idle machine)",
        describe("bandit", other),
        f"bandit takes {ratio:.1f} times as long",
        f"imports      {', '.join(found) or 'none'} of {', '.join(FORBIDDEN)}",
    )
    sys.stdout.write("\n".join(lines) + "\n")
    return found


def main() -> int:
    """Write the tree, measure, tell."""
    parser = argparse.ArgumentParser(description="Time deploycheck beside bandit.")
    parser.add_argument("--lines", type=int, default=LINES)
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        count, lines = generate(Path(folder), arguments.lines)
        sys.stdout.write(f"{count} Python files, {lines} lines\n")
        try:
            return 1 if measure(Path(folder), arguments.repeats) else 0
        except NotDoneError as error:
            sys.stderr.write(f"{error}\n")
            return 1


if __name__ == "__main__":
    raise SystemExit(main())
