from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from deploycheck.facts.docs import Topic, documents
from deploycheck.sources.tree import Tree


def topics(root: Path, text: str, name: str = "docs/operations.md") -> set[str]:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(dedent(text), encoding="utf-8")
    return {str(p.topic) for d in documents(Tree(root)) for p in d.passages}


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("# Rollback\n\n1. Stop the app.\n2. Deploy the old tag.\n", Topic.ROLLBACK),
        ("# Rolling back\n\n```sh\nkubectl rollout undo deploy/web\n```\n", Topic.ROLLBACK),
        ("# Releases\n\nTo roll back, run `alembic downgrade -1` and deploy again.\n", Topic.ROLLBACK),
        (
            "Ops\n===\n\nIf it breaks, roll back to the old version::\n\n    heroku releases:rollback\n",
            Topic.ROLLBACK,
        ),
        (
            "# Backups\n\nA nightly job keeps dumps of the database; restore one with `pg_restore`.\n",
            Topic.BACKUP,
        ),
        ("# Database\n\nThe provider makes automatic backups of the database each day.\n", Topic.BACKUP),
        ("# Restoring the database\n\n```\npg_restore -d shop before.dump\n```\n", Topic.RESTORE),
        ("# Deployment\n\n```bash\nalembic upgrade head\n```\n", Topic.MIGRATE),
        ("# Deployment\n\nPush a tag, then run `make deploy`.\n", Topic.DEPLOY),
    ],
)
def test_what_describes_a_topic(tmp_path: Path, text: str, topic: Topic) -> None:
    assert str(topic) in topics(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("# Deployment\n\nThere is no rollback yet.\n", Topic.ROLLBACK),
        ("# Rollback\n\nTODO\n", Topic.ROLLBACK),
        ("# Rollback\n", Topic.ROLLBACK),
        (
            "# Sessions\n\nThe transaction is rolled back: call `session.rollback()` and run it again.\n",
            Topic.ROLLBACK,
        ),
        ("# Editing\n\nUsers can revert a page to a draft. Run `make dev` to try.\n", Topic.ROLLBACK),
        ("# Backups\n\nWe do not make backups of the database.\n", Topic.BACKUP),
        ("# Laptop\n\nBackups of your photos: run `make photos`.\n", Topic.BACKUP),
        ("# Fallback\n\nThe backup worker takes over; run `just worker`.\n", Topic.BACKUP),
        ("# Restore a tab\n\nClick on restore, then open it.\n", Topic.RESTORE),
        ("# Migrations\n\nWe use alembic upgrade head in CI.\n", Topic.MIGRATE),
    ],
)
def test_what_only_has_the_words(tmp_path: Path, text: str, topic: Topic) -> None:
    assert str(topic) not in topics(tmp_path, text)


@pytest.mark.parametrize(
    "name", ["CHANGELOG.md", "tests/rollback.md", "requirements/x.txt", "docs/templates/x.md", "notes.txt"]
)
def test_what_is_no_document_of_the_project(tmp_path: Path, name: str) -> None:
    assert topics(tmp_path, "# Rollback\n\n1. Stop.\n2. Deploy the old tag.\n", name) == set()


def test_the_place_is_the_heading_or_the_line(tmp_path: Path) -> None:
    text = "# Ops\n\nX.\n\n## Rollback\n\n`git revert`\n\n## Other\n\nX.\nRoll back with `git revert`.\n"
    (tmp_path / "README.md").write_text(text, encoding="utf-8")
    (document,) = documents(Tree(tmp_path))
    assert [(p.at.line, p.heading) for p in document.on(Topic.ROLLBACK)] == [(5, "Rollback"), (12, "Other")]
