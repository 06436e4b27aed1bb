"""Write a believable FastAPI app of a given size, always the same: python -m benchmarks.generate FOLDER.

Each domain ("garden_orders") is a package of settings, models, schemas, helpers, services and a router, all
imported from the application module, and has a test module beside. No two domains have the same text, so that
nothing which remembers texts looks faster than it is.
"""

import argparse
import itertools
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from string import Template

LINES = 50_000
SEED = 20_260

PLACES = (
    "garden", "harbour", "school", "clinic", "bakery", "library", "museum", "studio", "market", "theatre",
    "airport", "station", "stadium", "office", "hotel", "farm", "forest", "mill", "quarry", "workshop",
)  # fmt: skip
THINGS = (
    "orders",
    "invoices",
    "visits",
    "members",
    "parcels",
    "tickets",
    "repairs",
    "contracts",
    "lessons",
    "rooms",
)
ENTITIES = ("Entry", "Batch", "Note", "Owner")
FIELDS = ("label", "state", "colour", "origin", "remark", "batch_code", "shelf", "carrier", "season", "grade")
WHOLE = (
    "amount",
    "weight_grams",
    "priority",
    "price_cents",
    "rating",
    "minutes",
    "page_count",
    "distance_metres",
)

SETTINGS = Template('''"""Settings of $title."""

import os
from dataclasses import dataclass

from app.core.config import settings as core

PREFIX = "$prefix"


@dataclass(frozen=True)
class ${camel}Settings:
    """What can be set for $title."""

    page_size: int = int(os.getenv(PREFIX + "_PAGE_SIZE", "$page"))
    keep_days: int = int(os.getenv(PREFIX + "_KEEP_DAYS", "$days"))
    gateway: str = os.getenv(PREFIX + "_GATEWAY", core.gateway)
    strict: bool = os.getenv(PREFIX + "_STRICT", "false").lower() in {"1", "true", "yes"}


settings = ${camel}Settings()
''')

MODEL_HEAD = Template('''"""Tables of $title."""

from datetime import datetime

from sqlalchemy import DateTime, ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base
''')

MODEL = Template('''

class $entity(Base):
    """One ${word} of $title."""

    __tablename__ = "${name}_${word}"

    id: Mapped[int] = mapped_column(primary_key=True)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
$columns
$parent
    def summary(self) -> str:
        """For lists and logs."""
        return f"$entity {self.id}: {self.$text} ({self.$number})"
''')

SCHEMA_HEAD = Template('''"""What $title look like on the wire."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field
''')

SCHEMA = Template('''

class ${entity}In(BaseModel):
    """A new ${word}."""

$fields

class ${entity}Out(${entity}In):
    """A ${word} with its number."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    created_at: datetime
''')

HELPERS = Template('''"""Small sums of $title."""

from collections.abc import Iterable

LIMITS = {$limits}


def clamp(value: int, kind: str) -> int:
    """The value, within the limits of its kind."""
    lowest, highest = LIMITS.get(kind, (0, $highest))
    return max(lowest, min(value, highest))


def total(values: Iterable[int], *, discount: int = $discount) -> int:
    """The sum, less the discount in per cent."""
    gross = sum(values)
    if gross > $threshold:
        gross -= gross * discount // 100
    return gross


def spread(values: list[int]) -> dict[str, float]:
    """Mean and range, for the overview."""
    if not values:
        return {"mean": 0.0, "range": 0.0}
    return {"mean": sum(values) / len(values), "range": float(max(values) - min(values))}


def code(number: int, *, width: int = $width) -> str:
    """A number as people write it on the paper."""
    digits = f"{number:0{width}d}"
    check = sum(int(digit) * weight for weight, digit in enumerate(digits, start=$start)) % 97
    return f"$initials-{digits}-{check:02d}"
''')

SERVICE_HEAD = Template('''"""What can be done with $title."""

import logging
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.errors import ConflictError, MissingError
from app.$name import helpers
from app.$name.models import $entities
from app.$name.schemas import $inputs
from app.$name.settings import settings

logger = logging.getLogger(__name__)
''')

