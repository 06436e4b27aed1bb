"""What in the environment selects the database, on the shapes that real apps have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from deploycheck.facts.databases.selection import Selection
from tests.facts.projects import FASTAPI, deployed, with_dockerfile

H = "import os\nfrom sqlalchemy import create_engine\n"
F = "import os\nfrom flask import Flask\napp = Flask(__name__)\n"
P = "from pydantic_settings import BaseSettings\nfrom sqlalchemy import create_engine\n"


@dataclass(frozen=True)
class Shape:
    """Source, and what is expected of it: with nothing set, what leads to a server, and what leads back."""

    source: str
    switches: Mapping[str, tuple[str, ...]]
    with_server: Mapping[str, str | None] | None
    fallbacks: tuple[str, ...]
    missing: tuple[str, ...] = ()


Expected = tuple[
    Mapping[str, tuple[str, ...]], Mapping[str, str | None] | None, tuple[str, ...], tuple[str, ...]
]
ONE_URL: Expected = ({}, {"DATABASE_URL": None}, ("DATABASE_URL",), ("DATABASE_URL",))
SHAPES: dict[str, Shape] = {
    "one spelling, else SQLite": Shape(
        H + "def provider():\n"
        '    kind = os.getenv("DB_PROVIDER", "").lower()\n'
        '    if kind == "postgresql":\n'
        "        return f\"postgresql://{os.environ['DB_HOST']}/x\"\n"
        '    return "sqlite:///x.db"\n'
        "engine = create_engine(provider())\n",
        {"DB_PROVIDER": ("postgresql",)},
        {"DB_HOST": None, "DB_PROVIDER": "postgresql"},
        ("DB_PROVIDER",),
    ),
    "a global that is built when needed": Shape(
        H + "_engine = None\ndef get_engine():\n    global _engine\n    if _engine is None:\n"
        '        url = os.getenv("DATABASE_URL")\n        if not url:\n            url = "sqlite:///./local.db"\n'
        "        _engine = create_engine(url)\n    return _engine\n",
        *ONE_URL,
    ),
    "a default": Shape(H + 'engine = create_engine(os.getenv("DATABASE_URL", "sqlite:///x.db"))\n', *ONE_URL),
    "an or": Shape(H + 'engine = create_engine(os.getenv("DATABASE_URL") or "sqlite:///x.db")\n', *ONE_URL),
    "an except": Shape(
        H + 'try:\n    url = os.environ["DATABASE_URL"]\nexcept KeyError:\n    url = "sqlite:///x.db"\n'
        "engine = create_engine(url)\n",
        *ONE_URL,
    ),
    "a URL that is rewritten": Shape(
        H + 'url = os.getenv("DATABASE_URL", "sqlite:///x.db").replace("postgres://", "postgresql://", 1)\n'
        "engine = create_engine(url.strip())\n",
        *ONE_URL,
    ),
    "a URL that is rewritten where it begins so": Shape(
        H + 'url = os.environ.get("DATABASE_URL")\nif url and url.startswith("postgres://"):\n'
        '    url = url.replace("postgres://", "postgresql://", 1)\nengine = create_engine(url or "sqlite:///x.db")\n',
        *ONE_URL,
    ),
    "options by what the URL begins with": Shape(
        H + 'url = os.getenv("DATABASE_URL", "sqlite:///x.db")\nif url.startswith("sqlite"):\n'
        '    engine = create_engine(url, connect_args={"check_same_thread": False})\n'
        "else:\n    engine = create_engine(url, pool_size=5)\n",
        *ONE_URL,
    ),
    "the databases library": Shape(
        'import os\nimport databases\ndatabase = databases.Database(os.getenv("DATABASE_URL", "sqlite:///x"))\n',
        *ONE_URL,
    ),
    "Flask's configuration": Shape(
        F + 'app.config["SQLALCHEMY_DATABASE_URI"] = os.getenv("DATABASE_URL") or "sqlite:///x.db"\n',
        *ONE_URL,
    ),
    "Flask's from_mapping": Shape(
        F + 'app.config.from_mapping(SQLALCHEMY_DATABASE_URI=os.getenv("DATABASE_URL", "sqlite:///x.db"))\n',
        *ONE_URL,
    ),
    "reader and writer": Shape(
        H + 'writer = create_engine(os.environ["WRITER"])\n'
        'reader = create_engine(os.getenv("READER") or os.environ["WRITER"])\n',
        {},
        {"WRITER": None, "READER": None},
        (),
        ("WRITER",),
    ),
    "a computed field": Shape(
        "from pydantic import computed_field\n" + P + "class Settings(BaseSettings):\n"
        "    DB_HOST: str | None = None\n    DB_NAME: str = 'shop'\n"
        "    @computed_field\n    @property\n    def url(self) -> str:\n        if self.DB_HOST:\n"
        '            return f"postgresql+psycopg://{self.DB_HOST}/{self.DB_NAME}"\n'
        '        return "sqlite:///./shop.db"\n'
        "settings = Settings()\nengine = create_engine(str(settings.url))\n",
        {},
        {"DB_HOST": None, "DB_NAME": None},
        ("DB_HOST",),
        ("DB_HOST",),
    ),
    "a dict of URLs by name": Shape(
        H + 'URLS = {"postgres": os.getenv("PG_URL"), "sqlite": "sqlite:///a.db"}\n'
        'engine = create_engine(URLS[os.getenv("DB", "sqlite")])\n',
        {"DB": ("sqlite", "postgres")},
        {"PG_URL": None, "DB": "postgres"},
        ("DB",),
    ),
    "a match": Shape(
        H + 'def url():\n    match os.getenv("DB"):\n        case "postgres" | "pg":\n'
        '            return "postgresql://" + os.environ["PGHOST"] + "/x"\n'
        '        case _:\n            return "sqlite:///a.db"\nengine = create_engine(url())\n',
        {"DB": ("postgres", "pg")},
        {"PGHOST": None, "DB": "postgres"},
        ("DB",),
    ),
    "classes chosen through a dict": Shape(
        H + 'class Base:\n    URL = "sqlite:///base.db"\nclass Dev(Base):\n    pass\n'
        'class Prod(Base):\n    URL = os.getenv("DATABASE_URL")\n'
        'CONFIGS = {"dev": Dev, "prod": Prod}\nconfig = CONFIGS[os.getenv("APP_ENV", "dev")]()\n'
        "engine = create_engine(config.URL)\n",
        {"APP_ENV": ("prod", "dev")},
        {"DATABASE_URL": None, "APP_ENV": "prod"},
        ("APP_ENV",),
    ),
    "Flask's classes": Shape(
        F + 'class Dev:\n    SQLALCHEMY_DATABASE_URI = "sqlite:///dev.db"\n'
        'class Prod:\n    SQLALCHEMY_DATABASE_URI = os.getenv("DATABASE_URL")\n'
        'configs = {"dev": Dev, "prod": Prod}\n'
        'app.config.from_object(configs[os.getenv("APP_ENV", "dev")])\n',
        {"APP_ENV": ("prod", "dev")},
        {"DATABASE_URL": None, "APP_ENV": "prod"},
        ("APP_ENV",),
    ),
    "a yes or no": Shape(
        H + 'USE_PG = os.getenv("USE_PG", "no").lower() in ("1", "yes")\n'
        'engine = create_engine(os.environ["PG_URL"] if USE_PG else "sqlite:///x.db")\n',
        {"USE_PG": ("1", "yes")},
        {"PG_URL": None, "USE_PG": "1"},
        ("USE_PG",),
    ),
    "a provider gives up": Shape(
        H + 'def pg():\n    host, name = os.getenv("PGHOST"), os.getenv("PGDATABASE")\n'
        "    if not all([host, name]):\n        return None\n"
        '    return f"postgresql+psycopg://{host}/{name}"\n'
        'def choose():\n    url = None\n    if os.getenv("DATABASE_ENV", "sqlite") == "postgres":\n'
        "        url = pg()\n"
        '    return url or "sqlite:///data.db"\nengine = create_engine(choose())\n',
        {"DATABASE_ENV": ("postgres",)},
        {"PGHOST": None, "PGDATABASE": None, "DATABASE_ENV": "postgres"},
        ("DATABASE_ENV", "PGHOST", "PGDATABASE"),
    ),
    "a URL of parts that may be None": Shape(
        H + "engine = create_engine(f\"postgresql://{os.getenv('PGUSER')}@{os.getenv('PGHOST')}/x\")\n",
        {},
        {"PGUSER": None, "PGHOST": None},
        (),
        ("PGUSER", "PGHOST"),
    ),
    "a refusal": Shape(
        H + 'url = os.getenv("DATABASE_URL")\nif url is None:\n    raise RuntimeError("set it")\n'
        "engine = create_engine(url)\n",
        {},
        {"DATABASE_URL": None},
        (),
        ("DATABASE_URL",),
    ),
    "SQLite alone": Shape(
        H + 'engine = create_engine(os.getenv("PATH_", "sqlite:///x.db") and "sqlite:///x.db")\n',
        {},
        None,
        (),
    ),
    "SQLite beside the real one": Shape(
        H
        + 'cache = create_engine("sqlite:///cache.db")\nengine = create_engine(os.environ["DATABASE_URL"])\n',
        {},
        {"DATABASE_URL": None},
        (),
        ("DATABASE_URL",),
    ),
    "no database": Shape("x = 1\n", {}, None, ()),
}


def selection(root: Path, source: str, **variables: str) -> Selection:
    app = "" if "Flask" in source else FASTAPI
    files = {"main.py": source + app, "requirements.txt": ""}
    return deployed(root, with_dockerfile(files, variables)).selection


@pytest.mark.parametrize("name", SHAPES)
def test_a_shape(tmp_path: Path, name: str) -> None:
    shape = SHAPES[name]
    found = selection(tmp_path, shape.source)
    assert found.switches == shape.switches
    led = found.with_server
    changes = None if led is None else {k: s.text for k, s in led.layers[-1].settings.items()}
    assert changes == shape.with_server
    assert tuple(f.variable for f in found.fallbacks) == shape.fallbacks
    assert tuple(v.name for v in found.missing) == shape.missing
    assert found.selected is None


@pytest.mark.parametrize(
    ("name", "variables", "selected", "missing"),
    [
        ("a provider gives up", {"DATABASE_ENV": "postgres"}, "DATABASE_ENV", ("PGHOST", "PGDATABASE")),
        (
            "a provider gives up",
            {"DATABASE_ENV": "postgres", "PGHOST": "h"},
            "DATABASE_ENV",
            ("PGDATABASE",),
        ),
        (
            "a provider gives up",
            {"DATABASE_ENV": "postgres", "PGHOST": "h", "PGDATABASE": "d"},
            "DATABASE_ENV",
            (),
        ),
        ("a provider gives up", {"DATABASE_ENV": "sqlite"}, None, ()),
        ("a match", {"DB": "pg"}, "DB", ("PGHOST",)),
        ("a dict of URLs by name", {"DB": "postgres"}, "DB", ("PG_URL",)),
        ("a yes or no", {"USE_PG": "yes"}, "USE_PG", ("PG_URL",)),
        ("a yes or no", {"USE_PG": "no"}, None, ()),
        (
            "classes chosen through a dict",
            {"APP_ENV": "prod"},
            "APP_ENV",
            ("DATABASE_URL",),
        ),
        ("Flask's classes", {"APP_ENV": "prod"}, "APP_ENV", ("DATABASE_URL",)),
        (
            "one spelling, else SQLite",
            {"DB_PROVIDER": "postgres"},
            "DB_PROVIDER",
            (),
        ),
        ("a URL of parts that may be None", {"PGUSER": "u"}, None, ("PGHOST",)),
        ("a default", {"DATABASE_URL": "postgresql://h/d"}, None, ()),
        ("options by what the URL begins with", {"DATABASE_URL": "postgresql://h/d"}, None, ()),
    ],
)
def test_what_production_selects_and_lacks(
    tmp_path: Path, name: str, variables: dict[str, str], selected: str | None, missing: tuple[str, ...]
) -> None:
    found = selection(tmp_path, SHAPES[name].source, **variables)
    assert (found.selected.name if found.selected else None) == selected
    assert tuple(v.name for v in found.missing) == missing


def test_production_has_fallen_back(tmp_path: Path) -> None:
    source = SHAPES["a provider gives up"].source
    fallen = selection(tmp_path, source, DATABASE_ENV="postgres").fallen
    assert fallen is not None
    assert (fallen.backend, fallen.resolved.shape) == ("sqlite", "sqlite:///data.db")
    steps = [s.text for s in fallen.resolved.trail]
    assert steps.index("return None") < steps.index("create_engine(choose())")


@pytest.mark.parametrize("name", ["SQLite beside the real one", "SQLite alone", "no database"])
def test_what_has_not_fallen_back(tmp_path: Path, name: str) -> None:
    assert selection(tmp_path, SHAPES[name].source).fallen is None


def test_too_many_variables_are_not_tried(tmp_path: Path) -> None:
    parts = "".join(f"{{os.getenv('V{n}', '')}}" for n in range(30))
    found = selection(tmp_path, H + f'engine = create_engine(f"postgresql://{parts}")\n')
    assert found.with_server is None
    assert found.fallbacks == ()
