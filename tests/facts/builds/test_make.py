from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from textwrap import dedent

import pytest

from deploycheck.facts.builds import Builds, Recipe
from deploycheck.sources.tree import Tree

MAKEFILE = """\
DC := docker compose
FILES = -f compose.yml
FILES += -f prod.yml
REV ?= head

include ops.mk

.PHONY: deploy migrate
deploy: build migrate ; @echo done
\t$(DC) $(FILES) up -d
\t@# a remark

migrate: REV = ab12
migrate:
\t-alembic \\
\t  upgrade $(REV)
\tfor i in 1 2; do echo $$i; done

build:
\t+$(MAKE) -C client dist
"""


def recipes(root: Path, text: str = MAKEFILE) -> dict[str, Recipe]:
    (root / "Makefile").write_text(text, encoding="utf-8")
    (root / "ops.mk").write_text("backup:\n\tpg_dump shop > shop.sql\n", encoding="utf-8")
    return Builds(Tree(root)).of_tool("make")[0].recipes


def test_targets_and_prerequisites(tmp_path: Path) -> None:
    found = recipes(tmp_path)
    assert [n.name for n in found["deploy"].needs] == ["build", "migrate"]
    assert [s.text for s in found["deploy"].scripts] == [
        "echo done",
        "docker compose -f compose.yml -f prod.yml up -d",
    ]
    first, second = found["migrate"].scripts
    assert first.tolerant
    assert first.text.split() == ["alembic", "\\", "upgrade", "head"]
    assert (first.at.line, first.at.end_line) == (15, 16)
    assert second.text == "for i in 1 2; do echo $i; done"
    assert [s.text for s in found["build"].scripts] == ["make -C client dist"]
    assert found["backup"].scripts[0].at.path == "ops.mk"


def test_the_first_target_is_the_default(tmp_path: Path) -> None:
    recipes(tmp_path)
    assert Builds(Tree(tmp_path)).of_tool("make")[0].default == "backup"


@pytest.mark.skipif(shutil.which("make") is None, reason="no make here")
def test_lines_are_those_that_make_would_run(tmp_path: Path) -> None:
    text = dedent(
        """\
        X = one
        Y := $(X) two
        all: first
        \techo $(Y) $(strip  three )
        first:
        \t@echo "$$HOME"
        \t-echo ${X}
        """
    ).replace("$(strip  three )", "three")
    found = recipes(tmp_path, text)
    printed = subprocess.run(["make", "-n", "all"], cwd=tmp_path, capture_output=True, text=True, check=True)
    ours = [s.text for name in ("first", "all") for s in found[name].scripts]
    assert printed.stdout.splitlines() == ours


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "a:",
        "\tx",
        "define x\n",
        "a: b\\",
        "ifdef X\na:\n\tx\nendif",
        "$(X): y",
        "include nowhere.mk",
    ],
)
def test_odd_files_do_no_harm(tmp_path: Path, text: str) -> None:
    assert isinstance(recipes(tmp_path, text), dict)
