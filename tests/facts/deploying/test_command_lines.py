"""What single command lines do: read as the tools themselves read them."""

from __future__ import annotations

import shlex

import pytest
from alembic.config import CommandLine

from deploycheck.facts.deploying.carriers import carried
from deploycheck.facts.deploying.migrating import migration
from deploycheck.facts.deploying.model import Act
from deploycheck.facts.deploying.saving import saving
from deploycheck.facts.deploying.shipping import action_ships, ships

ALEMBIC = [
    "alembic upgrade head",
    "alembic upgrade heads",
    "alembic -c ops/alembic.ini upgrade head",
    "alembic --config=ops/alembic.ini -n billing upgrade ab12",
    "alembic -n billing upgrade +1",
    "alembic -x tenant=a -x tenant=b upgrade head",
    "alembic upgrade head --sql",
    "alembic upgrade --sql head",
    "alembic upgrade --tag v1 head",
    "alembic downgrade -1",
    "alembic downgrade base",
    "alembic downgrade ab12:cd34 --sql",
    "alembic current",
    "alembic check",
    "alembic history",
    "alembic revision --autogenerate -m upgrade",
    "alembic stamp head",
    "alembic merge heads",
]


@pytest.mark.parametrize("line", ALEMBIC)
def test_alembic_is_read_as_its_own_parser_reads_it(line: str) -> None:
    words = shlex.split(line)
    options = CommandLine().parser.parse_args(words[1:])
    name = options.cmd[0].__name__
    found = migration(words)
    if name not in {"upgrade", "downgrade"} or options.sql:
        assert found is None
        return
    assert found is not None
    assert found.act is {"upgrade": Act.MIGRATE, "downgrade": Act.DOWNGRADE}[name]
    assert found.revision == options.revision
    assert found.section == (options.name if options.name != "alembic" else "")
    given = options.config[-1] if isinstance(options.config, list) else options.config
    assert found.ini == (given or "")


@pytest.mark.parametrize(
    ("line", "act", "revision", "ini"),
    [
        ("flask db upgrade", Act.MIGRATE, "head", ""),
        ("flask --app shop db upgrade ab12", Act.MIGRATE, "ab12", ""),
        ("flask db upgrade -d ops/migrations heads", Act.MIGRATE, "heads", "ops/migrations/alembic.ini"),
        ("flask db downgrade", Act.DOWNGRADE, "-1", ""),
        ("python manage.py db upgrade", Act.MIGRATE, "head", ""),
        ("python3 -m shop db upgrade head", Act.MIGRATE, "head", ""),
        ("superset db upgrade", Act.MIGRATE, "head", ""),
        ("neutron-db-manage upgrade", None, "", ""),
        ("flask db upgrade --sql", None, "", ""),
        ("flask db migrate -m upgrade", None, "", ""),
        ("flask run", None, "", ""),
        ("pip install --upgrade pip", None, "", ""),
        ("apt-get upgrade", None, "", ""),
        ("echo alembic upgrade head", None, "", ""),
        ("alembic --help", None, "", ""),
    ],
)
def test_other_tools_that_migrate(line: str, act: Act | None, revision: str, ini: str) -> None:
    found = migration(shlex.split(line))
    if act is None:
        assert found is None
    else:
        assert found is not None
        assert (found.act, found.revision, found.ini) == (act, revision, ini)


@pytest.mark.parametrize(
    ("line", "act"),
    [
        ("pg_dump -Fc -d shop -f before.dump", Act.BACKUP),
        ("/usr/bin/pg_dumpall", Act.BACKUP),
        ("pg_dump --schema-only shop", None),
        ("pg_dump -s shop", None),
        ("pg_dump --version", None),
        ("mysqldump --no-data shop", None),
        ("sqlite3 shop.db '.backup /backups/shop.db'", Act.BACKUP),
        ("sqlite3 shop.db \"VACUUM INTO '/backups/shop.db'\"", Act.BACKUP),
        ("sqlite3 shop.db 'select 1'", None),
        ("sqlite3 shop.db '.restore /backups/shop.db'", Act.RESTORE),
        ("litestream replicate", Act.BACKUP),
        ("litestream restore -o shop.db s3://x/shop", Act.RESTORE),
        ("heroku pg:backups:capture --app shop", Act.BACKUP),
        ("gcloud sql backups create --instance shop", Act.BACKUP),
        ("aws rds create-db-snapshot --db-instance-identifier shop", Act.BACKUP),
        ("flyctl volumes snapshots create vol_1", Act.BACKUP),
        ("neonctl branches create --name before", Act.BACKUP),
        ("databricks postgres create-branch projects/x before", Act.BACKUP),
        ("pg_restore -d shop before.dump", Act.RESTORE),
        ("pg_restore --list before.dump", None),
        ("cp data/shop.db data/shop.db.bak", Act.BACKUP),
        ("cp settings.py backup.py", None),
        ("aws s3 cp shop.sqlite3 s3://backups/", Act.BACKUP),
        ("aws s3 cp s3://backups/shop.sqlite3 .", Act.RESTORE),
        ("echo pg_dump", None),
        ("backup.sh", None),
    ],
)
def test_backups_and_restores(line: str, act: Act | None) -> None:
    assert saving(shlex.split(line)) == (frozenset({act}) if act is not None else frozenset())


