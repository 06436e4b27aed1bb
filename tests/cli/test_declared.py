"""What a repository cannot know and the configuration says, on the examples that miss it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import ROOT, Cli
from tests.fakes import written

EXAMPLES = ROOT / "fixtures" / "rules"


def _run(cli: Cli, root: Path, code: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(
        cli(str(root), "--select", code, "--isolated", "--format", "json").stdout
    )
    return document


@pytest.fixture
def example(tmp_path: Path) -> Path:
    return tmp_path / "example"


def _copied(case: str, to: Path) -> Path:
    shutil.copytree(EXAMPLES / case, to)
    (to / ".git").mkdir()
    return to


@pytest.mark.parametrize(
    ("case", "declared", "reason"),
    [
        ("BLD001/bad_nothing", "ci-elsewhere = true", "the configuration says that its CI is elsewhere"),
        ("BLD002/bad_knip", "ci-elsewhere = true", "the configuration says that its CI is elsewhere"),
        ("BLD003/bad_never_run", "ci-elsewhere = true", "the configuration says that its CI is elsewhere"),
        ("BLD004/bad_headers_only", "ci-elsewhere = true", "the configuration says that its CI is elsewhere"),
        (
            "BAK003/bad_backups_in_comments",
            "backups = 'by the DBAs'",
            "backups in the configuration: by the DBAs",
        ),
        (
            "RATE001/bad_defaults_without_middleware",
            "rate-limits = 'in the gateway'",
            "rate-limits in the conf",
        ),
        ("TIME001/bad_fastapi", "request-timeout = 30", "request-timeout in the configuration: 30 s"),
        (
            "TIME004/bad_asyncpg_pool",
            "statement-timeout = 2.5",
            "statement-timeout in the configuration: 2.5 s",
        ),
    ],
)
def test_a_rule_that_misses_it_is_skipped_with_the_words(
    cli: Cli, example: Path, case: str, declared: str, reason: str
) -> None:
    code = case[: case.index("/")]
    root = _copied(case, example)
    assert _run(cli, root, code)["findings"]
    written(root, {"deploycheck.toml": f"{declared}\n"})
    document = _run(cli, root, code)
    assert document["findings"] == []
    assert [rule["outcome"] for rule in document["rules"]] == ["skipped"]
    assert document["rules"][0]["reason"].startswith(reason)


def test_declared_backups_of_a_server_do_not_save_a_file(cli: Cli, example: Path) -> None:
    case = next(path for path in sorted((EXAMPLES / "BAK001").glob("bad*")))
    root = _copied(f"BAK001/{case.name}", example)
    written(root, {"deploycheck.toml": "backups = 'by the DBAs'\n"})
    assert _run(cli, root, "BAK001")["findings"]


def test_behind_a_pooler_the_server_s_limit_says_nothing(cli: Cli, example: Path) -> None:
    root = _copied("POOL002/bad_compose_limit", example)
    assert _run(cli, root, "POOL002")["findings"]
    written(root, {"deploycheck.toml": "pooler = true\n"})
    assert _run(cli, root, "POOL002")["findings"] == []
    written(root, {"deploycheck.toml": "pooler = true\nmax-connections = 20\n"})
    assert _run(cli, root, "POOL002")["findings"]


def test_a_secret_in_a_declaration_is_masked(cli: Cli, example: Path) -> None:
    root = _copied("BAK003/bad_backups_in_comments", example)
    written(root, {"deploycheck.toml": "backups = 'postgresql://app:s3ntinel-x@backup/db'\n"})
    done = cli(str(root), "--isolated", "--verbose")
    assert "backups in the configuration: postgresql://app:***@backup/db" in " ".join(done.stdout.split())
    assert "s3ntinel" not in done.stdout + done.stderr
