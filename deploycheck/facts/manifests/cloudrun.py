"""Google Cloud Run: a service of Knative in YAML, whose one serving container gets PORT."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from deploycheck.facts.manifests.containers import Over, contained
from deploycheck.facts.manifests.image_names import Images
from deploycheck.facts.manifests.model import Entry, Manifest, Problem, Role, Use
from deploycheck.facts.manifests.platforms import CLOUD_RUN
from deploycheck.facts.manifests.pods import Container
from deploycheck.facts.manifests.quantities import cpus, megabytes, number
from deploycheck.facts.manifests.reading import child, in_order, is_template, items_at, text_at
from deploycheck.facts.manifests.resources import Applied, Resource, resources_in
from deploycheck.facts.manifests.uses import stage_of
from deploycheck.sources.errors import ReadError

if TYPE_CHECKING:
    from deploycheck.sources.nodes import YamlNode
    from deploycheck.sources.tree import Tree

API = "serving.knative.dev/"
DEFAULT_PORT = 8080
_SCALE = "autoscaling.knative.dev/"


def read(tree: Tree) -> tuple[Manifest, ...]:
    """Return what each service of Knative's kind in the tree runs."""
    problems: list[Problem] = []
    found: list[tuple[Applied, Resource]] = []
    for path in tree.matching("*.yaml", "*.yml"):
        if not _mentions(tree, path) or is_template(tree, path):
            continue
        resources = resources_in(tree, path, problems)
        applied = Applied(resources, stage_of(path))
        found += [(applied, r) for r in resources if r.kind == "Service" and _is_knative(r.node)]
    images = Images(tree)
    images.note([text_at(c, "image") for _, r in found for c in _containers(r.node)])
    services = tuple(m for applied, r in found for m in _service(tree, applied, r, images))
    broken = tuple(
        Manifest(CLOUD_RUN, p.at.path, p.at, problems=(p,), use=stage_of(p.at.path)) for p in problems
    )
    return (*broken, *services)


def _mentions(tree: Tree, path: str) -> bool:
    try:
        return API in tree.text(path)
    except ReadError:
        return False


def _is_knative(node: YamlNode) -> bool:
    return text_at(node, "apiVersion").startswith(API)


def _containers(node: YamlNode) -> tuple[YamlNode, ...]:
    return items_at(node, "spec", "template", "spec", "containers")


def _service(tree: Tree, applied: Applied, resource: Resource, images: Images) -> Iterator[Manifest]:
    pod = child(resource.node, "spec", "template", "spec")
    containers = [Container(c, pod, applied) for c in _containers(resource.node) if pod and c.is_mapping]
    serving = next((c for c in containers if c.ports), containers[0] if containers else None)
    for container in containers:
        manifest = _manifest(tree, applied, resource, container, images)
        is_main = container is serving
        name = resource.name if is_main else f"{resource.name}/{container.name}"
        role = Role.WEB if is_main else Role.WORKER
        processes = tuple(replace(container.expanding(p), role=role) for p in manifest.processes)
        use = manifest.use if is_main or manifest.use is not Use.PRODUCTION else Use.SERVICE
        yield replace(manifest, name=name, processes=processes, use=use, shares_network=len(containers) > 1)


def _manifest(
    tree: Tree, applied: Applied, resource: Resource, container: Container, images: Images
) -> Manifest:
    node = container.node
    template = child(resource.node, "spec", "template")
    port = next(iter(container.ports.values()), DEFAULT_PORT)
    probes, mounts = tuple(container.probes()), tuple(container.mounts())
    scale = child(template, "metadata", "annotations")
    base = Manifest(
        CLOUD_RUN,
        resource.path,
        node.at,
        environment=(Entry("PORT", str(port), node.at), *container.environment),
        open_env=container.open_env,
        cpu=cpus(text_at(node, "resources", "limits", "cpu")),
        memory=megabytes(text_at(node, "resources", "limits", "memory")),
        replicas=int(number(text_at(scale, f"{_SCALE}maxScale"))),
        ports=(port,),
        published=(port,),
        probes=probes,
        health_path=probes[0].path if probes else "",
        mounts=mounts,
        volumes=tuple(mount.path for mount in mounts),
        anonymous=tuple(mount.path for mount in mounts if not mount.persistent),
        image=container.image,
        use=applied.use,
        request_limit=int(number(text_at(template, "spec", "timeoutSeconds"))),
    )
    over = Over(container.start("command"), container.start("args"), text_at(node, "workingDir"))
    filled = contained(base, tree, images.built(container.image), over)
    return replace(filled, problems=in_order(container.problems))
