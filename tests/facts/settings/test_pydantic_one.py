from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from tests.facts.settings.compare import agree

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [
    pytest.mark.skipif(sys.version_info >= (3, 14), reason="pydantic.v1 does not run there"),
    pytest.mark.filterwarnings("ignore"),
]

HEAD = """
from typing import Any, Dict, List, Optional, Union
from pydantic.v1 import AnyHttpUrl, BaseModel, BaseSettings, Field, PostgresDsn, SecretStr, root_validator, validator
"""

CASES = {
    "types": ("class S(BaseSettings):\n    a: int = 1\n    b: bool = False\n    c: str = 'x'\n    d: float = 2\n    e: Optional[str]\n    f: Optional[int] = None\n    g: List[str] = ['q']\n    h: Union[int, str] = 3\nprobe = S().a\nprobe2 = S().b\nprobe3 = S().c\nprobe4 = S().d\nprobe5 = S().e\nprobe6 = S().f\nprobe7 = S().g\nprobe8 = S().h", [{}, {"A": "5", "B": "yes", "C": "", "D": "1.5", "E": "e", "F": "4", "G": '["a"]', "H": "z"}]),
    "a bad int": ("class S(BaseSettings):\n    a: int = 1\nprobe = S().a", [{"A": "x"}, {"A": ""}, {"A": "1.0"}]),
    "a bad list": ("class S(BaseSettings):\n    a: List[str] = []\nprobe = S().a", [{"A": "x,y"}]),
    "env": ("class S(BaseSettings):\n    a: int = Field(1, env='OTHER')\n    b: str = Field('x', env=['ONE', 'two'])\n    class Config:\n        env_prefix = 'APP_'\nprobe = S().a\nprobe2 = S().b", [{}, {"OTHER": "2", "TWO": "t"}, {"APP_A": "3", "A": "4", "ONE": "o", "TWO": "t"}]),
    "fields": ("class S(BaseSettings):\n    a: int = 1\n    b: int = 1\n    class Config:\n        env_prefix = 'APP_'\n        fields = {'a': {'env': 'OTHER'}}\nprobe = S().a\nprobe2 = S().b", [{"OTHER": "2", "APP_B": "5"}, {"APP_A": "3"}]),
    "inferred": ("class S(BaseSettings):\n    a = 1\n    b = 'x'\nprobe = S().a\nprobe2 = S().b", [{}, {"A": "4", "B": "y"}]),
    "case": ("class S(BaseSettings):\n    a: int = 1\n    class Config:\n        case_sensitive = True\nprobe = S().a", [{"A": "2"}, {"a": "3"}]),
    "validator": ("class S(BaseSettings):\n    a: List[str] = []\n    @validator('a', pre=True)\n    def split(cls, v: Union[str, List[str]]) -> Union[List[str], str]:\n        if isinstance(v, str) and not v.startswith('['):\n            return [i.strip() for i in v.split(',')]\n        elif isinstance(v, (list, str)):\n            return v\n        raise ValueError(v)\nprobe = S().a", [{}, {"A": '["x"]'}, {"A": "x,y"}]),
    "the template's URL": ("class S(BaseSettings):\n    SERVER: str = 'h'\n    USER: str = 'u'\n    PASSWORD: str = 'p'\n    DB: str = 'd'\n    URI: Optional[PostgresDsn] = None\n    @validator('URI', pre=True)\n    def assemble(cls, v: Optional[str], values: Dict[str, Any]) -> Any:\n        if isinstance(v, str):\n            return v\n        return PostgresDsn.build(scheme='postgresql', user=values.get('USER'), password=values.get('PASSWORD'), host=values.get('SERVER'), path=f\"/{values.get('DB') or ''}\")\nprobe = S().URI", [{}, {"SERVER": "db.example.com", "USER": "me"}, {"URI": "postgresql://a:b@c/d"}, {"URI": "mysql://a"}]),
    "after": ("class S(BaseSettings):\n    a: Optional[str] = None\n    @validator('a')\n    def low(cls, v):\n        return v.lower()\nprobe = S().a", [{}, {"A": "ABC"}]),
    "secret": ("class S(BaseSettings):\n    a: SecretStr = SecretStr('q')\nprobe = S().a.get_secret_value()", [{}, {"A": "ABC"}]),
    "url": ("class S(BaseSettings):\n    a: AnyHttpUrl = 'http://x.com'\nprobe = S().a", [{}, {"A": "http://y.com/z"}, {"A": "y"}]),
    "urls": ("class S(BaseSettings):\n    a: List[AnyHttpUrl] = []\nprobe = S().a", [{}, {"A": '["http://y.com"]'}]),
    "nested": ("class D(BaseModel):\n    host: str = 'h'\nclass S(BaseSettings):\n    d: D = D()\n    class Config:\n        env_nested_delimiter = '__'\nprobe = S().d.host", [{}, {"D__HOST": "x"}]),
    "root": ("class S(BaseSettings):\n    a: str = 'x'\n    b: str = 'y'\n    @root_validator\n    def change(cls, values):\n        if values['a'] == 'bad':\n            raise ValueError\n        return values\nprobe = S().b", [{}, {"B": "z"}]),
}  # fmt: skip

PAIRS = [(name, environment) for name, (_, environments) in CASES.items() for environment in environments]


@pytest.mark.parametrize(("name", "environment"), PAIRS)
def test_a_settings_class_of_pydantic_1(tmp_path: Path, name: str, environment: dict[str, str]) -> None:
    agree(tmp_path, HEAD + CASES[name][0], environment)


def test_what_a_root_validator_changes_is_not_known(tmp_path: Path) -> None:
    source = "class S(BaseSettings):\n    a: str = 'x'\n    @root_validator\n    def change(cls, values):\n        values['a'] = 'y'\n        return values\nprobe = S().a"
    assert agree(tmp_path, HEAD + source, unknown=True).outcome == "unknown"
