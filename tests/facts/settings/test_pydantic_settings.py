from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.facts.settings.compare import FAILS, agree

if TYPE_CHECKING:
    from pathlib import Path

TYPES = """
import enum
from pathlib import Path
from typing import Annotated, Any, Literal, Optional, Union
from pydantic import AnyUrl, EmailStr, Field, HttpUrl, PositiveInt, PostgresDsn, RedisDsn, SecretStr, AfterValidator, BeforeValidator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

class Mode(str, enum.Enum):
    DEV = "dev"
    PROD = "prod"

class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2

def parse(v: Any) -> list[str] | str:
    if isinstance(v, str) and not v.startswith("["):
        return [i.strip() for i in v.split(",")]
    elif isinstance(v, list | str):
        return v
    raise ValueError(v)

Origins = Annotated[list[AnyUrl] | str, BeforeValidator(parse)]

class Settings(BaseSettings):
    x: {annotation}

probe = Settings().x
"""

CASES = [
    ("int", None), ("int", "8"), ("int", " 8 "), ("int", "8.0"), ("int", "8.5"), ("int", ""), ("int", "1_000"), ("int", "x"),
    ("int = 4", None), ("int = 4", "5"), ("int = '7'", None), ("int = 'seven'", None), ("str = 5", None),
    ("float = 1", None), ("float", "1e3"), ("float", "nan?"),
    *(("bool", t) for t in ("1", "0", "true", "False", "YES", "off", "t", "n", "2", "", "enabled")),
    ("bool = False", None), ("str", None), ("str", ""), ("str = 'a'", "b"),
    ("str | None", None), ("str | None = None", None), ("str | None = None", "a"), ("Optional[int] = None", ""),
    ("Optional[int] = 3", "4"), ("Optional[int] = Field(default=None)", None), ("int | str", "5"), ("int | str = 3", "a"),
    ("Union[bool, str]", "yes"), ("Literal['a', 'b']", "a"), ("Literal['a', 'b']", "c"), ("Literal['a', 'b'] = 'b'", None),
    ("Literal[1, 2]", "1"), ("Literal['dev'] | None = None", None), ("Literal['dev'] | None = None", "prod"),
    ("Mode = Mode.DEV", None), ("Mode = Mode.DEV", "prod"), ("Mode", "PROD"), ("Mode = 'prod'", None), ("Level", "2"), ("Level", "3"),
    ("SecretStr", "s"), ("SecretStr = SecretStr('d')", None), ("SecretStr = 'd'", None),
    ("list[str]", "a,b"), ("list[str]", '["a", "b"]'), ("list[str] = ['z']", None), ("list[int]", "[1, 2]"), ("list[int]", '["a"]'),
    ("list[str] | None = None", "a"), ("list[str] | None = None", '["a"]'), ("list[str] | str = []", "a,b"), ("list[str] | str", "5"),
    ("list[str] = []", ""), ("set[str]", '["b", "a", "b"]'), ("tuple[int, ...]", "[1, 2]"), ("dict[str, int]", '{{"a": 1}}'),
    ("dict[str, int] = {{}}", None), ("list", '["a", 1]'), ("dict", '{{"a": [1]}}'), ("list[str] = Field(default_factory=list)", None),
    ("list[str] = Field(default_factory=lambda: ['q'])", None), ("list[str] = 'a'", None),
    ("Origins = []", "http://a.com,http://b.com/x"), ("Origins = []", '["http://a.com"]'), ("Origins = []", None), ("Origins = 'http://q.com'", None),
    ("Annotated[list[str], NoDecode]", "a,b"), ("Annotated[list[str], NoDecode, BeforeValidator(parse)]", "a, b"),
    ("Annotated[list[str], NoDecode, BeforeValidator(parse)] = []", None),
    ("Annotated[str, AfterValidator(lambda v: v.lower())]", "ABC"), ("Annotated[int, Field(ge=1)]", "0"), ("Annotated[int, Field(ge=1)] = 3", "2"),
    ("int = Field(3, gt=2)", "2"), ("int = Field(3, gt=2, le=9)", "9"), ("str = Field('ab', min_length=2)", "a"), ("PositiveInt = 3", "-1"),
    ("str = Field(pattern='^a')", "b"), ("str = Field(..., min_length=1)", None), ("str = ...", None),
    ("HttpUrl", "http://a.com"), ("HttpUrl = 'http://a.com'", None), ("HttpUrl", "a.com"), ("AnyUrl", "redis://x"),
    ("PostgresDsn", "postgres://u:p@h:5432/db"), ("PostgresDsn", "sqlite:///x"), ("PostgresDsn | None = None", None),
    ("PostgresDsn | None = None", "postgresql+psycopg://u:p@h/db"), ("RedisDsn = 'redis://r'", None), ("PostgresDsn | str = ''", "sqlite:///a.db"),
    ("Path", "a/b"), ("Path = Path('data')", None), ("Any = None", "5"), ("EmailStr = 'a@example.com'", None), ("'int' = 3", "4"),
    ("int = Field(alias='OTHER', default=1)", "4"), ("int = Field(default=1)", "4"),
]  # fmt: skip


