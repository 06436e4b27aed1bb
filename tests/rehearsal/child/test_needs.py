"""Why an environment cannot run, and which variables would help."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from deploycheck.rehearsal.process import CannotRun, Needs
from tests.rehearsal.child.projects import SYNC, AlembicProject, up
from tests.rehearsal.servers import Fresh

URL = "postgresql+psycopg://app:hunter2secret@prod/app"

SETTINGS = {
    "os.environ": ('import os\nurl = os.environ["DATABASE_URL"]', {"DATABASE_URL": ""}),
    "pydantic": (
        """
        from pydantic import Field
        from pydantic_settings import BaseSettings

        class Settings(BaseSettings):
            database_url: str
            pool_size: int
            key: str = Field(alias="SECRET_KEY")

        url = Settings().database_url
        """,
        {
            "DATABASE_URL": "Field required (str)",
            "POOL_SIZE": "Field required (int)",
            "SECRET_KEY": "Field required (str)",
        },
    ),
    "pydantic with a prefix": (
        """
        from pydantic_settings import BaseSettings, SettingsConfigDict

        class Settings(BaseSettings):
            model_config = SettingsConfigDict(env_prefix="APP_")
            database_url: str

        url = Settings().database_url
        """,
        {"APP_DATABASE_URL": "Field required (str)"},
    ),
    "decouple": (
        "from decouple import Config, RepositoryEmpty\nurl = Config(RepositoryEmpty())('DATABASE_URL')",
        {"DATABASE_URL": "DATABASE_URL not found. Declare it as envvar or define a default value."},
    ),
    "environs": (
        "from environs import Env\nurl = Env().str('DATABASE_URL')",
        {"DATABASE_URL": 'Environment variable "DATABASE_URL" not set'},
    ),
    "starlette": (
        "from starlette.config import Config\nurl = Config()('DATABASE_URL')",
        {"DATABASE_URL": "Config 'DATABASE_URL' is missing, and has no default."},
    ),
    "django-environ": (
        "import environ\nurl = environ.Env()('DATABASE_URL')",
        {"DATABASE_URL": "Set the DATABASE_URL environment variable"},
    ),
    "a check of its own": (
        """
        import os
        url = os.getenv("DATABASE_URL")
        if not url:
            raise RuntimeError("DATABASE_URL must be set")
        """,
        {"DATABASE_URL": "DATABASE_URL must be set"},
    ),
}


def cannot(project: AlembicProject, url: str) -> CannotRun:
    with project.process(url) as process:
        with pytest.raises(CannotRun) as problem:
            process.ready()
        assert process.needs == problem.value.needs
    return problem.value


@pytest.mark.parametrize("way", SETTINGS)
def test_a_missing_variable_is_named(way: str, tmp_path: Path, fresh: Fresh) -> None:
    code, expected = SETTINGS[way]
    project = AlembicProject(
        tmp_path, env=SYNC.replace("from alembic", "import settings\n    from alembic", 1)
    )
    project.write("settings.py", dedent(code))
    project.revision("one")
    target = fresh()
    assert cannot(project, target).needs.variables == expected
    project.environment = dict.fromkeys(expected, "5") | {"DATABASE_URL": URL, "APP_DATABASE_URL": URL}
    with project.process(target) as process:
        process.ready()
        assert process.needs == Needs()
        assert process.steps(up("one")).failure is None


def test_a_variable_of_the_wrong_type(tmp_path: Path, fresh: Fresh) -> None:
    code, _ = SETTINGS["pydantic"]
    project = AlembicProject(
        tmp_path, env=SYNC.replace("from alembic", "import settings\n    from alembic", 1)
    )
    project.write("settings.py", dedent(code))
    project.environment = {"DATABASE_URL": URL, "POOL_SIZE": "many", "SECRET_KEY": "s3cr3tvalue"}
    (hint,) = cannot(project, fresh()).needs.variables.items()
    assert hint == (
        "POOL_SIZE",
        "Input should be a valid integer, unable to parse string as an integer (int)",
    )


def test_a_variable_that_is_missing_without_a_word_is_among_those_looked_up(
    tmp_path: Path, fresh: Fresh
) -> None:
    env = "import os\nfrom sqlalchemy import create_engine\ncreate_engine(os.getenv('DATABASE_URL'))"
    problem = cannot(AlembicProject(tmp_path, env=env), fresh())
    assert problem.needs.variables == {}
    assert "DATABASE_URL" in problem.needs.looked_up


def test_a_missing_module(tmp_path: Path, fresh: Fresh) -> None:
    project = AlembicProject(tmp_path, env="import no_such_package.inside")
    message = cannot(project, fresh()).message
    assert message == (
        f"the project's own requirements are not installed in {project.python}: no module named "
        "'no_such_package'; give --python"
    )


def test_a_revision_file_that_cannot_be_loaded(tmp_path: Path, fresh: Fresh) -> None:
    project = AlembicProject(tmp_path)
    project.revision("one", head="x = 1 / 0")
    with project.process(fresh()) as process, pytest.raises(CannotRun) as problem:
        process.history()
    assert problem.value.message == "ZeroDivisionError: division by zero (migrations/versions/one.py:3)"


def test_a_password_in_an_error_is_masked(tmp_path: Path, fresh: Fresh) -> None:
    project = AlembicProject(
        tmp_path, env="raise ValueError('no good: postgresql://app:hunter2secret@prod/app')"
    )
    assert cannot(project, fresh()).message == (
        "ValueError: no good: postgresql://app:***@prod/app (migrations/env.py:1)"
    )


SEVERAL = """
from alembic import context
from sqlalchemy import create_engine

