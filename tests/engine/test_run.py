from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from deploycheck.engine import ExitCode, Outcome, Report
from deploycheck.findings import Confidence, Draft, Edit, Fix, Location, Severity, Step
from deploycheck.python.values import Setting
from deploycheck.rules import Reads, Skip
from deploycheck.sources.errors import ReadError
from tests.fakes import draft, fake_project, make_rule, run_rules

if TYPE_CHECKING:
    from deploycheck.project import Project

APP = {"app.py": "a = 1\nb = 2\n"}


def test_a_rule_that_finds_nothing_has_passed(tmp_path: Path) -> None:
    report = run_rules(fake_project(tmp_path, APP), make_rule())
    assert [r.outcome for r in report.results] == [Outcome.PASSED]
    assert (report.exit_code, report.ready) == (ExitCode.READY, True)


def test_a_finding_carries_the_rule_and_the_excerpt(tmp_path: Path) -> None:
    report = run_rules(fake_project(tmp_path, APP), make_rule([draft(line=2, trail=(Step("b = 2"),))]))
    (finding,) = report.findings
    assert (finding.code, finding.family, finding.name, finding.debt) == (
        "TST001",
        "TST",
        "name-tst001",
        "DEPLOY-1",
    )
    assert finding.severity is Severity.CRITICAL
    assert finding.confidence is Confidence.CERTAIN
    assert finding.excerpt == ((2, "b = 2"),)
    assert report.results[0].outcome is Outcome.FINDING
    assert report.exit_code is ExitCode.FINDINGS


def test_a_guess_is_at_most_high(tmp_path: Path) -> None:
    report = run_rules(fake_project(tmp_path, APP), make_rule([draft(certain=False)]))
    assert report.findings[0].severity is Severity.HIGH
    assert report.findings[0].confidence is Confidence.LIKELY
    assert report.exit_code is ExitCode.READY


def test_a_draft_may_set_its_own_severity(tmp_path: Path) -> None:
    report = run_rules(fake_project(tmp_path, APP), make_rule([draft(severity=Severity.LOW)]))
    assert report.findings[0].severity is Severity.LOW


def test_a_requirement_skips_with_its_reason(tmp_path: Path) -> None:
    rule = make_rule([draft()], requires=(lambda _: "", lambda _: "no Alembic here"))
    report = run_rules(fake_project(tmp_path, APP), rule)
    assert [(r.outcome, r.reason) for r in report.results] == [(Outcome.SKIPPED, "no Alembic here")]
    assert report.exit_code is ExitCode.READY


def test_a_check_may_skip_on_its_way(tmp_path: Path) -> None:
    def check(project: Project) -> Iterator[Draft]:
        yield from ()
        raise Skip("no server that runs it")

    report = run_rules(fake_project(tmp_path, APP), make_rule(check))
    assert [(r.outcome, r.reason) for r in report.results] == [(Outcome.SKIPPED, "no server that runs it")]


def test_a_crash_takes_no_other_rule_with_it_and_is_never_ready(tmp_path: Path) -> None:
    def check(project: Project) -> Iterator[Draft]:
        yield draft("It was seen before.", severity=Severity.LOW)
        raise ZeroDivisionError("oh\nno")

    report = run_rules(fake_project(tmp_path, APP), make_rule(check), make_rule(code="TST002"))
    crashed, passed = report.results
    assert crashed.outcome is Outcome.CRASHED
    assert crashed.reason.startswith("ZeroDivisionError: oh (test_run.py:")
    assert "Traceback" in crashed.traceback
    assert passed.outcome is Outcome.PASSED
    assert [f.message for f in report.findings] == ["It was seen before."]
    assert report.exit_code is ExitCode.INCOMPLETE


def test_a_finding_wins_over_a_crash(tmp_path: Path) -> None:
    def crash(project: Project) -> Iterator[Draft]:
        raise RecursionError

    report = run_rules(fake_project(tmp_path, APP), make_rule([draft()]), make_rule(crash, "TST002"))
    assert report.exit_code is ExitCode.FINDINGS


