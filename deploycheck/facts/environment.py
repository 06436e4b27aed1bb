"""The environment that production will have: layers, the later over the earlier, each with its name."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from deploycheck.python.values import Setting

if TYPE_CHECKING:
    from collections.abc import Iterable

    from deploycheck.facts.manifests.model import Entry, Platform
    from deploycheck.findings import Location

SHELL = "this shell"
LIVE = "the running app's environment"

EVERYWHERE = frozenset(
    {"HOME", "PATH", "PWD", "HOSTNAME", "LANG", "LC_ALL", "TERM", "USER", "SHELL", "TMPDIR", "TZ"}
)
"""Names that any process has; what this shell gives them says nothing about production."""


class Kind(enum.StrEnum):
    """What a layer comes from, weakest first."""

    DOTENV = "dotenv"
    PLATFORM = "platform"
    IMAGE = "image"
    MANIFEST = "manifest"
    DECLARED = "declared"
    ENV_FILE = "env file"
    SHELL = "shell"


@dataclass(frozen=True, slots=True)
class Layer:
    """One source of variables. `name` is how the report calls it: a file's path, the platform's name."""

    name: str
    kind: Kind
    settings: Mapping[str, Setting]

    @property
    def names(self) -> tuple[str, ...]:
        """The files that set anything in it, or its own name where no file does."""
        if self.kind is Kind.SHELL or self.kind is Kind.PLATFORM:
            return (self.name,)
        return tuple(dict.fromkeys(s.layer for s in self.settings.values()))


@dataclass(frozen=True, slots=True)
class Environment:
    """The layers of one deployment, weakest first.

    `closed` tells that they are the whole truth; `maybe` are variables that the platform may still
    inject (an attached resource), so their absence is never certain. A variable whose absence this
    environment asserts is one that is `settled`.
    """

    layers: tuple[Layer, ...] = ()
    closed: bool = False
    maybe: frozenset[str] = frozenset()

    def lookup(self, name: str) -> Setting | None:
        """Return what the strongest layer that has `name` gives to it."""
        for layer in reversed(self.layers):
            setting = layer.settings.get(name)
            if setting is not None:
                return setting
        return None

    def settled(self, name: str) -> bool:
        """Tell whether a variable that no layer sets is certainly not set."""
        return (self.closed and name not in self.maybe) or name.startswith("PYTEST_")

    def all_of(self, name: str) -> tuple[tuple[Layer, Setting], ...]:
        """Return every layer that sets `name`, weakest first."""
        return tuple((layer, layer.settings[name]) for layer in self.layers if name in layer.settings)

    def layer_of(self, name: str) -> Layer | None:
        """Return the layer whose value of `name` counts."""
        found = self.all_of(name)
        return found[-1][0] if found else None

    @property
    def label(self) -> str:
        """The layers' names, for people: `Databricks Apps + app.yaml + this shell`."""
        shown = [n for layer in self.layers for n in layer.names]
        return " + ".join(dict.fromkeys(shown)) or "nothing is known"

    def with_settings(self, changes: Mapping[str, str | None], *, without: Iterable[str] = ()) -> Environment:
        """Return a closed environment that differs in some variables (None: set to something unseen).

        Names in `without` are set by no layer. It is how rules ask "and what if?".
        """
        dropped = frozenset(without)
        kept = tuple(
            replace(layer, settings={k: v for k, v in layer.settings.items() if k not in dropped})
            for layer in self.layers
        )
        settings = {
            k: Setting(k, v, "what if", supposed=True) for k, v in changes.items() if k not in dropped
        }
        extra = Layer("what if", Kind.DECLARED, settings)
        return Environment((*kept, extra), closed=True)


def entries_layer(name: str, kind: Kind, entries: Iterable[Entry]) -> Layer:
    """Return the layer that a manifest's entries make; the last of a repeated name wins.

    Entries that a script keeps to itself (set and not exported) are no part of it.
    """
    settings = {
        e.name: Setting(e.name, e.value, e.at.path, e.at, e.default if e.value is None else None)
        for e in entries
        if e.name and e.exported
    }
    return Layer(name, kind, settings)


def platform_layer(platform: Platform, attached: Iterable[str], at: Location | None) -> Layer:
    """Return the variables that the platform sets by itself; their values are not in the repository."""
    names = sorted({*platform.injects, *attached})
    return Layer(platform.name, Kind.PLATFORM, {n: Setting(n, None, platform.name, at) for n in names})


def shell_layer(variables: Mapping[str, str]) -> Layer:
    """Return the layer of this process's own environment."""
    kept = {k: v for k, v in variables.items() if k not in EVERYWHERE}
    return Layer(SHELL, Kind.SHELL, {k: Setting(k, v, SHELL) for k, v in kept.items()})


@dataclass(frozen=True, slots=True)
class Sources:
    """What the user adds to the environment: declared variables, `--env-file`s, the shell's own.

    `injected` are names that the configuration says the platform provides; `environment` declared
    values; `shell` is None under `--isolated`. `live` is the environment of the running app where it is
    that which is looked at: then nothing else sets a variable, and what it has not is not set.
    """

    injected: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    env_files: tuple[Layer, ...] = ()
    shell: Mapping[str, str] | None = None
    live: Mapping[str, str] | None = None

    def layers(self) -> tuple[Layer, ...]:
        """Return the layers above the manifest's, weakest first."""
        if self.live is not None:
            return (Layer(LIVE, Kind.DECLARED, {k: Setting(k, v, LIVE) for k, v in self.live.items()}),)
        declared = {n: Setting(n, None, "the configuration") for n in self.injected}
        declared |= {n: Setting(n, v, "the configuration") for n, v in self.environment.items()}
        own = Layer("configuration", Kind.DECLARED, declared)
        shell = () if self.shell is None else (shell_layer(self.shell),)
        return (*((own,) if declared else ()), *self.env_files, *shell)
