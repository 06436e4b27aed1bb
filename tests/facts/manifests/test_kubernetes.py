from __future__ import annotations

from typing import TYPE_CHECKING

from deploycheck.facts.manifests import read_manifests
from deploycheck.facts.manifests.kubernetes import read
from deploycheck.facts.manifests.model import ProbeKind, Role, Source, Use

if TYPE_CHECKING:
    from tests.facts.manifests.conftest import Plant

DOCKERFILE = 'FROM python:3.12\nWORKDIR /app\nCOPY . .\nENV MODE=image\nCMD ["uvicorn", "main:app"]\n'
COMPOSE = "services:\n  web:\n    image: registry.example.com/shop/api:dev\n    build: .\n"
DEPLOYMENT = """\
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: api}
    spec:
      replicas: 3
      selector: {matchLabels: {app: api}}
      template:
        metadata: {labels: {app: api, tier: web}}
        spec:
          terminationGracePeriodSeconds: 45
          initContainers:
            - name: wait
              image: busybox
              command: [sh, -c, "until nc -z db 5432; do sleep 1; done"]
            - name: migrate
              image: ghcr.io/shop/api:1.2
              command: [alembic, upgrade, head]
          containers:
            - name: api
              image: ghcr.io/shop/api:1.2
              args: [uvicorn, "main:app", --port, "$(PORT)", --root-path, "$(NOWHERE)"]
              ports: [{name: http, containerPort: 8000}]
              envFrom:
                - configMapRef: {name: settings}
                - secretRef: {name: elsewhere}
              env:
                - {name: PORT, value: "8000"}
                - name: PASSWORD
                  valueFrom: {secretKeyRef: {name: db, key: password}}
                - {name: DATABASE_URL, value: "postgresql://app:$(PASSWORD)@db/$(LEVEL)"}
                - name: LEVEL_TOO
                  valueFrom: {configMapKeyRef: {name: settings, key: LEVEL}}
                - name: NODE
                  valueFrom: {fieldRef: {fieldPath: spec.nodeName}}
              resources:
                requests: {cpu: 100m, memory: 128Mi}
                limits: {cpu: 1500m, memory: 1Gi}
              readinessProbe: {httpGet: {path: /ready, port: http}}
              livenessProbe:
                httpGet: {path: /live, port: 8000}
                timeoutSeconds: 3
              volumeMounts:
                - {name: files, mountPath: /data}
                - {name: scratch, mountPath: /tmp/x}
          volumes:
            - name: files
              persistentVolumeClaim: {claimName: files}
            - name: scratch
              emptyDir: {}
    ---
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: settings}
    data: {LEVEL: info, MODE: live}
    ---
    apiVersion: v1
    kind: Service
    metadata: {name: api}
    spec:
      selector: {app: api}
      ports: [{port: 80, targetPort: http}]
    ---
    apiVersion: autoscaling/v2
    kind: HorizontalPodAutoscaler
    metadata: {name: api}
    spec:
      scaleTargetRef: {kind: Deployment, name: api}
      minReplicas: 5
    """


def test_a_deployment(plant: Plant) -> None:
    files = {"k8s/api.yaml": DEPLOYMENT, "Dockerfile": DOCKERFILE, "compose.dev.yml": COMPOSE}
    (manifest,) = read(plant({**files, "main.py": ""}))
    assert (manifest.platform.key, manifest.name, manifest.use) == ("kubernetes", "api", Use.PRODUCTION)
    assert (manifest.certain, manifest.uses, manifest.open_env) == (True, ("Dockerfile",), True)
    web, release = manifest.processes
    assert web.command is not None
    assert release.command is not None
    assert (web.role, web.workdir, web.command.shell) == (Role.WEB, "/app", False)
    assert web.command.words == ("uvicorn", "main:app", "--port", "8000", "--root-path", "$(NOWHERE)")
    assert web.command.argv[3].written == "$(PORT)"
    assert (release.name, release.role, release.command.words) == (
        "migrate",
        Role.RELEASE,
        ("alembic", "upgrade", "head"),
    )
    assert [(e.name, e.value, e.source) for e in manifest.environment] == [
        ("MODE", "image", Source.LITERAL),
        ("LEVEL", "info", Source.LITERAL),
        ("MODE", "live", Source.LITERAL),
        ("PORT", "8000", Source.LITERAL),
        ("PASSWORD", None, Source.SECRET),
        ("DATABASE_URL", None, Source.COMPUTED),
        ("LEVEL_TOO", "info", Source.LITERAL),
        ("NODE", None, Source.COMPUTED),
    ]
    assert (manifest.cpu, manifest.memory, manifest.replicas, manifest.grace) == (1.5, 1024, 5, 45)
    assert (manifest.ports, manifest.published, manifest.shares_network) == ((8000,), (8000,), False)
    assert [(p.kind, p.path, p.port, p.timeout) for p in manifest.probes] == [
        (ProbeKind.READINESS, "/ready", 8000, 1),
        (ProbeKind.LIVENESS, "/live", 8000, 3),
    ]
    assert (manifest.health_path, [(m.path, m.persistent) for m in manifest.mounts]) == (
        "/ready",
        [("/data", True), ("/tmp/x", False)],  # noqa: S108 - a path in a container
    )


