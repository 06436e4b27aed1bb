"""The traps that other checkers fell into, and the tests that keep us out of each.

`TRAPS` has every one, with where it is tested; a test that is renamed, or tests nothing any more, is found
out. What has no place elsewhere is tested below.
"""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest
from lxml import etree

from deploycheck.reports import FORMATS, MACHINE_FORMATS
from tests.cli.conftest import BAD, GOOD, ROOT, Cli
from tests.cli.screens import on_terminal
from tests.fakes import written

TESTS = ROOT / "tests"
ONLY = ("--isolated", "--select", "CORS001")

TRAPS: dict[str, tuple[str, ...]] = {
    # False green
    "a target that is missing, a file or empty is not ready": (
        "cli/test_exit_codes.py::test_4_when_there_is_nothing_to_check",
        "cli/test_exit_codes.py::test_4_is_never_hidden",
    ),
    "what cannot be parsed or read is not ready": (
        "cli/test_exit_codes.py::test_3_when_an_input_could_not_be_read",
        "engine/test_run.py::test_a_check_that_cannot_read_a_file_is_incomplete",
        "test_bad_input.py::test_a_file_that_is_no_python",
    ),
    "a rule that crashes is not ready, nor ends the others": (
        "engine/test_run.py::test_a_crash_takes_no_other_rule_with_it_and_is_never_ready",
        "cli/test_exit_codes.py::test_a_fault_of_ours_is_one_line_and_3",
    ),
    "an unknown rule is refused, with the nearest": (
        "cli/test_exit_codes.py::test_2_on_bad_usage",
        "cli/test_rule_settings.py::test_a_rule_that_does_not_exist_is_refused",
        "cli/test_traps.py::test_a_rule_is_named_whole",
    ),
    "a database or a rehearsal that could not be had is not ready": (
        "cli/test_database.py::test_what_cannot_be_looked_at_is_one_line",
        "cli/test_rehearse.py::test_a_server_that_does_not_answer_is_incomplete",
    ),
    "the four outcomes are counted": ("reports/test_terminal.py::test_the_whole_report",),
    "exit zero hides findings alone": (
        "engine/test_run.py::test_exit_zero_hides_findings_and_nothing_else",
        "cli/test_exit_codes.py::test_exit_zero_hides_1",
    ),
    # rich in CI
    "80 columns through a pipe, whatever COLUMNS says": (
        "cli/test_terminals.py::test_a_pipe_has_80_columns_and_no_escape",
    ),
    "the terminal's width, and a narrow one loses nothing": (
        "cli/test_terminals.py::test_no_line_is_wider_than_the_terminal",
        "cli/test_terminals.py::test_a_narrow_terminal_loses_no_word",
    ),
    "a location is never cut or wrapped": ("cli/test_terminals.py::test_a_location_is_never_cut",),
    "no text is taken for markup": (
        "cli/test_traps.py::test_markup_is_text",
        "reports/test_html.py::test_no_text_is_obeyed",
        "reports/test_machine_formats.py::test_markdown_shows_text_as_it_is_and_mentions_nobody",
    ),
    "no name acts on a terminal or a runner": (
        "cli/test_failures.py::test_a_name_that_a_terminal_would_act_on_is_shown_harmless",
        "cli/test_traps.py::test_the_name_of_a_file_acts_on_nothing",
        "reports/test_machine_formats.py::test_github_takes_no_command_from_the_name_of_a_file",
    ),
    "a stdout of ASCII": (
        "cli/test_check.py::test_ascii_stdout_is_no_crash",
        "cli/test_traps.py::test_a_stdout_of_any_encoding",
        "reports/test_terminal.py::test_an_ascii_stream_takes_every_format",
    ),
    "--color, NO_COLOR, FORCE_COLOR, the terminal, in this order": (
        "reports/test_terminal.py::test_color",
        "cli/test_terminals.py::test_color_on_a_terminal",
        "cli/test_check.py::test_forced_color_and_none",
        "cli/test_progress.py::test_its_color_is_decided_as_everywhere",
    ),
    "colour says nothing that words do not, and is in no machine's format": (
        "reports/test_terminal.py::test_color_changes_no_word",
        "cli/test_traps.py::test_forced_color_is_in_no_format_of_a_machine",
    ),
    "no hyperlinks of a terminal's own": ("cli/test_traps.py::test_there_are_no_hyperlinks",),
    "progress only on a terminal, on stderr, and gone in the end": (
        "cli/test_progress.py::test_a_bar_fits_the_terminal_and_is_gone_in_the_end",
        "cli/test_progress.py::test_errors_through_a_pipe_are_one_line_without_a_bar",
        "cli/test_progress.py::test_quiet_has_none",
    ),
    "that it runs in CI changes nothing": ("cli/test_determinism.py::test_nothing_of_it_alone_does",),
    # Start-up
    "--version imports nothing, a static run nothing heavy": (
        "cli/test_check.py::test_the_version_needs_nothing",
        "cli/test_check.py::test_a_static_run_imports_nothing_heavy",
    ),
    "a package that is missing is named": (
        "cli/test_missing_packages.py::test_what_needs_it_says_how_to_install_it",
        "cli/test_missing_packages.py::test_what_does_not_need_it_works",
        "cli/test_failures.py::test_a_broken_dependency_is_named",
    ),
    # Secrets
    "no secret of any input, in any format": (
        "cli/test_secrets.py::test_no_secret_comes_out",
        "cli/test_secrets.py::test_no_secret_comes_out_of_another_command",
        "cli/test_secrets_elsewhere.py::test_what_a_rehearsal_runs",
        "cli/test_secrets_elsewhere.py::test_a_configuration_that_is_taken",
    ),
    "nor when something fails or crashes": (
        "cli/test_secrets.py::test_no_secret_comes_out_of_a_command_line_that_fails",
        "cli/test_secrets_elsewhere.py::test_a_plug_in_that_crashes",
        "cli/test_secrets_elsewhere.py::test_a_configuration_that_is_refused",
        "cli/test_secrets_elsewhere.py::test_an_env_file_with_odd_lines",
    ),
    # SARIF
    "a fingerprint of rule, path and subject, without the line": (
        "engine/test_run.py::test_fingerprints_do_not_change_with_the_line_and_are_unique",
        "cli/test_traps.py::test_sarif_leaves_the_hash_of_a_line_to_github",
    ),
    "every rule that ran, and what could not run": (
        "reports/test_machine_formats.py::test_sarif_is_valid_and_lists_every_rule_that_ran",
        "reports/test_machine_formats.py::test_sarif_says_in_its_invocation_what_could_not_be_looked_at",
    ),
    # GitHub
    "ten annotations of a kind, the worst first": (
        "reports/test_machine_formats.py::test_github_stays_under_ten_of_a_kind_and_says_what_is_left_out",
    ),
    "what would end a command is escaped": (
        "reports/test_machine_formats.py::test_github_escapes_what_would_end_a_command",
    ),
    "paths count from the repository, and none is this machine's": (
        "reports/test_machine_formats.py::test_locations_are_relative_to_the_root_of_the_repository",
        "cli/test_traps.py::test_no_path_of_this_machine_is_told",
    ),
    # Suppressions and baselines
    "a suppression has a reason, ends, and is told when it is unknown": (
        "facts/test_suppressions.py::test_what_cannot_work_is_told",
        "cli/test_narrowing.py::test_the_configuration_suppresses_a_subject",
        "test_examples.py::test_an_example",
    ),
    "an unused one is told only when its rule ran": (
        "cli/test_traps.py::test_a_suppression_is_unused_only_where_its_rule_ran",
    ),
    "a baseline has no line numbers, is sorted, and only shrinks": (
        "cli/test_narrowing.py::test_a_baseline_knows_what_moved_and_only_shrinks",
    ),
    # Configuration
    "where each value comes from": (
        "cli/test_config_command.py::test_every_value_has_its_origin",
        "cli/test_precedence.py::test_fail_on_at_every_level",
    ),
    "an unknown key is refused, with the nearest and its place": (
        "cli/test_exit_codes.py::test_2_on_bad_configuration",
        "configuration/test_configuration.py::test_what_is_wrong_is_refused_with_its_place",
    ),
    "an unknown variable of ours is refused": (
        "cli/test_precedence.py::test_a_variable_that_is_wrong_is_refused",
    ),
    "the nearest file wins, from the target and not from here": (
        "configuration/test_configuration.py::test_the_nearest_file_wins_whole",
        "cli/test_traps.py::test_the_configuration_from_here_does_not_count",
    ),
    # Streams and ends
    "a reader that goes away ends it quietly": (
        "cli/test_exit_codes.py::test_a_reader_that_goes_away_is_no_error",
        "cli/test_traps.py::test_head_takes_what_it_wants",
    ),
    "Ctrl-C is 130": ("cli/test_exit_codes.py::test_130_when_interrupted",),
    "stdout is one valid document, on failure too": (
        "cli/test_exit_codes.py::test_a_machine_format_gets_its_document_also_on_failure",
        "cli/test_precedence.py::test_a_machine_gets_its_document_on_failure_however_it_asked",
        "reports/test_machine_formats.py::test_a_run_that_came_to_no_report_is_a_valid_document",
    ),
    "and where nothing was found, or nothing is there": (
        "cli/test_traps.py::test_an_empty_result_is_a_document",
    ),
    "a full disk is never 0, a closed stream changes nothing": (
        "cli/test_failures.py::test_a_full_disk_is_told_and_never_0",
        "cli/test_failures.py::test_a_closed_stream_changes_no_exit_code",
        "cli/test_every_option.py::test_an_output_that_takes_nothing",
    ),
    "whatever is given to an option: one line, no traceback": (
        "cli/test_every_option.py::test_an_option_takes_or_refuses_anything",
        "cli/test_every_option.py::test_a_variable_takes_or_refuses_anything",
        "cli/test_every_option.py::test_a_key_takes_or_refuses_anything",
    ),
    "a file is written whole or not at all": (
        "cli/test_writing.py::test_a_file_is_replaced_whole_and_keeps_its_mode",
        "cli/test_writing.py::test_what_cannot_be_written_leaves_all_as_it_was",
    ),
    # The same every time
    "the worst first, each once": ("engine/test_run.py::test_findings_are_sorted_worst_first_and_each_once",),
    "seeds, zones, locales and folders' order make no difference": (
        "cli/test_determinism.py::test_the_world_around_it_makes_no_difference",
        "cli/test_determinism.py::test_the_order_of_a_folder_makes_no_difference",
        "cli/test_determinism.py::test_only_the_targets_own_name_differs",
    ),
    # How the code is kept
    "broad excepts stand at two boundaries": ("cli/test_traps.py::test_two_places_take_any_exception",),
    "help, schema and pages are made of the code, and fresh": (
        "test_docs.py::test_no_page_is_stale",
        "configuration/test_schema.py::test_what_is_committed_is_fresh",
        "test_readme.py::test_its_generated_blocks_are_fresh",
    ),
    "a rule has its page and its examples": ("test_examples.py::test_a_rule_has_examples_and_a_page",),
}


