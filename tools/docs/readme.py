"""Makes what the README shows from real runs: the picture, the table of rules, the help text.

Also the JSON Schema of the configuration. A test compares them with what is there.
"""

from __future__ import annotations

import io
import itertools
import json
from dataclasses import replace
from pathlib import Path

from rich.terminal_theme import DIMMED_MONOKAI
from rich.text import Text

from deploycheck.configuration.schema import json_schema
from deploycheck.engine import Report, Selection, run
from deploycheck.project import Project, Settings
from deploycheck.reports.style import Style
from deploycheck.reports.terminal import console_for, lines
from deploycheck.rules import load
from tools.docs.commands import help_text
from tools.docs.text import with_blocks

ROOT = Path(__file__).parents[2]
FINDINGS = 3
WIDTH = 90

# rich's own frame loads its font from the network; a picture needs none.
FRAME = """\
<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg" role="img" \
aria-label="A report of deploycheck on fixtures/workshop">
<style>
.{unique_id}-matrix {{ font-family: Menlo, Consolas, "DejaVu Sans Mono", monospace; \
font-size: {char_height}px; line-height: {line_height}px; font-variant-east-asian: full-width; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def schema() -> str:
    """Return the JSON Schema of the configuration."""
    return json.dumps(json_schema(), indent=2) + "\n"


def refreshed(readme: str) -> str:
    """Return the README with its generated blocks made anew."""
    return with_blocks(readme, {"rules": rules_table(), "help": f"```text\n{help_text()}```"})


def rules_table() -> str:
    """Return the table of all rules, a heading for each family."""
    rows = ["| code | name | severity | debt |", "|---|---|---|---|"]
    rows += [f"| {r.code} | {r.name} | {r.severity} | {r.debt} |" for r in load().rules]
    return "\n".join(rows)


def picture() -> str:
    """Return the report on the workshop as an SVG: its head, the first findings, its verdict."""
    style = Style(color=True, width=WIDTH)
    report = run(
        Project(ROOT / "fixtures" / "workshop", Settings()), Selection(load().rules), "fixtures/workshop"
    )
    console = console_for(io.StringIO(), style, record=True)
    for line in _shortened(replace(report, seconds=0.0), style):
        console.print(line, soft_wrap=True)
    return console.export_svg(
        title="deploycheck fixtures/workshop", theme=DIMMED_MONOKAI, code_format=FRAME, unique_id="report"
    )


def _shortened(report: Report, style: Style) -> list[Text]:
    """Return the report's lines, with all findings after the first few left out, and no time."""
    few = replace(report, findings=report.findings[:FINDINGS], unread=())
    head = list(itertools.takewhile(lambda line: "ready:" not in line.plain.lower(), lines(few, style)))
    tail = itertools.dropwhile(lambda line: "ready:" not in line.plain.lower(), lines(report, style))
    left_out = len(report.findings) - len(few.findings)
    more = [Text(f"  … {left_out} more findings", "dim"), Text()] if left_out else []
    return [*head, *more, *list(tail)[:-1]]
