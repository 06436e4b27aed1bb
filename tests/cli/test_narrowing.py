from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import BAD, Cli
from tests.fakes import written


def git(root: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=n", "-c", "user.email=n@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *identity, *arguments], cwd=root, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    root = written(tmp_path / "shop", BAD)
    git(root, "init", "-q", "-b", "main")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "one")
    return root


def looked(cli: Cli, root: Path, *arguments: str) -> dict[str, Any]:
    done = cli(str(root), "--isolated", "--format", "json", *arguments)
    assert not done.stderr, done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    assert document["exit_code"] == done.returncode
    return document


def codes(found: list[dict[str, Any]]) -> set[str]:
    return {f["code"] for f in found}


def test_a_suppressed_finding_is_counted_and_shown_on_demand(cli: Cli, project: Path) -> None:
    main = BAD["main.py"].rstrip() + "  # deploycheck: ignore[CORS001] postgresql://me:hunter22secret@db/x\n"
    written(project, {**BAD, "main.py": main})
    document = looked(cli, project)
    assert document["ready"]
    (aside,) = document["aside"]
    assert (aside["code"], aside["why"]) == ("CORS001", "suppressed")
    assert "hunter22secret" not in json.dumps(document)
    shown = cli(str(project), "--isolated", "--show-suppressed").stdout
    assert "1 set aside: 1 suppressed" in shown
    assert "CORS001 any-origin: suppressed: postgresql://me:***@db/x" in shown
    assert "Set aside\n" not in cli(str(project), "--isolated").stdout


def test_the_configuration_suppresses_a_subject(cli: Cli, project: Path) -> None:
    entry = 'suppress = [{rule = "any-origin", path = "main.py", reason = "public", until = %s}]\n'
    written(project, {**BAD, "deploycheck.toml": entry % "2999-12-31"})
    assert looked(cli, project)["ready"]
    written(project, {"deploycheck.toml": entry % "2020-01-31"})
    late = looked(cli, project)
    assert {"CORS001", "SUP002"} <= codes(late["findings"])
    written(project, {"deploycheck.toml": 'suppress = [{rule = "CORS001", reason = "public"}]\n'})
    done = cli(str(project))
    assert (done.returncode, "needs a subject, a path or both" in done.stderr) == (2, True)
    written(project, {"deploycheck.toml": 'suppress = [{rule = "CORS01", path = "a", reason = "public"}]\n'})
    assert "did you mean CORS" in cli(str(project)).stderr


def test_a_baseline_knows_what_moved_and_only_shrinks(cli: Cli, project: Path) -> None:
    written(project, BAD)
    file = project / "deploycheck-baseline.txt"
    first = looked(cli, project, "--write-baseline")
    assert first["ready"]
    text = file.read_text()
    assert text.splitlines() == sorted(text.splitlines())
    written(project, {"main.py": "\n\n\n" + BAD["main.py"]})
    assert looked(cli, project, "--baseline", str(file))["findings"] == []
    (project / "main.py").rename(project / "site.py")
    written(project, {"app.yaml": BAD["app.yaml"].replace("main:app", "site:app")})
    assert looked(cli, project, "--baseline", str(file))["findings"] == []
    (project / "site.py").rename(project / "main.py")
    written(project, {"app.yaml": BAD["app.yaml"].replace("0.0.0.0", "127.0.0.1")})  # noqa: S104
    left = looked(cli, project, "--write-baseline")
    assert codes(left["findings"]) == {"APP007"}
    assert "--grow-baseline" in " ".join(left["notes"])
    assert file.read_text() == text
    assert looked(cli, project, "--write-baseline", "--grow-baseline")["ready"]
    written(project, BAD)
    fixed = looked(cli, project, "--baseline", str(file))
    assert any("1 finding of" in note and "is fixed" in note for note in fixed["notes"])
    looked(cli, project, "--write-baseline")
    assert file.read_text() == text