SERVICE = Template('''

def list_${word}(session: Session, *, page: int = 0, ${text}: str | None = None) -> list[$entity]:
    """One page, the newest first."""
    wanted = select($entity).order_by($entity.created_at.desc())
    if ${text} is not None:
        wanted = wanted.where($entity.${text} == ${text})
    wanted = wanted.offset(page * settings.page_size).limit(settings.page_size)
    return list(session.scalars(wanted))


def get_${word}(session: Session, number: int) -> $entity:
    """The one with this number."""
    row = session.get($entity, number)
    if row is None:
        raise MissingError(f"no ${word} {number} among $title")
    return row


def add_${word}(session: Session, wish: ${entity}In) -> $entity:
    """Take a new one in."""
    if settings.strict and session.scalar(select($entity.id).where($entity.${text} == wish.${text})):
        raise ConflictError("there is one already")
    values = wish.model_dump()
    values["${number}"] = helpers.clamp(values["${number}"], "${number}")
    row = $entity(**values, created_at=datetime.now(UTC))
    session.add(row)
    session.commit()
    logger.info("added %s", row.summary())
    return row


def change_${word}(session: Session, number: int, wish: ${entity}In) -> $entity:
    """Change what is known of one."""
    row = get_${word}(session, number)
    for field, value in wish.model_dump(exclude_unset=True).items():
        if getattr(row, field) != value:
            setattr(row, field, value)
    session.commit()
    return row


def tidy_${word}(session: Session) -> int:
    """Remove what is older than we keep."""
    oldest = datetime.now(UTC) - timedelta(days=settings.keep_days)
    gone = 0
    for row in session.scalars(select($entity).where($entity.created_at < oldest)):
        session.delete(row)
        gone += 1
    session.commit()
    return gone


def figures_${word}(session: Session) -> dict[str, float]:
    """Numbers for the overview."""
    values = list(session.scalars(select($entity.${number})))
    count = session.scalar(select(func.count($entity.id))) or 0
    return {"count": float(count), "total": float(helpers.total(values)), **helpers.spread(values)}
''')

ROUTER_HEAD = Template('''"""Routes of $title."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, status
from sqlalchemy.orm import Session

from app.core.database import get_session
from app.$name import services
from app.$name.schemas import $schemas

router = APIRouter(prefix="/$path", tags=["$title"])
DbSession = Annotated[Session, Depends(get_session)]
''')

ROUTER = Template('''

@router.get("/${word}")
def list_${word}(
    session: DbSession,
    page: Annotated[int, Query(ge=0)] = 0,
    ${text}: str | None = None,
) -> list[${entity}Out]:
    """One page of them."""
    rows = services.list_${word}(session, page=page, ${text}=${text})
    return [${entity}Out.model_validate(row) for row in rows]


@router.get("/${word}/figures")
def figures_${word}(session: DbSession) -> dict[str, float]:
    """Numbers for the overview."""
    return services.figures_${word}(session)


@router.get("/${word}/{number}")
def get_${word}(number: int, session: DbSession) -> ${entity}Out:
    """One of them."""
    return ${entity}Out.model_validate(services.get_${word}(session, number))


@router.post("/${word}", status_code=status.HTTP_201_CREATED)
def add_${word}(wish: ${entity}In, session: DbSession) -> ${entity}Out:
    """A new one."""
    return ${entity}Out.model_validate(services.add_${word}(session, wish))


@router.put("/${word}/{number}")
def change_${word}(number: int, wish: ${entity}In, session: DbSession) -> ${entity}Out:
    """Change one."""
    return ${entity}Out.model_validate(services.change_${word}(session, number, wish))
''')

TESTS = Template('''"""Tests of $title."""

import pytest

from app.$name import helpers


@pytest.mark.parametrize(("value", "expected"), [($below, 0), ($inside, $inside)])
def test_clamp(value: int, expected: int) -> None:
    assert helpers.clamp(value, "nothing") == expected


def test_code_has_initials() -> None:
    assert helpers.code($inside).startswith("$initials-")


def test_spread_of_nothing() -> None:
    assert helpers.spread([]) == {"mean": 0.0, "range": 0.0}
''')

FIXED = {
    "app.yaml": """command: [gunicorn, "app.main:app", -k, uvicorn_worker.UvicornWorker]
env:
  - name: WEB_CONCURRENCY
    value: "2"
  - name: DATABASE_URL
    valueFrom: database-url
  - name: CORS_ORIGINS
    value: https://town.example.org
""",
    "requirements.txt": """fastapi==0.165.0
pydantic==2.14.3
gunicorn==27.0.1
uvicorn-worker==0.4.0
sqlalchemy==2.1.9
psycopg==3.3.9
""",
    "pyproject.toml": '[project]\nname = "town"\nversion = "4.2.0"\nrequires-python = ">=3.11"\n',
    "app/__init__.py": '"""A town and all that goes on in it."""\n',
    "app/core/__init__.py": '"""What all domains share."""\n',
    "app/core/config.py": '''"""The settings that all domains share."""

import os


class Settings:
    """From the environment."""

    database_url = os.environ["DATABASE_URL"]
    pool_size = int(os.getenv("DB_POOL_SIZE", "5"))
    origins = [origin for origin in os.getenv("CORS_ORIGINS", "").split(",") if origin]
    gateway = os.getenv("GATEWAY", "https://gateway.example.org")


settings = Settings()
''',
    "app/core/errors.py": '''"""What can go wrong."""


class MissingError(LookupError):
    """There is no such thing."""


class ConflictError(ValueError):
    """It contradicts what is there."""
''',
    "app/core/database.py": '''"""The engine and its sessions."""

from collections.abc import Iterator

from sqlalchemy import create_engine
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker

from app.core.config import settings

engine = create_engine(settings.database_url, pool_size=settings.pool_size, pool_pre_ping=True)
factory = sessionmaker(engine)


class Base(DeclarativeBase):
    """Base of all models."""


def get_session() -> Iterator[Session]:
    """A session for one request."""
    with factory() as session:
        yield session
''',
}

