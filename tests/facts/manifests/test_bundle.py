from __future__ import annotations

from typing import TYPE_CHECKING

from deploycheck.facts.manifests import read_manifests
from deploycheck.facts.manifests.bundle import read
from deploycheck.facts.manifests.model import Source, Use

if TYPE_CHECKING:
    from tests.facts.manifests.conftest import Plant

APP = "command: [gunicorn, main:app]\nenv:\n  - {name: A, value: app}\n  - {name: B, value: app}\n"


def test_an_app_with_a_database(plant: Plant) -> None:
    tree = plant(
        {
            "databricks.yml": """\
                bundle: {name: x}
                resources:
                  apps:
                    shop:
                      source_code_path: ./server
                      compute_size: LARGE
                      config:
                        command: [python, main.py]
                        env:
                          - {name: B, value: bundle}
                          - {name: C, value_from: db}
                          - {name: D, value: "${var.d}"}
                      resources:
                        - name: db
                          database: {instance_name: i, database_name: d}
                """,
            "server/app.yaml": APP,
            "server/requirements.txt": "",
        }
    )
    app, shop = read_manifests(tree)
    assert (app.path, app.use) == ("server/app.yaml", Use.PART)
    assert (shop.name, shop.use, shop.directory, shop.uses) == (
        "shop",
        Use.PRODUCTION,
        "server",
        ("server/app.yaml",),
    )
    assert (shop.cpu, shop.memory, shop.resources_known) == (4.0, 12288, True)
    assert shop.attached == {"PGHOST", "PGPORT", "PGDATABASE", "PGUSER", "PGSSLMODE", "PGAPPNAME"}
    assert [(e.name, e.value, e.source) for e in shop.environment] == [
        ("A", "app", Source.LITERAL),
        ("B", "bundle", Source.LITERAL),
        ("C", None, Source.RESOURCE),
        ("D", None, Source.COMPUTED),
    ]
    assert shop.processes[0].command is not None
    assert shop.processes[0].command.words == ("python", "main.py")
    assert shop.requirements == ("server/requirements.txt",)


def test_includes_and_the_production_target(plant: Plant) -> None:
    tree = plant(
        {
            "databricks.yml": """\
                include: ["resources/*.yml"]
                targets:
                  dev:
                    default: true
                  prod:
                    mode: production
                    resources:
                      apps:
                        shop:
                          compute_size: MEDIUM
                """,
            "resources/app.yml": "resources:\n  apps:\n    shop:\n      source_code_path: ../src\n",
            "src/app.yml": APP,
        }
    )
    (shop,) = read(tree)
    assert (shop.path, str(shop.at), shop.directory) == ("databricks.yml", "resources/app.yml:3:5", "src")
    assert (shop.cpu, shop.memory, shop.attached) == (2.0, 6144, frozenset())
    assert shop.processes[0].command is not None
    assert shop.processes[0].command.words == ("gunicorn", "main:app")


def test_no_app_yaml(plant: Plant) -> None:
    (shop,) = read(plant({"databricks.yml": "resources: {apps: {shop: {source_code_path: .}}}\n"}))
    assert [p.command for p in shop.processes] == [None]


def test_problems(plant: Plant) -> None:
    tree = plant({"databricks.yml": "a: [\n", "app.yaml": APP})
    assert [(m.path, m.use, [p.kind for p in m.problems]) for m in read_manifests(tree)] == [
        ("app.yaml", Use.PRODUCTION, []),
        ("databricks.yml", Use.PART, ["unreadable"]),
    ]
    (listed,) = read(plant({"databricks.yml": "- a\n"}))
    assert [p.kind for p in listed.problems] == ["wrong-type"]


def test_a_bundle_without_apps(plant: Plant) -> None:
    assert read(plant({"databricks.yml": "resources: {jobs: {x: {}}}\n"})) == ()
