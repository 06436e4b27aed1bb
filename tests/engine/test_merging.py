"""Edits of several findings in one patch: shared, kept in order, or left out whole."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from deploycheck.engine import Report, Understood
from deploycheck.engine.merging import merged
from deploycheck.findings import Confidence, Edit, Evidence, Finding, Location, Proof, Severity

TEXT = "one = 1\ntwo = 2\nthree = 3\n"


def finding(code: str, *edits: Edit, severity: Severity = Severity.HIGH) -> Finding:
    at = Location(edits[0].path, max(edits[0].start, 1))
    return Finding(
        *(
            code,
            "name",
            code[:-3],
            "DEPLOY-1",
            severity,
            Confidence.CERTAIN,
            Evidence.READ,
            "subject",
            "message",
        ),
        *(at, (), "", "", "a patch", code),
        edits=edits,
    )


def patch_of(root: Path, *findings: Finding) -> tuple[str, list[str]]:
    report = Report(version="1", target=str(root), understood=Understood(), findings=findings)
    result = merged([report], root)
    assert len(result.mended) + len(result.left_out) == len(findings)
    return result.patch, [str(each) for each in result.left_out]


def added(patch: str) -> list[str]:
    return [line[1:] for line in patch.splitlines() if line.startswith("+") and not line.startswith("+++")]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "a.py").write_text(TEXT)
    (tmp_path / "a.yaml").write_text("env:\n  - name: A\n    value: 1\n")
    return tmp_path


def test_the_same_edit_is_made_once(root: Path) -> None:
    edit = Edit("a.py", 2, 2, "two = 22\n")
    patch, left_out = patch_of(root, finding("AAA001", edit), finding("AAA002", edit))
    assert added(patch) == ["two = 22"]
    assert left_out == []


def test_insertions_at_one_place_keep_their_order_the_worst_first(root: Path) -> None:
    first, second = Edit("a.py", 2, 1, "x = 0\n"), Edit("a.py", 2, 1, "y = 0\n")
    better = finding("AAA001", first, severity=Severity.LOW)
    patch, left_out = patch_of(root, better, finding("AAA002", second, severity=Severity.CRITICAL))
    assert added(patch) == ["y = 0", "x = 0"]
    assert left_out == []


def test_what_overlaps_is_left_out_with_all_its_edits(root: Path) -> None:
    taken = finding("AAA001", Edit("a.py", 1, 2, "both = 12\n"))
    late = finding("AAA002", Edit("a.py", 2, 2, "two = 2.0\n"), Edit("a.yaml", 3, 3, "    value: 2\n"))
    patch, left_out = patch_of(root, taken, late)
    assert "a.yaml" not in patch
    assert left_out == [
        "AAA002 at a.py:2 is left out: it changes the lines that AAA001 changes; run again after applying"
    ]


@pytest.mark.parametrize(("start", "fits"), [(1, True), (2, False), (3, True)])
def test_an_insertion_fits_before_and_after_changed_lines_and_not_among_them(
    root: Path, start: int, *, fits: bool
) -> None:
    change, insertion = Edit("a.py", 1, 2, "both = 12\n"), Edit("a.py", start, start - 1, "x = 0\n")
    for pair in ((change, insertion), (insertion, change)):
        _, left_out = patch_of(root, finding("AAA001", pair[0]), finding("AAA002", pair[1]))
        assert (left_out == []) is fits


def test_an_import_that_stands_above_already_is_not_repeated(root: Path) -> None:
    early = finding("AAA001", Edit("a.py", 1, 0, "import os\n"))
    late = finding("AAA002", Edit("a.py", 2, 1, "import os\n\n"), Edit("a.py", 3, 3, "three = os.sep\n"))
    patch, left_out = patch_of(root, early, late)
    assert added(patch) == ["import os", "three = os.sep"]
    assert left_out == []


def test_what_would_not_parse_beside_another_is_left_out(root: Path) -> None:
    opened = finding("AAA001", Edit("a.py", 1, 2, "one = [\n2,\n"), Edit("a.py", 3, 3, "]\n"))
    inside = finding("AAA002", Edit("a.py", 3, 2, "import os\n"))
    _, left_out = patch_of(root, opened, inside)
    assert len(left_out) == 1
    assert left_out[0].startswith("AAA002 at a.py:3 is left out: a.py would not be right with it beside the")


def test_one_name_is_not_given_twice(root: Path) -> None:
    def entry(value: str) -> Edit:
        return Edit("a.yaml", 4, 3, f"  - name: B\n    value: {value}\n")

    _, left_out = patch_of(root, finding("AAA001", entry("1")), finding("AAA002", entry("2")))
    assert len(left_out) == 1
    assert "(B is named twice)" in left_out[0]


def test_what_a_rehearsal_has_refuted_is_not_mended(root: Path) -> None:
    refuted = replace(finding("AAA001", Edit("a.py", 1, 1, "x = 1\n")), proof=Proof.REFUTED)
    report = Report(version="1", target=str(root), understood=Understood(), findings=(refuted,))
    assert merged([report], root).patch == ""
