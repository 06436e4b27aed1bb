"""Docker Compose: each service is one container, started with no shell, from an image or a Dockerfile."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from deploycheck.facts.manifests import wrappers
from deploycheck.facts.manifests.building import read_image
from deploycheck.facts.manifests.compose_files import Group, Service, groups, runs_for_development
from deploycheck.facts.manifests.dockerfile import fill
from deploycheck.facts.manifests.image import Copied, Stage, Start
from deploycheck.facts.manifests.image_names import Images
from deploycheck.facts.manifests.interpolation import Interpolation
from deploycheck.facts.manifests.model import Command, Entry, Manifest, Problem, Use, Word
from deploycheck.facts.manifests.platforms import COMPOSE
from deploycheck.facts.manifests.quantities import megabytes, number, seconds
from deploycheck.facts.manifests.reading import (
    exec_form,
    is_null,
    joined,
    line_of,
    probed_path,
    repeated,
    text_of,
    wrong_type,
)
from deploycheck.facts.manifests.shell import program
from deploycheck.sources.dotenv import interpolate
from deploycheck.sources.errors import ReadError

if TYPE_CHECKING:
    from deploycheck.sources.tree import Tree
    from deploycheck.sources.yaml import YamlNode

_DEV_PROFILE = re.compile(r"^(?:dev|debug|test|tests|local|ci|development|e2e|tools?)")


def read(tree: Tree) -> tuple[Manifest, ...]:
    """Return one manifest a service, for each group of Compose files that is started together."""
    images = Images(tree)
    return tuple(manifest for group in groups(tree) for manifest in _group(tree, group, images))


def _group(tree: Tree, group: Group, images: Images) -> Iterator[Manifest]:
    path = group.paths[0]
    if group.problems:
        yield Manifest(COMPOSE, path, group.problems[0].at, problems=group.problems, use=group.use)
    folder = posixpath.dirname(path)
    values = Interpolation(_dotenv(tree, posixpath.join(folder, ".env")))
    built: dict[str, Service] = {}
    for service in group.services:
        image = text_of(service.get("image"))
        if image and service.get("build") is not None:
            built.setdefault(values.plain(image), service)
    for service in group.services:
        source = built.get(values.plain(text_of(service.get("image")) or ""), service)
        yield _Reader(tree, group, service, source, values, images).manifest()


def _dotenv(tree: Tree, path: str) -> dict[str, str]:
    if not tree.exists(path):
        return {}
    try:
        entries = tree.dotenv(path)
    except ReadError:
        return {}
    return {name: value for name, value in interpolate(entries, {}).items() if value is not None}


@dataclass
class _Reader:
    """Reads one service. `source` is the service whose build makes the image that it runs."""

    tree: Tree
    group: Group
    service: Service
    source: Service
    values: Interpolation
    images: Images
    problems: list[Problem] = field(default_factory=list)

    def manifest(self) -> Manifest:
        service = self.service
        for layer in service.layers:
            self.problems += [p for p in repeated(layer) if p not in self.problems]
        image = self.values.plain(text_of(service.get("image")) or "")
        environment, env_files, open_env = self.environment()
        folder = posixpath.dirname(service.path)
        mounts = self.mounts(folder)
        limits = "deploy", "resources", "limits"
        base = Manifest(
            COMPOSE,
            service.path,
            service.at,
            name=service.name,
            environment=environment,
            cpu=number(self.text("cpus") or self.text(*limits, "cpus")),
            memory=megabytes(self.text("mem_limit") or self.text(*limits, "memory")),
            replicas=int(number(self.text("deploy", "replicas") or self.text("scale"))),
            ports=self.ports(),
            published=self.ports("ports"),
            shares_network=bool(re.match(r"host|service:|container:", self.text("network_mode"))),
            volumes=tuple(dict.fromkeys(target for _, target in mounts)),
            anonymous=self.anonymous(),
            health_path=self.health(),
            grace=seconds(self.text("stop_grace_period")),
            open_env=open_env,
            env_files=env_files,
            directory=folder,
            uses=tuple(path for path in self.group.paths if path != service.path),
            image=image,
            use=self.use(mounts),
        )
        path, stage = self.stage(folder)
        if path is not None:
            base = replace(base, uses=(*base.uses, path))
        # What is mounted over the image's files is what runs.
        stage.copies += [Copied(target, source) for source, target in mounts if source is not None]
        if workdir := self.text("working_dir"):
            stage.workdir = stage.inside(workdir)
        command = stage.started(*self.starts(stage))
        filled = fill(base, stage, command)
        if path is None and base.use is Use.PRODUCTION:
            filled = replace(filled, use=Use.PRODUCTION if self.is_ours(command, mounts) else Use.SERVICE)
        return replace(filled, problems=tuple(sorted(self.problems, key=lambda problem: problem.at)))

    def is_ours(self, command: Command | None, mounts: list[tuple[str | None, str]]) -> bool:
        """Tell whether a service whose image no file here builds runs the project's Python all the same."""
        name = program(command) if command else ""
        known = wrappers.SERVERS | wrappers.WORKERS | wrappers.MIGRATORS | {"python"}
        return name in known or any(source is not None and self.has_code(source) for source, _ in mounts)

    def text(self, *keys: str) -> str:
        return self.values.plain(text_of(self.service.get(*keys)) or "")

    def use(self, mounts: list[tuple[str | None, str]]) -> Use:
        if self.group.use is not Use.PRODUCTION or self.group.named_production:
            return self.group.use
        profiles = self.service.get("profiles")
        names = [item.text for item in profiles.items] if profiles else []
        if names and all(_DEV_PROFILE.match(name) for name in names):
            return Use.DEVELOPMENT
        mounted = any(source is not None and self.has_code(source) for source, _ in mounts)
        return Use.DEVELOPMENT if mounted or runs_for_development(self.service) else Use.PRODUCTION

    def has_code(self, folder: str) -> bool:
        prefix = f"{folder}/" if folder else ""
        return any(path.endswith(".py") and path.startswith(prefix) for path in self.tree.files)

    def stage(self, folder: str) -> tuple[str | None, Stage]:
        """Return the Dockerfile that the service's image is built from, and its stage."""
        build = self.source.get("build")
        if build is not None:
            context = self.built("context" if build.is_mapping else "") or "."
            context = posixpath.normpath(posixpath.join(folder, context))
            context = "" if context == "." else context
            path = self.tree.resolve(posixpath.join(context, self.built("dockerfile") or "Dockerfile"))
            if path is not None:
                entries = [e for node in self.source.each("build", "args") for e in self.pairs(node)]
                image = read_image(self.tree, path, context, {e.name: e.value or e.default for e in entries})
                stage = image.stage(self.built("target"))
                if stage is not None:
                    return path, stage
        elif named := self.values.plain(text_of(self.service.get("image")) or ""):
            made = self.images.said(named)
            if made is not None:
                return made.path, made.stage
        return None, Stage(self.tree, folder, "", "", self.service.at)

    def built(self, key: str) -> str:
        """Return what `build` says under a key, or by itself where it is only a text."""
        node = self.source.get("build", key) if key else self.source.get("build")
        return self.values.plain(text_of(node) or "")

    def starts(self, stage: Stage) -> tuple[Start | None, Start | None]:
        """Return the entrypoint and command that count: the service's own, else the image's."""
        entrypoint, command = self.start("entrypoint"), self.start("command")
        node = self.service.get("command")
        if command is not None and not any(word.text.strip() for word in command.words or (command,)):
            # It takes the image's command away, and leaves what else the container is started with.
            seen = self.source.get("build") is not None or self.text("image").startswith("python")
            if entrypoint is None and stage.entrypoint is None and node is not None and seen:
                self.problems.append(
                    Problem("empty-command", "command is there and empty", node.at, "command")
                )
                return None, stage.command
            return entrypoint or stage.entrypoint, None
        if entrypoint is None:
            return stage.entrypoint, command or stage.command
        return entrypoint, command

    def start(self, key: str) -> Start | None:
        node = self.service.get(key)
        if node is None:
            return None
        words = self.words(node, key)
        if words is None:
            return None
        return Start(node.at, joined(words), words)

    def words(self, node: YamlNode, key: str) -> tuple[Word, ...] | None:
        if node.is_sequence:
            words = exec_form(node, key, self.problems)
        elif node.is_scalar and isinstance(node.data, str):
            words = line_of(self.tree, node).argv
        else:
            self.problems.append(wrong_type(key, "a text or a list of words", node.at))
            return None
        return tuple(self.values.word(word) for word in words)

    def environment(self) -> tuple[tuple[Entry, ...], tuple[str, ...], bool]:
        """Return the service's variables, the env files of the project, and whether others are unseen."""
        entries: dict[str, Entry] = {}
        paths: list[str] = []
        is_open = False
        for path, folder in self.env_files():
            known = self.tree.resolve(posixpath.join(folder, path))
            if known is None:
                is_open = True
                continue
            paths.append(known)
            try:
                values = interpolate(self.tree.dotenv(known), {})
                entries |= {e.name: Entry(e.name, values.get(e.name), e.at) for e in self.tree.dotenv(known)}
            except ReadError:
                is_open = True
        for node in self.service.each("environment"):
            entries |= {entry.name: entry for entry in self.pairs(node)}
        return tuple(entries.values()), tuple(paths), is_open

    def env_files(self) -> Iterator[tuple[str, str]]:
        for node in self.service.each("env_file"):
            for item in node.items if node.is_sequence else (node,):
                path = text_of(item.get("path") if item.is_mapping else item)
                if path:
                    yield self.values.plain(path), posixpath.dirname(item.at.path)

    def pairs(self, node: YamlNode) -> Iterator[Entry]:
        """Yield the variables of a map or of a list of `NAME=value`."""
        if node.is_mapping:
            for key, value in node.entries:
                if not value.is_scalar:
                    self.problems.append(wrong_type(key.text, "a text", value.at))
                    continue
                yield self.values.entry(key.text, None if is_null(value) else value.text, key.at)
        elif node.is_sequence:
            for item in node.items:
                if not item.is_scalar:
                    self.problems.append(wrong_type("environment", "a list of NAME=value", item.at))
                    continue
                name, equals, text = item.text.partition("=")
                yield self.values.entry(name.strip(), text if equals else None, item.at)
        else:
            self.problems.append(wrong_type("environment", "a mapping or a list", node.at))

    def ports(self, *keys: str) -> tuple[int, ...]:
        found: list[int] = []
        for node in (node for key in keys or ("ports", "expose") for node in self.service.each(key)):
            for item in node.items:
                text = text_of(item.get("target") if item.is_mapping else item) or ""
                last = self.values.plain(text).partition("/")[0].rpartition(":")[2]
                if last.isdigit():
                    found.append(int(last))
        return tuple(dict.fromkeys(found))

    def mounts(self, folder: str) -> list[tuple[str | None, str]]:
        """Return each mount: the project path (None for a volume or one outside), and where it is seen."""
        found: list[tuple[str | None, str]] = []
        for item in (item for node in self.service.each("volumes") for item in node.items):
            if item.is_mapping:
                source, target = text_of(item.get("source")) or "", text_of(item.get("target")) or ""
            else:
                source, _, rest = self.values.plain(item.text).partition(":")
                target = rest.partition(":")[0] or source
                source = source if rest else ""
            inside = None
            if source.startswith("."):
                path = posixpath.normpath(posixpath.join(folder, source))
                path = "" if path == "." else path
                inside = path if self.tree.exists(path) or self.tree.is_directory(path) else None
            if target:
                found.append((inside, posixpath.normpath(target)))
        return found

    def anonymous(self) -> tuple[str, ...]:
        """Return the mounted paths that no name and no folder outside backs, those in memory too."""
        found: list[str] = []
        for item in (item for node in self.service.each("volumes") for item in node.items):
            if item.is_mapping:
                target = text_of(item.get("target")) or ""
                if text_of(item.get("type")) == "tmpfs" or not text_of(item.get("source")):
                    found.append(posixpath.normpath(target) if target else "")
            elif ":" not in self.values.plain(item.text):
                found.append(posixpath.normpath(self.values.plain(item.text)))
        return tuple(dict.fromkeys(path for path in found if path))

    def health(self) -> str:
        test = self.service.get("healthcheck", "test")
        if test is None:
            return ""
        return probed_path(self.values.plain(test.text or " ".join(item.text for item in test.items)))
