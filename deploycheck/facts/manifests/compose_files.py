"""Which Compose files belong together: a base with its override or its production overlay, and includes."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from deploycheck.facts.manifests.model import Problem, Use
from deploycheck.facts.manifests.reading import is_null, repeated, text_of, unreadable, wrong_type
from deploycheck.facts.manifests.uses import use_of
from deploycheck.sources.errors import ReadError

if TYPE_CHECKING:
    from deploycheck.findings import Location
    from deploycheck.sources.tree import Tree
    from deploycheck.sources.yaml import YamlNode

_NAME = re.compile(
    r"(?:docker-)?compose((?:[._-][\w-]+)*?)\.ya?ml$|(?:production|prod)\.ya?ml$", re.IGNORECASE
)
_PRODUCTION = re.compile(
    r"(?:^|[._-])(?:deploy|deployment|live|prd|prod|production|release|server|swarm)(?:$|[._-])"
)
_DEV_COMMAND = re.compile(
    r"--reload|--debug|debugpy|fastapi[\s,'\"]+dev\b|runserver|npm run dev|sleep infinity|/dev/null|watchmedo"
)
_DEPTH = 5


@dataclass(frozen=True, slots=True)
class Service:
    """A service with the nodes that describe it, the later over the earlier."""

    name: str
    at: Location
    path: str
    layers: tuple[YamlNode, ...]

    def get(self, *keys: str) -> YamlNode | None:
        """Return what the last layer that has the key says; None for `!reset` and for null."""
        for layer in reversed(self.layers):
            node = layer.get(*keys)
            if node is not None:
                return None if node.tag == "!reset" or is_null(node) else node
        return None

    def each(self, *keys: str) -> list[YamlNode]:
        """Return what each layer says, earliest first, from the last `!override` on."""
        found: list[YamlNode] = []
        for layer in self.layers:
            node = layer.get(*keys)
            if node is not None and node.tag in {"!reset", "!override"}:
                found = []
            if node is not None and node.tag != "!reset" and not is_null(node):
                found.append(node)
        return found


@dataclass(frozen=True, slots=True)
class Group:
    """Compose files that are started together, and the services that they make."""

    paths: tuple[str, ...]
    use: Use
    named_production: bool
    services: tuple[Service, ...]
    problems: tuple[Problem, ...] = ()


def groups(tree: Tree) -> Iterator[Group]:
    """Find the tree's Compose files, folder by folder, and put together what belongs together."""
    folders: dict[str, list[_File]] = {}
    for path in tree.matching("*.yml", "*.yaml"):
        if _NAME.match(posixpath.basename(path)):
            file = _File(tree, path)
            if file.ours:
                folders.setdefault(posixpath.dirname(path), []).append(file)
    for folder in sorted(folders):
        yield from _grouped(folders[folder])


@dataclass
class _File:
    """One Compose file, read as far as it goes."""

    tree: Tree
    path: str
    root: YamlNode | None = None
    problems: list[Problem] = field(default_factory=list)

    def __post_init__(self) -> None:
        match = _NAME.match(posixpath.basename(self.path))
        named = bool(match and match[1] is not None)
        self.suffix = (match[1] or "") if match and named else "-production"
        try:
            documents = self.tree.yaml(self.path)
        except ReadError as error:
            self.problems.append(unreadable(error))
            self.ours = named
            return
        self.root = documents[0] if documents and documents[0].is_mapping else None
        if documents and self.root is None and not is_null(documents[0]):
            self.problems.append(wrong_type("the file", "a mapping of services", documents[0].at))
        self.ours = named or bool(self.root and self.root.get("services"))
        services = self.root.get("services") if self.root else None
        if self.root is not None:
            self.problems += repeated(self.root)
        if services is not None and not services.is_mapping and not is_null(services):
            self.problems.append(wrong_type("services", "a mapping of names", services.at))

    @property
    def use(self) -> Use:
        return use_of(self.path)

    @property
    def is_production(self) -> bool:
        return bool(_PRODUCTION.search(self.suffix.lower())) and self.use is Use.PRODUCTION

    @property
    def is_override(self) -> bool:
        return bool(re.search(r"(?:^|[._-])override$", self.suffix.lower()))

    def nodes(self) -> dict[str, tuple[YamlNode, YamlNode]]:
        """Return each service's key and mapping."""
        services = self.root.get("services") if self.root else None
        if services is None or not services.is_mapping:
            return {}
        self.problems += [p for p in repeated(services) if p not in self.problems]
        for key, value in services.entries:
            problem = wrong_type(key.text, "a mapping", value.at)
            if not value.is_mapping and not is_null(value) and problem not in self.problems:
                self.problems.append(problem)
        return {key.text: (key, value) for key, value in services.entries if value.is_mapping}

    def included(self, depth: int = _DEPTH) -> Iterator[_File]:
        """Yield the files that this one includes, theirs first."""
        include = self.root.get("include") if self.root else None
        for item in include.items if include and depth else ():
            listed = item.get("path") if item.is_mapping else item
            names = listed.items if listed and listed.is_sequence else (listed,)
            for name in (text_of(node) for node in names if node):
                path = self.tree.resolve(posixpath.join(posixpath.dirname(self.path), name or ""))
                if path and path != self.path:
                    file = _File(self.tree, path)
                    yield from file.included(depth - 1)
                    yield file


