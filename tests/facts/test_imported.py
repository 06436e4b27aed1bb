"""Where an edit puts an import."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploycheck.engine.patch import edited
from deploycheck.facts.imported import with_os
from deploycheck.project import Project
from tests.fakes import written


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("import json\n", "import os\nimport json\n"),
        ("from sqlalchemy import x\n", "import os\n\nfrom sqlalchemy import x\n"),
        ("from .db import x\n", "import os\n\nfrom .db import x\n"),
        ("@a\ndef f(): ...\n", "import os\n\n@a\ndef f(): ...\n"),
        (
            '"""Doc."""\n\nfrom __future__ import annotations\n\nimport re\n',
            '"""Doc."""\n\nfrom __future__ import annotations\n\nimport os\nimport re\n',
        ),
        ("import os, re\n", "import os, re\n"),
    ],
)
def test_os_is_imported_before_all_else_and_apart_from_what_is_not_standard(
    tmp_path: Path, before: str, after: str
) -> None:
    project = Project(written(tmp_path, {"main.py": before}))
    edits = with_os(project.program, "main.py")
    assert edits is not None
    assert edited(before, edits) == after


def test_a_file_with_nothing_in_it_is_not_plain(tmp_path: Path) -> None:
    project = Project(written(tmp_path, {"main.py": '"""Doc."""\n'}))
    assert with_os(project.program, "main.py") is None
