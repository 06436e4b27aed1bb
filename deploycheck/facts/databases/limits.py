"""How many connections the database server takes, as far as a file says or the platform is known for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploycheck.facts.databases.backends import DRIVERS, GIVEN
from deploycheck.sources.errors import ReadError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from deploycheck.facts.databases.pools import Pool
    from deploycheck.facts.deployment import Deployment
    from deploycheck.facts.manifests.model import Manifest
    from deploycheck.facts.target import Target
    from deploycheck.findings import Location
    from deploycheck.sources.nodes import YamlNode
    from deploycheck.sources.tree import Tree

RESERVED = 3
"""`superuser_reserved_connections` of PostgreSQL."""
DEFAULT = 100
"""`max_connections` of PostgreSQL."""
LAKEBASE_INSTANCE = 1000
LAKEBASE = ((32, 4000), (16, 3357), (8, 1678), (4, 839), (3, 629), (2, 419), (1, 209), (0.5, 104))
"""Connections of an autoscaling Lakebase compute, by its largest size in CU."""
HEROKU = {
    "essential-0": 20,
    "essential-1": 20,
    "essential-2": 40,
    "mini": 20,
    "basic": 20,
    "standard-0": 120,
    "premium-0": 120,
}
"""Connections of Heroku's plans; larger ones differ by generation."""
_IMAGE = re.compile(r"(?:^|/)(?:postgres|postgis|timescaledb?|pgvector|postgresql)(?:[-:@/]|$)")
_POOLED = re.compile(r"pgbouncer|pgcat|pooler|odyssey|:6432\b|:6543\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Limit:
    """The connections that a server takes from an app.

    `known` is False for a default that is assumed, `observed` True where the server itself was asked.
    """

    usable: int
    text: str
    known: bool = True
    at: Location | None = None
    observed: bool = False


def limit_of(
    deployment: Deployment,
    pools: Sequence[Pool],
    tree: Tree,
    manifests: Iterable[Manifest],
    configured: int | None,
) -> Limit | None:
    """Return what the server behind these pools takes; None where nothing tells.

    `configured` is what the user declares. Behind a pooler the server's own limit says nothing.
    """
    if configured is not None:
        return Limit(configured, "max-connections in the configuration")
    shapes = [p.url.shape for p in pools if p.url is not None]
    if any(_POOLED.search(shape) for shape in shapes):
        return None
    if not pools or not all(_is_postgresql(deployment, p) for p in pools):
        return None
    if deployment.platform.key == "databricks":
        told = _lakebase(deployment, tree)
    else:
        told = _compose(deployment, manifests, shapes) or _heroku(tree)
    return told or Limit(
        DEFAULT - RESERVED,
        f"PostgreSQL's default of {DEFAULT}, {RESERVED} of them reserved, is assumed",
        known=False,
    )


def observed_limit(deployment: Deployment, pools: Sequence[Pool], target: Target) -> Limit | None:
    """Return what the target said that it takes, where these pools are to a server of its kind.

    None where the app goes through a pooler, and the target is the server behind it.
    """
    seen = target.connections
    pooled = any(_POOLED.search(p.url.shape) for p in pools if p.url is not None)
    if seen is None or pooled or not pools or not all(_is_postgresql(deployment, p) for p in pools):
        return None
    parts = [f"max_connections={seen.limit}", f"{seen.reserved} reserved"]
    if seen.database_limit is not None:
        parts.append(f"this database takes {seen.database_limit}")
    return Limit(seen.usable, f"observed: {', '.join(parts)}, {seen.in_use} in use now", observed=True)


def _is_postgresql(deployment: Deployment, pool: Pool) -> bool:
    if pool.backend != GIVEN:
        return pool.backend in {"postgresql", "postgres"}
    known = {DRIVERS[n] for n in deployment.installed.names if n in DRIVERS}
    return known == {"postgresql"}


def _compose(deployment: Deployment, manifests: Iterable[Manifest], shapes: list[str]) -> Limit | None:
    """Return what the command of the one PostgreSQL service beside the app says."""
    paths = {m.path for m in deployment.manifests}
    services = [m for m in manifests if m.path in paths and _IMAGE.search(m.image)]
    named = [m for m in services if any(re.search(rf"@{re.escape(m.name)}(?:[:/?]|$)", s) for s in shapes)]
    chosen = named or services
    if len(chosen) != 1:
        return None
    for process in chosen[0].processes:
        if process.command is not None:
            told = re.findall(r"max[_-]connections[= ]+(\d+)", " ".join(process.command.words))
            if told:
                at = process.command.at
                return Limit(
                    int(told[-1]) - RESERVED, f"max_connections={told[-1]}, {RESERVED} reserved", at=at
                )
    return None


def _lakebase(deployment: Deployment, tree: Tree) -> Limit | None:
    found = [
        limit for m in deployment.manifests for node in _yaml(tree, m.path) for limit in _in_bundle(node)
    ]
    return found[0] if len(found) == 1 else None


def _in_bundle(node: YamlNode) -> Iterator[Limit]:
    instances = node.get("resources", "database_instances")
    for _, value in instances.entries if instances else ():
        yield Limit(LAKEBASE_INSTANCE, f"a Lakebase instance takes {LAKEBASE_INSTANCE}", at=value.at)
    for kind in ("postgres_projects", "postgres_branches", "postgres_endpoints"):
        part = node.get("resources", kind)
        for size in _sizes(part) if part is not None else ():
            most = next((limit for least, limit in LAKEBASE if _float(size) >= least), None)
            if most is not None:
                yield Limit(most, f"Lakebase takes {most} with {size.text} CU", at=size.at)


def _sizes(node: YamlNode) -> Iterator[YamlNode]:
    for key, value in node.entries:
        if key.text == "autoscaling_limit_max_cu":
            yield value
        else:
            yield from _sizes(value)


def _float(node: YamlNode) -> float:
    try:
        return float(node.text)
    except ValueError:
        return 0


def _heroku(tree: Tree) -> Limit | None:
    """Return what the plan of the database takes that app.json asks for."""
    for node in _yaml(tree, "app.json"):
        addons = node.get("addons")
        for item in addons.items if addons is not None else ():
            plan = item if item.is_scalar else item.get("plan")
            name = plan.text if plan is not None else ""
            most = HEROKU.get(name.partition(":")[2]) if name.startswith("heroku-postgresql") else None
            if most is not None:
                return Limit(most, f"{name} takes {most}", at=item.at)
    return None


def _yaml(tree: Tree, path: str) -> tuple[YamlNode, ...]:
    if not tree.exists(path) or not path.endswith((".yml", ".yaml", ".json")):
        return ()
    try:
        return tuple(n for n in tree.yaml(path) if n.is_mapping)
    except ReadError:
        return ()
