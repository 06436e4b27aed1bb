"""The ways of whole projects: what each runs, in order, followed to the end."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from deploycheck.facts.deploying import Act, Origin, Task, Way
from tests.facts.projects import FASTAPI, project

JUST = """\
deploy: migrate
    flyctl deploy

migrate: (save "before")
    alembic upgrade head

save name:
    bash ops/save.sh {{ name }}
"""
POD = "kind: {}\n{}[{{command: [alembic, upgrade, head]}}]}}}}}}\n"
CHART = """\
{{- if .Values.x }}
kind: Job
metadata:
  name: {{ .Release.Name }}-m
spec:
  template:
    spec:
      containers:
        - command: ["sh", "-c", "alembic upgrade head"]
{{- end }}
"""
SAVE = '#!/bin/bash\nset -e\ndump() { pg_dump shop -f "$1"; }\ndump "$1.sql"\n'


def ways(root: Path, files: Mapping[str, str]) -> dict[str, Way]:
    return {way.name: way for way in project(root, files).ways}


def acts(way: Way) -> list[str]:
    return [str(act) for task in way.tasks for act in sorted(task.acts)]


def the(way: Way, act: Act) -> Task:
    index = way.first(act)
    assert index is not None
    return way.tasks[index]


def job(steps: str, **more: str) -> str:
    head = "".join(f"    {key}: {value}\n" for key, value in more.items())
    return f"on: {{push: {{branches: [main]}}}}\njobs:\n  ship:\n    runs-on: x\n{head}    steps:\n{steps}"


def test_a_workflow_through_a_recipe_through_a_script(tmp_path: Path) -> None:
    files = {
        "justfile": JUST,
        "ops/save.sh": SAVE,
        ".github/workflows/release.yml": job("      - run: just deploy\n"),
    }
    found = ways(tmp_path, files)
    way = found[".github/workflows/release.yml ship"]
    assert acts(way) == ["backup", "migrate", "deploy"]
    assert way.deploys
    dump = the(way, Act.BACKUP)
    assert dump.text == 'pg_dump shop -f "$1"'
    assert [(v.path, v.line) for v in dump.via][:2] == [(".github/workflows/release.yml", 6), ("justfile", 1)]
    assert dump.at.path == "ops/save.sh"
    assert found["justfile deploy"].deploys
    assert not found["justfile migrate"].deploys
    assert found["justfile migrate"].origin is Origin.RECIPE


@pytest.mark.parametrize(
    ("command", "revision"),
    [
        ("make -C server migrate", "head"),
        ("cd server && make migrate", "head"),
        ("npm --prefix web run db:up", "heads"),
        ("uv run --project server alembic upgrade ab12", "ab12"),
        ("poetry run poe up", "head"),
        ("docker compose run --rm app bash -c 'cd /app && alembic upgrade head'", "head"),
        ('ssh x@y "cd /srv && docker compose exec -T app alembic upgrade head"', "head"),
        ("kubectl exec deploy/app -- alembic upgrade head", "head"),
        ("python -m ops.migrate", "head"),
        ("shop-admin migrate", "head"),
        ("for i in 1 2 3; do alembic upgrade head && break; sleep 1; done", "head"),
        ("if ! alembic upgrade head; then exit 1; fi", "head"),
        (
            "python -c \"from alembic import command, config; command.upgrade(config.Config(), 'head')\"",
            "head",
        ),
    ],
)
def test_commands_are_followed(tmp_path: Path, command: str, revision: str) -> None:
    files = {
        "server/Makefile": "migrate:\n\talembic upgrade head\n",
        "web/package.json": '{"scripts": {"db:up": "alembic upgrade heads"}}\n',
        "pyproject.toml": (
            '[project]\nname = "shop"\n[project.scripts]\nshop-admin = "ops.admin:cli"\n'
            '[tool.poe.tasks]\nup = "alembic upgrade head"\n'
        ),
        "ops/__init__.py": "",
        "ops/migrate.py": (
            "import subprocess\n\n\ndef main():\n"
            "    subprocess.check_call(['alembic', 'upgrade', 'head'])\n\n\n"
            "if __name__ == '__main__':\n    main()\n"
        ),
        "ops/admin.py": (
            "import click\nfrom alembic import command\nfrom alembic.config import Config\n\n\n"
            "@click.group()\ndef cli():\n    pass\n\n\n"
            "@cli.command()\ndef migrate():\n    command.upgrade(Config(), 'head')\n"
        ),
        "deploy.sh": f"{command}\n",
        "justfile": "deploy:\n    sh deploy.sh\n",
    }
    task = the(ways(tmp_path, files)["justfile deploy"], Act.MIGRATE)
    assert task.revision == revision


def test_a_loop_is_not_certain_and_a_test_is(tmp_path: Path) -> None:
    files = {
        "justfile": "deploy:\n    sh a.sh\n    sh b.sh\n",
        "a.sh": "if ! alembic upgrade head; then exit 1; fi\n",
        "b.sh": 'if [ "$X" ]; then alembic upgrade heads; fi\n',
    }
    first, second = ways(tmp_path, files)["justfile deploy"].tasks
    assert (first.revision, first.certain) == ("head", True)
    assert (second.revision, second.certain) == ("heads", False)


def test_here_documents_run_where_they_are_sent(tmp_path: Path) -> None:
    lines = ["#!/bin/sh", "ssh a@b <<'EOF'", "alembic upgrade head", "EOF", "cat <<EOF", "pg_dump", "EOF"]
    text = "deploy:\n" + "".join(f"    {line}\n" for line in lines)
    way = ways(tmp_path, {"justfile": text})["justfile deploy"]
    assert acts(way) == ["migrate"]
    assert (the(way, Act.MIGRATE).remote, the(way, Act.MIGRATE).at.line) == (True, 4)


def test_tests_in_ci_are_no_deployment(tmp_path: Path) -> None:
    steps = "      - run: alembic upgrade head\n      - run: pytest\n"
    services = "\n      db:\n        image: postgres:17"
    way = ways(tmp_path, {".github/workflows/ci.yml": job(steps, services=services)})[
        ".github/workflows/ci.yml ship"
    ]
    assert not way.deploys
    assert the(way, Act.MIGRATE).practised


@pytest.mark.parametrize(
    ("change", "deploys"),
    [
        ({"environment": "production"}, True),
        ({"environment": "pypi"}, False),
        ({"env": "{DATABASE_URL: '${{ secrets.DATABASE_URL }}'}"}, True),
        ({"env": "{DATABASE_URL: 'sqlite:///test.db'}"}, False),
        ({"if": "github.event_name == 'pull_request'"}, False),
        ({"if": "false"}, None),
    ],
)
def test_which_jobs_deploy(tmp_path: Path, change: dict[str, str], *, deploys: bool | None) -> None:
    text = job("      - run: alembic upgrade head\n", **change).replace("ship:", "x:")
    found = ways(tmp_path, {".github/workflows/main.yml": text})
    assert {way.deploys for way in found.values()} == (set() if deploys is None else {deploys})


def test_the_jobs_that_a_deployment_waits_for_come_first(tmp_path: Path) -> None:
    text = """\
        on: {push: {tags: ["v*"]}}
        jobs:
          tests:
            services: {db: {image: postgres}}
            steps: [{run: alembic upgrade head}, {run: pg_dump test}]
          save:
            needs: tests
            steps: [{run: "heroku pg:backups:capture -a shop"}]
          ship:
            needs: [save]
            steps: [{run: "heroku run -a shop alembic upgrade head"}, {run: git push heroku main}]
        """
    found = ways(tmp_path, {".github/workflows/release.yml": text})
    assert acts(found[".github/workflows/release.yml ship"]) == ["backup", "migrate", "deploy"]


def test_release_start_and_start_up(tmp_path: Path) -> None:
    files = {
        "Procfile": "release: alembic upgrade head\nweb: ./start.sh\n",
        "start.sh": "#!/bin/sh\npython -m prestart\nexec uvicorn main:app --port $PORT\n",
        "prestart.py": "import sqlite3\na = sqlite3.connect('a.db')\na.backup(sqlite3.connect('b.db'))\n",
        "main.py": "from alembic import command\nfrom alembic.config import Config\n"
        + FASTAPI
        + "\n\n@app.on_event('startup')\ndef go():\n    command.upgrade(Config('alembic.ini'), 'heads')\n",
    }
    found = project(tmp_path, files).ways
    assert {w.origin: acts(w) for w in found} == {
        Origin.RELEASE: ["migrate"],
        Origin.START: ["backup", "serve"],
        Origin.STARTUP: ["migrate"],
    }


@pytest.mark.parametrize(
    ("path", "text", "origin"),
    [
        ("fly.toml", '[deploy]\nrelease_command = "alembic upgrade head"\n', Origin.RELEASE),
        ("railway.json", '{"deploy": {"preDeployCommand": ["alembic upgrade head"]}}', Origin.RELEASE),
        (
            "render.yaml",
            "services:\n  - {type: web, name: a, preDeployCommand: alembic upgrade head}\n",
            Origin.RELEASE,
        ),
        (
            ".do/app.yaml",
            "jobs:\n  - {name: a, kind: PRE_DEPLOY, run_command: alembic upgrade head}\n",
            Origin.RELEASE,
        ),
        ("heroku.yml", "release:\n  command: [alembic upgrade head]\n", Origin.RELEASE),
        (
            ".ebextensions/1.config",
            "container_commands:\n  01: {command: alembic upgrade head, leader_only: true}\n",
            Origin.RELEASE,
        ),
        (
            "k8s/web.yaml",
            POD.format("Deployment", "spec: {template: {spec: {initContainers: "),
            Origin.START,
        ),
        (
            "chart/templates/job.yaml",
            CHART,
            Origin.RELEASE,
        ),
        (
            "k8s/cron.yaml",
            POD.format("CronJob", "spec: {jobTemplate: {spec: {template: {spec: {containers: ") + "  }}\n",
            Origin.SCHEDULE,
        ),
    ],
)
def test_hooks_of_platforms(tmp_path: Path, path: str, text: str, origin: Origin) -> None:
    (way,) = project(tmp_path, {path: text}).ways
    assert (way.origin, acts(way)) == (origin, ["migrate"])


def test_what_only_looks_like_a_backup_is_none(tmp_path: Path) -> None:
    files = {
        "justfile": 'backup:\n    # pg_dump x\n    echo "pg_dump"\n    sh backup.sh\n    python backup.py\n',
        "backup.sh": "#!/bin/bash\n# pg_dump shop > x.sql\necho done\n",
        "backup.py": '"""pg_dump."""\n\n\ndef save():\n    import os\n    os.system("pg_dump")\n',
    }
    found = ways(tmp_path, files)
    assert [a for way in found.values() for a in acts(way)] == []


def test_recipes_that_call_each_other_end(tmp_path: Path) -> None:
    files = {
        "justfile": "deploy: deploy\n    just deploy\n    bash a.sh\n    flyctl deploy\n",
        "a.sh": "bash a.sh\njust deploy\n",
    }
    assert Act.DEPLOY in {a for t in ways(tmp_path, files)["justfile deploy"].tasks for a in t.acts}


def test_a_script_that_starts_itself_is_told_once(tmp_path: Path) -> None:
    again = 'bash ops/ship.sh "$1"\n'
    files = {
        "ops/ship.sh": f"#!/bin/bash\nalembic upgrade head\n{again * 4}",
        ".github/workflows/ship.yml": job("      - run: bash ops/ship.sh blue\n"),
    }
    found = ways(tmp_path, files)
    assert [acts(way) for way in found.values()] == [["migrate"]]


def test_what_no_file_shows_is_opaque(tmp_path: Path) -> None:
    steps = "      - uses: appleboy/ssh-action@v1\n        with: {host: x, script: ./go.sh}\n"
    way = ways(tmp_path, {".github/workflows/x.yml": job(steps)})[".github/workflows/x.yml ship"]
    assert way.deploys
    assert [(t.text, t.opaque, t.remote) for t in way.tasks if t.opaque] == [("./go.sh", True, True)]


@pytest.mark.parametrize(
    "started",
    [
        "subprocess.run([sys.executable, '-m', 'alembic', 'upgrade', 'head'], check=True)",
        "subprocess.run([sys.executable, '-m', 'alembic'] + ['upgrade', 'head'], check=True)",
        "subprocess.run([str(Path(sys.executable).parent / 'alembic'), 'upgrade', 'head'])",
        "subprocess.run([shutil.which('alembic') or 'alembic', 'upgrade', 'head'])",
        "subprocess.run(shlex.split('alembic upgrade head'))",
        "subprocess.run('alembic upgrade head'.split())",
        "subprocess.run(f'{sys.executable} -m alembic upgrade head', shell=True)",
    ],
)
def test_code_may_spell_the_program_in_many_ways(tmp_path: Path, started: str) -> None:
    """The interpreter itself, a program on the path, one beside another, a text in parts."""
    files = {
        "justfile": "deploy:\n    python ops/migrate.py\n",
        "ops/migrate.py": (
            "import shlex, shutil, subprocess, sys\nfrom pathlib import Path\n\n\n"
            f"def main():\n    {started}\n\n\n"
            "if __name__ == '__main__':\n    main()\n"
        ),
    }
    assert the(ways(tmp_path, files)["justfile deploy"], Act.MIGRATE).revision == "head"
