"""`deploycheck completion SHELL`: a script by which a shell completes commands, options and their values.

The script holds all words itself, so that completing starts no Python. After an update or a new plug-in it
is printed anew.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from deploycheck.cli.options import one_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SHELLS = ("bash", "zsh", "fish")
_FILES, _FOLDERS = "@files", "@folders"
"""Stand for names that the shell completes by itself."""


def completion(
    shell: Annotated[
        str,
        typer.Argument(metavar="SHELL", help="bash, zsh or fish.", callback=one_of(SHELLS)["callback"]),
    ],
) -> int:
    """Print a script that completes commands, options, rules and formats.

    For bash: eval "$(deploycheck completion bash)" in ~/.bashrc; zsh alike; for fish: deploycheck completion
    fish | source.
    """
    from deploycheck.reports.style import write

    made = {"bash": _bash, "zsh": _zsh, "fish": _fish}[shell](tuple(_commands()))
    write(sys.stdout, made)
    return 0


@dataclass(frozen=True, slots=True)
class _Command:
    """One command (empty for the check itself): its options with their values, and its arguments' values.

    An option without values (None) is a flag.
    """

    name: str
    options: dict[str, tuple[str, ...] | None]
    arguments: tuple[str, ...]


def _commands() -> Iterator[_Command]:
    from deploycheck.cli.apps import app_for
    from deploycheck.cli.registry import loaded

    registry = loaded()
    rules = (*registry.by_code, *registry.families)
    check: Any = app_for([])
    group: Any = app_for(["rules"])
    for name, command in (("", check), *group.commands.items()):
        options: dict[str, tuple[str, ...] | None] = {"--help": None}
        arguments: tuple[str, ...] = ()
        for each in command.params:
            values = _values(each.metavar or "", rules)
            if each.param_type_name == "argument":
                arguments += SHELLS if name == "completion" else values
            elif each.name != "help":
                spelled = (*each.opts, *each.secondary_opts)
                is_flag = each.is_flag or (each.metavar or "").startswith("[=")
                options |= {word: None if is_flag else values for word in spelled if word.startswith("--")}
        yield _Command(name, options, arguments)


def _values(metavar: str, rules: Iterable[str]) -> tuple[str, ...]:
    """Return the values of an option or argument, by what it is called in the help."""
    from deploycheck.engine.debts import DEBTS
    from deploycheck.reports import FORMATS

    if re.fullmatch(r"\[[\w|-]+\]", metavar):
        return tuple(metavar[1:-1].split("|"))
    if metavar == "DEBT":
        return tuple(debt.id for debt in DEBTS)
    known = {
        "RULES": tuple(rules),
        "CODE": tuple(rules),
        "FORMAT[=FILE]": tuple(FORMATS),
        "FILE": (_FILES,),
        "PATH": (_FOLDERS,),
    }
    return known.get(metavar, ())


_SEVERAL = frozenset({"--select", "--ignore", "--format"})
"""Options of several values."""

_BASH = """\
# bash completion for deploycheck; made by `deploycheck completion bash`
_deploycheck() {{
    local current="${{COMP_WORDS[COMP_CWORD]}}" previous="" command="" words=""
    if (( COMP_CWORD > 0 )); then previous="${{COMP_WORDS[COMP_CWORD-1]}}"; fi
    # bash takes = for a word of its own
    if [[ "$current" == "=" ]]; then current=""; fi
    if [[ "$previous" == "=" ]] && (( COMP_CWORD > 1 )); then previous="${{COMP_WORDS[COMP_CWORD-2]}}"; fi
    # zsh does not
    local before=""
    if [[ "$current" == --*=* ]]; then
        previous="${{current%%=*}}"
        before="$previous="
        current="${{current#*=}}"
    fi
    if (( COMP_CWORD > 1 )); then
        case "${{COMP_WORDS[1]}}" in
            {commands}) command="${{COMP_WORDS[1]}}" ;;
        esac
    fi
    case "$command $previous" in
{values}
        *)
            case "$command" in
{options}
            esac
            if [[ "$current" != -* ]]; then
                case "$command" in
{arguments}
                esac
            fi ;;
    esac
    case "$words" in
        *{files}*)
            compopt -o filenames 2>/dev/null
            COMPREPLY=($(compgen -f -- "$current"))
            if [[ -n "$before" ]]; then COMPREPLY=("${{COMPREPLY[@]/#/$before}}"); fi
            return ;;
    esac
    local folders=""
    case "$words" in
        *{folders}*) folders=1; words="${{words//{folders}/}}" ;;
    esac
    # of RULES, one after another by commas
    if [[ "$current" == *,* && "$current" != -* ]]; then
        before+="${{current%,*}},"
        current="${{current##*,}}"
    fi
    COMPREPLY=($(compgen -P "$before" -W "$words" -- "$current"))
    if [[ -n "$folders" && "$current" != -* ]]; then
        compopt -o filenames 2>/dev/null
        COMPREPLY+=($(compgen -d -- "$current"))
    fi
}}
complete -F _deploycheck deploycheck
"""


def _bash(commands: tuple[_Command, ...]) -> str:
    names = [c.name for c in commands if c.name]
    values, options, arguments = [], [], []
    for each in commands:
        for option, words in each.options.items():
            if words is not None:
                values.append(f'        "{each.name} {option}") words="{" ".join(words)}" ;;')
        key = each.name or '""'
        options.append(f'                {key}) words="{" ".join(each.options)}" ;;')
        told = [*each.arguments, *([] if each.name else names)]
        arguments.append(f'                {key}) words="{" ".join(told)}" ;;')
    return _BASH.format(
        commands="|".join(names),
        values="\n".join(values),
        options="\n".join(options),
        arguments="\n".join(arguments),
        files=_FILES,
        folders=_FOLDERS,
    )


def _zsh(commands: tuple[_Command, ...]) -> str:
    return f"#compdef deploycheck\nautoload -U +X bashcompinit && bashcompinit\n{_bash(commands)}"


_FISH = """\
# fish completion for deploycheck; made by `deploycheck completion fish`
# A command is one only where it comes first.
function __deploycheck_runs
    set -l words (commandline -opc)
    set -l command ''
    if set -q words[2]; and contains -- $words[2] {names}
        set command $words[2]
    end
    test "$command" = "$argv[1]"
end
# Several values stand one after another, by commas.
function __deploycheck_list
    set -l word (commandline -ct)
    set -l before (string replace -rf -- '^(?:--[a-z-]+=)?(.*,)[^,]*$' '$1' $word)
    if not set -q before[1]
        set before ''
    end
    for value in $argv
        echo $before$value
    end
end
complete -c deploycheck -n 'test (count (commandline -opc)) -eq 1' -a '{names}'
"""


def _fish(commands: tuple[_Command, ...]) -> str:
    lines = [_FISH.format(names=" ".join(c.name for c in commands if c.name)).rstrip()]
    for each in commands:
        when = f"-n '__deploycheck_runs \"{each.name}\"'"
        for option, words in each.options.items():
            lines.append(f"complete -c deploycheck {when} -l {option[2:]}{_for_fish(option, words)}")
        told = [word for word in each.arguments if not word.startswith("@")]
        if told:
            lines.append(f"complete -c deploycheck {when} -f -a '{' '.join(told)}'")
    return "\n".join(lines) + "\n"


def _for_fish(option: str, words: tuple[str, ...] | None) -> str:
    if words is None:
        return ""
    told = " ".join(word for word in words if not word.startswith("@"))
    if not told:
        return " -r" if words else " -x"
    return f" -x -a '(__deploycheck_list {told})'" if option in _SEVERAL else f" -x -a '{told}'"
