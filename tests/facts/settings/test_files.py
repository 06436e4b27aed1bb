from __future__ import annotations

from typing import TYPE_CHECKING

from deploycheck.facts.settings import MODELS, loaded_env_files
from deploycheck.python.program import Program
from deploycheck.sources.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path

SOURCE = """
import os
from pathlib import Path
import environ
from dotenv import find_dotenv, load_dotenv
from environs import Env
from pydantic_settings import BaseSettings, SettingsConfigDict
from starlette.config import Config

BASE = Path(__file__).resolve().parent.parent
HERE = os.path.dirname(os.path.abspath(__file__))

class A(BaseSettings):
    model_config = SettingsConfigDict(env_file=".env")

class B(BaseSettings):
    model_config = SettingsConfigDict(env_file=(BASE / ".env", "../.env.prod"), extra="ignore")

class C(B):
    class Config:
        env_file = f"{HERE}/local.env"

class D(BaseSettings):
    model_config = SettingsConfigDict(env_file=f".env.{os.getenv('MODE', 'dev')}")

class E(BaseSettings):
    model_config = SettingsConfigDict(env_file="ci.env")

load_dotenv()
load_dotenv(find_dotenv(".env.local"), override=True)
load_dotenv(os.path.join(HERE, "..", "conf.env"))
config = Config("starlette.env")
env = Env()
env.read_env()
environ.Env.read_env(BASE / "django.env")
A(_env_file="given.env")
A(_env_file=None)
"""


def test_every_file_that_the_code_loads(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "config.py").write_text(SOURCE, encoding="utf-8")
    found = loaded_env_files(Program(Tree(tmp_path), MODELS))
    assert [(f.path, f.anchored, f.searched, f.override, f.strict, f.shared) for f in found] == [
        (".env", False, False, False, True, False),
        (".env", True, False, False, False, False),
        ("../.env.prod", False, False, False, False, False),
        ("app/local.env", True, False, False, False, False),
        (".env.dev", False, False, False, True, False),
        ("app/.env", True, True, False, False, True),
        ("app/.env.local", True, True, True, False, True),
        ("app/../conf.env", True, False, False, False, True),
        ("starlette.env", False, False, False, False, False),
        ("app/.env", True, True, False, False, True),
        ("django.env", True, False, False, False, True),
        ("given.env", False, False, False, False, False),
    ]
    assert found[2].candidates("backend/app") == ("backend/.env.prod",)
    assert found[2].candidates("") == ()
    assert found[5].candidates("elsewhere") == ("app/.env", ".env")
    assert found[7].candidates("") == ("conf.env",)
