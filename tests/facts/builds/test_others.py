from __future__ import annotations

from pathlib import Path
from textwrap import dedent

from deploycheck.facts.builds import Builds, Recipe
from deploycheck.sources.tree import Tree


def found(root: Path, tool: str, name: str, text: str) -> dict[str, Recipe]:
    (root / name).write_text(dedent(text), encoding="utf-8")
    files = Builds(Tree(root)).of_tool(tool)
    return {key: recipe for file in files for key, recipe in file.recipes.items()}


def lines(recipe: Recipe) -> list[str]:
    return [s.text for s in recipe.scripts]


def test_package_json(tmp_path: Path) -> None:
    text = """\
        {
          "name": "shop",
          "scripts": {
            "premigrate": "npm run backup",
            "migrate": "alembic upgrade head"
          }
        }
        """
    recipes = found(tmp_path, "npm", "package.json", text)
    assert lines(recipes["migrate"]) == ["alembic upgrade head"]
    assert [n.name for n in recipes["migrate"].needs] == ["premigrate"]
    assert recipes["migrate"].at.line == 5


def test_taskfile(tmp_path: Path) -> None:
    text = """\
        version: "3"
        vars: {DC: docker compose}
        tasks:
          deploy:
            deps: [build]
            dir: server
            cmds:
              - task: migrate
              - "{{.DC}} up -d"
              - cmd: echo done
                silent: true
          migrate: alembic upgrade head
        """
    recipes = found(tmp_path, "task", "Taskfile.yml", text)
    assert lines(recipes["deploy"]) == ["task migrate", "docker compose up -d", "echo done"]
    assert recipes["deploy"].directory == "server"
    assert [n.name for n in recipes["deploy"].needs] == ["build"]
    assert lines(recipes["migrate"]) == ["alembic upgrade head"]


def test_scripts_of_python_tools(tmp_path: Path) -> None:
    text = """\
        [tool.taskipy.tasks]
        pre_migrate = "task backup"
        migrate = {cmd = "alembic upgrade head", help = "x"}

        [tool.poe.tasks]
        up = "alembic upgrade head"
        ship = ["up", {shell = "flyctl deploy"}]
        code = {script = "shop.ops:migrate"}

        [tool.pdm.scripts]
        all = {composite = ["one", "alembic check"]}
        one = "alembic upgrade head"

        [tool.hatch.envs.ops.scripts]
        migrate = ["backup", "alembic upgrade head"]
        backup = "pg_dump shop"
        """
    (tmp_path / "pyproject.toml").write_text(dedent(text), encoding="utf-8")
    builds = Builds(Tree(tmp_path))
    taskipy = builds.of_tool("taskipy")[0].recipes
    assert lines(taskipy["migrate"]) == ["alembic upgrade head"]
    assert [n.name for n in taskipy["migrate"].needs] == ["pre_migrate"]
    poe = builds.of_tool("poe")[0].recipes
    assert lines(poe["ship"]) == ["poe up", "flyctl deploy"]
    assert [(s.text, s.language) for s in poe["code"].scripts] == [("shop.ops:migrate", "call")]
    assert lines(builds.of_tool("pdm")[0].recipes["all"]) == ["pdm run one", "alembic check"]
    assert lines(builds.of_tool("hatch")[0].recipes["ops:migrate"]) == [
        "hatch run ops:backup",
        "alembic upgrade head",
    ]


def test_tox_and_nox(tmp_path: Path) -> None:
    recipes = found(
        tmp_path, "tox", "tox.ini", "[testenv:db]\ncommands =\n  alembic \\\n    upgrade head\n  - pytest\n"
    )
    assert lines(recipes["db"]) == ["alembic upgrade head", "pytest"]
    assert recipes["db"].scripts[1].tolerant
    text = 'import nox\n\n@nox.session\ndef db(session):\n    session.run("alembic", "upgrade", "head")\n'
    assert lines(found(tmp_path, "nox", "noxfile.py", text)["db"]) == ["alembic upgrade head"]


def test_a_tool_finds_its_file_where_it_would(tmp_path: Path) -> None:
    (tmp_path / "server").mkdir()
    (tmp_path / "justfile").write_text("migrate:\n    alembic upgrade head\n", encoding="utf-8")
    (tmp_path / "Makefile").write_text("migrate:\n\talembic upgrade head\n", encoding="utf-8")
    builds = Builds(Tree(tmp_path))
    assert builds.find("just", "server", "migrate") is not None
    assert builds.find("make", "server", "migrate") is None
