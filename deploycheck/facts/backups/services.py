"""Containers and jobs that make backups: Compose services, Kubernetes objects, workflows, cron, timers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from deploycheck.facts.backups.lines import lines_of, live, searched
from deploycheck.facts.backups.model import Backup, Covers, Kind
from deploycheck.facts.backups.tools import covered, is_safe
from deploycheck.facts.manifests.model import Use
from deploycheck.facts.manifests.platforms import COMPOSE
from deploycheck.facts.manifests.reading import mappings_of, text_of
from deploycheck.findings import Location, Step
from deploycheck.sources.errors import ReadError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from deploycheck.facts.manifests.model import Manifest
    from deploycheck.sources.tree import Tree
    from deploycheck.sources.yaml import YamlNode

_SERVER_IMAGES = re.compile(
    r"postgres-backup|pg-?backup|pgbackrest|wal-g|barman|db-backup|mysql-?backup|mysql-cron-backup|pg_dump|databasus"
    r"|postgresus|pgbackweb|postgres-backups?|dump-to-s3",
)
_VOLUME_IMAGES = re.compile(
    r"docker-volume-backup|volume-backup|restic|borgmatic|duplicati|kopia|velero|backrest"
)
_SQLITE_IMAGES = re.compile(r"litestream|sqlite-?backup")
_OBJECTS = re.compile(
    r"^kind:\s*[\"']?(?:CronJob|ScheduledBackup|Cluster|PostgresCluster|Schedule|postgresql)\b", re.MULTILINE
)
_CRON_FILES = (
    "crontab*",
    "*.cron",
    "*crontab",
    "*/cron.d/*",
    "*/crontabs/*",
    "*/cron.daily/*",
    "*/cron.hourly/*",
    "cron.d/*",
)
_CRON_LINE = re.compile(r"^\s*(?:@(?:hourly|daily|weekly|midnight)|[\d*/,-]+(?:\s+[\w*/,-]+){4})\s+")


def compose_services(tree: Tree, manifests: Iterable[Manifest]) -> Iterator[Backup]:
    """Yield the services of production's Compose files that make backups."""
    used = {Use.PRODUCTION, Use.SERVICE}
    for path in sorted({m.path for m in manifests if m.platform is COMPOSE and m.name and m.use in used}):
        for root in mappings_of(tree, path):
            services = root.get("services")
            for key, node in services.entries if services is not None and services.is_mapping else ():
                yield from _service(key, node)


def _service(key: YamlNode, node: YamlNode) -> Iterator[Backup]:
    image = (text_of(node.get("image")) or "").lower()
    words = " ".join(_texts(node.get("command")) + _texts(node.get("entrypoint")))
    covers = set(covered(words))
    for pattern, what in (
        (_SERVER_IMAGES, Covers.SERVER),
        (_VOLUME_IMAGES, Covers.VOLUME),
        (_SQLITE_IMAGES, Covers.SQLITE),
    ):
        covers |= {what} if pattern.search(image) else set()
    if covers:
        asked = node.get("profiles") is not None
        yield Backup(
            Kind.SERVICE,
            f"service {key.text}",
            key.at,
            frozenset(covers),
            automated=not asked,
            safe=is_safe(words),
            reason="it only starts when its profile is asked for" if asked else "",
            trail=(Step(f"service {key.text}: {image or words[:60]}", key.at),),
        )


def _texts(node: YamlNode | None) -> list[str]:
    if node is None:
        return []
    return [node.text] if node.is_scalar else [i.text for i in node.items if i.is_scalar]


def kubernetes(tree: Tree) -> Iterator[Backup]:
    """Yield CronJobs that dump, and the backups that PostgreSQL's operators are told to make."""
    for path in tree.matching("*.yaml", "*.yml"):
        try:
            text = tree.text(path)
        except ReadError:
            continue
        if not live(path) or not _OBJECTS.search(text):
            continue
        if "{{" in text:
            covers = covered("\n".join(line.text for line in lines_of(tree, path)))
            yield from _job(path, Location(path), covers) if "CronJob" in text else ()
        else:
            yield from (b for root in mappings_of(tree, path) for b in _object(path, root))


