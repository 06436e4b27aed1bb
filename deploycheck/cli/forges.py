"""The CI job that `init` writes or shows, for the forge whose files the repository has."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from deploycheck.sources.tracked import git_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

_OPTIONS = "--isolated"
_PYTHON = "3.13"

_GITHUB = """\
name: deploycheck
on:
  push:
  pull_request:
permissions:
  contents: read
jobs:
  deploycheck:
    runs-on: ubuntu-latest
    timeout-minutes: 10
    steps:
      - uses: actions/checkout@v5
{steps}"""
_BY_ACTION = """\
      - uses: {action}
        with:
          path: {path}
"""
_BY_PIP = """\
      - uses: actions/setup-python@v6
        with:
          python-version: "{python}"
      - run: pip install deploycheck
      - run: deploycheck {path} {options} --format github
"""

_GITLAB = """\
deploycheck:
  stage: test
  image: python:{python}-slim
  script:
    - pip install -q deploycheck
    - deploycheck {path} {options} --format concise --format gitlab=gl-code-quality.json
  artifacts:
    when: always
    reports:
      codequality: gl-code-quality.json
"""

_AZURE = """\
jobs:
  - job: deploycheck
    pool:
      vmImage: ubuntu-latest
    steps:
      - task: UsePythonVersion@0
        inputs:
          versionSpec: "{python}"
      - script: pip install deploycheck
      - script: deploycheck {path} {options} --format concise
"""

_CIRCLE = """\
jobs:
  deploycheck:
    docker:
      - image: cimg/python:{python}
    steps:
      - checkout
      - run: pip install deploycheck
      - run: deploycheck {path} {options} --format concise
workflows:
  deploycheck:
    jobs:
      - deploycheck
"""

_BITBUCKET = """\
pipelines:
  default:
    - step:
        name: deploycheck
        image: python:{python}-slim
        script:
          - pip install deploycheck
          - deploycheck {path} {options} --format concise
"""

_SHOWN = {
    ".gitlab-ci.yml": _GITLAB,
    "azure-pipelines.yml": _AZURE,
    ".circleci/config.yml": _CIRCLE,
    "bitbucket-pipelines.yml": _BITBUCKET,
}
"""The jobs to show, by the file that people add them to: what is in it already is theirs."""

WORKFLOW = ".github/workflows/deploycheck.yml"


@dataclass(frozen=True, slots=True)
class Job:
    """A CI job: the file it belongs to, its text, and whether that file is to be written whole."""

    file: str
    text: str
    whole: bool


def jobs_for(repository: Path, path: str, action: str) -> tuple[Job, ...]:
    """Return a job for each forge that the repository has files of; `path` is the target's from there.

    Where it has none, the forge is the one that its remotes are on. `action` is what a workflow of GitHub
    uses, with its version; without one it installs by pip.
    """
    words = {"path": _quoted(path), "options": _OPTIONS, "python": _PYTHON, "action": action}
    steps = (_BY_ACTION if action else _BY_PIP).format(**words)
    texts = {WORKFLOW: _GITHUB.format(steps=steps), **{f: t.format(**words) for f, t in _SHOWN.items()}}
    found = [file for file in _SHOWN if (repository / file).is_file()]
    if (repository / ".github").is_dir():
        found.insert(0, WORKFLOW)
    missing = [] if found else dict.fromkeys(filter(None, map(_file_of, _remotes(repository))))
    return (
        *(Job(file, texts[file], whole=file == WORKFLOW) for file in found),
        *(Job(file, texts[file], whole=True) for file in missing),
    )


_HOSTS = {
    "github": WORKFLOW,
    "gitlab": ".gitlab-ci.yml",
    "azure": "azure-pipelines.yml",
    "visualstudio": "azure-pipelines.yml",
    "bitbucket": "bitbucket-pipelines.yml",
}
"""The files that forges read, by a word in their hosts' names: a company's own is mostly called so too."""
_HOST = re.compile(r"(?:\w[\w+.-]*://)?(?:[^@/\s]*@)?([\w.-]+)[:/]")


def _remotes(repository: Path) -> Iterator[str]:
    """Yield the hosts of a repository's remotes, as its own configuration of git names them."""
    folder = Path(git_folder(str(repository)))
    try:
        common = (folder / "commondir").read_text(encoding="utf-8").strip()
    except OSError:
        common = ""
    try:
        text = (folder / common / "config").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return
    for section in re.split(r"^(?=\s*\[)", text, flags=re.MULTILINE):
        url = re.search(r"^\s*url\s*=\s*(\S+)", section, re.MULTILINE)
        host = _HOST.match(url[1]) if url and section.lstrip().startswith("[remote ") else None
        if host:
            yield host[1].lower()


def _file_of(host: str) -> str:
    return next((file for word, file in _HOSTS.items() if word in host), "")


def runs_us(repository: Path) -> str:
    """Return the CI file that names deploycheck already, or an empty string."""
    workflows = sorted((repository / ".github" / "workflows").glob("*.y*ml"))
    for file in (*workflows, *(repository / name for name in _SHOWN)):
        try:
            text = file.read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        if "deploycheck" in text:
            return file.relative_to(repository).as_posix()
    return ""


def _quoted(path: str) -> str:
    """Return a path as a shell and YAML both take it. Raises `ValueError` for one that neither would."""
    if not all(c.isalnum() or c in "._-/" for c in path) or path.startswith("-"):
        raise ValueError(path)
    return path
