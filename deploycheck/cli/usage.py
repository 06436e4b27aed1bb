"""What to say about a command line that cannot be understood: one line, with the nearest valid option."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import typer

OPTIONS = (
    "--format --fail-on --min-downgrade-coverage --exit-zero --select --ignore --env-file --isolated "
    "--profile --target --database-url --database-env --compare-models --baseline --write-baseline "
    "--grow-baseline --since --allow-plugins --show-suppressed --fix-suggestions --color --quiet --verbose "
    "--show-files --version --help"
).split()
OF_REHEARSE = "--server --from --backend --history --python --timeout".split()
"""What `deploycheck rehearse` has besides."""
OF_OTHERS = {
    "init": "--baseline --action --yes --help".split(),
    "new-rule": "--severity --debt --local --help".split(),
    "completion": ["--help"],
}
"""The options of commands that have none of the check's."""


def explained(error: typer.TyperException) -> str:
    """Return typer's message on one line, with a hint where it has none."""
    text = " ".join(str(getattr(error, "format_message", error.__str__)()).split()).rstrip(".")
    text = re.sub(r"\(Possible options: .*\)$", "", text).rstrip()
    wrong = re.search(r"[Nn]o such option:? '?(--?[\w-]+)", text)
    if wrong and "Did you mean" not in text:
        command = getattr(getattr(error, "ctx", None), "info_name", "")
        options = OF_OTHERS.get(command) or OPTIONS + (OF_REHEARSE if command == "rehearse" else [])
        if wrong[1] in OPTIONS and wrong[1] not in OF_OTHERS.get(command, ()):
            return f"no such option: {wrong[1]}; it is one of deploycheck itself, without {command}"
        near = difflib.get_close_matches(wrong[1], options, n=1, cutoff=0.6)
        text = f"{text.rstrip('.')}. Did you mean {near[0]}?" if near else f"{text}; see deploycheck --help"
    return text[:1].lower() + text[1:]
