from __future__ import annotations

from typing import TYPE_CHECKING

from deploycheck.facts.manifests.cloudrun import read
from deploycheck.facts.manifests.model import ProbeKind, Role, Source, Use

if TYPE_CHECKING:
    from tests.facts.manifests.conftest import Plant

SERVICE = """\
    apiVersion: serving.knative.dev/v1
    kind: Service
    metadata: {name: shop}
    spec:
      template:
        metadata:
          annotations: {autoscaling.knative.dev/maxScale: "10"}
        spec:
          timeoutSeconds: 60
          containers:
            - name: app
              image: gcr.io/p/shop
              ports: [{containerPort: 9000}]
              env:
                - {name: MODE, value: live}
                - name: TOKEN
                  valueFrom: {secretKeyRef: {name: token, key: latest}}
              resources: {limits: {cpu: 1000m, memory: 1Gi}}
              startupProbe: {httpGet: {path: /up}}
    """


def test_a_service(plant: Plant) -> None:
    dockerfile = "FROM python:3.12\nWORKDIR /app\nCOPY . .\nCMD exec gunicorn -b :$PORT main:app\n"
    build = "steps:\n  - run: |\n      docker build -t gcr.io/p/shop .\n"
    (manifest,) = read(plant({"service.yaml": SERVICE, "Dockerfile": dockerfile, "cloudbuild.yaml": build}))
    assert (manifest.platform.key, manifest.name, manifest.certain) == ("cloudrun", "shop", True)
    assert [(e.name, e.value, e.source) for e in manifest.environment] == [
        ("PORT", "9000", Source.LITERAL),
        ("MODE", "live", Source.LITERAL),
        ("TOKEN", None, Source.SECRET),
    ]
    (web,) = manifest.processes
    assert web.command is not None
    assert (web.role, web.command.words[:3]) == (Role.WEB, ("gunicorn", "-b", ":$PORT"))
    assert (manifest.cpu, manifest.memory, manifest.replicas) == (1, 1024, 10)
    assert (manifest.published, manifest.request_limit) == ((9000,), 60)
    assert [(p.kind, p.path) for p in manifest.probes] == [(ProbeKind.STARTUP, "/up")]


def test_a_sidecar(plant: Plant) -> None:
    text = SERVICE.rstrip(" ") + "            - {name: proxy, image: nginx}\n"
    app, proxy = read(plant({"service.yaml": text}))
    assert [(m.use, m.shares_network) for m in (app, proxy)] == [(Use.SERVICE, True), (Use.SERVICE, True)]


def test_broken(plant: Plant) -> None:
    (manifest,) = read(plant({"s.yaml": "apiVersion: serving.knative.dev/v1\nkind: Service\nspec: [\n"}))
    assert [p.kind for p in manifest.problems] == ["unreadable"]