for name in ("one", "two"):
    with create_engine("postgresql+psycopg://prod/" + name).connect() as connection:
        context.configure(connection=connection{more})
        with context.begin_transaction():
            context.run_migrations()
"""


def test_several_databases_in_one_run_are_not_rehearsed(tmp_path: Path, fresh: Fresh) -> None:
    target = fresh()
    for number, (more, ini, message) in enumerate(
        (
            (
                "",
                "",
                "its env.py runs the migrations several times (for several databases or schemas)",
            ),
            (", upgrade_token=name + '_up'", "", "its env.py migrates several databases in one run"),
            ("", "databases = one, two\n", "its env.py migrates several databases in one run (one, two)"),
        )
    ):
        project = AlembicProject(tmp_path / str(number), env=SEVERAL.format(more=more), ini=ini)
        project.revision("one")
        with project.process(target) as process:
            failure = process.upgrade().failure
        assert failure is not None
        assert failure.message == message


def test_flask_migrate(tmp_path: Path, fresh: Fresh) -> None:
    pytest.importorskip("flask_migrate")
    env = """
    from flask import current_app
    from alembic import context

    db = current_app.extensions["migrate"].db
    with db.engine.connect() as connection:
        context.configure(connection=connection, target_metadata=db.metadatas[None])
        with context.begin_transaction():
            context.run_migrations()
    """
    project = AlembicProject(tmp_path, env=env, url="")
    project.write(
        "shop.py",
        dedent(
            """
            from flask import Flask
            from flask_migrate import Migrate
            from flask_sqlalchemy import SQLAlchemy

            db = SQLAlchemy()

            class User(db.Model):
                id = db.Column(db.Integer, primary_key=True)

            def create_app():
                app = Flask(__name__)
                app.config["SQLALCHEMY_DATABASE_URI"] = "postgresql+psycopg://app:hunter2secret@prod/app"
                db.init_app(app)
                Migrate(app, db)
                return app
            """
        ),
    )
    project.revision("one")
    target = fresh()
    assert cannot(project, target).message.startswith("its env.py needs the Flask app, which was not found: ")
    project.environment = {"FLASK_APP": "shop"}
    with project.process(target) as process:
        process.ready()
        assert process.steps(up("one")).failure is None
        assert process.drift() == ("CREATE TABLE user", "DROP TABLE one")
