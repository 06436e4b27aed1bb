"""The words by which documents tell how a deployment is done, saved and undone."""

from __future__ import annotations

import enum
import re


class Topic(enum.StrEnum):
    """What a passage describes."""

    ROLLBACK = "rollback"
    BACKUP = "backup"
    RESTORE = "restore"
    MIGRATE = "migrate"
    DEPLOY = "deploy"


TEXTS = re.compile(r"^(?:readme|install|deploy|runbook|operat|backup|upgrad|rollback|release)", re.IGNORECASE)
"""Names of plain texts that are documents."""
FOLDERS = re.compile(
    r"(?:^|/)(?:tests?|fixtures?|examples?|templates?|site-packages"
    r"|locale|locales|licen[cs]es|static|migrations"
    r"|versions|node_modules|\.github/ISSUE_TEMPLATE|prompts?|skills"
    r"|requirements|release[-_]notes|api-ref|plans)(?:/|$)",
    re.IGNORECASE,
)
"""Folders whose documents are not about the deployed app."""
NAMES = re.compile(
    r"^(?:change(?:s|log)|history|news|release[-_ ]?notes|releases|licen[cs]e|copying|authors|contributors"
    r"|requirements.*|robots|constraints.*|todo|roadmap|code_of_conduct|cmakelists)\b|\.in$",
    re.IGNORECASE,
)
"""Files that only look like documents, or list what was."""
CHEAP = re.compile(
    r"roll(?:ing|ed)?[ -]?back|revert|downgrade|back(?:ing)?[ -]?up|pg_dump"
    r"|dump|snapshot|restor|point[ -]in[ -]time|pitr"
    r"|upgrade head|db upgrade|deploy",
    re.IGNORECASE,
)
"""What a document must name to be worth reading."""
DATABASE = re.compile(
    r"\bdatabase|\bdb\b|postgres|sqlite|mysql|mariadb|lakebase|neon|\brds\b"
    r"|cloud sql|alembic|schema|pg_|litestream"
    r"|backup\.sh|backup_|data(?:set)?\b",
    re.IGNORECASE,
)
"""What tells that a text is about a database."""
WORDS: dict[Topic, re.Pattern[str]] = {
    Topic.ROLLBACK: re.compile(
        r"\broll(?:ing|ed)?[ -]?backs?\b|\brolls? (?:it |them |the \w+ )?back\b"
        r"|\brevert(?:ing)? (?:to|the|a) (?:\w+ )?"
        r"(?:deploy\w*|release|version|migration\w*|previous|old|last)|\b(?:previous"
        r"|old|earlier) (?:release|version|tag|image)"
        r"|\bback to (?:the )?(?:previous|old|last) ",
        re.IGNORECASE,
    ),
    Topic.BACKUP: re.compile(
        r"\bback(?:ing|ed|s)?[ -]?ups?\b|\bpg_dump|\bdumps?\b|\bsnapshots?\b"
        r"|point[ -]in[ -]time|\bpitr\b|litestream",
        re.IGNORECASE,
    ),
    Topic.RESTORE: re.compile(
        r"\brestor(?:e|es|ing|ed)\b|\bpg_restore|point[ -]in[ -]time recovery|\brecover(?:y|ing)?\b",
        re.IGNORECASE,
    ),
    Topic.MIGRATE: re.compile(
        r"alembic(?: -\S+ \S+)* upgrade|\bdb upgrade\b|upgrade heads?\b|\bmake migrate\b|\bjust migrate\b",
        re.IGNORECASE,
    ),
    Topic.DEPLOY: re.compile(
        r"\bdeploy(?:ing|ment|s|ed)?\b|\breleas(?:e|ing)\b|\bproduction\b", re.IGNORECASE
    ),
}
"""What tells that a text speaks of a topic."""
NEGATED = re.compile(
    r"\b(?:no|not|never|without|isn't|aren't|don't|doesn't|cannot|can't"
    r"|nobody|missing|todo|tbd|fixme|yet|later|planned"
    r"|to be (?:written|done|defined|documented)|coming soon|should (?:add|write|have))\b",
    re.IGNORECASE,
)
"""What tells that something is not done, or not yet."""
TRANSACTIONS = re.compile(
    r"session\.rollback|\.rollback\(|transactions? (?:is|are|will be|gets?|was|were) rolled"
    r"|roll(?:s|ed)? back the (?:transaction|session)"
    r"|(?:transaction|session|savepoint|commit)\w* (?:or|and|is|are)? ?roll",
    re.IGNORECASE,
)
"""What is rolled back in a database session, not in production."""
COMMANDS: dict[Topic, re.Pattern[str]] = {
    Topic.ROLLBACK: re.compile(
        r"downgrade|roll-?back|rollout undo|git (?:checkout|reset|revert)"
        r"|releases:|helm rollback|traffic|redeploy"
        r"|deploy|restore|previous|version|--image",
        re.IGNORECASE,
    ),
    Topic.BACKUP: re.compile(
        r"pg_dump|pg_basebackup|backup|\.dump|snapshot|vacuum into|litestream|pgbackrest|wal-g|mysqldump",
        re.IGNORECASE,
    ),
    Topic.RESTORE: re.compile(r"pg_restore|restore|psql .*<|\.restore|recover", re.IGNORECASE),
    Topic.MIGRATE: re.compile(r"upgrade|migrate", re.IGNORECASE),
    Topic.DEPLOY: re.compile(r"deploy|release|docker|push|helm|kubectl|rsync|restart", re.IGNORECASE),
}
"""What a command names that does what a topic is about."""
SCHEDULED = re.compile(
    r"\b(?:daily|nightly|hourly|weekly|every (?:day|night|hour)|each (?:day"
    r"|night|hour)|automatic(?:ally)?|automated"
    r"|\d+[ -]days?|retention|point[ -]in[ -]time)\b",
    re.IGNORECASE,
)
"""When copies are made by themselves."""

COMMAND = re.compile(
    r"^\s*\$?\s*(?:sudo |bash |sh |\./|git |alembic|flask |just |make |docker"
    r"|kubectl|helm |heroku|fly|railway|databricks"
    r"|pg_|psql|sqlite3|aws |gcloud |az |python|uv |poetry |npm |ssh |scripts/|cp |litestream|\w+\.sh\b)"
)
"""How a line starts that is a command."""
IMPERATIVE = re.compile(
    r"\b(?:run|runs|execute|use|redeploy|deploy|check ?out|push|restore|take"
    r"|make|create|download|stop|start|set|click|open"
    r"|select|choose|call|trigger|find|keep(?:s|t)?|daily|nightly|hourly"
    r"|every (?:day|night|hour)|each (?:day|night|hour)"
    r"|automatic(?:ally)?|\d+ days)\b",
    re.IGNORECASE,
)
"""Words that tell somebody what to do."""
