"""Databases that somebody else keeps, and what infrastructure files say of their backups.

Source: the providers' own references: `backup_retention_period` (RDS; 0 is off), `backup_configuration`
(Cloud SQL), `backup_retention_days` (Azure), `retention_window_in_days` (Lakebase).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from deploycheck.facts.backups.lines import Line, lines_of, live, searched
from deploycheck.facts.backups.model import Backup, Covers, Kind
from deploycheck.facts.manifests.reading import mappings_of, text_of
from deploycheck.findings import Location, Step

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploycheck.sources.tree import Tree
    from deploycheck.sources.yaml import YamlNode

_INFRASTRUCTURE = (
    "*.tf",
    "*.tofu",
    "*.bicep",
    "*.tf.json",
    "*cdk*.py",
    "*stack*.py",
    "*stack*.ts",
    "cloudformation*",
    "*template*.y*ml",
    "*template*.json",
    "*.tfvars",
)
_KEPT = re.compile(
    r"(?i)\b(?:backup_?retention(?:_?period|_?days|PeriodInDays)?|point_?in_?time_?recovery_?enabled|preferred_backup_window"
    r"|retained_backups|history_retention_(?:seconds|duration)|retention_window_in_days|aws_backup_plan)\b[\"']?\s*[=:{\"]\s*(?P<value>.*)"
)
_CONFIGURED = re.compile(r"\bbackup_configuration\b\s*[={]|\bBackupPlan\(")
_DATABASES = re.compile(
    r"\"(?:aws_db_instance|aws_rds_cluster|google_sql_database_instance|azurerm_(?:postgresql|mysql)(?:_flexible)?_server"
    r"|digitalocean_database_cluster|neon_project|supabase_project|aiven_pg|heroku_addon|databricks_database_instance"
    r"|google_alloydb_\w+|scaleway_rdb_instance|linode_database_\w+)\""
    r"|Microsoft\.DBfor(?:PostgreSQL|MySQL)|\brds\.(?:DatabaseInstance|DatabaseCluster|ServerlessCluster)\b|AWS::RDS::DB"
    r"|terraform-aws-modules/rds"
)
_OFF = re.compile(r"^[\"']?(?:0|false|null)\b|^Duration\.days\(0\)")
_ADDON = re.compile(r"heroku-postgresql|stackhero|crunchy|jawsdb|cleardb")


def infrastructure(tree: Tree) -> Iterator[Backup]:
    """Yield the databases that infrastructure code makes, and the backups that it asks for."""
    for line in searched(tree, _DATABASES, *_INFRASTRUCTURE):
        yield _declared(line.text.strip(), line.at)
    for line in searched(tree, _KEPT, *_INFRASTRUCTURE):
        match = _KEPT.search(line.text)
        off = bool(match and _OFF.match(match["value"].strip()))
        yield _kept(line.text.strip(), line.at, on=not off)
    for line in searched(tree, _CONFIGURED, *_INFRASTRUCTURE):
        yield _kept("backup_configuration", line.at, on=_is_enabled(tree, line))


def _is_enabled(tree: Tree, line: Line) -> bool:
    """Tell whether the block that a line opens says `enabled = true`, or leaves it to somebody else."""
    for following in lines_of(tree, line.at.path):
        if following.at.line >= line.at.line and (
            match := re.search(r"\benabled\s*=\s*(\S+)", following.text)
        ):
            return match[1] != "false"
    return True


def _declared(text: str, at: Location) -> Backup:
    covers = frozenset({Covers.SERVER})
    return Backup(Kind.PROVIDER, text[:80], at, covers, on=None, managed=True, trail=(Step(text[:80], at),))


def _kept(text: str, at: Location, *, on: bool) -> Backup:
    why = "" if on else "it is off"
    covers = frozenset({Covers.SERVER})
    return Backup(
        Kind.PROVIDER, text[:80], at, covers, on=on, reason=why, managed=True, trail=(Step(text[:80], at),)
    )


def platforms(tree: Tree) -> Iterator[Backup]:
    """Yield the databases that a platform's own file asks for."""
    for path in filter(live, tree.matching("render.yaml", "render.yml", ".do/*.yaml", ".do/*.yml")):
        for root in mappings_of(tree, path):
            for item in _items(root.get("databases")):
                yield _declared(f"{path} databases: {text_of(item.get('name')) or ''}", item.at)
    for line in searched(tree, _ADDON, "app.json"):
        yield _declared(line.text.strip(), line.at)
    for path in filter(live, tree.matching("databricks.yml", "databricks.yaml", "*.yml", "*.yaml")):
        if "databricks" in path or "resources" in path:
            yield from (b for root in mappings_of(tree, path) for b in _bundle(path, root))


def _items(node: YamlNode | None) -> tuple[YamlNode, ...]:
    return tuple(i for i in node.items if i.is_mapping) if node is not None else ()


def _bundle(path: str, root: YamlNode) -> Iterator[Backup]:
    """Yield a Databricks bundle's Lakebase instances, and the databases that its apps are given."""
    tables = (
        [root, *(t for _, t in targets.entries)] if (targets := root.get("targets")) is not None else [root]
    )
    for kind in ("database_instances", "postgres_projects", "postgres_branches"):
        for table in tables:
            found = table.get("resources", kind)
            for key, node in found.entries if found is not None else ():
                window = node.get("retention_window_in_days") or node.get("history_retention_duration")
                if window is not None:
                    yield _kept(
                        f"{key.text}: keeps {window.text} days of history", window.at, on=window.text != "0"
                    )
                else:
                    yield _declared(f"{path}: {key.text}", key.at)
    for table in tables:
        apps = table.get("resources", "apps")
        for _, app in apps.entries if apps is not None else ():
            for item in _items(app.get("resources")):
                if item.get("database") is not None or item.get("postgres") is not None:
                    yield _declared(f"{path}: resource {text_of(item.get('name')) or 'database'}", item.at)
