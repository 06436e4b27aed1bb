"""SQL that one backend speaks and another one rejects.

Only what is rejected wherever it stands, in every supported version. Each kind was run on PostgreSQL 16 and
SQLite 3.40; of MySQL and MariaDB it is what their grammar leaves out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_PG, _LITE, _MYSQL, _MARIA = "postgresql", "sqlite", "mysql", "mariadb"
_MYSQLS = (_MYSQL, _MARIA)
_TABLE = r"^\s*(?:CREATE|ALTER)\s+TABLE\b[\s\S]*"
_ALTER = r"^\s*ALTER\s+TABLE\s+(?:IF\s+EXISTS\s+)?(?:ONLY\s+)?\S+\s+"
_COLUMN = r"(?:[(,]|\bADD(?:\s+COLUMN)?(?:\s+IF\s+NOT\s+EXISTS)?)\s*(?!COLUMN\b|CONSTRAINT\b|IF\b)\w+\s+"


@dataclass(frozen=True, slots=True)
class Rejection:
    """Words of SQL that some backends reject: how people call them, and whose they are."""

    shown: str
    home: str
    rejecting: frozenset[str]
    pattern: re.Pattern[str]


def _of(shown: str, home: str, rejecting: tuple[str, ...], pattern: str) -> Rejection:
    return Rejection(shown, home, frozenset(rejecting), re.compile(pattern, re.IGNORECASE))


_REJECTIONS = (
    _of("PRAGMA", "SQLite", (_PG, *_MYSQLS), r"^\s*PRAGMA\b"),
    _of("AUTOINCREMENT", "SQLite", (_PG, *_MYSQLS), _TABLE + r"\bAUTOINCREMENT\b"),
    _of(
        "sqlite_master",
        "SQLite",
        (_PG, *_MYSQLS),
        r"\b(?:FROM|JOIN)\s+sqlite_(?:master|schema|temp_master)\b",
    ),
    _of("INSERT OR", "SQLite", (_PG, *_MYSQLS), r"^\s*(?:INSERT|UPDATE)\s+OR\s+\w+"),
    _of("CREATE VIRTUAL TABLE", "SQLite", (_PG, *_MYSQLS), r"^\s*CREATE\s+VIRTUAL\s+TABLE\b"),
    _of("WITHOUT ROWID", "SQLite", (_PG, *_MYSQLS), _TABLE + r"\)\s*WITHOUT\s+ROWID\b"),
    _of("ATTACH DATABASE", "SQLite", (_PG, *_MYSQLS), r"^\s*ATTACH\s"),
    _of("COLLATE NOCASE", "SQLite", (_PG, *_MYSQLS), r"\bCOLLATE\s+NOCASE\b"),
    _of("names in backticks", "MySQL", (_PG,), r"`"),
    _of("ENGINE=", "MySQL", (_PG, _LITE), _TABLE + r"\)\s*(?:\w+\s*=\s*\w+\s*,?\s*)*ENGINE\s*="),
    _of("ENGINE=", "MySQL", (_PG, _LITE), _ALTER + r"ENGINE\s*="),
    _of("AUTO_INCREMENT", "MySQL", (_PG,), _TABLE + r"\bAUTO_INCREMENT\b"),
    _of("REPLACE INTO", "MySQL", (_PG,), r"^\s*REPLACE\s+INTO\b"),
    _of("INSERT IGNORE", "MySQL", (_PG, _LITE), r"^\s*INSERT\s+IGNORE\b"),
    _of("ON DUPLICATE KEY", "MySQL", (_PG, _LITE), r"^\s*INSERT\b[\s\S]*\bON\s+DUPLICATE\s+KEY\b"),
    _of("ALTER TABLE … MODIFY", "MySQL", (_PG, _LITE), _ALTER + r"(?:MODIFY|CHANGE)\b"),
    _of("CHARACTER SET", "MySQL", (_PG, _LITE), _ALTER + r"CONVERT\s+TO\s+CHARACTER\s+SET\b"),
    _of("DROP INDEX … ON", "MySQL", (_PG, _LITE), r"^\s*DROP\s+INDEX\s+(?:IF\s+EXISTS\s+)?\S+\s+ON\b"),
    _of("DROP FOREIGN KEY", "MySQL", (_PG, _LITE), _ALTER + r"DROP\s+(?:FOREIGN|PRIMARY)\s+KEY\b"),
    _of("RENAME TABLE", "MySQL", (_PG, _LITE), r"^\s*RENAME\s+TABLE\b"),
    _of(
        "SHOW TABLES",
        "MySQL",
        (_PG, _LITE),
        r"^\s*SHOW\s+(?:FULL\s+)?(?:TABLES|COLUMNS|INDEX(?:ES)?|CREATE)\b",
    ),
    _of(
        "a setting of MySQL's",
        "MySQL",
        (_PG, _LITE),
        r"^\s*SET\s+(?:SESSION\s+|GLOBAL\s+|@@\S*\.?)?(?:FOREIGN_KEY_CHECKS|SQL_MODE|UNIQUE_CHECKS)\b",
    ),
    _of(
        "UNSIGNED",
        "MySQL",
        (_PG,),
        _TABLE + r"\b(?:TINY|SMALL|MEDIUM|BIG)?INT(?:EGER)?(?:\s*\(\d+\))?\s+UNSIGNED\b",
    ),
    _of(
        "types that PostgreSQL does not have",
        "MySQL or SQLite",
        (_PG,),
        _TABLE + _COLUMN + r"(?:DATETIME|TINYINT|(?:TINY|MEDIUM|LONG)(?:TEXT|BLOB)|BLOB)\b",
    ),
    _of(
        "a number as the default of a boolean",
        "MySQL or SQLite",
        (_PG,),
        _TABLE + r"\bBOOL(?:EAN)?\s+(?:(?:NOT\s+)?NULL\s+)?DEFAULT\s+\(?\d+\b",
    ),
    _of("EXTENSION", "PostgreSQL", (_LITE, *_MYSQLS), r"^\s*(?:CREATE|ALTER|DROP)\s+EXTENSION\b"),
    _of("the cast ::", "PostgreSQL", (_LITE, *_MYSQLS), r"::\s*[a-z_]"),
    _of("TYPE", "PostgreSQL", (_LITE, *_MYSQLS), r"^\s*(?:CREATE|ALTER|DROP)\s+TYPE\b"),
    _of(
        "ALTER COLUMN … TYPE",
        "PostgreSQL",
        (_LITE, *_MYSQLS),
        _ALTER + r"[\s\S]*?\bALTER\s+(?:COLUMN\s+)?\S+\s+(?:SET\s+DATA\s+)?TYPE\b",
    ),
    _of(
        "ALTER COLUMN",
        "PostgreSQL",
        (_LITE,),
        _ALTER + r"ALTER\s+(?:COLUMN\s+)?\S+\s+(?:SET|DROP)\s+DEFAULT\b",
    ),
    _of(
        "ADD CONSTRAINT",
        "PostgreSQL or MySQL",
        (_LITE,),
        _ALTER + r"ADD\s+(?:CONSTRAINT\s+\S+\s+)?(?:UNIQUE|FOREIGN|PRIMARY|EXCLUDE)\b",
    ),
    _of("SEQUENCE", "PostgreSQL", (_LITE, _MYSQL), r"^\s*(?:CREATE|ALTER|DROP)\s+SEQUENCE\b"),
    _of(
        "FUNCTION",
        "PostgreSQL or MySQL",
        (_LITE,),
        r"^\s*(?:CREATE(?:\s+OR\s+REPLACE)?|DROP)\s+(?:FUNCTION|PROCEDURE)\b",
    ),
    _of("PL/pgSQL", "PostgreSQL", _MYSQLS, r"\bLANGUAGE\s+plpgsql\b"),
    _of("DO $$", "PostgreSQL", (_LITE,), r"^\s*DO\s+'"),
    _of("SCHEMA", "PostgreSQL", (_LITE,), r"^\s*(?:CREATE|DROP|ALTER)\s+SCHEMA\b"),
    _of("COMMENT ON", "PostgreSQL", (_LITE, *_MYSQLS), r"^\s*COMMENT\s+ON\b"),
    _of("TRUNCATE", "PostgreSQL or MySQL", (_LITE,), r"^\s*TRUNCATE\b"),
    _of("GRANT", "PostgreSQL or MySQL", (_LITE,), r"^\s*(?:GRANT|REVOKE)\s"),
    _of("SET", "PostgreSQL or MySQL", (_LITE,), r"^\s*SET\s+\w"),
    _of("LOCK TABLE", "PostgreSQL or MySQL", (_LITE,), r"^\s*LOCK\s+TABLES?\b"),
    _of(
        "CONCURRENTLY",
        "PostgreSQL",
        (_LITE, *_MYSQLS),
        r"^\s*(?:CREATE|DROP)\s+(?:UNIQUE\s+)?INDEX\s+CONCURRENTLY\s",
    ),
    _of(
        "USING gin",
        "PostgreSQL",
        (_LITE, *_MYSQLS),
        r"\bINDEX\b[\s\S]*\bUSING\s+(?:gin|gist|brin|spgist)\b",
    ),
    _of("MATERIALIZED VIEW", "PostgreSQL", (_LITE, *_MYSQLS), r"^\s*\w+\s+MATERIALIZED\s+VIEW\b"),
    _of("CREATE OR REPLACE VIEW", "PostgreSQL or MySQL", (_LITE,), r"^\s*CREATE\s+OR\s+REPLACE\s+VIEW\b"),
    _of("ILIKE", "PostgreSQL", (_LITE, *_MYSQLS), r"\bILIKE\s+(?:'|:|%)"),
    _of(
        "IF EXISTS for a column",
        "PostgreSQL",
        (_LITE, _MYSQL),
        _ALTER + r"(?:ADD|DROP)\s+COLUMN\s+IF\s",
    ),
    _of("DROP TABLE … CASCADE", "PostgreSQL", (_LITE,), r"^\s*DROP\s+TABLE\b[\s\S]*\bCASCADE\b"),
    _of(
        "EXECUTE FUNCTION",
        "PostgreSQL",
        (_LITE, *_MYSQLS),
        r"^\s*CREATE\b[\s\S]*\bTRIGGER\b[\s\S]*\bEXECUTE\s+(?:FUNCTION|PROCEDURE)\b",
    ),
    _of("POLICY", "PostgreSQL", (_LITE, *_MYSQLS), r"^\s*(?:CREATE|ALTER|DROP)\s+POLICY\b"),
    _of("ROW LEVEL SECURITY", "PostgreSQL", (_LITE, *_MYSQLS), _ALTER + r"\w+\s+ROW\s+LEVEL\s+SECURITY\b"),
    _of("OWNER TO", "PostgreSQL", (_LITE, *_MYSQLS), _ALTER + r"OWNER\s+TO\b"),
    _of("ALTER INDEX", "PostgreSQL", (_LITE, _MYSQL), r"^\s*ALTER\s+INDEX\b"),
    _of("ON CONFLICT", "PostgreSQL or SQLite", _MYSQLS, r"^\s*INSERT\b[\s\S]*\bON\s+CONFLICT\b"),
    _of("jsonb", "PostgreSQL", _MYSQLS, _TABLE + _COLUMN + r"JSONB\b"),
)  # fmt: skip
_QUOTED = re.compile(r'"[^"]*"')
_HIDDEN = re.compile(r"'(?:[^']|'')*'")


def rejection_of(sql: str, dialect: str) -> Rejection | None:
    """Return why a backend (SQLAlchemy's name) rejects one statement, or None where nothing tells it does."""
    text = _HIDDEN.sub("''", _QUOTED.sub("x", sql))
    return next((r for r in _REJECTIONS if dialect in r.rejecting and r.pattern.search(text)), None)


_POSTGRESQL_ONLY = frozenset(
    {
        "ARRAY", "BYTEA", "CIDR", "CITEXT", "DATEMULTIRANGE", "DATERANGE", "HSTORE", "INET", "INT4MULTIRANGE",
        "INT4RANGE", "INT8MULTIRANGE", "INT8RANGE", "INTERVAL", "JSONPATH", "MACADDR", "MACADDR8", "MONEY",
        "NUMMULTIRANGE", "NUMRANGE", "OID", "REGCLASS", "REGCONFIG", "TSMULTIRANGE", "TSQUERY", "TSRANGE",
        "TSTZMULTIRANGE", "TSTZRANGE", "TSVECTOR",
    },
)  # fmt: skip
_MYSQL_ONLY = frozenset(
    {
        "LONGBLOB", "LONGTEXT", "MEDIUMBLOB", "MEDIUMINT", "MEDIUMTEXT", "SET", "TINYBLOB", "TINYINT",
        "TINYTEXT", "YEAR",
    },
)  # fmt: skip
_ONLY = {_PG: _POSTGRESQL_ONLY, _MYSQL: _MYSQL_ONLY}


def cannot_store(home: str, kind: str, dialect: str) -> bool:
    """Tell whether SQLAlchemy cannot make a column of a backend's own type (`INET`) on another backend.

    Source: the type compilers of SQLAlchemy 2.1, asked for each type of each of these dialects.
    """
    same = dialect == home or {home, dialect} <= set(_MYSQLS)
    return not same and dialect in {_PG, _LITE, *_MYSQLS} and kind in _ONLY.get(home, frozenset())
