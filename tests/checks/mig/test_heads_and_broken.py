"""What is certain, what is told once, and what makes the rules about histories incomplete."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from deploycheck.checks.mig.broken import broken_graph
from deploycheck.checks.mig.heads import several_heads
from deploycheck.checks.mig.targets import head_or_heads
from deploycheck.engine import Outcome, Selection, run
from deploycheck.facts.deploying.model import Act, Origin, Task, Way
from deploycheck.findings import Draft, Location, Severity
from deploycheck.project import Project
from deploycheck.rules import Rule
from tests.facts.projects import project

INI = "[alembic]\nscript_location = db\n"
ENV = "from alembic import context\ncontext.configure()\n"


def revision(name: str, down: str | tuple[str, ...] | None, extra: str = "") -> str:
    return f"revision = {name!r}\ndown_revision = {down!r}\n{extra}\n"


def history(root: Path, ini: str = INI, **files: str) -> Project:
    revisions = {f"db/versions/{name}.py": text for name, text in files.items()}
    return project(root, {"alembic.ini": ini, "db/env.py": ENV, **revisions})


def drafts(rule: Rule, made: Project) -> list[Draft]:
    return list(rule(made))


TWO = {"a": revision("a", None), "b": revision("b", "a"), "c": revision("c", "a")}


def test_the_command_that_is_suggested_really_merges(tmp_path: Path) -> None:
    (finding,) = drafts(several_heads, history(tmp_path, **TWO))
    assert finding.fix is not None
    command = finding.fix.remedy.partition("`")[2].partition("`")[0]
    (tmp_path / "db/script.py.mako").write_text(
        "revision = ${repr(up_revision)}\ndown_revision = ${repr(down_revision)}\n", encoding="utf-8"
    )
    subprocess.run(
        [sys.executable, "-m", *shlex.split(command)], cwd=tmp_path, check=True, capture_output=True
    )
    assert drafts(several_heads, Project(tmp_path)) == []


def test_three_heads_are_one_finding(tmp_path: Path) -> None:
    (finding,) = drafts(several_heads, history(tmp_path, **TWO, d=revision("d", "a")))
    assert finding.subject == "b c d"
    assert finding.certain


@pytest.mark.parametrize("location", ["plugin:versions", "../elsewhere"])
def test_a_part_of_the_history_that_is_elsewhere_makes_it_likely(tmp_path: Path, location: str) -> None:
    ini = f"{INI}version_locations = db/versions;{location}\npath_separator = ;\n"
    (finding,) = drafts(several_heads, history(tmp_path, ini, **TWO))
    assert not finding.certain
    (broken,) = drafts(broken_graph, history(tmp_path / "b", ini, a=revision("a", "gone")))
    assert not broken.certain


def test_one_cause_is_one_finding(tmp_path: Path) -> None:
    made = history(tmp_path, a=revision("a", None), b=revision("b", "a"), c=revision("c", "typo"))
    assert len(drafts(broken_graph, made)) == 1
    assert drafts(several_heads, made) == []


def test_a_file_that_cannot_be_read_makes_both_rules_incomplete(tmp_path: Path) -> None:
    made = history(tmp_path, **TWO, add_test="revision = 'd'\ndown_revision = ('b', 'c')\ndef f[T](): ...\n")
    report = run(made, Selection((several_heads, broken_graph)))
    assert report.findings == ()
    assert [(r.outcome, r.incomplete) for r in report.results] == [(Outcome.SKIPPED, True)] * 2


def test_an_id_that_is_worked_out_while_running_makes_it_incomplete(tmp_path: Path) -> None:
    made = history(tmp_path, **TWO, d="import os\nrevision = os.environ['X']\ndown_revision = ('b', 'c')\n")
    report = run(made, Selection((several_heads, broken_graph)))
    assert report.findings == ()
    assert [(r.outcome, r.incomplete) for r in report.results] == [(Outcome.SKIPPED, True)] * 2
    assert "worked out while it runs" in report.results[0].reason


def test_a_parent_that_is_worked_out_while_running_makes_it_incomplete(tmp_path: Path) -> None:
    made = history(tmp_path, **TWO, d="import os\nrevision = 'd'\ndown_revision = os.environ['X']\n")
    report = run(made, Selection((several_heads,)))
    assert [(r.outcome, r.incomplete) for r in report.results] == [(Outcome.SKIPPED, True)]


def test_a_missing_parent_that_an_unread_file_may_hold_is_no_finding(tmp_path: Path) -> None:
    made = history(
        tmp_path, a=revision("a", None), c=revision("c", "bbbb"), b="revision = 'bbbb'\ndef f[T](): ...\n"
    )
    assert run(made, Selection((broken_graph,))).findings == ()


def test_a_file_that_is_no_python_of_any_version_breaks_the_graph(tmp_path: Path) -> None:
    made = history(tmp_path, a=revision("a", None), b="revision = 'bbbb'\ndown_revision = ('a'\n")
    (finding,) = run(made, Selection((broken_graph,))).findings
    assert (finding.severity, finding.location.path) == (Severity.CRITICAL, "db/versions/b.py")


@pytest.mark.parametrize(
    ("down", "meant"),
    [
        ("a_users", "aaaa1111"),
        ("a_users.py", "aaaa1111"),
        ("aaaa", "aaaa1111"),
        ("aaaa1112", "aaaa1111"),
        ("main", ""),
        ("main@head", ""),
        ("zzzzzzzzzz", ""),
        ("old1", ""),
    ],
)
def test_which_revision_was_meant(tmp_path: Path, down: str, meant: str) -> None:
    made = project(
        tmp_path,
        {
            "alembic.ini": INI,
            "db/env.py": ENV,
            "db/versions/a_users.py": revision("aaaa1111", None, "branch_labels = 'main'"),
            "db/versions/b.py": revision("bbbb2222", down),
            "db/versions/old/o.py": revision("old1", None),
        },
    )
    (finding,) = drafts(broken_graph, made)
    assert finding.fix is not None
    assert (meant in finding.fix.remedy) if meant else ("aaaa1111" not in finding.fix.remedy)
    assert bool(finding.fix.edits) is (down in {"a_users", "a_users.py", "aaaa"})
    if down == "old1":
        assert "db/versions/old/o.py has it" in finding.message


# -- what deployments upgrade to -------------------------------------------------------------------

LABELLED = {
    "a": revision("a", None, "branch_labels = 'core'"),
    "b": revision("b", None, "branch_labels = 'extra'"),
}


def with_tasks(made: Project, *revisions: str, deploys: bool = True, certain: bool = True) -> Project:
    tasks = [
        Task(
            f"alembic upgrade {r}",
            Location("deploy.sh", n),
            acts=frozenset({Act.MIGRATE}),
            revision=r,
            certain=certain,
        )
        for n, r in enumerate(revisions, 1)
    ]
    made.__dict__["ways"] = (Way("deploy.sh", Origin.RECIPE, Location("deploy.sh"), tuple(tasks), deploys),)
    return made


@pytest.mark.parametrize(
    ("targets", "subjects"),
    [
        (["head"], ["db head deploy.sh"]),
        (["heads"], []),
        (["core@head"], ["db without b"]),
        (["core@head", "extra@head"], []),
        (["core@heads", "extra@heads"], []),
        (["core@head", "heads"], []),
        (["nobody@head"], ["db nobody@head deploy.sh"]),
        (["gone"], ["db gone deploy.sh"]),
        (["+1"], []),
        (["$REVISION"], []),
        (["head", "head"], ["db head deploy.sh"]),
        ([], []),
    ],
)
def test_what_a_deployment_may_name(tmp_path: Path, targets: list[str], subjects: list[str]) -> None:
    made = with_tasks(history(tmp_path, **LABELLED), *targets)
    assert [d.subject for d in drafts(head_or_heads, made)] == subjects


def test_a_command_that_may_not_run_is_likely(tmp_path: Path) -> None:
    made = with_tasks(history(tmp_path, **LABELLED), "head", certain=False)
    assert [d.certain for d in drafts(head_or_heads, made)] == [False]


def test_what_only_a_pipeline_for_tests_runs_is_no_deployment(tmp_path: Path) -> None:
    made = with_tasks(history(tmp_path, **LABELLED), "head", deploys=False)
    assert drafts(head_or_heads, made) == []


def test_heads_that_nothing_tells_apart_are_told_once(tmp_path: Path) -> None:
    made = with_tasks(history(tmp_path, **TWO), "head")
    assert drafts(head_or_heads, made) == []
    assert [d.certain for d in drafts(several_heads, made)] == [True]


def test_a_dependency_does_not_make_one_head_of_two(tmp_path: Path) -> None:
    files = {"a": revision("a", None), "b": revision("b", None, "depends_on = 'a'")}
    made = with_tasks(history(tmp_path, **files), "head")
    assert drafts(several_heads, made) == []
    assert [d.subject for d in drafts(head_or_heads, made)] == ["db head deploy.sh"]
