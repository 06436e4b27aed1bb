"""Secrets that are none: defaults from the code, clear text in committed files, state that is shipped."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.checks.applies import a_deployment
from deploycheck.facts.databases.backends import is_server
from deploycheck.facts.manifests.model import Source, Use
from deploycheck.facts.shipped import Kind, env_files, state_files, stands_in, takes_along
from deploycheck.facts.variables import Read, variables_of
from deploycheck.facts.variables.model import setting_of
from deploycheck.facts.variables.uses import uses_of
from deploycheck.findings import Draft, Edit, Fix, Location, Severity, Step
from deploycheck.masking import is_placeholder, is_secret_name
from deploycheck.python.resolution import Resolved, holds, resolve
from deploycheck.python.values import Made, peel
from deploycheck.rules import Reads, rule
from deploycheck.sources.errors import ReadError

if TYPE_CHECKING:
    from deploycheck.facts.deployments import Deployment
    from deploycheck.facts.manifests.model import Entry, Manifest
    from deploycheck.facts.shipped import Shipped
    from deploycheck.project import Project

SIGNS = re.compile(
    r"(?i)secret_?key|jwt|session|signing|sign_?key|cookie|csrf|auth_?secret|app_?secret|encrypt|fernet|token_?secret|hmac"
    r"|pepper|^secret$|(?:admin|superuser|root)_?\w*passw|basic_?auth"
)
"""Names of secrets with which anybody can forge what the app trusts."""
OF_DATABASE = re.compile(
    r"(?i)^(?:DB|DATABASE|POSTGRES|POSTGRESQL|PG|MYSQL|MARIADB|MSSQL|SQL|REDIS|MONGO|RABBIT)\w*_?(?:PASS|PWD|SECRET)"
)
OF_OTHERS = re.compile(
    r"(?i)^(?:OPENAI|ANTHROPIC|AWS|AZURE|GOOGLE|GCP|GITHUB|GITLAB|SLACK|STRIPE|SENDGRID|TWILIO|SMTP|MAIL|EMAIL|S3|MINIO|LLM|HF|"
    r"HUGGINGFACE|LANGCHAIN|LANGFUSE|LANGSMITH|PINECONE|QDRANT|TELEGRAM|DISCORD|MAILGUN|OLLAMA|GROQ|CELERY|BROKER|KAFKA|ELASTIC|OPENSEARCH|SENTRY|SNOWFLAKE|DATABRICKS)_"
)
"""Keys for other people's services: a stand-in fails there, and protects nothing here."""
GENERATORS = frozenset(
    {
        "secrets.token_hex",
        "secrets.token_urlsafe",
        "secrets.token_bytes",
        "os.urandom",
        "uuid.uuid4",
        "cryptography.fernet.Fernet.generate_key",
    }
)
STAND_INS = re.compile(
    r"(?i)change[-_ ]?(?:me|this|it)|replace|your[-_ ]|example|placeholder|dummy|xxx+|todo|insert|fill|\.\.\.|^<.*>$|^(?:test|testing|none|null|fake)$"
)
WEAK = frozenset(
    "postgres password passwd pass root admin secret example test guest user mysql redis minioadmin dev local postgrespw pgpassword db app 1234 12345 123456".split()
)
URL_PASSWORD = re.compile(r"^[\w+.-]+://[^/@:\s]*:([^/@\s]+)@")
NO_SECRET = re.compile(
    r"(?i)^(?:https?://|/|\./|\.\./|~|file:|projects/|arn:|op://|vault:)|^(?:true|false|none|null|hs\d+|rs\d+|bearer|basic)$|^\d*$"
)


# -- a default from the code -----------------------------------------------------------------------


@rule(
    "ENV005",
    "development-secret",
    severity=Severity.CRITICAL,
    debt="DEPLOY-1",
    reads=Reads.PYTHON | Reads.MANIFESTS,
    requires=(a_deployment,),
)
def development_secret(project: Project) -> Iterator[Draft]:
    """Everybody who reads the code knows a secret of production: no layer sets it, so its default counts.

    **Why.** Everybody who can read the repository knows it: they can sign sessions and tokens as any
    user, or open what was encrypted. Where the default is made anew at each start, every worker and
    every restart has another one, and what was signed before is refused.

    **Fix.** Give the variable no default, set it from the platform's secret store, and let the app
    refuse to start without it.

    **Silent when** some layer sets the variable, a validator or a test at start-up refuses the default,
    nothing in the deployed code uses it, or it is the key of somebody else's service with a stand-in.

    Source: the value that the code's own default gives under production's environment.
    """
    for deployment in project.deployments:
        told: set[str] = set()
        for read in variables_of(deployment).reads:
            if read.variable.name not in told:
                draft = _default_secret(deployment, read)
                if draft is not None:
                    told.add(read.variable.name)
                    yield draft


