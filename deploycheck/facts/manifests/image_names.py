"""Which Dockerfile of the project makes an image that a manifest only names."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from deploycheck.facts.manifests.compose_files import groups
from deploycheck.facts.manifests.containers import Built, built_from
from deploycheck.facts.manifests.dockerfile import read as read_dockerfiles
from deploycheck.facts.manifests.model import Manifest, Use
from deploycheck.facts.manifests.reading import items_at, text_at
from deploycheck.sources.errors import ReadError

if TYPE_CHECKING:
    from deploycheck.sources.nodes import YamlNode
    from deploycheck.sources.tree import Tree

_BUILD = re.compile(r"\bdocker\s+(?:buildx\s+)?build\b((?:[^\n;&|]|\\\n)*)")
_OPTION = re.compile(r"(?:^|\s)(-t|--tag|-f|--file)[=\s]+[\"']?([^\s\"']+)")
_SOMEBODY_ELSES = re.compile(
    r"(?:^|/)(?:adminer|alpine|bash|busybox|caddy|celery-exporter|cloud-sql-proxy|cloudsql-proxy|curl|elasticsearch|envoy"
    r"|flower|gce-proxy|grafana|haproxy|hashicorp|jaeger|kafka|keycloak|kubectl|localstack|loki|mailhog|mariadb|memcached"
    r"|minio|mongo|mongodb|mysql|nginx|nginx-[\w-]+|node|oauth2-proxy|opensearch|otel-collector|pgadmin4?|pgbouncer|postgis"
    r"|postgres|postgresql|prometheus|promtail|python|rabbitmq|redis|redis-[\w-]+|sentry|statsd|traefik|vault|zookeeper"
    r"|[\w-]*-exporter)$"
)


@dataclass(frozen=True, slots=True)
class Recipe:
    """How an image is built: its Dockerfile, the folder that is sent along, the stage."""

    path: str
    context: str
    target: str = ""


@dataclass
class Images:
    """The images that the files of a tree build, by the last part of their names."""

    tree: Tree
    seen: set[str] = field(default_factory=set)

    def built(self, image: str, workload: str = "") -> Built | None:
        """Return what builds an image: as some file says, else as names tell.

        That is certain only for the project's one image, where the workload that runs it has its name.
        """
        name = bare_name(image)
        if not name or "$" in name:
            return None
        if any(n == name for n, _ in self.told):
            return self.said(image)
        only = self._only_one(name)
        found = only or self._by_name(name)
        return None if found is None else self._read(found, certain=only is not None and name == workload)

    def said(self, image: str) -> Built | None:
        """Return what builds an image, where the project's files name one way and no other."""
        recipes = {r for n, r in self.told if n == bare_name(image)}
        return self._read(next(iter(recipes)), certain=True) if len(recipes) == 1 else None

    def _read(self, recipe: Recipe, *, certain: bool) -> Built | None:
        built = built_from(self.tree, recipe.context, recipe.path, recipe.target)
        return None if built is None else Built(built.path, built.stage, certain)

    @cached_property
    def told(self) -> tuple[tuple[str, Recipe], ...]:
        """Every name of an image with what builds it, where a file says so."""
        return tuple(dict.fromkeys((*_composed(self.tree), *_skaffold(self.tree), *_piped(self.tree))))

    @cached_property
    def ours(self) -> tuple[Manifest, ...]:
        """The Dockerfiles of the tree that make images with Python for production."""
        return tuple(m for m in read_dockerfiles(self.tree) if m.use is Use.PRODUCTION and m.processes)

    def _by_name(self, name: str) -> Recipe | None:
        """Return the one Dockerfile whose folder or own name is the image's."""
        found = []
        for manifest in self.ours:
            folder, _, file = manifest.path.rpartition("/")
            own = re.sub(r"(?i)^dockerfile[.-]?|[.-]?dockerfile$", "", file)
            if name in {own.lower(), folder.rpartition("/")[2].lower()}:
                found.append(manifest)
        return Recipe(found[0].path, found[0].directory) if len(found) == 1 else None

    def _only_one(self, name: str) -> Recipe | None:
        """Return the only Dockerfile of the tree, for the only image that is not known to be another's."""
        if _SOMEBODY_ELSES.search(name) or len(self.ours) != 1 or len(self.seen) != 1:
            return None
        return Recipe(self.ours[0].path, self.ours[0].directory)

    def note(self, images: list[str]) -> None:
        """Take in the images that manifests name, so that it is known whether there is only one unknown."""
        names = {bare_name(image) for image in images}
        self.seen |= {n for n in names if n and not _SOMEBODY_ELSES.search(n)}


