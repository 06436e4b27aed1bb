"""An example as Markdown: how it is run, its files with the reported lines marked, and what else is there."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from tools.docs.text import fenced

if TYPE_CHECKING:
    from tools.docs.cases import Case, File

_LONG = 45
"""A file with more lines is only named, unless a line of it is reported."""

_GIVEN = frozenset({"alembic.ini", "env.py", "script.py.mako"})
"""Files that Alembic writes by itself, which tell nothing here unless a line of them is reported."""

_LANGUAGES = {
    "py": "python",
    "yaml": "yaml",
    "yml": "yaml",
    "toml": "toml",
    "json": "json",
    "ini": "ini",
    "cfg": "ini",
    "sql": "sql",
    "sh": "bash",
    "js": "javascript",
    "ts": "typescript",
    "html": "html",
    "md": "markdown",
    "service": "ini",
    "conf": "ini",
    "env": "bash",
}


def example(case: Case) -> str:
    """Return an example. The files with reported lines come first."""
    files = sorted(case.files, key=lambda file: (not file.marked, file.path))
    whole = [file for file in files if file.marked or not _is_passed_by(file)]
    named = sorted({*case.others, *(file.path for file in files if file not in whole)})
    blocks = [_run(case), *(_file(file) for file in whole)]
    places = [f"`{file.path}:{line}`" for file in files for line in file.marked]
    places += [f"`{at}`" for at in case.settings.get("at", ()) if at.rpartition(":")[0] in case.others]
    if places:
        blocks.append(f"Reported at {', '.join(places)}.")
    if named:
        blocks.append(f"Also there: {', '.join(f'`{path}`' for path in named)}.")
    return "\n\n".join(block for block in blocks if block)


def _run(case: Case) -> str:
    """Tell how the example is run, where it takes more than `deploycheck`."""
    variables = [f"`{name}={value}`" for name, value in sorted(case.settings.get("env", {}).items())]
    words = [*(["rehearse"] if case.settings.get("rehearse") else [])]
    words += ["--database-url env:DATABASE_URL"] if "database" in case.settings else []
    words += [f"--env-file {file}" for file in case.settings.get("env_files", ())]
    words += [*case.settings.get("args", ()), *case.settings.get("rehearse_args", ())]
    told = [f"`deploycheck {' '.join(words)}`"] if words else []
    told += [f"{', '.join(variables)} in the shell"] if variables else []
    return f"Run as {', with '.join(told)}." if told and words else f"With {told[0]}." if told else ""


def _is_passed_by(file: File) -> bool:
    return posixpath.basename(file.path) in _GIVEN or file.text.count("\n") > _LONG


def _file(file: File) -> str:
    lines = f' hl_lines="{" ".join(map(str, file.marked))}"' if file.marked else ""
    return fenced(file.text, f'{_language(file.path)} title="{file.path}"{lines}')


def _language(path: str) -> str:
    name = posixpath.basename(path)
    if "dockerfile" in name.lower():
        return "dockerfile"
    return _LANGUAGES.get(name.rpartition(".")[2], "text")
