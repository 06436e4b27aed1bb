"""Containers as Kubernetes describes them: environment, words, probes, resources; no shell, only `$(VAR)`."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from deploycheck.facts.manifests.containers import start_of
from deploycheck.facts.manifests.model import (
    Command,
    Entry,
    Expansion,
    Mount,
    Probe,
    ProbeKind,
    Problem,
    Process,
    Source,
    Word,
)
from deploycheck.facts.manifests.quantities import number
from deploycheck.facts.manifests.reading import (
    child,
    exec_form,
    items_at,
    listed,
    probed_path,
    text_at,
    text_of,
    wrong_type,
)

if TYPE_CHECKING:
    from deploycheck.facts.manifests.image import Start
    from deploycheck.facts.manifests.resources import Applied, Resource
    from deploycheck.findings import Location
    from deploycheck.sources.nodes import YamlNode

REFERENCE = re.compile(r"\$\$|\$\(([A-Za-z_][\w.-]*)\)")
_PROBES = (
    ("readinessProbe", ProbeKind.READINESS),
    ("startupProbe", ProbeKind.STARTUP),
    ("livenessProbe", ProbeKind.LIVENESS),
)
_NO_TEXT = re.compile(r"-?\d+(?:\.\d+)?|true|false", re.IGNORECASE)
"""What any reader of YAML takes for a number or a truth value, where it has no quotes."""
_PASSING = ("configMap", "downwardAPI", "emptyDir", "ephemeral", "projected", "secret")
"""Kinds of volumes that are gone with the pod, or that nothing can be written to."""


@dataclass
class Container:
    """One container of a pod. `claims` are the names of a StatefulSet's own volume claims."""

    node: YamlNode
    pod: YamlNode
    applied: Applied
    claims: frozenset[str] = frozenset()
    problems: list[Problem] = field(default_factory=list)
    open_env: bool = False

    def __post_init__(self) -> None:
        """Read its environment, which its words are filled with."""
        self.folder = posixpath.dirname(self.node.at.path)
        entries: dict[str, Entry] = {}
        for entry in (*self.borrowed(), *self.own(entries)):
            entries.pop(entry.name, None)
            entries[entry.name] = entry
        self.environment = tuple(entries.values())

    @property
    def name(self) -> str:
        """Its name."""
        return text_at(self.node, "name")

    @property
    def image(self) -> str:
        """The image that it runs, as written."""
        return text_at(self.node, "image")

    # -- environment -------------------------------------------------------------------------------

    def borrowed(self) -> Iterator[Entry]:
        """Yield the variables of whole ConfigMaps and Secrets."""
        for item in listed(self.node.get("envFrom"), "envFrom", self.problems):
            prefix = text_at(item, "prefix")
            for key, kind in (("configMapRef", "ConfigMap"), ("secretRef", "Secret")):
                if child(item, key) is None:
                    continue
                data = _data(self.applied, kind, text_at(item, key, "name"), self.folder)
                self.open_env = self.open_env or data is None
                for name, entry in (data or {}).items():
                    yield replace(entry, name=prefix + name)

    def own(self, earlier: Mapping[str, Entry]) -> Iterator[Entry]:
        """Yield its own variables; one may name those before it."""
        del earlier
        known: dict[str, Entry] = {entry.name: entry for entry in self.borrowed()}
        for item in listed(self.node.get("env"), "env", self.problems):
            key = item.get("name")
            name = text_of(key)
            if key is None or not name:
                message = "an entry has no name"
                self.problems.append(Problem("env-entry", message, item.at, "", "", "nameless"))
                continue
            entry = self.entry(name, key.at, item, known)
            if entry is not None:
                known[name] = entry
                yield entry

    def entry(self, name: str, at: Location, item: YamlNode, known: Mapping[str, Entry]) -> Entry | None:
        """Return one variable, None for an optional one whose source is not there."""
        value, origin = item.get("value"), child(item, "valueFrom")
        if origin is None:
            if value is not None and not value.is_scalar:
                self.problems.append(wrong_type(name, "a text", value.at))
                return None
            if value is not None and not isinstance(value.data, str) and _NO_TEXT.fullmatch(value.text):
                self.problems.append(wrong_type(name, "a text, so that it needs quotes", value.at))
            return _filled(name, text_of(value) or "", at, known)
        reference = child(origin, "configMapKeyRef")
        if reference is not None:
            data = _data(self.applied, "ConfigMap", text_at(reference, "name"), self.folder)
            found = (data or {}).get(text_at(reference, "key"))
            if found is not None:
                return replace(found, name=name, at=at)
            return Entry(name, None, at, Source.RESOURCE, written=text_at(reference, "key"))
        if child(origin, "secretKeyRef") is not None:
            return Entry(name, None, at, Source.SECRET, written=text_at(origin, "secretKeyRef", "key"))
        return Entry(name, None, at, Source.COMPUTED, written="valueFrom")

    # -- what it runs ------------------------------------------------------------------------------

    def start(self, key: str) -> Start | None:
        """Return `command` (over the image's ENTRYPOINT) or `args` (over its CMD), with variables put in."""
        node = child(self.node, key)
        if node is None:
            return None
        if not node.is_sequence:
            self.problems.append(wrong_type(key, "a list of words", node.at))
            return None
        words = exec_form(node, key, self.problems)
        if not words:
            return None
        if key == "command" and not words[0].text.strip():
            self.problems.append(Problem("empty-command", f"{key} is there and empty", node.at, key))
            return None
        return start_of([self.word(word) for word in words], node.at)

    def word(self, word: Word) -> Word:
        """Return a word with the variables that are known put in."""
        known = {e.name: e.value for e in self.environment if e.value is not None}

        def put(match: re.Match[str]) -> str:
            if match[1] is None:
                return "$"
            return known.get(match[1], match[0])

        text = REFERENCE.sub(put, word.text)
        return word if text == word.text else Word(text, word.at, word.literal, written=word.text)

    def expanding(self, process: Process) -> Process:
        """Return a process whose command knows which variables the platform puts into it."""
        command = process.command
        if command is None:
            return process
        names = {e.name for e in self.environment}
        if self.open_env:
            names |= {m[1] for w in command.argv for m in REFERENCE.finditer(w.text) if m[1]}
        return replace(process, command=_expanding(command, frozenset(names)))

    # -- probes, ports, volumes --------------------------------------------------------------------

    @property
    def ports(self) -> dict[str, int]:
        """Its ports by name (by their number where they have none)."""
        found = {}
        for item in items_at(self.node, "ports"):
            port = int(number(text_at(item, "containerPort")))
            if port:
                found[text_at(item, "name") or str(port)] = port
        return found

    def probes(self) -> Iterator[Probe]:
        """Yield its HTTP probes, the readiness probe first."""
        for key, kind in _PROBES:
            probe = child(self.node, key)
            if probe is None:
                continue
            asked = child(probe, "httpGet")
            words = " ".join(item.text for item in items_at(probe, "exec", "command"))
            path = text_at(asked, "path") or "/" if asked is not None else probed_path(words)
            if path:
                port = text_at(asked, "port")
                number_ = self.ports.get(port, int(number(port)))
                timeout = int(number(text_at(probe, "timeoutSeconds"))) or 1
                period = int(number(text_at(probe, "periodSeconds"))) or 10
                yield Probe(kind, path, (asked or probe).at, number_, timeout, period)

    def mounts(self) -> Iterator[Mount]:
        """Yield what is mounted into it, and whether that lasts."""
        volumes = {text_at(v, "name"): v for v in items_at(self.pod, "volumes")}
        for item in items_at(self.node, "volumeMounts"):
            path, name = text_at(item, "mountPath"), text_at(item, "name")
            volume = volumes.get(name)
            passing = volume is not None and any(volume.get(kind) is not None for kind in _PASSING)
            lasting = name in self.claims or not passing
            if path and (volume is not None or lasting):
                yield Mount(posixpath.normpath(path), item.at, lasting, name)


