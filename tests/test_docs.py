"""The documentation is what the code is: no page is stale, no link leads nowhere, each snippet is valid."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from deploycheck.cli import main
from deploycheck.configuration import Configuration
from deploycheck.engine import ExitCode
from deploycheck.reports import FORMATS
from tools.docs.pages import GENERATED, pages

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
WRITTEN = sorted(path for path in DOCS.rglob("*.md") if path.parent.name not in GENERATED)
BLOCK = re.compile(
    r"^```(?P<language>\w+)(?: title=\"(?P<title>[^\"]+)\")?\n(?P<code>.*?)^```$", re.DOTALL | re.MULTILINE
)


def blocks(*languages: str) -> Iterator[tuple[str, str, str]]:
    """Yield the page, the title and the code of each block in the pages that are written by hand."""
    for page in WRITTEN:
        for match in BLOCK.finditer(page.read_text(encoding="utf-8")):
            if match["language"] in languages:
                yield page.relative_to(DOCS).as_posix(), match["title"] or "", match["code"]


def test_no_page_is_stale() -> None:
    made = pages(DOCS)
    stale = [path for path, text in made.items() if _read(DOCS / path) != text]
    there = {f"{folder}/{file.name}" for folder in GENERATED for file in (DOCS / folder).iterdir()}
    assert stale == [], "run `just docs`"
    assert there - set(made) == set(), "pages of what is no more: run `just docs`"


def _read(file: Path) -> str:
    return file.read_text(encoding="utf-8") if file.exists() else ""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", folder],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_the_site_has_a_page_for_each_rule(site: Path) -> None:
    assert "Any website may call this API" in (site / "rules" / "CORS001" / "index.html").read_text()


def test_the_site_loads_nothing_from_the_network(site: Path) -> None:
    loads = re.compile(
        r"<(?:script|img|iframe|source|video|audio|embed)\b[^>]*\bsrc=[\"']?(?:https?:)?//"
        r"|<link\b(?![^>]*rel=[\"']?canonical)[^>]*\bhref=[\"']?(?:https?:)?//"
    )
    styles = re.compile(r"(?:url\(|@import )\s*[\"']?(?:https?:)?//")
    html = sorted(site.rglob("*.html"))
    assert len(html) > 100
    assert [str(p) for p in html if loads.search(p.read_text())] == []
    assert [str(p) for p in [*html, *site.rglob("*.css")] if styles.search(p.read_text())] == []


CI_SCHEMAS = {
    ".github/workflows": "vendor.github-workflows",
    ".gitlab-ci.yml": "vendor.gitlab-ci",
}
CI_FILES = [block for block in blocks("yaml") if block[1].startswith(tuple(CI_SCHEMAS))]


@pytest.mark.parametrize(("page", "title", "code"), CI_FILES, ids=lambda value: str(value)[:24])
def test_a_pipeline_is_what_its_system_takes(page: str, title: str, code: str, tmp_path: Path) -> None:
    file = tmp_path / "pipeline.yml"
    file.write_text(code, encoding="utf-8")
    schema = next(schema for start, schema in CI_SCHEMAS.items() if title.startswith(start))
    program = Path(sys.executable).with_name("check-jsonschema")
    done = subprocess.run(
        [program, "--builtin-schema", schema, file], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{page}: {done.stdout}"


def test_there_are_pipelines_of_both_forges() -> None:
    assert {page for page, _, _ in CI_FILES} >= {"guides/github-actions.md", "guides/gitlab-ci.md"}


def test_the_hooks_are_what_pre_commit_takes(tmp_path: Path) -> None:
    configurations = [code for _, title, code in blocks("yaml") if title == ".pre-commit-config.yaml"]
    assert configurations
    program = Path(sys.executable).with_name("pre-commit")
    for code in configurations:
        file = tmp_path / ".pre-commit-config.yaml"
        file.write_text(code, encoding="utf-8")
        done = subprocess.run([program, "validate-config", file], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout


def test_the_manifests_of_kubernetes_have_what_one_needs() -> None:
    found = {}
    for page, _, code in blocks("yaml"):
        if page == "guides/kubernetes.md":
            document = yaml.safe_load(code)
            found[document["kind"]] = document["spec"]["template"]["spec"]
    assert set(found) == {"Job", "Deployment"}
    assert found["Job"]["restartPolicy"] == "Never"
    assert found["Deployment"]["initContainers"][0]["command"][0] == "deploycheck"


def test_every_configuration_is_one_that_is_taken(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tables = [(page, code) for page, _, code in blocks("toml") if "tool.deploycheck" in code]
    assert tables
    for number, (page, code) in enumerate(tables):
        folder = tmp_path / str(number)
        for target in tomllib.loads(code)["tool"]["deploycheck"].get("targets", []):
            (folder / target["path"]).mkdir(parents=True)
        folder.mkdir(exist_ok=True)
        (folder / "pyproject.toml").write_text(code, encoding="utf-8")
        assert main.run(["config", str(folder)]) == 0, f"{page}: {capsys.readouterr().err}"


def _deploycheck(*arguments: str, cwd: Path, path: str = "") -> subprocess.CompletedProcess[str]:
    variables = {"PATH": os.environ["PATH"], "PYTHONUTF8": "1", "PYTHONPATH": f"{ROOT}{os.pathsep}{path}"}
    return subprocess.run(
        [sys.executable, "-m", "deploycheck", *arguments],
        cwd=cwd,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_command_and_option_that_is_shown_exists() -> None:
    known = set(re.findall(r"--[a-z-]+", (DOCS / "reference" / "commands.md").read_text(encoding="utf-8")))
    for page, _, code in blocks("sh", "yaml", "text", "toml"):
        for line in re.findall(r"\bdeploycheck .*", code) if page != "reference/commands.md" else ():
            own = re.split(r"&&|\|\||[|;#']", line)[0]
            assert set(re.findall(r"--[a-z-]+", own)) <= known, f"{page}: {line}"


ELSEWHERE = re.compile(r"\bfly\b|--database|--server|--from")
"""What needs a server, a revision or a tool that is not here."""


def _shown_commands() -> Iterator[str]:
    """Yield the command lines of the pages that run `deploycheck` on whatever project one stands in."""
    for _, _, code in blocks("sh", "console"):
        for line in code.splitlines():
            command = re.split(r"\s+# ", line.removeprefix("$ "))[0].strip()
            if re.match(r"deploycheck\b|eval ", command) and not ELSEWHERE.search(command):
                yield command


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with a bad app, its remote's branch, and a program named deploycheck on the way to it."""
    folder = tmp_path_factory.mktemp("project")
    shutil.copytree(ROOT / "fixtures" / "workshop", folder, dirs_exist_ok=True)
    who = ["-c", "user.name=n", "-c", "user.email=n@example.com"]
    for words in (["init", "-q"], ["add", "."], [*who, "commit", "-qm", "all"]):
        subprocess.run(["git", *words], cwd=folder, check=True)
    subprocess.run(["git", "update-ref", "refs/remotes/origin/main", "HEAD"], cwd=folder, check=True)
    return folder


