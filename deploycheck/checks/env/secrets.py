"""Secrets that are none: defaults from the code, clear text in committed files, state that is shipped."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.checks.applies import a_deployment
from deploycheck.facts.databases.backends import is_server
from deploycheck.facts.variables import Read, variables_of
from deploycheck.facts.variables.model import looked_over, setting_of
from deploycheck.facts.variables.standins import NO_SECRET, looks_real
from deploycheck.facts.variables.uses import uses_of
from deploycheck.facts.variables.written import Written, written_keys
from deploycheck.findings import Draft, Fix, Severity, Step
from deploycheck.masking import is_secret_name
from deploycheck.python.resolution import Resolved, holds, resolve
from deploycheck.python.values import Made, peel
from deploycheck.rules import Reads, rule

if TYPE_CHECKING:
    from deploycheck.facts.deployments import Deployment
    from deploycheck.findings import Location
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
_API_KEY = re.compile(r"(?i)^\w+_API_KEY$")
"""The name does not tell whose key it is: the app's own, or another service's, where a stand-in fails."""
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
    """Everybody who reads the code knows a secret of production: its default counts, or it has no other.

    **Why.** Everybody who can read the repository knows it: they can sign sessions and tokens as any
    user, or open what was encrypted. Where the default is made anew at each start, every worker and
    every restart has another one, and what was signed before is refused.

    **Fix.** Give the variable no default, set it from the platform's secret store, and let the app
    refuse to start without it. A key that is written in the code becomes such a variable.

    **Silent when** some layer sets the variable, a validator or a test at start-up refuses the default,
    nothing in the deployed code uses it, it is the key of somebody else's service with a stand-in, or a key
    that is made to be public (PostHog's `phc_…`, Stripe's `pk_live_…`). Medium for a stand-in of an API key
    that may be either's.

    Source: the value that the code's own default gives under production's environment, and what Flask,
    SessionMiddleware, `jwt.encode`, itsdangerous and Fernet are given.
    """
    written: set[Location] = set()
    for deployment in project.deployments:
        for key in written_keys(deployment):
            if key.at not in written:
                written.add(key.at)
                yield _written_in_code(deployment, key)
        told: set[str] = set()
        for read in variables_of(deployment).reads:
            if read.variable.name not in told:
                draft = _default_secret(deployment, read)
                if draft is not None:
                    told.add(read.variable.name)
                    yield draft


def _written_in_code(deployment: Deployment, key: Written) -> Draft:
    steps = (Step("the key is written here", key.at), Step(f"the app {key.purpose} with it", key.use))
    return Draft(
        message=(
            f"The key with which the app {key.purpose} is written in its code: everybody who can read that "
            "has it, and no environment can set another."
        ),
        at=key.at,
        subject=f"{key.at.path} {key.purpose}",
        trail=steps if key.use != key.at else steps[:1],
        certain=key.sure and not deployment.tentative,
        severity=Severity.CRITICAL,
        fix=Fix(
            "read it from an environment variable, set that from the platform's secret store, and do not "
            "start without it",
            question="Which variable holds the key, and which secret of the platform?",
        ),
    )


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
    unset = any(v.names == read.names and s is None for v, s in resolved.settings)
    text = resolved.data.strip() if isinstance(resolved.data, str) else ""
    return unset and bool(text) and NO_SECRET.search(text) is None


def _is_guarded(deployment: Deployment, read: Read) -> bool:
    variables = variables_of(deployment)
    if read.settings_class and variables.constructions.guarded(read.class_name, read.field):
        return True
    if any(v.names == read.names for stop in variables.stops for v in stop.variables):
        return True
    others = (r for r in variables.reads if r is not read and r.names == read.names and r.run is not None)
    return any(looked_over(other) for other in others)


def _for_development(read: Read) -> bool:
    return re.search(r"(?i)dev|test|local|example|mock|fake", read.class_name) is not None


def _weight(deployment: Deployment, read: Read, text: str) -> Severity | None:
    """Return how bad a default is: critical where the app trusts it, None where it protects nothing."""
    name = read.variable.name
    if OF_DATABASE.search(name):
        opened = deployment.selection.now.opened
        used = any(
            v.names == read.names for o in opened if is_server(o.backend) for v, _ in o.resolved.settings
        )
        return Severity.HIGH if used else None
    if OF_OTHERS.search(name):
        return Severity.HIGH if looks_real(text) else None
    if _API_KEY.search(name) and not SIGNS.search(name) and not looks_real(text):
        return Severity.MEDIUM
    return Severity.CRITICAL if SIGNS.search(name) else Severity.HIGH


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
            f"give {name} no default, set it from the platform's secret store, and do not start without it",
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
        message=f"{name} is set nowhere, and {who} a new one: what was signed before is refused.",
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