@pytest.mark.parametrize(("annotation", "text"), CASES)
def test_a_field_is_what_pydantic_makes_of_its_variable(
    tmp_path: Path, annotation: str, text: str | None
) -> None:
    agree(tmp_path, TYPES.replace("{annotation}", annotation.replace("{{", "{").replace("}}", "}")), {} if text is None else {"X": text.replace("{{", "{").replace("}}", "}")})


HEAD = """
from functools import lru_cache, cached_property
from typing import Annotated, Any, ClassVar, Literal, Self
from pydantic import AliasChoices, AliasPath, BaseModel, Field, PostgresDsn, SecretStr, computed_field, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
"""

CLASSES = {
    "prefix": ('class S(BaseSettings):\n    model_config = SettingsConfigDict(env_prefix="APP_")\n    port: int = 1\nprobe = S().port', [{}, {"APP_PORT": "2"}, {"app_port": "3"}, {"PORT": "4"}]),
    "prefix as a dict": ('class S(BaseSettings):\n    model_config = {"env_prefix": "APP_"}\n    port: int = 1\nprobe = S().port', [{"APP_PORT": "2"}]),
    "prefix as a class keyword": ('class S(BaseSettings, env_prefix="APP_"):\n    port: int = 1\nprobe = S().port', [{"APP_PORT": "2"}]),
    "class Config": ('class S(BaseSettings):\n    class Config:\n        env_prefix = "APP_"\n        extra = "ignore"\n    port: int = 1\nprobe = S().port', []),
    "case": ("class S(BaseSettings):\n    model_config = SettingsConfigDict(case_sensitive=True)\n    Port: int = 1\nprobe = S().Port", [{"PORT": "2"}, {"Port": "3"}, {"port": "4"}]),
    "mixed case": ("class S(BaseSettings):\n    myPort: int = 1\nprobe = S().myPort", [{"MYPORT": "2"}, {"myPort": "3"}, {"myport": "4"}]),
    "alias": ('class S(BaseSettings):\n    model_config = SettingsConfigDict(env_prefix="APP_")\n    port: int = Field(1, alias="WEB_PORT")\nprobe = S().port', [{"WEB_PORT": "2"}, {"APP_WEB_PORT": "3"}, {"APP_PORT": "4"}, {"web_port": "5"}]),
    "validation alias": ('class S(BaseSettings):\n    port: int = Field(1, validation_alias="WEB_PORT")\nprobe = S().port', [{"WEB_PORT": "2"}, {"PORT": "4"}]),
    "choices": ('class S(BaseSettings):\n    model_config = SettingsConfigDict(env_prefix="APP_")\n    url: str = Field(validation_alias=AliasChoices("DATABASE_URL", "db_url"))\nprobe = S().url', [{}, {"DATABASE_URL": "a"}, {"DB_URL": "b"}, {"DB_URL": "b", "DATABASE_URL": "a"}, {"URL": "x"}]),
    "populate by name": ('class S(BaseSettings):\n    model_config = SettingsConfigDict(populate_by_name=True)\n    port: int = Field(1, alias="WEB_PORT")\nprobe = S().port\nprobe2 = S(port=5).port\nprobe3 = S(WEB_PORT=6).port', [{"PORT": "2"}, {"WEB_PORT": "3"}, {"PORT": "2", "WEB_PORT": "3"}]),
    "ignore empty": ("class S(BaseSettings):\n    model_config = SettingsConfigDict(env_ignore_empty=True)\n    port: int = 1\nprobe = S().port", [{"PORT": ""}, {"PORT": "2"}]),
    "none text": ('class S(BaseSettings):\n    model_config = SettingsConfigDict(env_parse_none_str="null")\n    port: int | None = 1\nprobe = S().port', [{"PORT": "null"}, {"PORT": "2"}]),
    "constructor": ("class S(BaseSettings):\n    port: int = 1\nprobe = S(port=7).port\nprobe2 = S(port='8').port\nprobe3 = S(_env_prefix='X_').port", [{}, {"PORT": "2"}, {"X_PORT": "3"}]),
    "inheritance": ("class B(BaseSettings):\n    model_config = SettingsConfigDict(env_prefix='B_')\n    port: int = 1\n    host: str = 'h'\nclass S(B):\n    port: int = 2\nprobe = S().port\nprobe2 = S().host", [{}, {"B_PORT": "3", "B_HOST": "x"}]),
    "two bases": ("class A(BaseSettings):\n    model_config = SettingsConfigDict(env_prefix='A_')\n    a: int = 1\nclass B(BaseSettings):\n    model_config = SettingsConfigDict(env_prefix='B_')\n    b: int = 2\n    a: int = 9\nclass S(A, B):\n    c: int = 3\nprobe = S().a\nprobe2 = S().b\nprobe3 = S().c", [{}, {"A_A": "5"}, {"B_A": "6", "B_B": "7", "B_C": "8"}]),
    "diamond": ("class R(BaseSettings):\n    x: int = 1\n    y: int = 1\nclass A(R):\n    y: int = 2\nclass B(R):\n    x: int = 3\nclass S(A, B):\n    pass\nprobe = S().x\nprobe2 = S().y", [{}, {"X": "4"}]),
    "mixin": ("class M:\n    z: int = 4\n    k = 'const'\nclass S(M, BaseSettings):\n    a: int = 1\nprobe = S().z\nprobe2 = S().k", [{}, {"Z": "5", "K": "6"}]),
    "class variable": ("class S(BaseSettings):\n    K: ClassVar[int] = 4\n    a: int = 1\nprobe = S().K", [{"K": "5"}]),
    "property": ("class S(BaseSettings):\n    host: str = 'h'\n    port: int = 1\n    @property\n    def url(self) -> str:\n        return f'http://{self.host}:{self.port}'\n    @computed_field\n    @property\n    def two(self) -> int:\n        return self.port * 2\n    @cached_property\n    def three(self) -> int:\n        return self.port * 3\nprobe = S().url\nprobe2 = S().two\nprobe3 = S().three", [{}, {"HOST": "x", "PORT": "2"}]),
    "factory": ("class S(BaseSettings):\n    port: int = 1\n@lru_cache\ndef get():\n    return S()\nprobe = get().port\n@lru_cache()\ndef get2() -> S:\n    settings = S()\n    return settings\nprobe2 = get2().port", [{}, {"PORT": "2"}]),
    "split": ("class S(BaseSettings):\n    hosts: Annotated[list[str], NoDecode] = ['z']\n    @field_validator('hosts', mode='before')\n    @classmethod\n    def split(cls, v: Any) -> Any:\n        if isinstance(v, str):\n            return [h.strip() for h in v.split(',') if h.strip()]\n        return v\nprobe = S().hosts", [{}, {"HOSTS": "a, b,"}, {"HOSTS": ""}]),
    "split without NoDecode": ("class S(BaseSettings):\n    hosts: list[str] = ['z']\n    @field_validator('hosts', mode='before')\n    @classmethod\n    def split(cls, v):\n        return v.split(',') if isinstance(v, str) else v\nprobe = S().hosts", [{}, {"HOSTS": "a,b"}, {"HOSTS": '["a"]'}]),
    "driver": ("class S(BaseSettings):\n    url: PostgresDsn\n    @field_validator('url', mode='before')\n    @classmethod\n    def driver(cls, value: str | PostgresDsn) -> str:\n        text = str(value)\n        for scheme in ('postgres://', 'postgresql://'):\n            if text.startswith(scheme):\n                return text.replace(scheme, 'postgresql+psycopg://', 1)\n        return text\nprobe = str(S().url)", [{}, {"URL": "postgres://u:p@h/db"}, {"URL": "postgresql://h/db"}, {"URL": "mysql://h/db"}, {"URL": "postgresql+asyncpg://h/db"}]),
    "after": ("class S(BaseSettings):\n    mode: str = ' Dev '\n    @field_validator('mode')\n    @classmethod\n    def lower(cls, v: str) -> str:\n        return v.strip().lower()\nprobe = S().mode", [{}, {"MODE": "PROD"}]),
    "refusing": ("class S(BaseSettings):\n    key: str = 'secret'\n    @field_validator('key')\n    @classmethod\n    def check(cls, v: str) -> str:\n        if v == 'changethis':\n            raise ValueError('change it')\n        return v\nprobe = S().key", [{}, {"KEY": "changethis"}, {"KEY": "ok"}]),
    "two validators": ("class S(BaseSettings):\n    k: str = 'a'\n    @field_validator('k', mode='before')\n    @classmethod\n    def one(cls, v):\n        return v + '1'\n    @field_validator('k', mode='before')\n    @classmethod\n    def two(cls, v):\n        return v + '2'\n    @field_validator('k')\n    @classmethod\n    def three(cls, v):\n        return v + '3'\n    @field_validator('*')\n    @classmethod\n    def four(cls, v):\n        return v + '4'\nprobe = S().k", [{}, {"K": "b"}]),
    "info": ("class S(BaseSettings):\n    host: str = 'h'\n    url: str | None = None\n    @field_validator('url', mode='before')\n    @classmethod\n    def build(cls, v, info):\n        if v:\n            return v\n        return 'postgresql://' + info.data['host'] + '/' + info.data.get('nope', 'db')\nprobe = S().url", [{}, {"HOST": "x"}, {"URL": "y"}]),
    "model after": ("class S(BaseSettings):\n    debug: bool = False\n    mode: str = 'dev'\n    log: str = 'x'\n    @model_validator(mode='after')\n    def fill(self) -> Self:\n        if self.mode == 'dev':\n            self.debug = True\n        return self\n    @model_validator(mode='after')\n    def again(self) -> Self:\n        self.log = 'debug' if self.debug else 'info'\n        return self\nprobe = S().debug\nprobe2 = S().log\nprobe3 = S().mode", [{}, {"MODE": "prod"}, {"MODE": "prod", "DEBUG": "1"}]),
    "post init": ("class S(BaseSettings):\n    a: str = 'x'\n    def model_post_init(self, ctx: Any) -> None:\n        self.a = self.a + '!'\nprobe = S().a", [{}, {"A": "b"}]),
    "own constructor": ("class S(BaseSettings):\n    a: str = 'x'\n    b: str = 'y'\n    def __init__(self, **kw):\n        super().__init__(**kw)\n        self.a = self.b + '!'\nprobe = S().a\nprobe2 = S(b='q').a", [{}, {"B": "b"}]),
    "nested": ("class D(BaseModel):\n    host: str = 'h'\n    port: int = 5432\n    name: str | None = None\nclass S(BaseSettings):\n    model_config = SettingsConfigDict(env_nested_delimiter='__', env_prefix='APP_')\n    database: D = D()\nprobe = S().database.host\nprobe2 = S().database.port\nprobe3 = S().database.name", [{}, {"APP_DATABASE__HOST": "x"}, {"APP_DATABASE__PORT": "1", "DATABASE__HOST": "no"}, {"APP_DATABASE": '{"host": "j"}'}, {"APP_DATABASE": '{"host": "j", "port": 3}', "APP_DATABASE__HOST": "x"}]),
    "nested with other defaults": ("class D(BaseModel):\n    host: str = 'h'\n    port: int = 5432\nclass S(BaseSettings):\n    model_config = SettingsConfigDict(env_nested_delimiter='__')\n    database: D = D(host='other')\nprobe = S().database.host\nprobe2 = S().database.port", [{}, {"DATABASE__PORT": "1"}, {"DATABASE__HOST": "x"}]),
    "nested without default": ("class D(BaseModel):\n    host: str\n    port: int = 5432\nclass S(BaseSettings):\n    model_config = SettingsConfigDict(env_nested_delimiter='__')\n    database: D\nprobe = S().database.host", [{}, {"DATABASE__HOST": "x"}, {"DATABASE_HOST": "x"}]),
    "nested all optional": ("class D(BaseModel):\n    host: str = 'h'\nclass S(BaseSettings):\n    model_config = SettingsConfigDict(env_nested_delimiter='__')\n    database: D\nprobe = S().database.host", [{}, {"DATABASE__HOST": "x"}]),
    "nested factory": ("class D(BaseModel):\n    host: str = 'h'\nclass S(BaseSettings):\n    model_config = SettingsConfigDict(env_nested_delimiter='__')\n    database: D = Field(default_factory=D)\nprobe = S().database.host", [{}, {"DATABASE__HOST": "x"}]),
    "nested settings": ("class D(BaseSettings):\n    model_config = SettingsConfigDict(env_prefix='DB_')\n    host: str = 'h'\nclass S(BaseSettings):\n    database: D = Field(default_factory=D)\n    direct: D = D()\nprobe = S().database.host\nprobe2 = S().direct.host", [{}, {"DB_HOST": "x"}, {"DATABASE__HOST": "x"}]),
    "nested settings by delimiter": ("class D(BaseSettings):\n    model_config = SettingsConfigDict(env_prefix='DB_')\n    host: str = 'h'\n    port: int = 1\nclass S(BaseSettings):\n    model_config = SettingsConfigDict(env_nested_delimiter='__')\n    database: D = Field(default_factory=D)\nprobe = S().database.host\nprobe2 = S().database.port", [{}, {"DB_HOST": "x"}, {"DATABASE__HOST": "y", "DB_HOST": "x"}, {"DATABASE__HOST": "y", "DB_PORT": "3"}]),
    "nested twice": ("class P(BaseModel):\n    size: int = 5\nclass D(BaseModel):\n    host: str = 'h'\n    pool: P = P()\nclass S(BaseSettings):\n    model_config = SettingsConfigDict(env_nested_delimiter='__')\n    database: D = D()\nprobe = S().database.pool.size", [{}, {"DATABASE__POOL__SIZE": "9"}, {"DATABASE__HOST": "z"}]),
    "nested optional": ("class D(BaseModel):\n    host: str = 'h'\nclass S(BaseSettings):\n    model_config = SettingsConfigDict(env_nested_delimiter='__')\n    database: D | None = None\nprobe = S().database.host if S().database else 'none'", [{}, {"DATABASE__HOST": "x"}]),
    "nested with one underscore": ("class D(BaseModel):\n    host: str = 'h'\n    max_size: int = 1\nclass S(BaseSettings):\n    model_config = SettingsConfigDict(env_nested_delimiter='_')\n    database: D = D()\nprobe = S().database.host\nprobe2 = S().database.max_size", [{}, {"DATABASE_HOST": "x"}]),
    "nested, split at most once": ("class D(BaseModel):\n    host: str = 'h'\n    max_size: int = 1\nclass S(BaseSettings):\n    model_config = SettingsConfigDict(env_nested_delimiter='_', env_nested_max_split=1)\n    database: D = D()\nprobe = S().database.max_size", [{}, {"DATABASE_MAX_SIZE": "3"}]),
    "nested without a delimiter": ("class D(BaseModel):\n    host: str = 'h'\nclass S(BaseSettings):\n    database: D = D()\nprobe = S().database.host", [{}, {"DATABASE__HOST": "x"}, {"DATABASE": '{"host": "j"}'}]),
    "plain model": ("class D(BaseModel):\n    host: str = 'h'\n    port: int = 1\nprobe = D(port='5').port\nprobe2 = D().host\nimport os\nprobe3 = D(port=os.environ['PORT']).port", [{"PORT": "7"}]),
    "dump": ("class D(BaseSettings):\n    host: str = 'h'\n    port: int = 1\nprobe = D().model_dump()\nprobe2 = D().model_dump()['port']", [{"PORT": "7"}]),
    "dict field by delimiter": ("class S(BaseSettings):\n    model_config = SettingsConfigDict(env_nested_delimiter='__')\n    d: dict[str, str] = {}\nprobe = S().d", [{}, {"D": '{"a": "b"}'}]),
    "strip": ("class S(BaseSettings):\n    model_config = SettingsConfigDict(str_strip_whitespace=True)\n    a: str = ' x '\nprobe = S().a", [{}, {"A": " b "}]),
    "default of another": ("DEFAULT = 'sqlite:///x.db'\nclass S(BaseSettings):\n    a: str = DEFAULT\n    b: str = a + '?x'\nprobe = S().a\nprobe2 = S().b", [{}, {"A": "b"}]),
    "methods": ("class S(BaseSettings):\n    origins: str = 'a,b'\n    def listed(self) -> list[str]:\n        return [o.strip() for o in self.origins.split(',')]\n    @classmethod\n    def load(cls) -> 'S':\n        return cls()\nprobe = S().listed()\nprobe2 = S.load().origins", [{}, {"ORIGINS": "c"}]),
    "before the model": ("class S(BaseSettings):\n    a: str = 'x'\n    b: str = 'y'\n    @model_validator(mode='before')\n    @classmethod\n    def check(cls, data: Any) -> Any:\n        if data.get('a') == 'bad':\n            raise ValueError('no')\n        return data\nprobe = S().b", [{}, {"B": "z"}]),
}  # fmt: skip

PAIRS = [(name, environment) for name, (_, environments) in CLASSES.items() for environment in environments]


@pytest.mark.parametrize(("name", "environment"), PAIRS)
def test_a_settings_class_is_read_as_the_library_reads_it(
    tmp_path: Path, name: str, environment: dict[str, str]
) -> None:
    agree(tmp_path, HEAD + CLASSES[name][0], environment)


def test_a_required_field_that_is_not_set_fails(tmp_path: Path) -> None:
    assert agree(tmp_path, HEAD + "class S(BaseSettings):\n    a: str\nprobe = S().a").outcome == FAILS
