from __future__ import annotations

from typing import TYPE_CHECKING

from deploycheck.facts.manifests.kubernetes import read
from deploycheck.facts.manifests.model import Source, Use

if TYPE_CHECKING:
    from tests.facts.manifests.conftest import Plant

BASE = {
    "k/base/kustomization.yaml": "resources: [deployment.yaml]\n",
    "k/base/deployment.yaml": """\
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: api}
        spec:
          replicas: 1
          template:
            spec:
              containers:
                - name: api
                  image: api
                  command: [gunicorn, "a:b"]
                  envFrom: [{configMapRef: {name: settings}}]
                  env: [{name: MODE, value: base}, {name: KEPT, value: "1"}]
                  resources: {limits: {memory: 256Mi}}
        """,
}


def test_the_production_overlay_is_what_is_applied(plant: Plant) -> None:
    tree = plant(
        {
            **BASE,
            "k/overlays/dev/kustomization.yaml": "resources: [../../base]\n",
            "k/overlays/production/more.yaml": """\
                apiVersion: apps/v1
                kind: Deployment
                metadata: {name: api}
                spec:
                  template:
                    spec:
                      containers:
                        - name: api
                          env: [{name: MODE, value: live}]
                          resources: {limits: {memory: 1Gi}}
                """,
            "k/overlays/production/.env.live": "FROM_FILE=yes\n",
            "k/overlays/production/kustomization.yaml": """\
                resources: [../../base]
                patchesStrategicMerge: [more.yaml]
                patches:
                  - target: {kind: Deployment, name: api}
                    patch: |-
                      - op: add
                        path: /spec/template/spec/terminationGracePeriodSeconds
                        value: 50
                      - op: replace
                        path: /spec/template/spec/containers/0/command
                        value: [gunicorn, "a:b", -w, "4"]
                  - target: {kind: StatefulSet}
                    patch: |-
                      - {op: remove, path: /spec}
                replicas: [{name: api, count: 4}]
                images: [{name: api, newName: registry/api, newTag: v2}]
                configMapGenerator:
                  - name: settings
                    envs: [.env.live]
                    literals: [LEVEL=info]
                """,
        }
    )
    dev, live = read(tree)
    assert (dev.use, live.use) == (Use.DEVELOPMENT, Use.PRODUCTION)
    assert live.processes[0].command is not None
    assert live.processes[0].command.words == ("gunicorn", "a:b", "-w", "4")
    assert (live.replicas, live.memory, live.grace, live.image) == (4, 1024, 50, "registry/api")
    assert [(e.name, e.value) for e in live.environment] == [
        ("FROM_FILE", "yes"),
        ("LEVEL", "info"),
        ("MODE", "live"),
        ("KEPT", "1"),
    ]
    assert (dev.replicas, dev.memory) == (1, 256)
    assert (dev.open_env, live.open_env) == (True, False)


def test_secrets_that_are_generated_have_names_only(plant: Plant) -> None:
    text = BASE["k/base/deployment.yaml"].replace("configMapRef", "secretRef")
    tree = plant(
        {
            "kustomization.yml": """\
                resources: [d.yaml]
                secretGenerator: [{name: settings, literals: [A=b]}]
                """,
            "d.yaml": text,
        }
    )
    (manifest,) = read(tree)
    assert (manifest.environment[0].name, manifest.environment[0].source) == ("A", Source.SECRET)


def test_broken_and_circular(plant: Plant) -> None:
    tree = plant(
        {
            "a/kustomization.yaml": "resources: [../b]\n",
            "b/kustomization.yaml": "resources: [../a, ../nowhere, 'https://x/y']\n",
            "c/kustomization.yaml": "resources: [\n",
            "d/kustomization.yaml": "patches:\n  - patch: |-\n      a: [\n    target: {kind: Deployment}\n",
        }
    )
    assert [(p.kind, p.at.path) for m in read(tree) for p in m.problems] == [
        ("unreadable", "c/kustomization.yaml"),
        ("unreadable", "d/kustomization.yaml"),
    ]
