from __future__ import annotations

from pathlib import Path

import pytest

from tests.facts.settings.compare import FAILS, agree, cases

TYPES = """
import enum
from pathlib import Path
from typing import Annotated, Any, Literal, Optional, Union
from pydantic import AfterValidator, AnyUrl, BeforeValidator, EmailStr, Field, HttpUrl, PositiveInt
from pydantic import PostgresDsn, RedisDsn, SecretStr
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

class Mode(str, enum.Enum):
    DEV = "dev"
    PROD = "prod"

class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2

class Store(enum.Enum):
    DISK = "disk"
    S3 = "s3"

def parse(v: Any) -> list[str] | str:
    if isinstance(v, str) and not v.startswith("["):
        return [i.strip() for i in v.split(",")]
    elif isinstance(v, list | str):
        return v
    raise ValueError(v)

Origins = Annotated[list[AnyUrl] | str, BeforeValidator(parse)]

class Settings(BaseSettings):
    x: ANNOTATION

probe = Settings().x
"""

CASES = [
    ("int", None),
    ("int", "8"),
    ("int", " 8 "),
    ("int", "8.0"),
    ("int", "8.5"),
    ("int", ""),
    ("int", "1_000"),
    ("int", "x"),
    ("int = 4", None),
    ("int = 4", "5"),
    ("int = '7'", None),
    ("int = 'seven'", None),
    ("str = 5", None),
    ("float = 1", None),
    ("float", "1e3"),
    ("float", "nan?"),
    *(("bool", t) for t in ("1", "0", "true", "False", "YES", "off", "t", "n", "2", "", "enabled")),
    ("bool = False", None),
    ("str", None),
    ("str", ""),
    ("str = 'a'", "b"),
    ("str | None", None),
    ("str | None = None", None),
    ("str | None = None", "a"),
    ("Optional[int] = None", ""),
    ("Optional[int] = 3", "4"),
    ("Optional[int] = Field(default=None)", None),
    ("int | str", "5"),
    ("int | str = 3", "a"),
    ("Union[bool, str]", "yes"),
    ("Literal['a', 'b']", "a"),
    ("Literal['a', 'b']", "c"),
    ("Literal['a', 'b'] = 'b'", None),
    ("Literal[1, 2]", "1"),
    ("Literal['dev'] | None = None", None),
    ("Literal['dev'] | None = None", "prod"),
    ("Mode = Mode.DEV", None),
    ("Mode = Mode.DEV", "prod"),
    ("Store = Store.DISK", None),
    ("Store = Store.DISK", "s3"),
    ("Store | None = Store.DISK", None),
    ("Store = Store.DISK", "tape"),
    ("list[Store] = [Store.DISK]", None),
    ("dict[str, Store] = {'main': Store.S3}", None),
    ("Mode", "PROD"),
    ("Mode = 'prod'", None),
    ("Level", "2"),
    ("Level", "3"),
    ("SecretStr", "s"),
    ("SecretStr = SecretStr('d')", None),
    ("SecretStr = 'd'", None),
    ("list[str]", "a,b"),
    ("list[str]", '["a", "b"]'),
    ("list[str] = ['z']", None),
    ("list[int]", "[1, 2]"),
    ("list[int]", '["a"]'),
    ("list[str] | None = None", "a"),
    ("list[str] | None = None", '["a"]'),
    ("list[str] | str = []", "a,b"),
    ("list[str] | str", "5"),
    ("list[str] = []", ""),
    ("set[str]", '["b", "a", "b"]'),
    ("tuple[int, ...]", "[1, 2]"),
    ("dict[str, int]", '{"a": 1}'),
    ("dict[str, int] = {}", None),
    ("list", '["a", 1]'),
    ("dict", '{"a": [1]}'),
    ("list[str] = Field(default_factory=list)", None),
    ("list[str] = Field(default_factory=lambda: ['q'])", None),
    ("list[str] = 'a'", None),
    ("Origins = []", "http://a.com,http://b.com/x"),
    ("Origins = []", '["http://a.com"]'),
    ("Origins = []", None),
    ("Origins = 'http://q.com'", None),
    ("Annotated[list[str], NoDecode]", "a,b"),
    ("Annotated[list[str], NoDecode, BeforeValidator(parse)]", "a, b"),
    ("Annotated[list[str], NoDecode, BeforeValidator(parse)] = []", None),
    ("Annotated[str, AfterValidator(lambda v: v.lower())]", "ABC"),
    ("Annotated[int, Field(ge=1)]", "0"),
    ("Annotated[int, Field(ge=1)] = 3", "2"),
    ("int = Field(3, gt=2)", "2"),
    ("int = Field(3, gt=2, le=9)", "9"),
    ("str = Field('ab', min_length=2)", "a"),
    ("PositiveInt = 3", "-1"),
    ("str = Field(pattern='^a')", "b"),
    ("str = Field(..., min_length=1)", None),
    ("str = ...", None),
    ("HttpUrl", "http://a.com"),
    ("HttpUrl = 'http://a.com'", None),
    ("HttpUrl", "a.com"),
    ("AnyUrl", "redis://x"),
    ("PostgresDsn", "postgres://u:p@h:5432/db"),
    ("PostgresDsn", "sqlite:///x"),
    ("PostgresDsn | None = None", None),
    ("PostgresDsn | None = None", "postgresql+psycopg://u:p@h/db"),
    ("RedisDsn = 'redis://r'", None),
    ("PostgresDsn | str = ''", "sqlite:///a.db"),
    ("Path", "a/b"),
    ("Path = Path('data')", None),
    ("Any = None", "5"),
    ("EmailStr = 'a@example.com'", None),
    ("'int' = 3", "4"),
    ("int = Field(alias='OTHER', default=1)", "4"),
    ("int = Field(default=1)", "4"),
]


@pytest.mark.parametrize(("annotation", "text"), CASES)
def test_a_field_is_what_pydantic_makes_of_its_variable(
    tmp_path: Path, annotation: str, text: str | None
) -> None:
    source = TYPES.replace("ANNOTATION", annotation)
    agree(tmp_path, source, {} if text is None else {"X": text})


PAGE = cases(Path(__file__).with_name("pydantic_settings.md"))


@pytest.mark.filterwarnings("ignore")  # `class Config` is deprecated, and still used
@pytest.mark.parametrize(("source", "environment"), PAGE)
def test_a_settings_class_is_read_as_the_library_reads_it(
    tmp_path: Path, source: str, environment: dict[str, str]
) -> None:
    agree(tmp_path, source, environment)


def test_a_required_field_that_is_not_set_fails(tmp_path: Path) -> None:
    source = "from pydantic_settings import BaseSettings\nclass S(BaseSettings):\n    a: str\nprobe = S().a"
    assert agree(tmp_path, source).outcome == FAILS
