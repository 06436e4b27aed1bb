from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.facts.settings.compare import UNKNOWN, agree, cases

pytestmark = [
    pytest.mark.skipif(sys.version_info >= (3, 14), reason="pydantic.v1 does not run there"),
    pytest.mark.filterwarnings("ignore"),
]

PAGE = cases(Path(__file__).with_name("pydantic_one.md"))


@pytest.mark.parametrize(("source", "environment"), PAGE)
def test_a_settings_class_of_pydantic_1(tmp_path: Path, source: str, environment: dict[str, str]) -> None:
    agree(tmp_path, source, environment)


def test_what_a_root_validator_changes_is_not_known(tmp_path: Path) -> None:
    source = """
from pydantic.v1 import BaseSettings, root_validator
class S(BaseSettings):
    a: str = 'x'
    @root_validator
    def change(cls, values):
        values['a'] = 'y'
        return values
probe = S().a
"""
    assert agree(tmp_path, source, unknown=True).outcome == UNKNOWN