def test_exit_zero_hides_findings_and_nothing_else(tmp_path: Path) -> None:
    def crash(project: Project) -> Iterator[Draft]:
        raise OSError("gone")

    project = fake_project(tmp_path, APP)
    assert run_rules(project, make_rule([draft()]), exit_zero=True).exit_code is ExitCode.READY
    assert not run_rules(project, make_rule([draft()]), exit_zero=True).ready
    both = run_rules(project, make_rule([draft()]), make_rule(crash, "TST002"), exit_zero=True)
    assert both.exit_code is ExitCode.INCOMPLETE


@pytest.mark.parametrize(
    ("severity", "fail_on", "code"),
    [
        (Severity.HIGH, Severity.CRITICAL, ExitCode.READY),
        (Severity.HIGH, Severity.HIGH, ExitCode.FINDINGS),
        (Severity.HIGH, Severity.LOW, ExitCode.FINDINGS),
        (Severity.LOW, Severity.MEDIUM, ExitCode.READY),
    ],
)
def test_fail_on(tmp_path: Path, severity: Severity, fail_on: Severity, code: ExitCode) -> None:
    report = run_rules(fake_project(tmp_path, APP), make_rule([draft()], severity=severity), fail_on=fail_on)
    assert report.exit_code is code


def _with_unread(root: Path, reads: Reads, drafts: list[Draft]) -> Report:
    def check(project: Project) -> Iterator[Draft]:
        for path in project.tree.matching("*.yaml"):
            with contextlib.suppress(ReadError):  # as a fact does
                project.tree.yaml(path)
        yield from drafts

    files = {"app.yaml": "a: [", **APP}
    return run_rules(fake_project(root, files), make_rule(check, reads=reads))


def test_a_rule_whose_input_could_not_be_read_is_incomplete(tmp_path: Path) -> None:
    report = _with_unread(tmp_path, Reads.MANIFESTS, [])
    assert report.results[0].outcome is Outcome.SKIPPED
    assert report.results[0].reason.startswith("incomplete: app.yaml ")
    assert [u.path for u in report.unread] == ["app.yaml"]
    assert report.exit_code is ExitCode.INCOMPLETE


def test_a_rule_that_needs_other_inputs_is_not(tmp_path: Path) -> None:
    report = _with_unread(tmp_path, Reads.PYTHON, [])
    assert report.results[0].outcome is Outcome.PASSED
    assert report.exit_code is ExitCode.READY


def test_a_finding_stays_when_an_input_is_missing(tmp_path: Path) -> None:
    report = _with_unread(tmp_path, Reads.MANIFESTS, [draft()])
    assert report.results[0].outcome is Outcome.FINDING
    assert report.results[0].reason.startswith("incomplete: app.yaml ")
    assert report.exit_code is ExitCode.FINDINGS


def test_a_check_that_cannot_read_a_file_is_incomplete(tmp_path: Path) -> None:
    report = run_rules(fake_project(tmp_path, APP), make_rule(lambda p: [draft(p.tree.text("gone.yaml"))]))
    assert report.results[0].reason.startswith("incomplete: gone.yaml ")
    assert report.exit_code is ExitCode.INCOMPLETE


def test_nothing_to_check(tmp_path: Path) -> None:
    report = run_rules(fake_project(tmp_path, nothing_to_check="no Python web app"), make_rule([draft()]))
    assert (report.exit_code, report.nothing, report.results) == (ExitCode.NOTHING, "no Python web app", ())


def test_findings_are_sorted_worst_first_and_each_once(tmp_path: Path) -> None:
    low = make_rule([draft("z"), draft("b", line=2), draft("z")], "ABC001", Severity.LOW)
    high = make_rule([draft("c", path="z.py"), draft("d")], "XYZ001", Severity.HIGH)
    report = run_rules(fake_project(tmp_path, APP), low, high)
    assert [f.message for f in report.findings] == ["d", "c", "z", "b"]