MAIN = Template('''"""The application."""

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

from app.core.config import settings
$imports

app = FastAPI(title="Town", version="4.2.0")
app.add_middleware(CORSMiddleware, allow_origins=settings.origins, allow_credentials=True)
$includes


@app.get("/readyz")
def ready() -> dict[str, bool]:
    """Whether requests may come."""
    return {"ready": True}
''')


def names() -> Iterator[str]:
    """Names of domains, without end, each once."""
    for round_number in itertools.count():
        for thing, place in itertools.product(THINGS, PLACES):
            yield f"{place}_{thing}" + (f"_{round_number}" if round_number else "")


def entity_words(dice: random.Random, entity: str, index: int) -> dict[str, str]:
    """Draw the columns of one table, and return what the templates need."""
    texts, numbers = dice.sample(FIELDS, 5), dice.sample(WHOLE, 4)
    columns = [f"    {name}: Mapped[str] = mapped_column(String({dice.randint(10, 200)}))" for name in texts]
    columns += [f"    {name}: Mapped[int] = mapped_column(Integer, default=0)" for name in numbers]
    fields = [f"    {name}: str = Field(max_length={dice.randint(10, 200)})" for name in texts]
    fields += [f"    {name}: int = Field(default=0, ge=0, le={dice.randint(99, 99_999)})" for name in numbers]
    parent = (
        '    parent_id: Mapped[int | None] = mapped_column(ForeignKey("{name}_entry.id"))\n' if index else ""
    )
    return {
        "entity": entity,
        "word": entity.lower(),
        "text": texts[0],
        "number": numbers[0],
        "columns": "\n".join(columns),
        "fields": "\n".join(fields) + "\n",
        "parent": parent,
    }


def domain(name: str, dice: random.Random) -> dict[str, str]:
    """Write the files of one domain: path to text."""
    inside = dice.randint(1, 90)
    limits = ", ".join(f'"{field}": ({dice.randint(0, 5)}, {dice.randint(50, 9_000)})' for field in WHOLE)
    words = {
        "name": name,
        "title": name.replace("_", " "),
        "path": name.replace("_", "-"),
        "prefix": name.upper(),
        "camel": name.title().replace("_", ""),
        "initials": "".join(part[0] for part in name.split("_")).upper(),
        "page": str(dice.choice((20, 25, 50, 100))),
        "days": str(dice.randint(30, 3_650)),
        "limits": limits,
        "highest": str(dice.randint(1_000, 99_999)),
        "discount": str(dice.randint(1, 30)),
        "threshold": str(dice.randint(100, 9_000)),
        "width": str(dice.randint(4, 9)),
        "start": str(dice.randint(1, 9)),
        "below": str(-inside),
        "inside": str(inside),
        "entities": ", ".join(sorted(ENTITIES)),
        "inputs": ", ".join(f"{entity}In" for entity in sorted(ENTITIES)),
        "schemas": ", ".join(f"{entity}{end}" for entity in sorted(ENTITIES) for end in ("In", "Out")),
    }
    tables = [words | entity_words(dice, entity, index) for index, entity in enumerate(ENTITIES)]
    for table in tables:
        table["parent"] = table["parent"].format(name=name)

    def with_tables(head: Template, each: Template) -> str:
        return head.substitute(words) + "".join(each.substitute(table) for table in tables)

    return {
        f"app/{name}/__init__.py": f'"""All about {words["title"]}."""\n',
        f"app/{name}/settings.py": SETTINGS.substitute(words),
        f"app/{name}/models.py": with_tables(MODEL_HEAD, MODEL),
        f"app/{name}/schemas.py": with_tables(SCHEMA_HEAD, SCHEMA),
        f"app/{name}/helpers.py": HELPERS.substitute(words),
        f"app/{name}/services.py": with_tables(SERVICE_HEAD, SERVICE),
        f"app/{name}/router.py": with_tables(ROUTER_HEAD, ROUTER),
        f"tests/test_{name}.py": TESTS.substitute(words),
    }


def generate(folder: Path, lines: int = LINES) -> tuple[int, int]:
    """Write an app of at least that many lines of Python; return its files and lines."""
    dice = random.Random(SEED)  # noqa: S311  the same app each time is what is wanted
    files, made, written = dict(FIXED), [], 0
    for name in names():
        if written >= lines:
            break
        package = domain(name, dice)
        files |= package
        made.append(name)
        written += sum(text.count("\n") for text in package.values())
    files["app/main.py"] = MAIN.substitute(
        imports="\n".join(f"from app.{name}.router import router as {name}" for name in sorted(made)),
        includes="\n".join(f"app.include_router({name})" for name in made),
    )
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8", newline="\n")
    python = [text for path, text in files.items() if path.endswith(".py")]
    return len(python), sum(text.count("\n") for text in python)


def main() -> int:
    """Write it where the command line says."""
    parser = argparse.ArgumentParser(description="Write a believable FastAPI app for measurements.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--lines", type=int, default=LINES)
    arguments = parser.parse_args()
    count, lines = generate(arguments.folder, arguments.lines)
    sys.stdout.write(f"{count} Python files, {lines} lines\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
