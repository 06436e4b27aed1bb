from __future__ import annotations

from typing import TYPE_CHECKING

from deploycheck.facts.manifests.model import Role, Use
from deploycheck.facts.manifests.procfile import read

if TYPE_CHECKING:
    from tests.facts.manifests.conftest import Plant


def test_processes(plant: Plant) -> None:
    tree = plant(
        {
            "Procfile": """\
                # comment
                release: alembic upgrade head; python seed.py
                web: X=1 gunicorn main:app -b 0.0.0.0:$PORT
                worker: celery -A tasks worker
                clock: python clock.py
                """,
            "requirements.txt": "",
        }
    )
    (manifest,) = read(tree)
    assert manifest.requirements == ("requirements.txt",)
    assert [(p.name, p.role, p.command and p.command.words) for p in manifest.processes] == [
        ("release", Role.RELEASE, ("python", "seed.py")),
        ("web", Role.WEB, ("gunicorn", "main:app", "-b", "0.0.0.0:$PORT")),
        ("worker", Role.WORKER, ("celery", "-A", "tasks", "worker")),
        ("clock", Role.WORKER, ("python", "clock.py")),
    ]
    release, web = manifest.processes[0].command, manifest.processes[1].command
    assert release is not None
    assert web is not None
    assert [(c.words, c.checked) for c in release.before] == [(("alembic", "upgrade", "head"), False)]
    assert [(e.name, e.value, str(e.at)) for e in web.env] == [("X", "1", "Procfile:3:6")]
    assert (web.shell, str(web.argv[0].at)) == (True, "Procfile:3:10")


def test_change_of_directory(plant: Plant) -> None:
    (manifest,) = read(plant({"Procfile": "web: cd backend && gunicorn main:app\n", "backend/main.py": ""}))
    assert manifest.processes[0].directory == "backend"


def test_problems(plant: Plant) -> None:
    (manifest,) = read(plant({"Procfile": "web\nweb:\nweb: a\nweb: b\n"}))
    assert [(p.kind, p.at.line) for p in manifest.problems] == [
        ("unreadable", 1),
        ("empty-command", 2),
        ("duplicate-key", 3),
        ("duplicate-key", 4),
    ]


def test_one_for_development(plant: Plant) -> None:
    (manifest,) = read(plant({"Procfile.dev": "web: flask run --debug\n"}))
    assert manifest.use is Use.DEVELOPMENT
