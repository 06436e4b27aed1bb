"""What deployment manifests say, the same for every platform; one file a platform."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from deploycheck.facts.manifests.model import Manifest
    from deploycheck.sources.tree import Tree

Reader = Callable[["Tree"], "tuple[Manifest, ...]"]

PLATFORMS = (
    "databricks",
    "bundle",
    "appengine",
    "cloudrun",
    "fly",
    "render",
    "railway",
    "digitalocean",
    "apprunner",
    "azure",
    "heroku",
    "procfile",
    "beanstalk",
    "ecs",
    "kubernetes",
    "helm",
    "systemd",
    "compose",
    "dockerfile",
)
"""The modules beside this one that read, one a platform, in the order in which manifests are listed."""


def readers() -> tuple[Reader, ...]:
    """Return what reads each platform. Imported here: an app that asks for itself reads no manifest."""
    return tuple(import_module(f"{__name__}.{name}").read for name in PLATFORMS)


def all_manifests(tree: Tree) -> tuple[Manifest, ...]:
    """Return every manifest of the tree, the ones that nothing deploys too, in a fixed order."""
    return tuple(manifest for reader in readers() for manifest in reader(tree))


def read_manifests(tree: Tree) -> tuple[Manifest, ...]:
    """Return the manifests that matter in production: deployed ones, their parts, and services beside them.

    Development and example manifests are only there when nothing else is. Never raises: what is wrong
    with a file stands in its manifest's problems.
    """
    from deploycheck.facts.manifests.uses import chosen

    return chosen(all_manifests(tree))