@pytest.mark.parametrize(
    "line",
    [
        "flyctl deploy --remote-only",
        "databricks bundle deploy -t prod",
        "kubectl -n shop set image deployment/web web=shop:2",
        "helm upgrade --install shop ./chart",
        "git push heroku main",
        "git push https://git.heroku.com/shop.git HEAD:main",
        "curl -fsS https://api.render.com/deploy/srv-1?key=x",
        "rsync -az ./ deploy@app.example.org:/srv/app",
        "docker compose -f compose.prod.yml up -d",
        "sudo systemctl restart shop".removeprefix("sudo "),
    ],
)
def test_what_deploys(line: str) -> None:
    assert ships(shlex.split(line))


@pytest.mark.parametrize(
    "line",
    [
        "docker compose up -d db",
        "docker push registry.example.org/shop:2",
        "git push origin main",
        "git push --tags",
        "terraform plan",
        "kubectl apply --dry-run=client -f k8s",
        "helm lint chart",
        "curl https://example.org/health",
        "rsync -a build/ dist/",
        "twine upload dist/*",
        "npm run deploy",
    ],
)
def test_what_does_not_deploy(line: str) -> None:
    assert not ships(shlex.split(line))


def test_starting_containers_on_a_server_deploys() -> None:
    assert ships(["docker", "compose", "up", "-d"], remote=True)


def test_actions() -> None:
    assert action_ships("azure/webapps-deploy@v3", {})
    assert action_ships("superfly/flyctl-actions@1.5", {"args": "deploy"})
    assert not action_ships("superfly/flyctl-actions/setup-flyctl@master", {})
    assert not action_ships("actions/checkout@v4", {})


@pytest.mark.parametrize(
    ("line", "inner", "remote"),
    [
        ("docker compose -f a.yml run --rm -e X=1 web alembic upgrade head", "alembic upgrade head", False),
        ("docker-compose exec -T web alembic upgrade head", "alembic upgrade head", False),
        ("docker exec -it shop-web alembic upgrade head", "alembic upgrade head", False),
        ("docker run --rm --env-file .env shop:2 alembic upgrade head", "alembic upgrade head", False),
        ("kubectl -n shop exec deploy/web -c web -- alembic upgrade head", "alembic upgrade head", True),
        ("heroku run -a shop alembic upgrade head", "alembic upgrade head", True),
        ("heroku run --app shop -- alembic upgrade head", "alembic upgrade head", True),
        ("dokku run shop alembic upgrade head", "alembic upgrade head", True),
        ("ssh -i key deploy@host cd /srv && alembic upgrade head".replace("&&", "'&&'"), None, True),
        ("fly ssh console -a shop -C 'alembic upgrade head'", "alembic upgrade head", True),
        ("aws ecs execute-command --command 'alembic upgrade head'", "alembic upgrade head", True),
    ],
)
def test_commands_that_run_another_one(line: str, inner: str | None, *, remote: bool) -> None:
    words = shlex.split(line)
    found = carried(words)
    assert found is not None
    assert found.remote is remote
    if inner is not None:
        assert (found.text or " ".join(words[found.start :])) == inner
    else:
        assert found.text == "cd /srv && alembic upgrade head"


@pytest.mark.parametrize(
    "line", ["docker build .", "docker compose up -d", "kubectl apply -f x", "heroku logs", "fly deploy"]
)
def test_commands_that_run_none(line: str) -> None:
    assert carried(shlex.split(line)) is None
