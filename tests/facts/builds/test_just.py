from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from deploycheck.facts.builds import Builds, Need, Recipe
from deploycheck.sources.tree import Tree


def recipes(root: Path, text: str, **others: str) -> dict[str, Recipe]:
    (root / "justfile").write_text(dedent(text), encoding="utf-8")
    for name, content in others.items():
        path = root / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_suffix(".just").write_text(dedent(content), encoding="utf-8")
    return Builds(Tree(root)).of_tool("just")[0].recipes


def texts(recipe: Recipe) -> list[str]:
    return [s.text for s in recipe.scripts]


def test_dependencies_before_and_after(tmp_path: Path) -> None:
    found = recipes(
        tmp_path,
        """\
        deploy env="prod" *flags: build (migrate env) && (notify "done" env) clean # last
            ./ship {{ env }}

        build:
        """,
    )
    deploy = found["deploy"]
    assert deploy.needs == (Need("build"), Need("migrate", ("{{env}}",)))
    assert deploy.then == (Need("notify", ("done", "{{env}}")), Need("clean"))
    assert deploy.parameters == (("env", "prod"), ("flags", ""))
    assert texts(deploy) == ["./ship {{env}}"]
    assert found["build"].scripts == ()


def test_lines_marks_and_places(tmp_path: Path) -> None:
    found = recipes(
        tmp_path,
        """\
        migrate:
            # alembic upgrade head
            @echo hello

            -@alembic \\
                upgrade head
        """,
    )
    first, second = found["migrate"].scripts
    assert (first.text, first.tolerant, first.at.line) == ("echo hello", False, 3)
    assert second.tolerant
    assert second.text.split() == ["alembic", "\\", "upgrade", "head"]
    assert (second.at.line, second.at.end_line) == (5, 6)


def test_variables_settings_and_attributes(tmp_path: Path) -> None:
    found = recipes(
        tmp_path,
        """\
        set dotenv-load
        set shell := ["bash", "-uc"]
        export REV := "head"
        dc := "docker compose" + " -f " + env("FILE", "prod.yml")
        unknown := `git rev-parse HEAD`
        alias m := migrate

        [group('db')]
        [working-directory: 'server']
        migrate:
            {{ dc }} run app alembic upgrade {{REV}}
            echo {{ unknown }} {{{{literal}}

        [windows]
        open:
            start .
        """,
    )
    assert texts(found["migrate"])[0] == "docker compose -f prod.yml run app alembic upgrade head"
    assert texts(found["migrate"])[1].startswith("echo {{unknown}}")
    assert found["migrate"].directory == "server"
    assert found["m"] is found["migrate"] or found["m"].at == found["migrate"].at
    assert "open" not in found


def test_shebang_recipes_are_one_script(tmp_path: Path) -> None:
    found = recipes(
        tmp_path,
        """\
        restore file:
            #!/usr/bin/env bash
            set -e
            pg_restore {{ file }}

        seed:
            #!/usr/bin/env python3
            print("x")
        """,
    )
    (script,) = found["restore"].scripts
    assert script.language == "sh"
    assert script.text.splitlines()[1:] == ["set -e", "pg_restore {{file}}"]
    assert found["seed"].scripts[0].language == "python"


def test_imports_and_modules(tmp_path: Path) -> None:
    found = recipes(
        tmp_path,
        """\
        import 'common.just'
        mod db
        """,
        common="shared:\n    echo shared\n",
        db="migrate: check\n    alembic upgrade head\n\ncheck:\n    alembic check\n",
    )
    assert texts(found["shared"]) == ["echo shared"]
    assert texts(found["db::migrate"]) == ["alembic upgrade head"]
    assert found["db::migrate"].needs == (Need("db::check"),)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n",
        "deploy",
        "deploy:",
        ":\n  x",
        "a b='\n",
        "x := (",
        "mod a",
        "import 'justfile'",
        "a:\n\n\n",
        "[x\ny:\n z",
        "é:\n  x",
    ],
)
def test_odd_files_do_no_harm(tmp_path: Path, text: str) -> None:
    assert isinstance(recipes(tmp_path, text), dict)
