"""Command lines that change a database's schema, read as the tools themselves read them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from deploycheck.facts.deploying.model import Act


@dataclass(frozen=True, slots=True)
class Migration:
    """What one command line asks for: up or down, to which revision, of which script directory."""

    act: Act
    revision: str = ""
    section: str = ""
    ini: str = ""


_ACTS = {"upgrade": Act.MIGRATE, "downgrade": Act.DOWNGRADE}
_VALUED = frozenset(
    {"-c", "--config", "-n", "--name", "-x", "--tag", "-d", "--directory", "-A", "--app", "-e"}
)
_VALUED_TOO = frozenset({"-m", "--message", "--env-file", "-X", "--rev-id", "--path", "-r", "--revision"})
_NAMED = {
    "-c": "ini",
    "--config": "ini",
    "-n": "section",
    "--name": "section",
    "-d": "folder",
    "--directory": "folder",
}
_GROUPS = frozenset({"db", "database", "migrate", "migration", "migrations"})
_HELP = frozenset({"-h", "--help", "--version"})
_OTHERS = {
    ("aerich", "upgrade"): Act.MIGRATE,
    ("aerich", "downgrade"): Act.DOWNGRADE,
    ("piccolo", "migrations", "forwards"): Act.MIGRATE,
    ("piccolo", "migrations", "backwards"): Act.DOWNGRADE,
    ("yoyo", "apply"): Act.MIGRATE,
    ("yoyo", "rollback"): Act.DOWNGRADE,
    ("airflow", "db", "migrate"): Act.MIGRATE,
}


def migration(words: Sequence[str]) -> Migration | None:
    """Return what a command does to the schema; None for one that does nothing to it.

    `words` start with the program, wrappers (`poetry run`, `python -m`) taken off. `--sql` only prints,
    and so do `current`, `check` and `history`. Source: the argument parsers of Alembic, Flask-Migrate and
    Flask-Script; programs built on Flask's (`superset db upgrade`) read theirs in the same way.
    """
    plain, options = _split(_of_module(words))
    if not plain or "--sql" in options or _HELP & options.keys():
        return None
    name = plain[0].rpartition("/")[2]
    for known, act in _OTHERS.items():
        if (name, *plain[1 : len(known)]) == known:
            return Migration(act)
    if name == "alembic":
        return _alembic(plain[1:], options)
    if name in {"python", "manage.py"} or name.startswith("python3"):
        return _managed(plain, options)
    for index, word in enumerate(plain[1:4], start=1):
        if word in _GROUPS and plain[index + 1 : index + 2] and plain[index + 1] in _ACTS:
            return _flask(plain[index + 1 :], options)
    return None


def _of_module(words: Sequence[str]) -> Sequence[str]:
    """Return what `python -m package …` runs as if the package were the program."""
    name = words[0].rpartition("/")[2] if words else ""
    return words[2:] if re.match(r"python[\d.]*$", name) and "-m" in words[1:2] else words


def _alembic(words: Sequence[str], options: dict[str, str]) -> Migration | None:
    if not words or words[0] not in _ACTS or len(words) < 2:  # noqa: PLR2004 - it insists on a revision
        return None
    return Migration(_ACTS[words[0]], words[1], options.get("section", ""), options.get("ini", ""))


def _flask(words: Sequence[str], options: dict[str, str]) -> Migration:
    usual = "head" if words[0] == "upgrade" else "-1"
    folder = options.get("folder", "")
    return Migration(
        _ACTS[words[0]],
        words[1] if len(words) > 1 else usual,
        ini=f"{folder.rstrip('/')}/alembic.ini" if folder else "",
    )


def _managed(words: Sequence[str], options: dict[str, str]) -> Migration | None:
    """Read `manage.py`: Flask-Script's `db upgrade`, Django's `migrate`."""
    index = next((i for i, w in enumerate(words) if w.endswith("manage.py")), None)
    rest = words[index + 1 :] if index is not None else ()
    if rest[:1] and rest[0] in _GROUPS and rest[1:2] and rest[1] in _ACTS:
        return _flask(rest[1:], options)
    if rest[:1] == ["migrate"] and not {"--check", "--plan", "--fake"} & options.keys():
        return Migration(Act.MIGRATE)
    return None


def _split(words: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """Part a command line into its plain words and its options; those that select get their own names."""
    plain: list[str] = []
    options: dict[str, str] = {}
    rest = iter(words)
    for word in rest:
        if not word.startswith("-") or word == "-" or word[1:].isdigit():
            plain.append(word)
            continue
        name, equals, value = word.partition("=")
        short = name[:2] if not name.startswith("--") else name
        if short != name and short in _VALUED and not equals:
            name, equals, value = short, "=", name[2:]
        if not equals and name in (_VALUED | _VALUED_TOO):
            value = next(rest, "")
        options[_NAMED.get(name, name)] = value
    return plain, options