def _default_secret(deployment: Deployment, read: Read) -> Draft | None:
    environment = deployment.environment
    name = read.variable.name
    if not any(is_secret_name(n) for n in read.names) or re.search(r"(?i)public|anon_?key|publishable", name):
        return None
    if setting_of(read.variable, environment) is not None or holds(read.conditions, environment) is False:
        return None
    if not uses_of(deployment).of(read) or _is_guarded(deployment, read) or _for_development(read):
        return None
    resolved = read.resolved(environment)
    if _is_generated(read, resolved):
        return _generated(deployment, read, resolved)
    if not resolved.known or not isinstance(resolved.data, str) or not _is_default(read, resolved):
        return None
    severity = _weight(deployment, read, resolved.data)
    return None if severity is None else _known_to_all(deployment, read, resolved, severity)


def _is_default(read: Read, resolved: Resolved) -> bool:
    """Tell whether a value is a text that somebody wrote into the code as a secret."""
    if not any(v.names == read.names and s is None for v, s in resolved.settings) or not isinstance(
        resolved.data, str
    ):
        return False
    return bool(resolved.data.strip()) and NO_SECRET.search(resolved.data.strip()) is None


def _is_guarded(deployment: Deployment, read: Read) -> bool:
    variables = variables_of(deployment)
    if read.settings_class and variables.constructions.guarded(read.class_name, read.field):
        return True
    return any(v.names == read.names for stop in variables.stops for v in stop.variables)


def _for_development(read: Read) -> bool:
    return re.search(r"(?i)dev|test|local|example|mock|fake", read.class_name) is not None


def _weight(deployment: Deployment, read: Read, text: str) -> Severity | None:
    """Return how bad a default is: critical for what the app itself trusts; None for what protects nothing."""
    name = read.variable.name
    if OF_DATABASE.search(name):
        opened = deployment.selection.now.opened
        used = any(
            v.names == read.names for o in opened if is_server(o.backend) for v, _ in o.resolved.settings
        )
        return Severity.HIGH if used else None
    if OF_OTHERS.search(name):
        return Severity.HIGH if _looks_real(text) else None
    return Severity.CRITICAL if SIGNS.search(name) else Severity.HIGH


def _looks_real(text: str) -> bool:
    mixed = re.search(r"\d", text) and re.search(r"[A-Za-z]", text)
    return len(text) >= 16 and bool(mixed) and STAND_INS.search(text) is None and " " not in text  # noqa: PLR2004 - shorter keys are made up


def _known_to_all(deployment: Deployment, read: Read, resolved: Resolved, severity: Severity) -> Draft:
    name = read.variable.name
    sure = (
        resolved.certain
        and not deployment.tentative
        and holds(read.conditions, deployment.environment) is True
    )
    unset = f"{name} is set nowhere" if sure else f"No file here sets {name}"
    use = next(iter(uses_of(deployment).of(read)))
    steps = (
        *resolved.trail,
        Step(read.text, read.at),
        *(() if use == read.at else (Step("it is used here", use),)),
    )
    return Draft(
        message=f"{unset}, so the app uses the default that everybody can read in its code.",
        at=read.at,
        subject=name,
        trail=tuple(dict.fromkeys(steps)),
        certain=sure,
        severity=severity,
        fix=Fix(
            f"give {name} no default, set it from the platform's secret store, and refuse to start without it",
            question=f"Which secret of the platform holds {name}?",
        ),
    )


def _is_generated(read: Read, resolved: Resolved) -> bool:
    made = peel(read.variable.default) if read.variable.default is not None else None
    values = (made, peel(resolved.value))
    return any(
        isinstance(v, Made) and v.callee.removesuffix("().decode").removesuffix("().hex") in GENERATORS
        for v in values
    )


def _generated(deployment: Deployment, read: Read, resolved: Resolved) -> Draft:
    name = read.variable.name
    workers = deployment.server.workers if deployment.server is not None else None
    count = resolve(workers, deployment.environment) if workers is not None else None
    several = count is not None and count.known and isinstance(count.data, int) and count.data > 1
    settled = all(deployment.environment.settled(n) for n in read.names)
    who = "each worker and each restart makes" if several else "each restart makes"
    return Draft(
        message=f"{name} is set nowhere, and {who} a new one: what was signed or encrypted before is refused.",
        at=read.at,
        subject=name,
        trail=tuple(dict.fromkeys((*resolved.trail, Step(read.text, read.at)))),
        certain=settled and not deployment.tentative,
        severity=Severity.HIGH if several and settled else Severity.MEDIUM,
        fix=Fix(
            f"set {name} from the platform's secret store",
            question=f"Which secret of the platform holds {name}?",
        ),
    )


# -- clear text ------------------------------------------------------------------------------------