def bare_name(image: str) -> str:
    """Return the last part of an image's name, with neither registry nor tag."""
    return re.sub(r"[:@].*$", "", image.rpartition("/")[2]).lower()


def _composed(tree: Tree) -> Iterator[tuple[str, Recipe]]:
    for group in groups(tree):
        for service in group.services:
            image, build = service.get("image"), service.get("build")
            if image is None or build is None or not image.is_scalar:
                continue
            folder = posixpath.dirname(service.path)
            context = build.text if build.is_scalar else text_at(build, "context") or "."
            written = text_at(build, "dockerfile"), text_at(build, "target")
            yield from _named(image.text, _recipe(tree, folder, context, *written))


def _recipe(tree: Tree, folder: str, context: str, dockerfile: str, target: str = "") -> Recipe | None:
    """Return how an image is built, where the Dockerfile is there: below the context, or below `folder`."""
    inside, name = _inside(folder, context), dockerfile or "Dockerfile"
    path = tree.resolve(_inside(inside, name)) or tree.resolve(_inside(folder, name))
    return None if path is None else Recipe(path, inside, target)


def _named(image: str, recipe: Recipe | None) -> Iterator[tuple[str, Recipe]]:
    name = bare_name(image)
    if recipe is not None and name and "$" not in name:
        yield name, recipe


def _inside(folder: str, path: str) -> str:
    inside = posixpath.normpath(posixpath.join(folder, path))
    return "" if inside == "." else inside


def _skaffold(tree: Tree) -> Iterator[tuple[str, Recipe]]:
    for path in tree.matching("skaffold.yaml", "skaffold.yml"):
        try:
            documents = tree.yaml(path)
        except ReadError:
            continue
        for document in documents:
            for item in items_at(document.get("build"), "artifacts"):
                docker = item.get("docker")
                context = text_at(item, "context") or "."
                written = text_at(docker, "dockerfile"), text_at(docker, "target")
                recipe = _recipe(tree, posixpath.dirname(path), context, *written)
                yield from _named(text_at(item, "image"), recipe)


def _piped(tree: Tree) -> Iterator[tuple[str, Recipe]]:
    """Yield what pipelines and recipes build: `docker build -t NAME -f FILE FOLDER`, and the usual action."""
    patterns = (
        ".github/workflows/*.y*ml",
        ".gitlab-ci.yml",
        "cloudbuild.y*ml",
        "Makefile",
        "justfile",
        "*.sh",
    )
    for path in tree.matching(*patterns):
        try:
            text = tree.text(path)
        except ReadError:
            continue
        if "docker" in text:
            # A workflow works at the root, a recipe or script where it stands, or at the root as well.
            folder = "" if path.endswith((".yml", ".yaml")) else posixpath.dirname(path)
            yield from _commands(tree, text, folder)
        if "build-push-action" in text:
            yield from _actions(tree, path)


def _commands(tree: Tree, text: str, folder: str) -> Iterator[tuple[str, Recipe]]:
    for match in _BUILD.finditer(text):
        line = re.sub(r"\\\n", " ", match[1])
        options = _OPTION.findall(line)
        tags = [value for key, value in options if key in {"-t", "--tag"}]
        file = next((value for key, value in options if key in {"-f", "--file"}), "")
        context = line.split()[-1].strip("\"'") if line.split() else "."
        if context.startswith("-") or "$" in context or "$" in file:
            continue
        recipe = _recipe(tree, folder, context, file) or _recipe(tree, "", context, file)
        for tag in tags:
            yield from _named(tag, recipe)


def _actions(tree: Tree, path: str) -> Iterator[tuple[str, Recipe]]:
    try:
        documents = tree.yaml(path)
    except ReadError:
        return
    for step in _steps(documents):
        if "build-push-action" not in text_at(step, "uses"):
            continue
        given = step.get("with")
        context, file = text_at(given, "context") or ".", text_at(given, "file")
        if "$" in context + file:
            continue
        for tag in re.split(r"[\s,]+", text_at(given, "tags")):
            yield from _named(tag, _recipe(tree, "", context, file, text_at(given, "target")))


def _steps(documents: tuple[YamlNode, ...]) -> Iterator[YamlNode]:
    for document in documents[:1]:
        jobs = document.get("jobs")
        for _, job in jobs.entries if jobs is not None else ():
            yield from items_at(job, "steps")
