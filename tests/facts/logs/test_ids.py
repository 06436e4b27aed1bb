"""What puts a request's id onto records."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploycheck.facts.logs.ids import Ids
from deploycheck.facts.logs.reach import Reach
from tests.facts.projects import DATABRICKS, FASTAPI, project

FILTER = """
import logging
class F({base}):
    def filter(self, record):
        record.{name} = 1
        return True
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (FILTER.format(base="logging.Filter", name="request_id") + "f = F()\n", True),
        (FILTER.format(base="logging.Filter", name="request_id"), False),
        (FILTER.format(base="logging.Filter", name="shop") + "f = F()\n", False),
        (FILTER.format(base="object", name="x") + "request_id = 1\n", False),
        (
            "import structlog\ndef add(l, n, event_dict):\n    event_dict['trace_id'] = 1\nP = [add]\n",
            True,
        ),
        ("def keep(record):\n    record.trace_id = 1\nK = [keep]\n", False),
        ("import logging\nlogging.basicConfig(format='%(correlation_id)s %(message)s')\n", True),
        ("Q = 'select * from requests where request_id = %(request_id)s'\n", False),
        ("TEMPLATE = 'request {request_id} is done'\n", False),
        ("from opentelemetry.instrumentation.logging import LoggingInstrumentor\n", True),
        ("import statistics\ncorrelation = statistics.correlation([1, 2], [2, 4])\n", False),
        ("from loguru import logger as l\nl = l.bind(request_id=1)\n", True),
        ("import socket\ns = socket.socket()\ns.bind(request_id=1)\n", False),
        ("import socket\ns = socket.socket()\ns.bind(**{})\n", False),
        ("", False),
    ],
)
def test_ids_on_records(tmp_path: Path, text: str, expected: bool) -> None:
    made = project(tmp_path, {"app.yaml": DATABRICKS, "main.py": FASTAPI + text})
    (deployment,) = made.deployments
    assert Ids(Reach(deployment), made.tree).on_records() is expected


def test_a_configuration_of_logging_may_name_it(tmp_path: Path) -> None:
    config = "version: 1\nformatters:\n  json:\n    format: '%(message)s %(request_id)s'\n"
    made = project(tmp_path, {"app.yaml": DATABRICKS, "main.py": FASTAPI, "logging.yaml": config})
    (deployment,) = made.deployments
    assert Ids(Reach(deployment), made.tree).on_records() is True
