from __future__ import annotations

import pytest

from deploycheck.engine import Fact, Outcome, Report, Result, Section, Understood
from deploycheck.findings import Confidence, Evidence, Finding, Location, Severity, Step
from deploycheck.sources.errors import Unread
from tests.fakes import make_rule

LONG = "a/very/long/path/that/goes/on/and/on/and/on/until/it/is/too/long/for/any/terminal/app.py"
PATCH = "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\r\n+\tb [/x] [bold]\n"


@pytest.fixture
def report() -> Report:
    """One report that has everything: every outcome, odd characters, long lines."""
    rules = [make_rule(code=f"TST00{n}") for n in range(1, 5)]
    critical = Finding(
        code="TST001",
        name="any-origin",
        family="TST",
        debt="DEPLOY-2",
        severity=Severity.CRITICAL,
        confidence=Confidence.CERTAIN,
        evidence=Evidence.READ,
        subject="CORS_ORIGINS",
        message="Any website may call this API [id] with its visitors' credentials [/x].",
        location=Location("server/app.py", 203, 19, 203, 44),
        trail=(
            Step('CORS_ORIGINS: list = ["*"]', Location("server/config.py", 24)),
            Step("no environment variable changes it"),
        ),
        remedy="Read the list from CORS_ORIGINS.",
        question="Which origins?",
        patch=PATCH,
        fingerprint="0123456789abcdef",
        excerpt=((203, "    allow_origins=ServerConfig.CORS_ORIGINS,"),),
    )
    high = Finding(
        code="TST002",
        name="two-sources",
        family="TST",
        debt="",
        severity=Severity.HIGH,
        confidence=Confidence.LIKELY,
        evidence=Evidence.OBSERVED,
        subject="workers",
        message="Production starts 2 × 1 workers → the settings say “4”.",
        location=Location(LONG, 3),
        trail=(Step("workers = 4", Location(LONG, 5)),),
        remedy="",
        question="",
        patch=None,
        fingerprint="fedcba9876543210",
        excerpt=((3, "\tworkers = 4\x1b[31m"),),
    )
    facts = (Fact("platform", "Databricks Apps (app.yaml)", "2 vCPU, 6 GB"),)
    return Report(
        version="0.1.0",
        target="my app",
        understood=Understood((Section("web", "app.yaml + this shell", facts),), (Fact("read", "9 files"),)),
        results=(
            Result(rules[0], Outcome.FINDING),
            Result(rules[1], Outcome.PASSED),
            Result(rules[2], Outcome.SKIPPED, "no Alembic here"),
            Result(
                rules[3],
                Outcome.CRASHED,
                "ValueError: x (a.py:3)",
                incomplete=True,
                traceback="Traceback\n  x",
            ),
        ),
        findings=(critical, high),
        unread=(Unread("app.yaml", "it is not valid YAML: correct it", Location("app.yaml", 4, 2)),),
        seconds=0.4142,
    )
