"""The project: every fact about it, worked out once, on first use."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from deploycheck.configuration import Configuration
from deploycheck.facts.environment import Kind, Layer, Sources
from deploycheck.facts.settings import MODELS
from deploycheck.python.program import Program
from deploycheck.python.values import Setting
from deploycheck.sources import dotenv
from deploycheck.sources.errors import ReadError
from deploycheck.sources.text import decode, read_bytes
from deploycheck.sources.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path

    from deploycheck.facts.backups.model import Backup
    from deploycheck.facts.builds.packages import Package
    from deploycheck.facts.databases.connections import Connections
    from deploycheck.facts.deploying.model import Way
    from deploycheck.facts.deployment import Deployment
    from deploycheck.facts.docs import Document
    from deploycheck.facts.manifests.model import Manifest
    from deploycheck.facts.migrations.coverage import Coverage
    from deploycheck.facts.migrations.model import ScriptDirectory
    from deploycheck.facts.migrations.standing import Standing
    from deploycheck.facts.pipelines import Pipeline
    from deploycheck.facts.practice import Practice
    from deploycheck.facts.rehearsed import Rehearsal
    from deploycheck.facts.requirements import RequirementFile
    from deploycheck.facts.suppressions import Judged, Suppression
    from deploycheck.facts.target import Target

_NAME = re.compile(r"[A-Za-z_][\w.-]*", re.ASCII)


FRAMEWORKS = re.compile(r"\b(?:fastapi|starlette|flask|quart|litestar|django)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Settings:
    """How the project is to be looked at.

    `env_files` are files of variables that production will have, later ones over earlier. `process_env`
    is this process's own environment, which `isolated` leaves out; with `live` this process is the app, and
    its environment alone counts.
    """

    env_files: tuple[Path, ...] = ()
    isolated: bool = False
    process_env: Mapping[str, str] = field(default_factory=dict, repr=False)
    configuration: Configuration = field(default_factory=Configuration)
    live: bool = False


class Project:
    """A target folder and all that its files say, for checks to judge."""

    def __init__(
        self,
        root: Path,
        settings: Settings | None = None,
        *,
        target: Target | None = None,
        rehearsal: Rehearsal | None = None,
    ) -> None:
        """Look at the project in `root`; nothing is read before it is asked for.

        `target` is its database as it was seen, and `rehearsal` what its migrations did on a throwaway,
        where the user asked for that.
        """
        self.root = root
        self.settings = settings or Settings()
        self.target = target
        self.rehearsal = rehearsal
        self.judged: tuple[Judged, ...] = ()
        """Its suppressions as the rules that have run leave them; the engine fills them in."""

    @property
    def configuration(self) -> Configuration:
        """What the user declared about the project."""
        return self.settings.configuration

    @cached_property
    def tree(self) -> Tree:
        """Its files."""
        declared = self.configuration
        return Tree(self.root, exclude=declared.exclude, base=declared.base)

    @cached_property
    def program(self) -> Program:
        """Its Python."""
        return Program(self.tree, MODELS)

    @cached_property
    def manifests(self) -> tuple[Manifest, ...]:
        """What its deployment manifests say, those that production uses."""
        from deploycheck.facts.manifests import read_manifests

        return read_manifests(self.tree)

    @cached_property
    def requirements(self) -> tuple[RequirementFile, ...]:
        """Its files of Python requirements."""
        from deploycheck.facts.requirements import read_requirements

        return read_requirements(self.tree)

    @cached_property
    def sources(self) -> Sources:
        """What the user adds to the environment. Raises `ReadError` for an env file that is not one."""
        declared = self.configuration
        if self.settings.live:
            return Sources(live=self.settings.process_env)
        shell = None if self.settings.isolated else self.settings.process_env
        layers = tuple(_env_file(path) for path in self.settings.env_files)
        return Sources(declared.injected, declared.environment, layers, shell)

    @cached_property
    def deployments(self) -> tuple[Deployment, ...]:
        """Each thing that production starts."""
        from deploycheck.facts.deployments import Deployments, Limits

        declared = self.configuration
        limits = Limits(declared.cpu, declared.memory, declared.replicas)
        found = Deployments(self.tree, self.program, self.manifests, self.requirements, self.sources).read()
        return tuple(replace(deployment, limits=limits) for deployment in found)

    @cached_property
    def script_directories(self) -> tuple[ScriptDirectory, ...]:
        """Its Alembic environments, in path order."""
        from deploycheck.facts.migrations.environments import find_script_directories

        return find_script_directories(self.tree, self.program)

    @cached_property
    def coverages(self) -> tuple[Coverage, ...]:
        """What the downgrades of its migrations take back, by script directory."""
        from deploycheck.facts.migrations.coverage import measure

        return measure(self.script_directories, self.program, self.deployments)

    @cached_property
    def ways(self) -> tuple[Way, ...]:
        """The ways by which it is deployed, as ordered commands."""
        from deploycheck.facts.deploying.ways import find_ways

        return find_ways(self.tree, self.program, self.manifests, self.deployments)

    @cached_property
    def standings(self) -> tuple[Standing, ...]:
        """Where the target stands in each history of migrations; nothing without a target."""
        from deploycheck.facts.migrations.standing import standings

        if self.target is None:
            return ()
        return standings(self.target, self.script_directories, self.deployments, self.ways)

    @cached_property
    def pipelines(self) -> tuple[Pipeline, ...]:
        """What its CI systems run."""
        from deploycheck.facts.pipelines import read_pipelines

        return read_pipelines(self.tree)

    @cached_property
    def practice(self) -> Practice:
        """What its CI, hooks, images and recipes do to its code."""
        from deploycheck.facts.builds import Builds
        from deploycheck.facts.practice import find_practice

        return find_practice(self.tree, Builds(self.tree), self.pipelines)

    @cached_property
    def packages(self) -> tuple[Package, ...]:
        """Its packages of node, those of docs, tests and examples left out."""
        from deploycheck.facts.builds.packages import read_packages

        return read_packages(self.tree)

    @cached_property
    def suppressions(self) -> tuple[Suppression, ...]:
        """What its files and its configuration ask to leave out."""
        from deploycheck.facts.suppressions import find_suppressions

        return find_suppressions(self.tree, self.configuration)

    @cached_property
    def _connections(self) -> dict[str, Connections]:
        return {}

    @cached_property
    def documents(self) -> tuple[Document, ...]:
        """Its documents that describe how it is deployed, migrated, saved or rolled back."""
        from deploycheck.facts.docs import documents

        return documents(self.tree)

    def connections(self, deployment: Deployment) -> Connections:
        """Return the connection budget of one of its deployments, worked out once."""
        from deploycheck.facts.databases.connections import connections_of

        kept = self._connections.get(deployment.name)
        if kept is None:
            declared = self.configuration
            kept = connections_of(
                deployment,
                self.tree,
                self.manifests,
                declared.max_connections,
                self.target,
                pooled=declared.pooler,
            )
            self._connections[deployment.name] = kept
        return kept

    @cached_property
    def backups(self) -> tuple[Backup, ...]:
        """What makes copies of its databases, or tells how, running or not."""
        from deploycheck.facts.backups import find_backups

        return find_backups(self.tree, self.manifests, self.deployments, self.ways, self.documents)

    @cached_property
    def nothing_to_check(self) -> str:
        """Why there is nothing here to judge; empty when there is."""
        if self.manifests or self.deployments:
            return ""
        if self.tree.matching("alembic.ini") or self.tree.matching("*/versions/*.py", "*/migrations/env.py"):
            return ""
        if any(self._may_be_an_app(unread.path) for unread in self.program.unparsed):
            return ""
        return "no Python web app, deployment manifest or migrations found"

    def _may_be_an_app(self, path: str) -> bool:
        """Tell whether a file that could not be parsed names a web framework: it may be the app."""
        try:
            return bool(FRAMEWORKS.search(self.tree.text(path)))
        except ReadError:
            return False


def _env_file(path: Path) -> Layer:
    """Read a file of variables that production will have. A bare name is set, to what nobody says here.

    Raises `ReadError` for one that cannot be read, and for a line that is no NAME=value: whoever names the
    file means every line of it, and a verdict over the others would not be about their production.
    """
    shown = path.as_posix()
    content = decode(read_bytes(os.path.realpath(path), shown), shown).text
    entries, notes = dotenv.parse(content, shown)
    odd = sorted({*(n.at for n in notes), *(e.at for e in entries if not _NAME.fullmatch(e.name))})
    if odd:
        more = f" (and {len(odd) - 1} more)" if len(odd) > 1 else ""
        raise ReadError(shown, f"line {odd[0].line}{more} is not NAME=value: correct or remove it", odd[0])
    values = dotenv.interpolate(entries, {})
    settings = {e.name: Setting(e.name, values[e.name], shown) for e in entries}
    return Layer(shown, Kind.ENV_FILE, settings)