def test_a_known_finding_that_got_worse_is_new(cli: Cli, project: Path) -> None:
    written(project, BAD)
    file = project / "deploycheck-baseline.txt"
    looked(cli, project, "--write-baseline")
    file.write_text(file.read_text().replace(" critical ", " low "))
    assert "CORS001" in codes(looked(cli, project, "--baseline", str(file))["findings"])


def test_a_baseline_by_other_hands(cli: Cli, project: Path) -> None:
    written(project, BAD)
    file = project / "deploycheck-baseline.txt"
    looked(cli, project, "--write-baseline")
    text = file.read_text()
    file.write_bytes(("# ours\n\n" + text + text).replace("\n", "\r\n").encode())
    assert looked(cli, project, "--baseline", str(file))["findings"] == []
    for wrong, said in (("<<<<<<< main\n", ":1: a merge conflict"), ("nonsense\n", ":1: not `fingerprint")):
        file.write_text(wrong + text)
        done = cli(str(project), "--baseline", str(file))
        assert (done.returncode, said in done.stderr) == (2, True), done.stderr
    done = cli(str(project), "--baseline", "nowhere.txt")
    assert (done.returncode, "--write-baseline makes it" in done.stderr) == (2, True)
    file.write_text("")
    assert "CORS001" in codes(looked(cli, project, "--baseline", str(file))["findings"])


def test_since_shows_what_a_change_touches_or_causes(cli: Cli, repository: Path) -> None:
    assert looked(cli, repository, "--since", "HEAD")["findings"] == []
    written(repository, {"app.yaml": BAD["app.yaml"].replace("0.0.0.0", "127.0.0.1")})  # noqa: S104
    document = looked(cli, repository, "--since", "HEAD")
    assert "APP007" in codes(document["findings"])
    assert "CORS001" in {a["code"] for a in document["aside"] if a["why"] == "untouched"}
    written(repository, BAD)
    git(repository, "mv", "main.py", "site.py")
    written(repository, {"app.yaml": BAD["app.yaml"].replace("main:app", "site:app")})
    assert "CORS001" not in codes(looked(cli, repository, "--since", "HEAD")["findings"])


def test_since_runs_nothing_that_the_repository_configures(
    cli: Cli, repository: Path, tmp_path: Path
) -> None:
    trap = f"touch {tmp_path / 'trapped'}"
    for key in ("core.fsmonitor", "diff.external", "filter.x.clean", "filter.x.smudge", "diff.x.textconv"):
        git(repository, "config", key, trap)
    hook = repository / ".git" / "hooks" / "post-index-change"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\n{trap}\n")
    hook.chmod(0o755)
    written(repository, {".gitattributes": "* filter=x diff=x\n", "main.py": BAD["main.py"] + "a = 1\n"})
    assert codes(looked(cli, repository, "--since", "HEAD")["findings"]) == set()
    assert not (tmp_path / "trapped").exists()


def test_since_says_what_it_lacks(cli: Cli, repository: Path, tmp_path: Path) -> None:
    done = cli(str(repository), "--since", "nowhere")
    assert (done.returncode, "no commit 'nowhere'" in done.stderr) == (2, True)
    assert cli(str(repository), "--since", "--all").returncode == 2
    written(repository, {"more.py": "a = 1\n"})
    git(repository, "add", "-A")
    git(repository, "commit", "-qm", "two")
    git(tmp_path, "clone", "-q", "--depth", "1", repository.as_uri(), "shallow")
    done = cli(str(tmp_path / "shallow"), "--since", "HEAD~1")
    assert (done.returncode, "fetch-depth: 0" in done.stderr) == (2, True)
    plain = written(tmp_path / "plain", BAD)
    done = cli(str(plain), "--since", "HEAD")
    assert (done.returncode, "no git repository" in done.stderr) == (2, True)
    assert cli(str(repository), "--since", "HEAD", "--write-baseline").returncode == 2