@pytest.mark.parametrize("trap", TRAPS)
def test_a_trap_has_tests_that_can_fail(trap: str) -> None:
    for place in TRAPS[trap]:
        file, _, name = place.partition("::")
        tree = ast.parse((TESTS / file).read_text(encoding="utf-8"))
        (test,) = [n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == name]
        assert any(_can_fail(node) for node in ast.walk(test)), place


def _can_fail(node: ast.AST) -> bool:
    called = node.func if isinstance(node, ast.Call) else None
    return isinstance(node, ast.Assert) or (
        isinstance(called, ast.Name) and called.id.startswith(("_", "assert", "check"))
    )


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("color", ["always", "never"])
def test_markup_is_text(cli: Cli, tmp_path: Path, format_: str, color: str) -> None:
    root = tmp_path / "shop[id][/x][bold]:smile:"
    folder = "[red]in[/]"
    (root / ".git").mkdir(parents=True)
    marked = BAD["main.py"].replace('"*"', '"*", "[/x][bold]"')
    written(root, {"app.yaml": BAD["app.yaml"], "main.py": marked, f"{folder}/broken.py": "x = [/x]\n"})
    done = cli(str(root), "--isolated", "--format", format_, "--color", color)
    assert (done.returncode, done.stderr) == (1, "")
    assert "broken.py" in done.stdout
    if format_ in {"terminal", "concise", "json", "jsonl"}:
        assert f"{folder}/broken.py" in done.stdout
    if format_ in {"terminal", "json", "jsonl"}:
        assert root.name in done.stdout


