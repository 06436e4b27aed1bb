"""Which formatters write JSON, beside what they really write."""

from __future__ import annotations

import json
import logging
import logging.config
from pathlib import Path
from typing import Any

import pytest

from deploycheck.facts.logs.setups import logging_of
from tests.facts.projects import DATABRICKS, project

HEAD = """
import json
import logging
from fastapi import FastAPI
"""
ATTACH = """
handler = logging.StreamHandler()
handler.setFormatter({formatter})
logging.getLogger().addHandler(handler)
app = FastAPI()
"""


def _structured(root: Path, text: str, files: dict[str, str] | None = None) -> bool | None:
    made = project(root, {"app.yaml": DATABRICKS, "main.py": text, **(files or {})})
    (deployment,) = made.deployments
    return logging_of(deployment, made.tree).structured


def _is_json(formatter: logging.Formatter) -> bool:
    record = logging.LogRecord("shop", logging.INFO, "main.py", 1, "hello", (), None)
    try:
        return isinstance(json.loads(formatter.format(record)), dict)
    except ValueError:
        return False


@pytest.mark.parametrize(
    ("classes", "formatter"),
    [
        ("", "logging.Formatter()"),
        ("", "logging.Formatter('%(levelname)s %(message)s')"),
        ("", """logging.Formatter('{"level": "%(levelname)s", "message": "%(message)s"}')"""),
        (
            (
                "class F(logging.Formatter):\n    def format(self, record):\n"
                "        return json.dumps({'message': record.getMessage()})\n"
            ),
            "F()",
        ),
        ("class JsonFormatter(logging.Formatter):\n    pass\n", "JsonFormatter('%(message)s')"),
        (
            (
                "def line(record):\n    return json.dumps({'m': record.msg})\n"
                "class F(logging.Formatter):\n    def format(self, record):\n        return line(record)\n"
            ),
            "F()",
        ),
        (
            (
                "class B(logging.Formatter):\n    def format(self, record):\n"
                "        return json.dumps({'m': record.msg})\nclass F(B):\n    pass\n"
            ),
            "F()",
        ),
    ],
)
def test_a_formatter_of_the_standard_library(tmp_path: Path, classes: str, formatter: str) -> None:
    space: dict[str, Any] = {"json": json, "logging": logging}
    exec(classes, space)  # noqa: S102 - the case's own text
    expected = _is_json(eval(formatter, space))  # noqa: S307 - the case's own text
    assert _structured(tmp_path, HEAD + classes + ATTACH.format(formatter=formatter)) is expected


@pytest.mark.parametrize(
    ("setup", "expected"),
    [
        (
            "from pythonjsonlogger.json import JsonFormatter as J\nlogging.basicConfig(handlers=[H(J())])",
            None,
        ),
        (
            "from pythonjsonlogger.json import JsonFormatter as J\nlogging.lastResort.formatter = J()",
            True,
        ),
        ("from pythonjsonlogger.json import JsonFormatter as J\nf = J()", False),
        ("import google.cloud.logging\ngoogle.cloud.logging.Client().setup_logging()", True),
        ("from acme import configure_logging\nconfigure_logging()", None),
        ("from acme.logging import Factory\nFactory.setup()", None),
        ("from acme.log import get_logger\nget_logger().info(1)", None),
        ("from rich.logging import RichHandler\nlogging.basicConfig(handlers=[RichHandler()])", False),
        (
            "import sentry_sdk\nfrom sentry_sdk.integrations.logging import LoggingIntegration as L\nL()",
            False,
        ),
        ("from acme import Handler\nlogging.getLogger().addHandler(Handler())", None),
        ("import colorlog\nh = logging.StreamHandler()\nh.setFormatter(colorlog.ColoredFormatter())", False),
        ("import structlog\nstructlog.configure(processors=[structlog.processors.JSONRenderer()])", True),
        ("import structlog\nstructlog.configure(processors=[structlog.dev.ConsoleRenderer()])", False),
        ("import structlog\nstructlog.configure()", False),
        ("from loguru import logger\nlogger.add(print, serialize=True)", True),
        ("from loguru import logger\nlogger.configure(handlers=[{'sink': print, 'serialize': True}])", True),
        ("from loguru import logger\nlogger.add(print)", False),
        ("from loguru import logger\nlogger.add(lambda m: print(json.dumps(m.record)))", True),
        ("items = set()\nfrom loguru import logger\nitems.add(json)", False),
        (
            "from uvicorn.config import LOGGING_CONFIG as C\nC['formatters']['x']['()'] = 'a.JsonFormatter'",
            True,
        ),
        ("C = {'formatters': {'json': {'()': 'a.JsonFormatter'}}}", False),
        ("", False),
    ],
)
def test_libraries(tmp_path: Path, setup: str, expected: bool | None) -> None:
    assert _structured(tmp_path, f"{HEAD}{setup}\napp = FastAPI()\n") is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[formatters]\nkeys=j\n[formatter_j]\nclass=pythonjsonlogger.json.JsonFormatter\n", True),
        (
            "[formatters]\nkeys=p\n[formatter_p]\nformat=%(message)s\n[handler_h]\nclass=StreamHandler\n",
            False,
        ),
        ("[formatter_p]\nclass=acme.Lines\n", None),
    ],
)
def test_an_ini_file(tmp_path: Path, text: str, expected: bool | None) -> None:
    code = f"import logging.config\n{HEAD}logging.config.fileConfig('logging.ini')\napp = FastAPI()\n"
    assert _structured(tmp_path, code, {"logging.ini": text}) is expected


def test_a_file_that_is_not_there_tells_nothing(tmp_path: Path) -> None:
    code = f"import logging.config\n{HEAD}logging.config.fileConfig('logging.ini')\napp = FastAPI()\n"
    assert _structured(tmp_path, code) is None


@pytest.mark.parametrize(
    ("formatter", "expected"),
    [("'plain'", False), ("'lines'", True), ("NAME", True), ("unknown()", None)],
)
def test_a_dictionary_uses_one_of_its_formatters(
    tmp_path: Path, formatter: str, expected: bool | None
) -> None:
    code = f"""
{HEAD}
from logging.config import dictConfig
NAME = "lines"
class Lines(logging.Formatter):
    def format(self, record):
        return json.dumps({{"message": record.getMessage()}})
dictConfig({{
    "version": 1,
    "formatters": {{"plain": {{"format": "%(message)s"}}, "lines": {{"()": Lines}}}},
    "handlers": {{"out": {{"class": "logging.StreamHandler", "formatter": {formatter}}}}},
    "root": {{"handlers": ["out"]}},
}})
app = FastAPI()
"""
    assert _structured(tmp_path, code) is expected
