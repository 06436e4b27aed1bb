"""Kubernetes: workloads, each container of the project's own image with all that the files beside it say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from deploycheck.facts.manifests.containers import Over, contained
from deploycheck.facts.manifests.image_names import Images
from deploycheck.facts.manifests.kustomize import Kustomizations
from deploycheck.facts.manifests.model import Manifest, Process, Role, Use
from deploycheck.facts.manifests.platforms import KUBERNETES
from deploycheck.facts.manifests.pods import Container
from deploycheck.facts.manifests.processes import role_of
from deploycheck.facts.manifests.quantities import cpus, megabytes, number
from deploycheck.facts.manifests.reading import child, in_order, items_at, text_at
from deploycheck.facts.manifests.resources import Applied, Resource, may_hold, plain_sets

if TYPE_CHECKING:
    from deploycheck.sources.nodes import YamlNode
    from deploycheck.sources.tree import Tree

_TEMPLATE = ("spec", "template", "spec")
_PODS = {
    "Deployment": _TEMPLATE,
    "StatefulSet": _TEMPLATE,
    "DaemonSet": _TEMPLATE,
    "DeploymentConfig": _TEMPLATE,
    "Rollout": _TEMPLATE,
    "Job": _TEMPLATE,
    "CronJob": ("spec", "jobTemplate", *_TEMPLATE),
    "Pod": ("spec",),
}
_ENDING = frozenset({"Job", "CronJob"})


def read(tree: Tree) -> tuple[Manifest, ...]:
    """Return what each workload of the tree runs, as Kustomize makes it where it is used."""
    kustomizations = Kustomizations(tree)
    plain = [
        p for p in tree.matching("*.yaml", "*.yml") if p not in kustomizations.files and may_hold(tree, p)
    ]
    sets = (*kustomizations.applied(), *plain_sets(tree, plain))
    images = Images(tree)
    images.note([image for applied in sets for image in images_of(applied)])
    return tuple(m for applied in sets for m in manifests_of(tree, applied, images))


def manifests_of(tree: Tree, applied: Applied, images: Images) -> Iterator[Manifest]:
    """Yield the manifests of the workloads of one set, and one more for what is wrong with its files."""
    workloads = [r for r in applied.resources if r.kind in _PODS]
    if applied.problems:
        problems = in_order(applied.problems)
        use = Use.PART if workloads and applied.use is Use.PRODUCTION else applied.use
        yield Manifest(KUBERNETES, problems[0].at.path, problems[0].at, problems=problems, use=use)
    for workload in workloads:
        yield from _Workload(tree, applied, images, workload).manifests()


def images_of(applied: Applied) -> list[str]:
    """Return the images that the containers of a set run."""
    return [text_at(c, "image") for resource in applied.resources for c in _containers(resource)]


def _containers(resource: Resource) -> tuple[YamlNode, ...]:
    path = _PODS.get(resource.kind)
    pod = child(resource.node, *path) if path else None
    return items_at(pod, "containers")


@dataclass
class _Workload:
    tree: Tree
    applied: Applied
    images: Images
    resource: Resource

    def manifests(self) -> Iterator[Manifest]:
        node = self.resource.node
        self.pod = child(node, *_PODS[self.resource.kind])
        claims = frozenset(
            text_at(c, "metadata", "name") for c in items_at(node.get("spec"), "volumeClaimTemplates")
        )
        containers = [
            Container(c, self.pod, self.applied, claims)
            for c in items_at(self.pod, "containers")
            if self.pod is not None and c.is_mapping
        ]
        found = [self.manifest(container) for container in containers]
        ours = [m for m in found if m.use is not Use.SERVICE]
        released = tuple(self.initial())
        for manifest in found:
            named = manifest if len(ours) <= 1 and manifest in ours else self.named(manifest)
            shares = replace(named, shares_network=len(found) > 1)
            yield (
                replace(shares, processes=(*shares.processes, *released)) if manifest in ours[:1] else shares
            )

    def named(self, manifest: Manifest) -> Manifest:
        process = manifest.processes[0].name if manifest.processes else ""
        name = self.resource.name
        return replace(manifest, name=f"{name}/{process}" if process not in {"", name} else name)

    def manifest(self, container: Container) -> Manifest:
        resource, node = self.resource, container.node
        built = self.images.built(container.image, self.resource.name)
        entrypoint, command = container.start("command"), container.start("args")
        probes, mounts = tuple(container.probes()), tuple(container.mounts())
        base = Manifest(
            KUBERNETES,
            resource.path,
            node.at,
            name=resource.name,
            environment=container.environment,
            open_env=container.open_env,
            cpu=cpus(text_at(node, "resources", "limits", "cpu")),
            memory=megabytes(text_at(node, "resources", "limits", "memory")),
            replicas=self.replicas(),
            ports=tuple(dict.fromkeys(container.ports.values())),
            published=tuple(dict.fromkeys(self.published(container))),
            probes=probes,
            health_path=probes[0].path if probes else "",
            mounts=mounts,
            volumes=tuple(mount.path for mount in mounts),
            anonymous=tuple(mount.path for mount in mounts if not mount.persistent),
            grace=int(number(text_at(self.pod, "terminationGracePeriodSeconds"))),
            uses=self.applied.paths,
            image=container.image,
            use=self.applied.use,
        )
        over = Over(entrypoint, command, text_at(node, "workingDir"))
        filled = contained(base, self.tree, built, over)
        own = tuple(self.process(container, p) for p in filled.processes)
        return replace(filled, processes=own, problems=in_order(container.problems))

    def process(self, container: Container, process: Process) -> Process:
        """Return the container's process under its own name, with the role of its workload."""
        expanding = container.expanding(process)
        role = process.role
        if self.resource.kind in _ENDING:
            known = role_of(self.resource.name, process.command)
            role = Role.RELEASE if known is Role.RELEASE and self.resource.kind == "Job" else Role.WORKER
        elif role is Role.WEB and role_of(container.name, process.command) is not Role.WEB:
            role = role_of(container.name, process.command)
        return replace(expanding, name=container.name or process.name, role=role)

    def initial(self) -> Iterator[Process]:
        """Yield what init containers of the project's own do before each pod starts."""
        for node in items_at(self.pod, "initContainers"):
            if self.pod is None or not node.is_mapping:
                continue
            container = Container(node, self.pod, self.applied)
            manifest = self.manifest(container)
            if manifest.use is not Use.SERVICE:
                yield from (
                    replace(p, role=Role.RELEASE) for p in manifest.processes if p.command is not None
                )

    def replicas(self) -> int:
        """Return how many pods run at least: an autoscaler's minimum, else what the workload says."""
        own = int(number(text_at(self.resource.node, "spec", "replicas")))
        for scaler in self.applied.near("HorizontalPodAutoscaler", self.resource.folder):
            target = child(scaler.node, "spec", "scaleTargetRef")
            if (text_at(target, "kind"), text_at(target, "name")) == (self.resource.kind, self.resource.name):
                return int(number(text_at(scaler.node, "spec", "minReplicas"))) or own
        return own

    def published(self, container: Container) -> Iterator[int]:
        """Yield the container ports that a Service of the same set sends requests to."""
        labels = child(self.resource.node, "spec", "template", "metadata", "labels")
        own = {key.text: value.text for key, value in (labels.entries if labels is not None else ())}
        for service in self.applied.near("Service", self.resource.folder):
            selector = child(service.node, "spec", "selector")
            wanted = {k.text: v.text for k, v in (selector.entries if selector is not None else ())}
            if not wanted or not wanted.items() <= own.items():
                continue
            for item in items_at(service.node.get("spec"), "ports"):
                target = text_at(item, "targetPort") or text_at(item, "port")
                port = container.ports.get(target, int(number(target)))
                if port:
                    yield port