def test_the_name_of_a_file_acts_on_nothing(cli: Cli, project: Path) -> None:
    name = "a\x1b[31m\x07\u202eb\nc.py"
    written(project, {**BAD, name: "x = (\n"})
    for format_ in FORMATS:
        done = cli(str(project), "--isolated", "--verbose", "--format", format_)
        assert done.returncode == 1
        assert not {"\x1b", "\x07"} & set(done.stdout + done.stderr), format_
    shown = cli(str(project), "--show-files").stdout.splitlines()
    assert [line.rpartition("/")[2] for line in shown if "c.py" in line] == [
        "a\ufffd[31m\ufffd\ufffdb\ufffdc.py"
    ]


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize(
    "world",
    [
        {"PYTHONUTF8": "0", "LC_ALL": "C", "PYTHONCOERCECLOCALE": "0"},
        {"PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"},
        {"PYTHONUTF8": "0", "PYTHONIOENCODING": "latin-1"},
    ],
    ids=str,
)
def test_a_stdout_of_any_encoding(project: Path, format_: str, world: dict[str, str]) -> None:
    written(project, {**BAD, "é…/x.py": "x = ('…'\n"})
    done = subprocess.run(
        [sys.executable, "-m", "deploycheck", str(project), *ONLY, "--format", format_],
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), **world},
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (1, b"")
    assert b"CORS001" in done.stdout
    if format_ in {"json", "sarif", "gitlab"}:
        assert json.loads(done.stdout)


