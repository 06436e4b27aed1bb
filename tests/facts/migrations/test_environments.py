"""Alembic environments: found wherever they are declared, with the folders that Alembic itself would read."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory as RealDirectory

from deploycheck.facts.migrations.model import ScriptDirectory
from deploycheck.project import Project
from tests.facts.projects import project

ENV = "from alembic import context\ncontext.configure()\n"
REVISION = "revision = 'a1'\ndown_revision = None\n"
SECOND = "revision = 'b2'\ndown_revision = 'a1'\n"


def found(root: Path, files: dict[str, str]) -> tuple[ScriptDirectory, ...]:
    return project(root, files).script_directories


def only(root: Path, files: dict[str, str]) -> ScriptDirectory:
    (one,) = found(root, files)
    return one


def ids(directory: ScriptDirectory) -> list[str]:
    return [one.id for one in directory.revisions]


@pytest.mark.parametrize(
    ("ini", "location"),
    [
        ("alembic.ini", "app/db/migrations"),
        ("alembic.ini", "%(here)s/app/db/migrations"),
        ("alembic.ini", "./app/../app/db/migrations"),
        ("alembic.ini", "app.db:migrations"),
        ("alembic.ini", "app:db:migrations"),
        ("alembic.ini", "/srv/image/app/db/migrations"),
        ("app/alembic.ini", "db/migrations"),
        ("app/alembic.ini", "app/db/migrations"),
        ("app/alembic.ini", "%(here)s/db/migrations"),
        ("app/db/alembic.ini", "%(here)s/../db/migrations"),
        ("conf/alembic.ini", "app.db:migrations"),
        ("conf/setup.cfg", "app/db/migrations"),
    ],
)
def test_a_script_location_is_found_however_it_is_written(tmp_path: Path, ini: str, location: str) -> None:
    directory = only(
        tmp_path,
        {
            ini: f"[alembic]\nscript_location = {location}\n",
            "app/__init__.py": "",
            "app/db/__init__.py": "",
            "app/db/migrations/env.py": ENV,
            "app/db/migrations/versions/a1.py": REVISION,
        },
    )
    assert directory.directory == "app/db/migrations"
    assert directory.versions == ("app/db/migrations/versions",)
    assert (directory.ini, directory.section, ids(directory)) == (ini, "alembic", ["a1"])
    assert (directory.at.path, directory.at.line) == (ini, 2)
    assert directory.env is not None
    assert not directory.elsewhere


def test_pyproject_declares_one(tmp_path: Path) -> None:
    files = {
        "back/pyproject.toml": (
            '[tool.alembic]\nscript_location = "%(here)s/db"\n'
            'version_locations = ["%(here)s/db/one", "%(here)s/db/two"]\n'
        ),
        "back/db/env.py": ENV,
        "back/db/one/a.py": REVISION,
        "back/db/two/b.py": SECOND,
    }
    directory = only(tmp_path, files)
    assert directory.versions == ("back/db/one", "back/db/two")
    assert ids(directory) == ["a1", "b2"]
    assert directory.at.line == 2


def test_the_ini_goes_before_pyproject_and_takes_from_it_what_it_lacks(tmp_path: Path) -> None:
    files = {
        "pyproject.toml": '[tool.alembic]\nscript_location = "db"\n',
        "alembic.ini": "[alembic]\nsqlalchemy.url = postgresql://db/shop\n",
        "db/env.py": ENV,
        "db/versions/a.py": REVISION,
    }
    directory = only(tmp_path, files)
    assert (directory.directory, directory.ini) == ("db", "alembic.ini")
    assert directory.options["sqlalchemy.url"] == "postgresql://db/shop"


def test_flask_migrate_gives_its_own_folder(tmp_path: Path) -> None:
    files = {
        "web/database/alembic.ini": "[alembic]\n# nothing\n",
        "web/database/env.py": ENV,
        "web/database/versions/a.py": REVISION,
    }
    directory = only(tmp_path, files)
    assert (directory.directory, directory.program_directory) == ("web/database", "web")


def test_sections_with_histories_of_their_own(tmp_path: Path) -> None:
    files = {
        "alembic.ini": "[shop]\nscript_location = shop\n[stock]\nscript_location = stock\n[loggers]\n",
        "shop/env.py": ENV,
        "shop/versions/a.py": REVISION,
        "stock/env.py": ENV,
        "stock/versions/a.py": REVISION,
    }
    assert [(d.section, d.name) for d in found(tmp_path, files)] == [
        ("shop", "shop [shop]"),
        ("stock", "stock [stock]"),
    ]


def test_sections_that_differ_in_the_database_only_share_one_history(tmp_path: Path) -> None:
    files = {
        "alembic.ini": (
            "[DEFAULT]\nscript_location = db\n[live]\nsqlalchemy.url = postgresql://a\n"
            "[alembic]\nsqlalchemy.url = sqlite://\n[handler_console]\nclass = StreamHandler\n"
        ),
        "db/env.py": ENV,
        "db/versions/a.py": REVISION,
    }
    directory = only(tmp_path, files)
    assert directory.section == "alembic"
    assert set(directory.names) == {("alembic.ini", "live"), ("alembic.ini", "alembic")}


def test_a_bare_env_beside_versions_is_one(tmp_path: Path) -> None:
    directory = only(tmp_path, {"db/env.py": ENV, "db/versions/a.py": REVISION, "db/env/x.py": ""})
    assert (directory.ini, directory.section, directory.at.path) == ("", "", "db/env.py")


def test_code_sets_one_up(tmp_path: Path) -> None:
    files = {
        "shop/upgrade.py": """
            from pathlib import Path
            from alembic.config import Config

            HERE = Path(__file__).parent

            def config():
                made = Config()
                made.set_main_option("script_location", str(HERE / "schema"))
                made.set_main_option("version_locations", str(HERE / "schema" / "steps"))
                return made
        """,
        "shop/schema/env.py": ENV,
        "shop/schema/steps/a.py": REVISION,
    }
    directory = only(tmp_path, files)
    assert (directory.directory, directory.versions, ids(directory)) == (
        "shop/schema",
        ("shop/schema/steps",),
        ["a1"],
    )


@pytest.mark.parametrize("folder", ["tests/db", "docs/db", "examples/shop", "{{cookiecutter.name}}/db"])
def test_tests_examples_and_templates_are_none(tmp_path: Path, folder: str) -> None:
    files = {
        f"{folder}/alembic.ini": "[alembic]\nscript_location = %(here)s\n",
        f"{folder}/env.py": ENV,
        f"{folder}/versions/a.py": REVISION,
    }
    assert found(tmp_path, files) == ()


def test_an_ini_in_tests_does_not_hide_the_real_one(tmp_path: Path) -> None:
    files = {
        "tests/alembic.ini": "[alembic]\nscript_location = db\n",
        "db/env.py": ENV,
        "db/versions/a.py": REVISION,
    }
    assert only(tmp_path, files).ini == ""


@pytest.mark.parametrize(
    ("settings", "folders"),
    [
        ("version_locations = db/one db/two", 2),
        ("version_locations = db/one, db/two", 2),
        ("version_locations = db/one,db/two,db/three", 3),
        ("version_locations = db/one:db/two\npath_separator = os", 2),
        ("version_locations = db/one:db/two\nversion_path_separator = :", 2),
        ("version_locations = db/one;db/two;\npath_separator = ;", 2),
        ("version_locations = db/one db/two\npath_separator = space", 2),
        ("version_locations =\n  db/one\n  db/three\npath_separator = newline", 2),
        ("version_locations = %(here)s/db/one %(root)s/two\nroot = %(here)s/db", 2),
        ("version_locations = db/one:db/two\npath_separator = os\nversion_path_separator = ;", 2),
        ("recursive_version_locations = true", 1),
        ("recursive_version_locations = yes", 1),
        ("", 1),
    ],
)
def test_version_locations_are_read_as_alembic_reads_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: str, folders: int
) -> None:
    chain = {name: f"revision = '{name}'\ndown_revision = None\n" for name in ("one", "two", "three", "deep")}
    files = {
        "alembic.ini": f"[alembic]\nscript_location = db\n{settings}\n",
        "db/env.py": ENV,
        "db/versions/top.py": "revision = 'top'\ndown_revision = None\n",
        "db/versions/below/deep.py": chain["deep"],
        **{f"db/{name}/{name}.py": text for name, text in chain.items() if name != "deep"},
    }
    directory = only(tmp_path, files)
    monkeypatch.chdir(tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        real = RealDirectory.from_config(Config("alembic.ini"))
        theirs = {script.revision for script in real.walk_revisions()}
    assert set(ids(directory)) == theirs
    assert len(directory.versions) == folders


def test_locations_that_are_not_here_are_said(tmp_path: Path) -> None:
    files = {
        "alembic.ini": (
            "[alembic]\nscript_location = db\npath_separator = ;\n"
            "version_locations = db/versions;plugin:migrations/versions;%(here)s/other\n"
        ),
        "db/env.py": ENV,
        "db/versions/a.py": REVISION,
    }
    directory = only(tmp_path, files)
    assert directory.versions == ("db/versions",)
    assert directory.elsewhere == ("plugin:migrations/versions", "%(here)s/other")


def test_ignored_versions_are_said(tmp_path: Path) -> None:
    files = {
        ".gitignore": "db/versions/*.py\n",
        "alembic.ini": "[alembic]\nscript_location = db\n",
        "db/env.py": ENV,
        "db/versions/README": "made on the spot",
    }
    (tmp_path / ".git").mkdir()
    assert only(tmp_path, files).elsewhere == ("db/versions",)


CHOOSES = "from alembic import context\ncontext.script.version_locations = [folder()]\ncontext.configure()\n"


def test_folders_that_code_chooses_among_are_histories_of_their_own(tmp_path: Path) -> None:
    files = {
        "db/alembic.ini": "[alembic]\nscript_location = %(here)s\n",
        "db/env.py": CHOOSES,
        "db/versions/postgresql/a.py": REVISION,
        "db/versions/postgresql/b.py": SECOND,
        "db/versions/sqlite/a.py": REVISION,
    }
    one, two = found(tmp_path, files)
    assert (one.versions, ids(one)) == (("db/versions/postgresql",), ["a1", "b2"])
    assert (two.versions, ids(two)) == (("db/versions/sqlite",), ["a1"])
    assert (one.name, two.name) == ("db/versions/postgresql", "db/versions/sqlite")
    assert one.elsewhere == two.elsewhere == ("",)


def test_folders_that_follow_the_top_belong_to_it_where_code_chooses(tmp_path: Path) -> None:
    files = {
        "db/alembic.ini": "[alembic]\nscript_location = %(here)s\n",
        "db/env.py": CHOOSES,
        "db/versions/a.py": REVISION,
        "db/versions/y2024/b.py": SECOND,
        "db/versions/legacy/a.py": "revision = 'old'\ndown_revision = None\n",
    }
    assert ids(only(tmp_path, files)) == ["a1", "b2"]


MERGE = """
revision = "b"
down_revision = ("a",)
branch_labels = "left"
depends_on = ["a"]
"""


def test_revisions_in_every_spelling(tmp_path: Path) -> None:
    files = {
        "db/env.py": ENV,
        "db/names.py": "BASE = 'from-elsewhere'\n",
        "db/versions/__init__.py": "revision = 'no'\ndown_revision = None\n",
        "db/versions/.#lock.py": "revision = 'no'\n",
        "db/versions/helper.py": "X = 1\n",
        "db/versions/a.py": "revision: str = 'a'\ndown_revision: Union[str, None] = None\n",
        "db/versions/b.py": MERGE,
        "db/versions/c.py": "ID = 'c'\nrevision = ID\ndown_revision = f'{ID}'[:0] or 'b'\n",
        "db/versions/d.py": "from db.names import BASE as down_revision\nrevision = 'd'\n",
        "db/versions/e.py": "import os\nrevision = os.environ['X']\ndown_revision = None\n",
        "db/versions/f.py": "import os\nrevision = 'f'\ndown_revision = os.environ['X']\n",
        "db/versions/g.py": "revision = 'g'\n",
        "db/versions/h.py": "from library import *\n",
        "db/versions/abc123.py": "down_revision = None\n",
        "db/versions/broken.py": "revision = 'x'\n<<<<<<< HEAD\n",
        "db/versions/add_test.py": "revision = 'named like a test'\ndown_revision = None\n",
    }
    directory = only(tmp_path, files)
    by_id = {one.id: one for one in directory.revisions}
    assert set(by_id) == {"a", "b", "c", "d", "f", "g", "abc123", "named like a test"}
    assert (by_id["b"].parents, by_id["b"].labels, by_id["b"].depends_on) == (("a",), ("left",), ("a",))
    assert (by_id["c"].parents, by_id["d"].parents) == (("b",), ("from-elsewhere",))
    assert by_id["f"].undecided == ("down_revision",)
    assert by_id["g"].absent == ("down_revision",)
    assert directory.strangers == ("db/versions/helper.py",)
    assert [u.path for u in directory.unread] == [
        "db/versions/broken.py",
        "db/versions/e.py",
        "db/versions/h.py",
    ]


def test_functions_are_found_where_they_are_bound(tmp_path: Path) -> None:
    files = {
        "db/env.py": ENV,
        "db/helpers.py": "def upgrade():\n    pass\n\ndef other():\n    pass\n",
        "db/versions/a.py": f"from db.helpers import upgrade, other\n{REVISION}downgrade = other\n",
        "db/versions/b.py": "revision = 'b'\ndown_revision = 'a'\ndef upgrade():\n    pass\n",
    }
    one, two = only(tmp_path, files).revisions
    assert one.upgrade is not None
    assert one.upgrade.scope.module.path == "db/helpers.py"
    assert one.downgrade is not None
    assert one.downgrade.node.lineno == 4
    assert two.upgrade is not None
    assert two.downgrade is None


def test_strange_ini_files_are_passed_over(tmp_path: Path) -> None:
    files = {
        "alembic.ini": "script_location = db\n[alembic\n",
        "b.ini": "[alembic]\nscript_location = %(missing)s/db\n",
        "c.ini": "[alembic]\nscript_location = nowhere\n",
        "d.cfg": "[alembic]\nscript_location = ../../../etc\n",
        "pyproject.toml": "[tool.alembic]\nscript_location = 3\n",
        "db/env.py": ENV,
        "db/versions/a.py": REVISION,
    }
    assert [d.ini for d in found(tmp_path, files)] == [""]


def test_a_project_without_migrations_has_none(tmp_path: Path) -> None:
    made = project(tmp_path, {"env.py": "x = 1\n", "versions/a.py": "y = 1\n"})
    assert isinstance(made, Project)
    assert made.script_directories == ()
