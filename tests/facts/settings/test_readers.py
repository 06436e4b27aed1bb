from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.facts.settings.compare import UNKNOWN, agree

if TYPE_CHECKING:
    from pathlib import Path

STARLETTE = """
from starlette.config import Config
from starlette.datastructures import CommaSeparatedStrings, Secret
config = Config()
"""
ENVIRONS = "from environs import Env\nenv = Env()\n"
DECOUPLE = "from decouple import AutoConfig, Choices, Csv, config\n"
DJANGO = "import environ\nenv = environ.Env(DEBUG=(bool, False), PORT=(int, 3), NAME=str)\n"

TWICE = """
from environs import Env
env = Env()
with env.prefixed("A_"):
    with env.prefixed("B_"):
        y = env.int("X", 1)
"""

CASES: list[tuple[str, str, list[str | None]]] = [
    (STARLETTE, 'config("X")', [None, "a", ""]),
    (STARLETTE, 'config("X", default="d")', [None, "a", ""]),
    (STARLETTE, 'config("X", cast=int, default="5")', [None, "6", "x"]),
    (STARLETTE, 'config("X", cast=bool, default=False)', [None, "True", "1", "yes", "FALSE", ""]),
    (STARLETTE, 'config("X", cast=bool, default=None)', [None, "true"]),
    (STARLETTE, 'config.get("X", int, 4)', [None, "6"]),
    (STARLETTE, 'list(config("X", cast=CommaSeparatedStrings, default="a, b"))', [None, "c", "'x,y',z"]),
    (STARLETTE, 'str(config("X", cast=Secret, default="s"))', [None, "c"]),
    (STARLETTE, 'config("X", cast=lambda v: v.upper(), default="s")', [None, "c"]),
    (STARLETTE + 'config = Config(env_prefix="A_")\n', 'config("X", default="s")', [None, "c"]),
    (ENVIRONS, 'env("X")', [None, "a"]),
    (ENVIRONS, 'env("X", "d")', [None, "a", ""]),
    (ENVIRONS, 'env("X", default=None)', [None, "a"]),
    (ENVIRONS, 'env.str("X", "d")', [None, ""]),
    (ENVIRONS, 'env.int("X", 5)', [None, "6", "x", " 7 ", "6.5"]),
    (ENVIRONS, 'env.int("X", "5")', [None]),
    (ENVIRONS, 'env.float("X", 5)', [None, "6"]),
    (ENVIRONS, 'env.bool("X", False)', [None, "1", "yes", "True", "tRue", "off", ""]),
    (ENVIRONS, 'env.list("X", [])', [None, "a,b", "", "a, b"]),
    (ENVIRONS, 'env.list("X", default=["q"], subcast=int)', [None, "1,2", "a"]),
    (ENVIRONS, 'env.json("X", {})', [None, '{"a": [1]}', "{"]),
    (ENVIRONS, 'env.dict("X", {})', [None, "a=1, b=2"]),
    (TWICE, "y", [None]),
    (ENVIRONS + 'with env.prefixed("X"):\n    y = env.int("", 1)\n', "y", [None, "4"]),
    (DECOUPLE, 'config("X")', [None, "a", ""]),
    (DECOUPLE, 'config("X", default="d")', [None, "a"]),
    (DECOUPLE, 'config("X", default=5, cast=int)', [None, "6", "x"]),
    (DECOUPLE, 'config("X", default=False, cast=bool)', [None, "yes", "1", "", "maybe", "off"]),
    (DECOUPLE, 'config("X", default="no", cast=bool)', [None]),
    (DECOUPLE, 'config("X", default="a, b", cast=Csv())', [None, "c,d", ""]),
    (DECOUPLE, 'config("X", default="1,2", cast=Csv(int))', [None, "3", "x"]),
    (DECOUPLE, 'config("X", default="1;2", cast=Csv(delimiter=";", post_process=tuple))', [None, "3"]),
    (DECOUPLE, 'config("X", default="a", cast=Choices(["a", "b"]))', [None, "b", "c"]),
    (DECOUPLE, 'config("X", default="a", cast=lambda v: [s.strip() for s in v.split(",")])', [None, "b, c"]),
    (DECOUPLE + "cfg = AutoConfig()\n", 'cfg("X", default="a")', [None, "b"]),
    (DJANGO, 'env("X")', [None, "a"]),
    (DJANGO, 'env("X", default="d")', [None, "a", ""]),
    (DJANGO, 'env("X", default=None)', [None, "a", ""]),
    (DJANGO, 'env("X", default=5)', [None, "6", "x"]),
    (DJANGO, 'env("DEBUG")', [None]),
    (DJANGO, 'env("PORT")', [None]),
    (DJANGO.replace("NAME", "X"), 'env("X")', [None, "a"]),
    (DJANGO.replace("DEBUG", "X"), 'env("X")', [None, "on", "0", "maybe"]),
    (DJANGO.replace("DEBUG", "X"), 'env("X", default=True)', [None, "on"]),
    (DJANGO, 'env.bool("X", default=False)', [None, "yes", "2"]),
    (DJANGO, 'env.int("X", 4)', [None, "5"]),
    (DJANGO, 'env.list("X", default=["a"])', [None, "b,,c", ""]),
    (DJANGO, 'env.str("X", "q")', [None, "b"]),
    (DJANGO, 'env.json("X", default={})', [None, '{"a": 1}', "x"]),
    (DJANGO, 'env.dict("X", default={})', [None, "a=1,b=2"]),
    (DJANGO, 'env.float("X", 1.5)', [None, "1,000.5"]),
    (DJANGO, 'env("X", cast=[int], default=[1])', [None, "4,5"]),
]

PAIRS = [(head, expression, text) for head, expression, texts in CASES for text in texts]


@pytest.mark.parametrize(("head", "expression", "text"), PAIRS)
def test_a_reader_gives_what_the_library_gives(
    tmp_path: Path, head: str, expression: str, text: str | None
) -> None:
    agree(tmp_path, f"{head}probe = {expression}\n", {} if text is None else {"X": text, "A_X": text})


@pytest.mark.parametrize("text", ["5", "a", "true", "True", "1.5", "[1, 2]", "'x'", "", "@int 3"])
def test_dynaconf_reads_its_own_variables(tmp_path: Path, text: str) -> None:
    source = 'from dynaconf import Dynaconf\nsettings = Dynaconf(envvar_prefix="APP")\nprobe = settings.X\n'
    agree(tmp_path, source, {"APP_X": text}, unknown=text.startswith("@"))


def test_what_dynaconfs_files_may_give_is_unknown(tmp_path: Path) -> None:
    source = "from dynaconf import Dynaconf\nsettings = Dynaconf()\nprobe = settings.X\n"
    assert agree(tmp_path, source, {}, unknown=True).outcome == UNKNOWN