def test_how_an_image_is_linked(plant: Plant) -> None:
    deployment = """\
        apiVersion: apps/v1
        kind: Deployment
        metadata: {{name: a}}
        spec: {{template: {{spec: {{containers: [{{name: a, image: {0}}}]}}}}}}
        """
    build = "jobs:\n  x:\n    steps:\n      - run: docker build -t r/backend:$TAG -f svc/Dockerfile svc\n"
    for name, image, more, certain in (
        ("pipeline", "backend", {".github/workflows/x.yml": build}, True),
        ("folder", "registry/svc:1", {}, False),
        ("only one", "registry/whatever:1", {}, False),
        ("only one", "$REGISTRY/$IMAGE", {}, None),
        ("another's", "docker.io/bitnami/redis", {}, None),
    ):
        tree = plant(
            {
                f"{name}/k8s/a.yaml": deployment.format(image),
                f"{name}/svc/Dockerfile": DOCKERFILE,
                **{f"{name}/{path}": text for path, text in more.items()},
            }
        )
        tree = type(tree)(tree.root / name)
        (manifest,) = read(tree)
        if certain is None:
            assert (manifest.use, manifest.uses) == (Use.SERVICE, ()), image
        else:
            assert (manifest.use, manifest.uses, manifest.certain) == (
                Use.PRODUCTION,
                ("svc/Dockerfile",),
                certain,
            ), image


def test_two_containers_of_a_pod_and_a_job(plant: Plant) -> None:
    text = """\
        apiVersion: v1
        kind: List
        items:
          - apiVersion: apps/v1
            kind: StatefulSet
            metadata: {name: app}
            spec:
              volumeClaimTemplates: [{metadata: {name: data}}]
              template:
                spec:
                  containers:
                    - name: app
                      image: x
                      command: [gunicorn, "a:b"]
                      volumeMounts: [{name: data, mountPath: /data}]
                    - {name: proxy, image: nginx}
          - apiVersion: batch/v1
            kind: Job
            metadata: {name: migrate}
            spec: {template: {spec: {containers: [{name: m, image: x, command: [alembic, upgrade, head]}]}}}
          - apiVersion: batch/v1
            kind: CronJob
            metadata: {name: clean}
            spec:
              jobTemplate:
                spec: {template: {spec: {containers: [{name: c, image: x, command: [python, clean.py]}]}}}
        """
    app, proxy, job, cron = read(plant({"k.yaml": text}))
    assert [(m.name, m.use, m.shares_network) for m in (app, proxy)] == [
        ("app", Use.PRODUCTION, True),
        ("app/proxy", Use.SERVICE, True),
    ]
    assert [m.persistent for m in app.mounts] == [True]
    assert (app.certain, job.processes[0].role, cron.processes[0].role) == (False, Role.RELEASE, Role.WORKER)


def test_secrets_of_the_same_files(plant: Plant) -> None:
    text = """\
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: a}
        spec:
          template:
            spec:
              containers:
                - name: a
                  image: x
                  command: [gunicorn, "a:b"]
                  envFrom: [{secretRef: {name: one}}, {secretRef: {name: two}, prefix: P_}]
        ---
        apiVersion: v1
        kind: Secret
        metadata: {name: one}
        stringData: {TOKEN: abc}
        ---
        apiVersion: external-secrets.io/v1
        kind: ExternalSecret
        metadata: {name: two}
        spec: {data: [{secretKey: KEY, remoteRef: {key: k}}]}
        """
    (manifest,) = read(plant({"a.yaml": text}))
    assert [(e.name, e.value, e.source) for e in manifest.environment] == [
        ("TOKEN", None, Source.SECRET),
        ("P_KEY", None, Source.SECRET),
    ]
    assert manifest.open_env is False


def test_what_is_not_deployed(plant: Plant) -> None:
    deployment = (
        "apiVersion: apps/v1\nkind: Deployment\nspec: {template: {spec: {containers: [{image: x}]}}}\n"
    )
    tree = plant(
        {
            "chart/Chart.yaml": "name: x\n",
            "chart/templates/a.yaml": deployment.replace("x}", "{{ .Values.image }}}"),
            "chart/charts/redis/templates/b.yaml": deployment,
            "crds/c.yaml": deployment.replace("Deployment", "CustomResourceDefinition"),
            "values.yaml": "kind: Deployment\n",
        }
    )
    assert read(tree) == ()
    tree = plant({"app.yaml": "command: [python, main.py]\n", "k8s/staging/a.yaml": deployment})
    assert [m.path for m in read_manifests(tree)] == ["app.yaml"]


def test_odd_and_broken(plant: Plant) -> None:
    (broken,) = read(plant({"a.yaml": "apiVersion: v1\nkind: Deployment\nspec: [\n"}))
    assert [(p.kind, p.at.line) for p in broken.problems] == [("unreadable", 4)]
    text = """\
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: a}
        spec:
          template:
            spec:
              containers:
                - 3
                - name: a
                  image: x
                  command: gunicorn a:b
                  args: [gunicorn, "a:b"]
                  env:
                    - {value: x}
                    - {name: COUNT, value: 3}
                    - {name: LIST, value: [a]}
                    - {name: EMPTY, value: }
                    - {name: ON, value: "true"}
        """
    (manifest,) = read(plant({"a.yaml": text}))
    assert [(p.kind, p.subject, p.at.line) for p in manifest.problems] == [
        ("wrong-type", "command", 11),
        ("env-entry", "", 14),
        ("wrong-type", "COUNT", 15),
        ("wrong-type", "LIST", 16),
    ]
    assert [(e.name, e.value) for e in manifest.environment] == [
        ("COUNT", "3"),
        ("EMPTY", ""),
        ("ON", "true"),
    ]
