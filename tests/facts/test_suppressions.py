from __future__ import annotations

from datetime import date

import pytest

from deploycheck.facts.suppressions import in_text
from deploycheck.findings import Location


def covered(path: str, text: str) -> set[int]:
    """Return the lines at which a finding would be suppressed."""
    found = list(in_text(path, text))
    assert all(not s.problem for s in found), [s.problem for s in found]
    lines = range(1, text.count("\n") + 2)
    return {n for n in lines if any(s.reach.covers(Location(path, n), "x") for s in found)}


PYTHON = 'a = 1\nb = 2  # deploycheck: ignore[X] why not\nc = """\nd\n"""  # deploycheck: ignore[X] why not\n'


@pytest.mark.parametrize(
    ("path", "text", "lines"),
    [
        ("a.py", PYTHON, {2, 3, 4, 5}),
        ("a.py", "# deploycheck: ignore[X] why not\n# more\na = 1\nb = 2\n", {1, 2, 3}),
        ("a.py", 'a = "# deploycheck: ignore[X] why not"\n', set()),
        ("a.py", "a = (  # deploycheck: ignore[X] why not\n", {1}),
        ("a.py", '"""Doc."""\n# deploycheck: ignore-file[X] why not\na = 1\n', {1, 2, 3, 4}),
        ("a.yaml", "a: 1  # deploycheck: ignore[X] why not\nb: '# deploycheck: ignore[X] why not'\n", {1}),
        ("a.yml", "run: |\n  # deploycheck: ignore[X] why not\n  serve\n", {2, 3}),
        ("a.toml", "a = 1 # deploycheck: ignore[X] why not\nb = '# deploycheck: ignore[X] why not'\n", {1}),
        ("Dockerfile", "# deploycheck: ignore[X] why not\nRUN a \\\n  b\nRUN c\n", {1, 2, 3}),
        ("a.ini", "; deploycheck: ignore[X] why not\na = 1\n", {1, 2}),
        (".env", "A=1 # deploycheck: ignore[X] why not\nB='# deploycheck: ignore[X] why not'\n", {1}),
        ("run.sh", "serve # deploycheck: ignore[X] why not\n", {1}),
        ("Procfile", "# deploycheck: ignore[X] why not\nweb: serve\n", {1, 2}),
        ("a.json", '{"a": "# deploycheck: ignore[X] why not"}\n', set()),
    ],
)
def test_a_comment_counts_where_its_language_has_comments(path: str, text: str, lines: set[int]) -> None:
    assert covered(path, text) == lines


def test_a_comment_inside_of_the_statement_that_a_finding_spans() -> None:
    text = "f(\n    1,\n    # deploycheck: ignore[X] why not\n    2,\n)\nclass A:\n    b = 1\n"
    (found,) = in_text("a.py", text)
    assert found.reach.covers(Location("a.py", 1, end_line=5), "x")
    assert not found.reach.covers(Location("a.py", 1), "x")
    assert not found.reach.covers(Location("b.py", 1, end_line=5), "x")


def test_what_is_said() -> None:
    text = (
        "a = 1  # noqa: E501  # deploycheck: ignore[CORS001, ENV] a demo, until=2027-01-31  # type: ignore\n"
    )
    (found,) = in_text("a.py", text)
    assert (found.words, found.reason, found.until) == (("CORS001", "ENV"), "a demo", date(2027, 1, 31))
    assert text[found.at.column - 1 : found.at.end_column - 1].endswith("2027-01-31")


@pytest.mark.parametrize(
    ("comment", "problem"),
    [
        ("ignore[X]", "no reason"),
        ("ignore[X] until=2027-01-31", "no reason"),
        ("ignore[X] why not, until=2027-02-30", "no date"),
        ("ignore[X] why not, until=31.1.2027", "no date"),
        ("ignore", "no rule"),
        ("ignore[] why not", "no rule"),
        ("ignore[X why not", "closing bracket"),
        ("noqa[X] why not", "'noqa'"),
        ("ignore-file[X] why not", "before the file's first line"),
    ],
)
def test_what_cannot_work_is_told(comment: str, problem: str) -> None:
    (found,) = in_text("a.py", f"a = 1\n# deploycheck: {comment}\n")
    assert problem in found.problem


def test_a_value_that_looks_like_a_comment_is_told() -> None:
    (found,) = in_text("Procfile", "web: serve  # deploycheck: ignore[X] why not\n")
    assert "part of the value" in found.problem
    assert not list(in_text("a.py", "# deploycheck: see the docs\n"))