def _grouped(files: Sequence[_File]) -> Iterator[Group]:
    bases = [f for f in files if not f.suffix]
    # Compose itself takes compose.yaml before the older name.
    base = min(
        bases, key=lambda f: (not posixpath.basename(f.path).startswith("compose"), f.path), default=None
    )
    rest = [f for f in files if f.suffix]
    live = [f for f in rest if f.is_production]
    overlays = [f for f in live if base and _overlays(f, base)]
    for file in live:
        yield _group([base, file] if base and file in overlays else [file], production=True)
    if base:
        if live and not overlays:
            yield _group([base], use=Use.DEVELOPMENT)
        elif not live:
            overrides = [f for f in rest if f.is_override and not _for_development(f)]
            yield _group([base, *overrides])
    for file in rest:
        if file in live or file.is_override or (base and _overlays(file, base)):
            continue
        yield _group([file])


def _group(files: Sequence[_File], *, production: bool = False, use: Use | None = None) -> Group:
    every = [other for file in files for other in (*file.included(), file)]
    tables = [(file, file.nodes()) for file in every]
    services: dict[str, Service] = {}
    for file, nodes in tables:
        for name, (key, node) in nodes.items():
            earlier = services.get(name)
            own = (*_extended(file, node, nodes, _DEPTH), node)
            layers = (*earlier.layers, *own) if earlier else own
            place = (earlier.at, earlier.path) if earlier else (key.at, file.path)
            services[name] = Service(name, *place, layers)
    return Group(
        tuple(file.path for file in files),
        use or files[-1].use,
        production,
        tuple(services.values()),
        tuple(problem for file in every for problem in file.problems),
    )


def _extended(
    file: _File, node: YamlNode, nodes: dict[str, tuple[YamlNode, YamlNode]], depth: int
) -> tuple[YamlNode, ...]:
    """Return the layers that `extends` puts below a service."""
    extends = node.get("extends")
    if extends is None or not depth:
        return ()
    name = text_of(extends.get("service") if extends.is_mapping else extends) or ""
    other = text_of(extends.get("file")) if extends.is_mapping else None
    if other:
        path = file.tree.resolve(posixpath.join(posixpath.dirname(file.path), other))
        if path is None:
            return ()
        file = _File(file.tree, path)
        nodes = file.nodes()
    found = nodes.get(name)
    if found is None or found[1] is node:
        return ()
    return (*_extended(file, found[1], nodes, depth - 1), found[1])


def _overlays(file: _File, base: _File) -> bool:
    """Tell whether a file only makes sense over the base: a service of it does not say what it runs."""
    known = base.nodes()
    return any(
        name in known and not any(node.get(key) for key in ("build", "image", "extends"))
        for name, (_, node) in file.nodes().items()
    )


_CODE_MOUNT = re.compile(r"\.(?:/[^:]*)?:/(?:app|code|src|srv|usr/src|workspace)\b|\.:")


def _for_development(file: _File) -> bool:
    """Tell whether an override is what developers run: it reloads, watches, or mounts the code."""
    for key, node in file.nodes().values():
        volumes = node.get("volumes")
        mounted = any(_CODE_MOUNT.match(item.text) for item in (volumes.items if volumes else ()))
        if mounted or runs_for_development(Service(key.text, key.at, file.path, (node,))):
            return True
    return False


def runs_for_development(service: Service) -> bool:
    """Tell whether a service is started as developers do: reloading, watching, or doing nothing."""
    if service.get("develop") is not None:
        return True
    command = service.get("command")
    text = "" if command is None else command.text or " ".join(item.text for item in command.items)
    return bool(_DEV_COMMAND.search(text))