@pytest.mark.parametrize("command", sorted(set(_shown_commands())))
def test_a_command_that_is_shown_does_what_is_said(repository: Path, command: str) -> None:
    program = Path(sys.executable).parent
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        cwd=repository,
        env={"PATH": f"{program}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT), "HOME": str(repository)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in {ExitCode.READY, ExitCode.FINDINGS}, done.stderr


def test_the_reference_is_complete() -> None:
    read = {path.name: path.read_text(encoding="utf-8") for path in (DOCS / "reference").iterdir()}
    codes = re.findall(r"^\| (\d+) \|", read["exit-codes.md"], re.MULTILINE)
    assert {int(code) for code in codes} == {*ExitCode}
    assert set(re.findall(r"^\| `(\w+)` \|", read["formats.md"], re.MULTILINE)) == set(FORMATS)
    assert [key for key in Configuration.KEYS if f"| `{key}` |" not in read["configuration.md"]] == []


def test_the_json_page_names_what_the_document_holds() -> None:
    page = (DOCS / "reference" / "json.md").read_text(encoding="utf-8")
    done = _deploycheck("fixtures/workshop", "--isolated", "--format", "json", cwd=ROOT)
    document = json.loads(done.stdout)
    assert document["findings"]
    assert [key for key in sorted(_keys(document)) if f'"{key}"' not in page] == []


def _keys(node: object) -> set[str]:
    if isinstance(node, list):
        return {key for each in node for key in _keys(each)}
    if isinstance(node, dict):
        return {*node, *_keys(list(node.values()))}
    return set()


def test_the_rule_of_the_guide_is_one(tmp_path: Path) -> None:
    code = next(code for _, title, code in blocks("python") if title == "acme_rules.py")
    described = next(
        code for page, _, code in blocks("toml") if page == "guides/write-a-rule.md" and "acme" in code
    )
    installed = tmp_path / "installed"
    (installed / "acme_rules-1.0.dist-info").mkdir(parents=True)
    (installed / "acme_rules.py").write_text(code, encoding="utf-8")
    (installed / "acme_rules-1.0.dist-info" / "METADATA").write_text("Name: acme-rules\nVersion: 1.0\n")
    ((group, points),) = tomllib.loads(described)["project"]["entry-points"].items()
    lines = "".join(f"{name} = {value}\n" for name, value in points.items())
    (installed / "acme_rules-1.0.dist-info" / "entry_points.txt").write_text(f"[{group}]\n{lines}")
    app = tmp_path / "app"
    app.mkdir()
    (app / "main.py").write_text("from flask import Flask\n\napp = Flask(__name__)\n")
    (app / "Procfile").write_text("web: flask --app main run --host 0.0.0.0 --port $PORT\n")
    done = _deploycheck(
        str(app), "--isolated", "--select", "ACME", "--format", "concise", cwd=tmp_path, path=str(installed)
    )
    assert "high ACME001 development-server: " in done.stdout, done.stdout + done.stderr
    (app / "Procfile").write_text("web: gunicorn main:app --bind 0.0.0.0:$PORT\n")
    done = _deploycheck(
        str(app), "--isolated", "--select", "ACME", "--format", "concise", cwd=tmp_path, path=str(installed)
    )
    assert "ACME001 dev" not in done.stdout
    assert done.returncode == 0, done.stdout + done.stderr
    told = _deploycheck("explain", "ACME001", cwd=tmp_path, path=str(installed))
    assert told.stdout.startswith("ACME001 development-server")
