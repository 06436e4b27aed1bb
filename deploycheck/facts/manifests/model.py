"""What a manifest says, the same for every platform: processes, environment, limits."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from deploycheck.findings import Location


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a command line and where it stands.

    `literal` tells that quoting keeps a shell from touching it, so a `$` in it is only a dollar.
    `written` is the word as the file has it, where the platform itself put a default into it
    (`4`, written `${WORKERS:-4}`).
    """

    text: str
    at: Location
    literal: bool = False
    written: str = ""


class Expansion(enum.StrEnum):
    """In which form a platform itself puts variables into a command."""

    DOLLAR = "$X"
    PARENTHESES = "$(X)"
    BRACES = "${X}"


@dataclass(frozen=True, slots=True)
class Command:
    """How a process is started.

    `argv` is the words as the program receives them once quoting is undone. `shell` tells whether a
    shell interprets the line (so `$VAR`, `&&` and the like work); `expands` lists the variables that
    the platform itself substitutes without a shell (Databricks Apps: `DATABRICKS_APP_PORT`), in the form
    that `expansion` says: `$X` (with `$(X)` beside it), only `$(X)`, or `${X}` with `$X` beside it.
    `text` is the command as written. `env` are variables exported or prefixed on the way
    (`X=1 gunicorn …`, `export X=1` in a start script). `before` are the commands that a script runs
    before this one, oldest first (a migration, a wait). `via` are the commands that led to this one,
    outermost first: what the manifest says, then the start script's or `bash -c`'s own line.

    `operator` is what joins it to the next command of its line (`&&`, `||`, `;`, `|`, `&`, or nothing),
    and `checked` whether its failure keeps what follows from running (`&&`, or `set -e`). `execs` tells
    that it takes the shell's place and so gets the platform's signals. `cd` is the directory that the
    line changes into first, as written. `certain` is False where a condition that was not followed
    decides whether it runs; `alternatives` are the commands that may run in its place; `unfollowed`
    are the words of a script that could not be followed (`source`, a loop), with their places. `given` are
    the here-documents that it reads.
    """

    argv: tuple[Word, ...]
    shell: bool
    at: Location
    text: str = ""
    expands: frozenset[str] = frozenset()
    env: tuple[Entry, ...] = ()
    before: tuple[Command, ...] = ()
    via: tuple[Command, ...] = ()
    operator: str = ""
    checked: bool = True
    execs: bool = False
    cd: str = ""
    certain: bool = True
    alternatives: tuple[Command, ...] = ()
    unfollowed: tuple[Word, ...] = ()
    expansion: Expansion = Expansion.DOLLAR
    given: tuple[Word, ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        """The words without their places."""
        return tuple(word.text for word in self.argv)


class Source(enum.StrEnum):
    """Where an environment entry's value comes from."""

    LITERAL = "literal"
    SECRET = "secret"  # noqa: S105 - a kind of source, not a secret
    RESOURCE = "resource"
    PASSED_THROUGH = "passed through"
    COMPUTED = "computed"


@dataclass(frozen=True, slots=True)
class Entry:
    """A variable that a manifest sets. `value` is None where it cannot be read from the file.

    `written` is the text as the file has it where that is not the value (`${WORKERS:-2}`, the name of a
    secret), `default` the value it takes when nothing outside gives another (`2`), and `variables` the
    names that it is made of. `exported` is False for a shell variable that command lines expand and
    the process itself never sees.
    """

    name: str
    value: str | None
    at: Location
    source: Source = Source.LITERAL
    written: str = ""
    default: str | None = None
    variables: tuple[str, ...] = ()
    exported: bool = True


class Role(enum.StrEnum):
    """What a process is for."""

    WEB = "web"
    WORKER = "worker"
    RELEASE = "release"


@dataclass(frozen=True, slots=True)
class Process:
    """One process that the platform starts. `command` None: the platform decides.

    `directory` is the working directory as a path in the project (`""` is the target itself), and
    `workdir` the absolute path inside the image it stands for, if known (`/app`).
    """

    name: str
    role: Role
    command: Command | None
    at: Location
    directory: str = ""
    workdir: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with the manifest itself, as the parser met it; rules judge it.

    `kind` is one of `unreadable`, `duplicate-key`, `wrong-type`, `empty-command`, `unknown-key`,
    `env-entry`, `shadowed` (another file of the platform wins over this one). `subject` is the key or
    variable it is about; `hint` the nearest right spelling. `case` tells variants of a kind apart: of an
    `unreadable` that it is `ours`, and the platform may well read the file; of a `wrong-type` that the
    value is a `text` that still can be understood; of an `env-entry` that it is `nameless`, given `twice`,
    with `both` or `neither` of its values, or no `mapping` at all.
    """

    kind: str
    message: str
    at: Location
    subject: str = ""
    hint: str = ""
    case: str = ""


@dataclass(frozen=True, slots=True)
class Platform:
    """What is known of a platform, whatever the manifest says.

    `injects` are variables always set; `may_inject` those set when a resource is attached.
    `closed` is whether the manifest is the whole truth about the environment (no dashboard).
    `port_variables` are the names that carry the port to listen on; `fixed_port` one it insists on.
    `sets_port` tells whether PORT is in the process's environment. `cpu` in vCPU, `memory` in MB,
    `grace` and `request_limit` in seconds, `file_limit` in bytes; 0 means not known or no limit.

    `as_is` tells that it runs the deployed folder as it is, where no image is built of it. `finds_port`
    tells that it serves whatever port is open, so that a fixed one is not wrong. `provides` are the
    distributions that are in place before anything is installed.
    """

    key: str
    name: str
    closed: bool = False
    injects: frozenset[str] = frozenset()
    may_inject: frozenset[str] = frozenset()
    port_variables: tuple[str, ...] = ()
    sets_port: bool = False
    cpu: float = 0
    memory: int = 0
    grace: int = 0
    request_limit: int = 0
    file_limit: int = 0
    ephemeral: bool = True
    as_is: bool = False
    finds_port: bool = False
    provides: frozenset[str] = frozenset()


class ProbeKind(enum.StrEnum):
    """What hangs on a health check: a restart, traffic, the start, or what the platform makes of it."""

    LIVENESS = "liveness"
    READINESS = "readiness"
    STARTUP = "startup"
    HEALTH = "health"


@dataclass(frozen=True, slots=True)
class Probe:
    """One HTTP health check. `port` is 0 where it is the one that serves; times are in seconds."""

    kind: ProbeKind
    path: str
    at: Location
    port: int = 0
    timeout: int = 0
    period: int = 0


@dataclass(frozen=True, slots=True)
class Mount:
    """Something mounted at an absolute path in the container.

    `persistent` tells whether what is written there outlives the container: a disk does, a temporary
    folder, a configuration or a secret does not. `source` names the disk, as far as the file does.
    """

    path: str
    at: Location
    persistent: bool = True
    source: str = ""


class Use(enum.StrEnum):
    """What a manifest is to the project.

    `PRODUCTION` is deployed. `PART` is used up by another manifest (the Dockerfile that a compose
    service builds, the app.yaml that a bundle deploys). `SERVICE` runs somebody else's image, or an
    image with no Python in it. `DEVELOPMENT` and `EXAMPLE` are not deployed (a dev container, an
    override that reloads, a copy under docs).
    """

    PRODUCTION = "production"
    PART = "part"
    SERVICE = "service"
    DEVELOPMENT = "development"
    EXAMPLE = "example"


@dataclass(frozen=True, slots=True)
class Manifest:
    """One deployable thing as its platform's file describes it.

    `name` tells several of one file apart (a compose service). `cpu`, `memory` and `replicas`
    are what the file itself says (0: it does not). `ports` are container ports that routing uses.
    `volumes` are mounted paths inside the container, `anonymous` those of them that nothing outside backs by
    a name or a folder (an image's own `VOLUME`), so that a new container may get a new, empty one.
    `attached` are variables that the file's own resources inject; `resources_known`
    whether the files state all attached resources (a bundle).
    `open_env` tells that more variables come from somewhere unseen (an `env_file` outside the tree).

    `directory` is the folder of the project that it deploys (an app.yaml's own, a build context).
    `uses` are the paths of manifests that it takes the rest from. `image` is the image that it runs or
    is built on. `installs` are the commands that install packages, and `requirements` the files of the
    project that they install from. `contents` are pairs of an absolute path in the image and the project's
    path that lies there. `published` are the container ports that the file itself lets out, without those
    that an image only names. `shares_network` tells that another container or the host shares its network,
    so that listening on the loopback address may be meant. `excluded` are patterns, as in .gitignore, of
    what is not uploaded.

    `probes` are its HTTP health checks, `health_path` the one that routing uses. `mounts` tells of each of
    `volumes`, as far as the platform's file does, whether it lasts. `certain` is False where the image that
    it runs was only likely to be built from the Dockerfile among `uses`. `request_limit` is how long a
    request may take, in seconds, where the file says so.
    """

    platform: Platform
    path: str
    at: Location
    name: str = ""
    processes: tuple[Process, ...] = ()
    environment: tuple[Entry, ...] = ()
    problems: tuple[Problem, ...] = ()
    cpu: float = 0
    memory: int = 0
    replicas: int = 0
    ports: tuple[int, ...] = ()
    volumes: tuple[str, ...] = ()
    health_path: str = ""
    grace: int = 0
    attached: frozenset[str] = frozenset()
    resources_known: bool = False
    open_env: bool = False
    env_files: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()
    directory: str = ""
    uses: tuple[str, ...] = ()
    image: str = ""
    installs: tuple[Command, ...] = ()
    contents: tuple[tuple[str, str], ...] = ()
    published: tuple[int, ...] = ()
    shares_network: bool = False
    excluded: tuple[str, ...] = ()
    anonymous: tuple[str, ...] = ()
    use: Use = Use.PRODUCTION
    probes: tuple[Probe, ...] = ()
    mounts: tuple[Mount, ...] = ()
    certain: bool = True
    request_limit: int = 0

    @property
    def deployable(self) -> bool:
        """Whether it is a deployment of its own. Of what `read_manifests` gives, that is what runs."""
        return self.use not in {Use.PART, Use.SERVICE}

    @property
    def as_is(self) -> bool:
        """Whether it runs the project's folder as it is, with nothing copied into an image."""
        return self.platform.as_is and not self.image and not self.contents

    def process(self, role: Role) -> Process | None:
        """Return the first process with a role, or None."""
        return next((p for p in self.processes if p.role is role), None)