@pytest.mark.parametrize("format_", sorted(MACHINE_FORMATS))
def test_forced_color_is_in_no_format_of_a_machine(cli: Cli, project: Path, format_: str) -> None:
    written(project, BAD)
    done = cli(str(project), *ONLY, "--format", format_, "--color", "always", env={"FORCE_COLOR": "1"})
    assert "CORS001" in done.stdout
    assert "\x1b" not in done.stdout


def test_there_are_no_hyperlinks(project: Path) -> None:
    text = on_terminal(100, str(written(project, BAD)), *ONLY, "--verbose", TERM_PROGRAM="iTerm.app")
    assert "\x1b[" in text
    assert "\x1b]" not in text


def test_sarif_leaves_the_hash_of_a_line_to_github(cli: Cli, project: Path) -> None:
    written(project, BAD)
    document = json.loads(cli(str(project), *ONLY, "--format", "sarif").stdout)
    (result,) = document["runs"][0]["results"]
    ((key, fingerprint),) = result["partialFingerprints"].items()
    assert (key.startswith("deploycheck"), len(fingerprint)) == (True, 16)


@pytest.mark.parametrize("format_", FORMATS)
def test_no_path_of_this_machine_is_told(project: Path, format_: str) -> None:
    written(project, {**BAD, "broken.py": "x = (\n"})
    done = subprocess.run(
        [sys.executable, "-m", "deploycheck", "shop", "--isolated", "--verbose", "--format", format_],
        cwd=project.parent,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (1, "")
    for folder in (project.parent, ROOT, Path.home()):
        assert f"{folder}/" not in done.stdout


def test_a_suppression_is_unused_only_where_its_rule_ran(cli: Cli, project: Path) -> None:
    code = GOOD["main.py"].rstrip() + "  # deploycheck: ignore[CORS001] all may read this\n"
    written(project, {**GOOD, "main.py": code})
    found = cli(str(project), "--isolated", "--format", "concise", "--select", "CORS,SUP").stdout
    assert "SUP003" in found
    other = ("--select", "APP,SUP")
    assert "SUP003" not in cli(str(project), "--isolated", "--format", "concise", *other).stdout


def test_the_configuration_from_here_does_not_count(cli: Cli, project: Path, tmp_path: Path) -> None:
    written(tmp_path / "elsewhere", {"deploycheck.toml": "select = ['LOG']\nunknown = 1\n"})
    done = cli(str(written(project, BAD)), *ONLY)
    assert (done.returncode, done.stderr) == (1, "")


@pytest.mark.parametrize("wanted", ["CORS00", "CORS0", "COR", "C", "any", "CORS*", "ALL"])
def test_a_rule_is_named_whole(cli: Cli, project: Path, wanted: str) -> None:
    for option in ("--select", "--ignore"):
        done = cli(str(written(project, GOOD)), option, wanted)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
        assert f"unknown rule or family {wanted!r}" in done.stderr


@pytest.mark.parametrize("format_", FORMATS)
def test_head_takes_what_it_wants(project: Path, format_: str) -> None:
    written(project, BAD)
    program = f"{sys.executable} -m deploycheck . --isolated --format {format_}"
    command = f"{program} | head -c 1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=project,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout[1:], done.stderr) == ("1\n", "")


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize(
    ("files", "code"), [(GOOD, 0), ({"README": ""}, 4)], ids=["none found", "none there"]
)
def test_an_empty_result_is_a_document(
    cli: Cli, project: Path, format_: str, *, files: dict[str, str], code: int
) -> None:
    done = cli(str(written(project, files)), *ONLY, "--format", format_)
    assert done.returncode == code
    if format_ in {"json", "sarif", "gitlab"}:
        json.loads(done.stdout)
    elif format_ == "jsonl":
        assert [json.loads(line)["type"] for line in done.stdout.splitlines()][-1] == "end"
    elif format_ == "junit":
        assert etree.fromstring(done.stdout.encode()).tag == "testsuites"
    elif format_ == "html":
        assert done.stdout.rstrip().endswith("</html>")
    else:
        assert "Ready" in done.stdout if code == 0 else "othing to check" in done.stdout


def test_two_places_take_any_exception() -> None:
    files = [p for p in (ROOT / "deploycheck").rglob("*.py") if "child" not in p.parts]
    broad = [
        p.name
        for p in files
        for node in ast.walk(ast.parse(p.read_text(encoding="utf-8")))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or (isinstance(node.type, ast.Name) and node.type.id == "Exception"))
    ]
    assert sorted(broad) == ["boundary.py", "main.py"]
