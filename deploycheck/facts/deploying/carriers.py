"""Commands that run another command somewhere else: in a container, on a server, on the platform."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Carried:
    """What such a command runs, and where.

    `start` is the index of the inner command's first word; `text` the inner line where it is one word (or
    several that a shell joins). `service` is the container or compose service. `remote` tells that it runs
    on a server or platform, not on this machine.
    """

    start: int = 0
    text: str = ""
    service: str = ""
    remote: bool = False


_DOCKER_VALUED = frozenset(
    """-f --file -p --project-name --env-file --profile --project-directory -H --host -c --context -e --env
    -u --user -w --workdir --name --entrypoint -v --volume -p --publish --network --net -l --label --index
    --mount --platform --pull -m --memory --cpus --add-host --link --volumes-from --restart -h
    --hostname""".split()
)
_KUBE_VALUED = frozenset(
    "-n --namespace -c --container --context --kubeconfig --image --env --restart -l".split()
)
_SSH_VALUED = frozenset("-i -p -l -o -F -J -L -R -D -b -c -E -e -I -m -O -Q -S -W -w -B".split())
_APP_VALUED = frozenset(
    "-a --app -s --service -e --environment -r --remote -x -c --config --region --size".split()
)


def carried(words: Sequence[str]) -> Carried | None:  # noqa: PLR0911 - one a program
    """Return what a command runs elsewhere, None where it is no such command."""
    words = list(words)
    name = words[0].rpartition("/")[2] if words else ""
    match name:
        case "docker" | "docker-compose" | "podman" | "podman-compose" | "nerdctl":
            return _docker(words)
        case "ssh":
            return _ssh(words)
        case "sshpass":
            return next((_shifted(words, i) for i, w in enumerate(words) if w.endswith("ssh") and i), None)
        case "kubectl" | "oc" | "k3s":
            return _kubectl(words)
        case "heroku" | "railway" | "dokku" | "scalingo" | "piku":
            return _platform(name, words)
        case "fly" | "flyctl" | "gcloud" | "aws" | "az" | "cf" | "eb" | "copilot" | "kamal" | "vagrant":
            return _with_option(words)
    return None


def _shifted(words: Sequence[str], index: int) -> Carried | None:
    return _ssh(words[index:])


def _skip(words: Sequence[str], index: int, valued: frozenset[str]) -> int:
    """Return the index of the first word from `index` that is no option."""
    while index < len(words) and words[index].startswith("-") and words[index] != "--":
        index += 2 if words[index] in valued else 1
    return index


def _docker(words: Sequence[str]) -> Carried | None:
    index = _skip(words, 1, _DOCKER_VALUED)
    if words[index : index + 1] == ["compose"]:
        index = _skip(words, index + 1, _DOCKER_VALUED)
    verb = words[index] if index < len(words) else ""
    if verb == "container":
        index += 1
        verb = words[index] if index < len(words) else ""
    if verb not in {"run", "exec"}:
        return None
    options = words[index + 1 :]
    index = _skip(words, index + 1, _DOCKER_VALUED)
    service = words[index] if index < len(words) else ""
    entry = next((options[i + 1] for i, w in enumerate(options[:-1]) if w == "--entrypoint"), "")
    if entry:
        return Carried(text=" ".join((entry, *words[index + 1 :])), service=service)
    return Carried(index + 1, service=service)


def _ssh(words: Sequence[str]) -> Carried | None:
    index = _skip(words, 1, _SSH_VALUED)
    return Carried(
        text=" ".join(words[index + 1 :]), service=words[index] if index < len(words) else "", remote=True
    )


def _kubectl(words: Sequence[str]) -> Carried | None:
    index = _skip(words, 1, _KUBE_VALUED)
    verb = words[index] if index < len(words) else ""
    if verb not in {"exec", "run", "debug"}:
        return None
    if "--" in words:
        return Carried(list(words).index("--") + 1, remote=True)
    index = _skip(words, index + 1, _KUBE_VALUED)
    after = _skip(words, index + 1, _KUBE_VALUED)
    return Carried(after, remote=True) if after < len(words) else None


def _platform(name: str, words: Sequence[str]) -> Carried | None:
    index = next((i for i, w in enumerate(words[:6]) if w in {"run", "run:detached", "ssh", "enter"}), None)
    if index is None:
        return None
    index = _skip(words, index + 1, _APP_VALUED)
    if name in {"dokku", "piku"} or words[index : index + 1] == ["--"]:
        index += 1
    rest = words[index:]
    if len(rest) == 1:
        return Carried(text=rest[0], remote=True)
    return Carried(index, remote=True) if rest else None


_OPTIONS = frozenset({"-C", "--command", "-c"})
_VERBS = (
    ("fly", "ssh"),
    ("flyctl", "ssh"),
    ("gcloud", "compute", "ssh"),
    ("aws", "ecs", "execute-command"),
    ("az", "containerapp", "exec"),
    ("cf", "run-task"),
    ("cf", "ssh"),
    ("eb", "ssh"),
    ("copilot", "exec"),
    ("copilot", "task", "run"),
    ("vagrant", "ssh"),
)


def _with_option(words: Sequence[str]) -> Carried | None:
    name = words[0].rpartition("/")[2]
    if name == "kamal":
        index = list(words).index("exec") if "exec" in words else -1
        rest = [w for w in words[index + 1 :] if not w.startswith("-")] if index > 0 else []
        return Carried(text=" ".join(rest), remote=True) if rest else None
    if not any(verb[0] == name and set(verb[1:]) <= set(words) for verb in _VERBS):
        return None
    for index, word in enumerate(words):
        option, equals, value = word.partition("=")
        if option in _OPTIONS:
            text = value if equals else words[index + 1] if index + 1 < len(words) else ""
            return Carried(text=text, remote=True)
    return Carried(list(words).index("--") + 1, remote=True) if "--" in words else None