def _object(path: str, root: YamlNode) -> Iterator[Backup]:
    kind = text_of(root.get("kind")) or ""
    group = text_of(root.get("apiVersion")) or ""
    if kind == "CronJob" and text_of(root.get("spec", "suspend")) != "true":
        words = " ".join(_scalars(root))
        images = {w for w in _scalars(root) if _SERVER_IMAGES.search(w.lower()) and "/" in w}
        yield from _job(
            path, root.at, covered(words) | (frozenset({Covers.SERVER}) if images else frozenset())
        )
    elif (
        kind == "ScheduledBackup"
        or (kind == "Cluster" and "cnpg" in group and root.get("spec", "backup") is not None)
        or (kind == "PostgresCluster" and root.get("spec", "backups") is not None)
    ):
        yield _provider(f"{kind} ({group})", root.at, Covers.SERVER)
    elif kind == "Schedule" and group.startswith("velero.io"):
        yield _provider("Velero", root.at, Covers.VOLUME)


def _scalars(node: YamlNode) -> list[str]:
    found, stack = [], [node]
    while stack:
        one = stack.pop()
        if one.is_scalar:
            found.append(one.text)
        stack += [*reversed(one.items), *(value for _, value in reversed(one.entries))]
    return found


def _provider(text: str, at: Location, covers: Covers) -> Backup:
    return Backup(Kind.PROVIDER, text, at, frozenset({covers}), trail=(Step(text, at),))


def _job(path: str, at: Location, covers: frozenset[Covers]) -> Iterator[Backup]:
    if covers:
        yield Backup(Kind.JOB, path, at, covers, trail=(Step("it runs on a schedule", at),))


def workflows(tree: Tree, scripts: dict[str, frozenset[Covers]]) -> Iterator[Backup]:
    """Yield the steps of the repository's live workflows that make backups; `scripts` are those that do."""
    for path in tree.matching(".github/workflows/*.yml", ".github/workflows/*.yaml"):
        if not path.startswith(".github/workflows/"):
            continue
        for root in mappings_of(tree, path):
            trigger = root.get("on") or root.get("true")
            scheduled = trigger is not None and trigger.is_mapping and trigger.get("schedule") is not None
            for at, text in _runs(root):
                covers = covered(text) | called(text, scripts)
                if covers:
                    kind = Kind.JOB if scheduled else Kind.STEP
                    yield Backup(
                        kind,
                        path,
                        at,
                        covers,
                        automated=scheduled,
                        safe=is_safe(text),
                        trail=(Step(path, at),),
                    )


def _runs(root: YamlNode) -> Iterator[tuple[Location, str]]:
    jobs = root.get("jobs")
    for _, job in jobs.entries if jobs is not None and jobs.is_mapping else ():
        steps = job.get("steps")
        for step in steps.items if steps is not None else ():
            run = step.get("run") or step.get("uses")
            if run is not None and run.is_scalar:
                lines = [line for line in run.text.splitlines() if not line.lstrip().startswith("#")]
                yield run.at, "\n".join(lines)


def called(text: str, scripts: dict[str, frozenset[Covers]]) -> frozenset[Covers]:
    """Return what the backup scripts that a text names make copies of."""
    found = [
        covers
        for name, covers in sorted(scripts.items())
        if re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text)
    ]
    return frozenset().union(*found)


def cron(tree: Tree, scripts: dict[str, frozenset[Covers]]) -> Iterator[Backup]:
    """Yield the lines of cron's own files, and systemd's units, that back a database up."""
    for line in searched(tree, re.compile(r"\S"), *_CRON_FILES):
        covers = covered(line.text) | called(line.text, scripts)
        if covers and (_CRON_LINE.match(line.text) or "cron." in line.at.path):
            yield Backup(
                Kind.JOB,
                line.at.path,
                line.at,
                covers,
                safe=is_safe(line.text),
                trail=(Step("cron runs it", line.at),),
            )
    for line in searched(tree, re.compile(r"^ExecStart="), "*.service"):
        covers = covered(line.text) | called(line.text, scripts)
        if covers:
            timed = tree.exists(line.at.path.removesuffix(".service") + ".timer")
            yield Backup(Kind.JOB, line.at.path, line.at, covers, automated=timed, safe=is_safe(line.text))
