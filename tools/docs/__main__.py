"""Writes all that is generated, and takes away the pages of what is no more."""

from __future__ import annotations

from pathlib import Path

from tools.docs.pages import GENERATED, pages
from tools.docs.readme import picture, refreshed, schema

ROOT = Path(__file__).parents[2]


def main() -> None:
    """Write the pages, the picture, the schema of the configuration and the README's blocks."""
    docs = ROOT / "docs"
    made = pages(docs)
    for path, text in made.items():
        _write(docs / path, text)
    for folder in GENERATED:
        for file in sorted((docs / folder).glob("*.md")):
            if file.relative_to(docs).as_posix() not in made:
                file.unlink()
    _write(docs / "deploycheck.schema.json", schema())
    _write(docs / "report.svg", picture())
    readme = ROOT / "README.md"
    _write(readme, refreshed(readme.read_text(encoding="utf-8")))


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