def _expanding(command: Command, names: frozenset[str]) -> Command:
    """Mark the commands that no shell reads."""
    via = tuple(
        c if c.shell else replace(c, expands=names, expansion=Expansion.PARENTHESES) for c in command.via
    )
    if command.shell or command.via:
        return replace(command, via=via)
    return replace(command, expands=names, expansion=Expansion.PARENTHESES)


def _filled(name: str, text: str, at: Location, known: Mapping[str, Entry]) -> Entry:
    """Return a variable whose text may name others as `$(X)`; one that is not known stays as written."""
    names = tuple(dict.fromkeys(m[1] for m in REFERENCE.finditer(text) if m[1] in known))
    if any(known[n].value is None for n in names):
        return Entry(name, None, at, Source.COMPUTED, written=text, variables=names)

    def put(match: re.Match[str]) -> str:
        if match[1] is None:
            return "$"
        return (known[match[1]].value or "") if match[1] in known else match[0]

    return Entry(name, REFERENCE.sub(put, text), at)


def _data(applied: Applied, kind: str, name: str, near: str) -> dict[str, Entry] | None:
    """Return the keys of a ConfigMap or Secret by name; None for one that no file here holds."""
    found = applied.named(kind, name, near)
    if found is not None:
        return {e.name: e for e in _entries(found)}
    if kind == "Secret":
        return _sealed(applied, name)
    return None


def _entries(resource: Resource) -> Iterator[Entry]:
    for key in ("data", "stringData"):
        node = resource.node.get(key)
        for name, value in node.entries if node is not None else ():
            if not value.is_scalar:
                continue
            if resource.kind == "Secret":
                yield Entry(name.text, None, name.at, Source.SECRET, written=name.text)
            else:
                yield Entry(name.text, value.text, name.at)


def _sealed(applied: Applied, name: str) -> dict[str, Entry] | None:
    """Return the keys of a Secret that a controller makes of a SealedSecret or an ExternalSecret."""
    for resource in applied.of_kind("SealedSecret", "ExternalSecret"):
        spec = resource.node.get("spec")
        if (text_at(spec, "target", "name") or resource.name) != name or child(spec, "dataFrom") is not None:
            continue
        sealed = spec.get("encryptedData") if spec is not None else None
        keys = [key for key, _ in sealed.entries] if sealed is not None else []
        keys += [key for item in items_at(spec, "data") if (key := item.get("secretKey")) is not None]
        return {k.text: Entry(k.text, None, k.at, Source.SECRET, written=k.text) for k in keys}
    return None
