"""What deployment manifests say, the same for every platform; one file a platform."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from deploycheck.facts.manifests import (
    appengine,
    apprunner,
    azure,
    beanstalk,
    bundle,
    cloudrun,
    compose,
    databricks,
    digitalocean,
    dockerfile,
    ecs,
    fly,
    helm,
    heroku,
    kubernetes,
    procfile,
    railway,
    render,
    systemd,
)
from deploycheck.facts.manifests.uses import chosen

if TYPE_CHECKING:
    from deploycheck.facts.manifests.model import Manifest
    from deploycheck.sources.tree import Tree

Reader = Callable[["Tree"], "tuple[Manifest, ...]"]

READERS: tuple[Reader, ...] = (
    databricks.read,
    bundle.read,
    appengine.read,
    cloudrun.read,
    fly.read,
    render.read,
    railway.read,
    digitalocean.read,
    apprunner.read,
    azure.read,
    heroku.read,
    procfile.read,
    beanstalk.read,
    ecs.read,
    kubernetes.read,
    helm.read,
    systemd.read,
    compose.read,
    dockerfile.read,
)
"""One a platform, in the order in which their manifests are listed."""


def all_manifests(tree: Tree) -> tuple[Manifest, ...]:
    """Return every manifest of the tree, the ones that nothing deploys too, in a fixed order."""
    return tuple(manifest for reader in READERS for manifest in reader(tree))


def read_manifests(tree: Tree) -> tuple[Manifest, ...]:
    """Return the manifests that matter in production: deployed ones, their parts, and services beside them.

    Development and example manifests are only there when nothing else is. Never raises: what is wrong
    with a file stands in its manifest's problems.
    """
    return chosen(all_manifests(tree))
