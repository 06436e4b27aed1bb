from __future__ import annotations

from typing import TYPE_CHECKING

from deploycheck.facts.manifests import beanstalk, procfile
from deploycheck.facts.manifests.model import Role

if TYPE_CHECKING:
    from tests.facts.manifests.conftest import Plant

OPTIONS = """\
    option_settings:
      aws:elasticbeanstalk:application:environment:
        MODE: live
      aws:elasticbeanstalk:container:python:
        WSGIPath: shop.wsgi:app
    container_commands:
      01_migrate:
        command: "alembic upgrade head"
        leader_only: true
      02_other:
        command: "echo done"
    """


def test_alone(plant: Plant) -> None:
    (manifest,) = beanstalk.read(plant({".ebextensions/app.config": OPTIONS}))
    web, release = manifest.processes
    assert web.command is not None
    assert release.command is not None
    assert web.command.words == ("gunicorn", "--bind", "127.0.0.1:8000", "shop.wsgi:app")
    assert (release.role, release.command.words) == (Role.RELEASE, ("alembic", "upgrade", "head"))
    assert [(e.name, e.value) for e in manifest.environment] == [("MODE", "live")]


def test_beside_a_procfile(plant: Plant) -> None:
    settings = "option_settings:\n  - option_name: LEVEL\n    value: info\n"
    tree = plant({".ebextensions/app.config": settings, "Procfile": "web: gunicorn a:b\n"})
    assert beanstalk.read(tree) == ()
    (manifest,) = procfile.read(tree)
    assert (manifest.platform.key, [e.name for e in manifest.environment]) == ("beanstalk", ["LEVEL"])


def test_broken(plant: Plant) -> None:
    tree = plant({".ebextensions/app.config": "option_settings: 3\n", "application.py": ""})
    (manifest,) = beanstalk.read(tree)
    assert [(p.kind, p.subject) for p in manifest.problems] == [("wrong-type", "option_settings")]