def test_fingerprints_do_not_change_with_the_line_and_are_unique(tmp_path: Path) -> None:
    project = fake_project(tmp_path, APP)
    one = run_rules(project, make_rule([draft("m", line=1)])).findings[0]
    two = run_rules(project, make_rule([draft("m", line=2), draft("n", line=1)])).findings
    assert one.fingerprint in {f.fingerprint for f in two}
    assert len({f.fingerprint for f in two}) == 2
    assert len(one.fingerprint) == 16


def test_edits_that_do_not_fit_are_a_crash_and_the_finding_stays(tmp_path: Path) -> None:
    fix = Fix("Do it.", (Edit("app.py", 7, 9, "x = 1\n"),))
    report = run_rules(fake_project(tmp_path, APP), make_rule([draft(fix=fix)]))
    assert report.results[0].outcome is Outcome.CRASHED
    assert report.findings[0].patch is None
    assert report.findings[0].remedy == "Do it."


S = "s3ntinel-Hunter2!"


def test_no_secret_leaves_the_engine(tmp_path: Path) -> None:
    files = {"app.py": f'SECRET_KEY = "{S}"\nkey = SECRET_KEY\n', "app.yaml": f"url: postgres://a:{S}@h/d\n"}
    fix = Fix(f"Remove {S}.", (Edit("app.py", 1, 1, f'SECRET_KEY = "{S}x"\n'),), f"Is {S} used?")
    trail = (Step(f'SECRET_KEY = "{S}"', Location("app.py", 1)), Step(f"it is {S}", Location("app.yaml", 1)))
    drafts = [
        draft(f"The key is {S}.", subject=S, trail=trail, fix=fix, at=Location("app.py", 1, end_line=2))
    ]
    report = run_rules(fake_project(tmp_path, files), make_rule(drafts))
    assert S not in repr(report.findings)
    assert report.findings[0].patch is None
    assert report.findings[0].excerpt == ((1, 'SECRET_KEY = "***"'), (2, "key = SECRET_KEY"))


def test_a_patch_that_touches_no_secret_is_kept(tmp_path: Path) -> None:
    fix = Fix("Do it.", (Edit("app.py", 1, 1, "a = 3\n"),))
    report = run_rules(fake_project(tmp_path, APP), make_rule([draft(fix=fix)]))
    assert report.findings[0].patch is not None


def test_no_secret_of_the_environment_or_of_a_file_leaves_by_a_crash(tmp_path: Path) -> None:
    layer = SimpleNamespace(settings={"PGPASSWORD": Setting("PGPASSWORD", "env-Secret-1", "shell")})
    deployment = SimpleNamespace(environment=SimpleNamespace(layers=(layer,)))

    def check(project: Project) -> Iterator[Draft]:
        raise ValueError(f"cannot parse {S} or env-Secret-1")

    files = {".env": f"API_TOKEN={S}\n", **APP}
    report = run_rules(fake_project(tmp_path, files, deployments=(deployment,)), make_rule(check))
    assert "cannot parse *** or ***" in report.results[0].reason
    assert S not in repr(report)
    assert "env-Secret-1" not in repr(report)


def test_a_crash_while_understanding_is_told_and_never_ready(tmp_path: Path) -> None:
    report = run_rules(fake_project(tmp_path, APP, deployments=(object(),)), make_rule())
    assert "AttributeError" in report.understood.crashed
    assert report.exit_code is ExitCode.INCOMPLETE


def test_the_same_project_gives_the_same_report(tmp_path: Path) -> None:
    project = fake_project(tmp_path, APP)
    rules = (make_rule([draft("a"), draft("b")]), make_rule([draft("c")], "TST002"))
    assert run_rules(project, *rules) == run_rules(project, *rules)