@rule(
    "ENV006",
    "plaintext-secret",
    severity=Severity.HIGH,
    debt="DEPLOY-1",
    reads=Reads.MANIFESTS,
)
def plaintext_secret(project: Project) -> Iterator[Draft]:
    """Everybody with the repository has a secret of production: it stands there in clear text.

    **Why.** Everybody who can read the repository, now or later, has it; so has every copy of the image.
    Taking it out of the file does not take it out of the history.

    **Fix.** Make a new secret, keep it in the platform's store (on Databricks Apps: a secret resource and
    `valueFrom`), and leave the old one invalid.

    **Silent when** the value is a reference or a stand-in, the file is an example or serves tests or CI,
    git ignores it, or a compose file only gives its own database an everyday password.

    Source: what the files say, and git's own rules for what it ignores.
    """
    seen: set[tuple[str, int]] = set()
    for name, at, value in (*_in_manifests(project), *_in_env_files(project)):
        if (at.path, at.line) not in seen:
            seen.add((at.path, at.line))
            yield _clear_text(name, at, databricks=value)


def _clear_text(name: str, at: Location, *, databricks: bool) -> Draft:
    store = (
        "add it as a secret resource and take it with `valueFrom`"
        if databricks
        else "keep it in the platform's secret store"
    )
    return Draft(
        message=f"{name} stands in clear text in {at.path}, so everybody with the repository has it.",
        at=at,
        subject=name,
        fix=Fix(
            f"make a new secret and {store}", question=f"Which secret of the platform shall give {name}?"
        ),
    )


def _in_manifests(project: Project) -> Iterator[tuple[str, Location, bool]]:
    local = {d.manifests[0].path for d in project.deployments if d.tentative and d.manifests}
    for manifest in project.manifests:
        if (
            manifest.use in {Use.DEVELOPMENT, Use.EXAMPLE}
            or manifest.path in local
            or stands_in(manifest.path)
        ):
            continue
        for entry in manifest.environment:
            if entry.source is Source.LITERAL and entry.value and _is_secret(entry, manifest):
                yield entry.name, entry.at, manifest.platform.key == "databricks"


def _is_secret(entry: Entry, manifest: Manifest) -> bool:
    value = entry.value or ""
    password = _password(entry.name, value)
    if not password or is_placeholder(password) or STAND_INS.search(password) or "${" in password:
        return False
    return not (
        (manifest.platform.key == "compose" or manifest.use is Use.SERVICE) and _is_everyday(password, value)
    )


def _password(name: str, value: str) -> str:
    match = URL_PASSWORD.match(value)
    if match:
        return match[1]
    return value if is_secret_name(name) and NO_SECRET.search(value) is None else ""


def _is_everyday(password: str, value: str) -> bool:
    match = re.match(r"^[\w+.-]+://([^/@:\s]*):", value)
    return password.lower() in WEAK or (match is not None and match[1] == password)


def _in_env_files(project: Project) -> Iterator[tuple[str, Location, bool]]:
    for path in env_files(project.tree):
        try:
            entries = project.tree.dotenv(path)
        except ReadError:
            continue
        local = re.search(r"(?i)dev|local|debug", path.rpartition("/")[2]) is not None
        for entry in entries:
            password = _password(entry.name, entry.value or "")
            if not password or is_placeholder(password) or STAND_INS.search(password) or "$" in password[:2]:
                continue
            if not _is_everyday(password, entry.value or "") and (not local or _looks_real(password)):
                yield entry.name, entry.at, False


# -- files that go along ---------------------------------------------------------------------------


@rule(
    "ENV013",
    "ships-state",
    severity=Severity.MEDIUM,
    debt="DEPLOY-1",
    reads=Reads.MANIFESTS,
    requires=(a_deployment,),
)
def ships_state(project: Project) -> Iterator[Draft]:
    """Every deployment takes along a database file, a filled env file or credentials.

    **Why.** A database from somebody's desk becomes production's, or overwrites it at the next deployment;
    an env file sets what nobody meant to set; credentials are in every copy.

    **Fix.** Take the file out of the repository, and name it in `.gitignore` (and `.dockerignore`).

    **Silent when** git or the platform's own ignore file leaves it out, the image does not copy it, it is
    an example, or it serves tests or docs.

    Source: the ignore files, and the COPY instructions of the image.
    """
    for found in state_files(project.tree):
        deployment = next((d for d in project.deployments if takes_along(project.tree, d, found.path)), None)
        if deployment is not None:
            yield _ships(project, found, deployment)


def _ships(project: Project, found: Shipped, deployment: Deployment) -> Draft:
    what = {
        Kind.DATABASE: "a database file",
        Kind.ENV_FILE: f"an env file with secrets ({', '.join(found.names[:3])})",
        Kind.CREDENTIALS: "a file of credentials",
    }[found.kind]
    return Draft(
        message=f"{found.path}, {what}, goes out with every deployment of {deployment.manifests[0].path}.",
        at=found.at,
        subject=found.path,
        certain=not deployment.tentative,
        fix=Fix(
            f"take it out of the repository (git rm --cached {found.path}) and name it in .gitignore",
            edits=_ignore(project, found.path),
        ),
    )


def _ignore(project: Project, path: str) -> tuple[Edit, ...]:
    try:
        count = len(project.tree.lines(".gitignore")) if project.tree.exists(".gitignore") else 0
    except ReadError:
        return ()
    return (Edit(".gitignore", count + 1, count, f"/{path}\n"),)
