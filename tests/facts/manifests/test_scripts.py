from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploycheck.facts.manifests.finder import Finder
from deploycheck.facts.manifests.lexer import Places
from deploycheck.facts.manifests.model import Command, Source, Word
from deploycheck.facts.manifests.scripts import follow, shell_line
from deploycheck.facts.manifests.statements import parse
from deploycheck.findings import Location

if TYPE_CHECKING:
    from tests.facts.manifests.conftest import Plant


def run(plant: Plant, script: str, *arguments: str, **files: str) -> Command:
    tree = plant({"start.sh": script, **files})
    here = Location("Dockerfile")
    words = tuple(Word(word, here) for word in ("./start.sh", *arguments))
    return follow(Command(words, shell=False, at=here), Finder(tree))


def test_a_whole_script(plant: Plant) -> None:
    command = run(
        plant,
        """\
        #!/usr/bin/env bash
        set -euo pipefail
        export A=1 B="two"   # comment
        C=${C:-3}
        : "${D:=4}"
        echo "starting"
        python -m app.wait
        if [ "$MIGRATE" = "1" ]; then
          alembic upgrade head
        fi
        exec gunicorn main:app \\
          -w "$C"
        """,
    )
    assert command.words == ("gunicorn", "main:app", "-w", "$C")
    assert (command.shell, command.execs, command.certain) == (True, True, True)
    assert str(command.argv[2].at) == "start.sh:12:3"
    assert [(e.name, e.value, e.default, e.exported) for e in command.env] == [
        ("A", "1", None, True),
        ("B", "two", None, True),
        ("C", None, "3", False),
        ("D", None, "4", False),
    ]
    assert [(c.words, c.certain, c.checked) for c in command.before] == [
        (("python", "-m", "app.wait"), True, True),
        (("alembic", "upgrade", "head"), False, True),
    ]
    assert [c.words for c in command.via] == [("./start.sh",)]


@pytest.mark.parametrize(
    ("script", "checked"),
    [
        ("a\nexec b", False),
        ("set -e\na\nexec b", True),
        ("set -e\nset +e\na\nexec b", False),
        ("a && exec b", True),
        ("a; exec b", False),
        ("set -o errexit\na\nexec b", True),
        ("set -e\na || true\nexec b", False),
        ("#!/bin/sh -e\na\nexec b", True),
    ],
)
def test_whether_a_failure_stops_the_start(plant: Plant, script: str, *, checked: bool) -> None:
    command = run(plant, script)
    assert command.words == ("b",)
    assert [(c.words, c.checked) for c in command.before] == [(("a",), checked)]


def test_an_undecided_start_is_no_certainty(plant: Plant) -> None:
    command = run(
        plant,
        """\
        if [ "$ENV" = "dev" ]; then
          exec uvicorn a:b --reload
        else
          exec gunicorn a:b
        fi
        """,
    )
    assert (command.words, command.certain) == (("gunicorn", "a:b"), False)
    assert [c.words for c in command.alternatives] == [("uvicorn", "a:b", "--reload")]


def test_a_guard_before_a_certain_start(plant: Plant) -> None:
    command = run(plant, 'if [ -n "$DEV" ]; then exec uvicorn a:b --reload; fi\nexec gunicorn a:b\n')
    assert (command.words, command.certain) == (("gunicorn", "a:b"), False)


CASE = """\
case "$1" in
  web|server) exec gunicorn a:b ;;
  worker)
    exec celery -A t worker
    ;;
  *) exec "$@" ;;
esac
"""


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["web"], "gunicorn a:b"),
        (["server"], "gunicorn a:b"),
        (["worker"], "celery -A t worker"),
        (["python", "x.py"], "python x.py"),
    ],
)
def test_a_case_on_the_argument(plant: Plant, arguments: list[str], words: str) -> None:
    command = run(plant, CASE, *arguments)
    assert (command.words, command.certain) == (tuple(words.split()), True)


CHOOSING = """\
if [ "${1#-}" != "$1" ]; then
  exec gunicorn "$@"
fi
if %s; then
  flask db upgrade
  exec "$@" --bind "${BIND:-0.0.0.0:80}"
else
  echo "no server"
fi
exec "$@"
"""


@pytest.mark.parametrize(
    ("test", "serves"),
    [
        ('[ "$1" = "gunicorn" ]', True),
        ('[ "${1:-}" = gunicorn ]', True),
        ('[[ "$1" == guni* ]]', True),
        ('[ "$1" = "gunicorn" ] || [ "$1" = "uvicorn" ]', True),
        ('[ "$1" = "gunicorn" ] && [ $# -ge 2 ]', True),
        ('[ -n "$1" ]', True),
        ('test "$2" = "a:b"', True),
        ('[ ! -z "$1" ]', True),
        ('! [ "$1" = "celery" ]', True),
        ('[ "$1" != "gunicorn" ]', False),
        ('[ "$#" -eq 0 ]', False),
        ('[ "$1" = "celery" ]', False),
    ],
)
def test_an_if_on_the_arguments(plant: Plant, test: str, *, serves: bool) -> None:
    command = run(plant, CHOOSING % test, "gunicorn", "a:b")
    ending = ("--bind", "${BIND:-0.0.0.0:80}") if serves else ()
    assert (command.words, command.certain) == (("gunicorn", "a:b", *ending), True)
    assert bool(command.before) is serves


@pytest.mark.parametrize(
    "test",
    ['[ "$MODE" = "gunicorn" ]', '[ "$1" = "$MODE" ]', '[ -f "$1" ]', '[ "$1" = gunicorn ] && [ -n "$X" ]'],
)
def test_an_if_that_the_arguments_leave_open(plant: Plant, test: str) -> None:
    assert not run(plant, CHOOSING % test, "gunicorn", "a:b").certain


def test_arguments_that_change_or_are_a_functions_own(plant: Plant) -> None:
    branch = 'if [ "$1" = web ]; then\n  exec gunicorn a:b\nfi\n'
    assert run(plant, f'shift\n{branch}exec "$@"\n', "web", "celery").certain is False
    assert run(plant, f'start() {{\n{branch}}}\nstart api\nexec "$@"\n', "web", "x").certain is False


def test_elif_and_else(plant: Plant) -> None:
    script = 'if [ "$1" = web ]; then\n  exec gunicorn a:b\n%selse\n  exec celery -A t worker\nfi\n'
    assert run(plant, script % "", "worker").words == ("celery", "-A", "t", "worker")
    other = 'elif [ "$1" = api ]; then\n  exec uvicorn a:b\n'
    assert run(plant, script % other, "web").certain
    assert not run(plant, script % other, "worker").certain


def test_a_case_on_something_else(plant: Plant) -> None:
    assert not run(plant, CASE.replace("$1", "$MODE")).certain


def test_functions(plant: Plant) -> None:
    command = run(plant, 'migrate() {\n  alembic upgrade head\n}\nmigrate\nexec "$@"\n', "gunicorn", "a:b")
    assert command.words == ("gunicorn", "a:b")
    assert [(c.words, c.certain) for c in command.before] == [(("alembic", "upgrade", "head"), True)]


def test_scripts_that_call_scripts(plant: Plant) -> None:
    command = run(
        plant,
        'cd "$(dirname "$0")/app"\n. ./vars.sh\n./migrate.sh\nexec uvicorn a:b\n',
        **{"app/vars.sh": "export A=1\n", "app/migrate.sh": "#!/bin/sh\nalembic upgrade head\n"},
    )
    assert (command.words, command.cd) == (("uvicorn", "a:b"), "app")
    assert [(e.name, str(e.at)) for e in command.env] == [("A", "app/vars.sh:1:8")]
    assert [(c.words, str(c.at)) for c in command.before] == [
        (("alembic", "upgrade", "head"), "app/migrate.sh:2:1")
    ]


def test_a_script_that_calls_itself_ends(plant: Plant) -> None:
    assert run(plant, "./start.sh\n").words == ("./start.sh",)


def test_what_cannot_be_followed_is_named(plant: Plant) -> None:
    command = run(plant, ". /etc/elsewhere\nexec uvicorn a:b\n")
    assert [(w.text, str(w.at)) for w in command.unfollowed] == [(".", "start.sh:1:1")]


def test_variables_on_some_paths_only(plant: Plant) -> None:
    command = run(plant, 'if [ -z "$W" ]; then\n  export W=2\nfi\nexec gunicorn a:b\n')
    assert [(e.name, e.value, e.source, e.written) for e in command.env] == [
        ("W", None, Source.COMPUTED, "2")
    ]


def test_set_a_exports_what_follows(plant: Plant) -> None:
    command = run(plant, "set -a\nA=1\nset +a\nB=2\nexport C\nexec uvicorn a:b\n")
    assert [(e.name, e.exported) for e in command.env] == [("A", True), ("B", False)]


def test_a_server_in_a_pipeline_or_beside_a_worker(plant: Plant) -> None:
    assert run(plant, "gunicorn a:b | tee log\n").words == ("gunicorn", "a:b")
    both = run(plant, "celery -A t worker &\ngunicorn a:b\n")
    assert both.words == ("gunicorn", "a:b")
    assert [(c.words, c.operator) for c in both.before] == [(("celery", "-A", "t", "worker"), "&")]


@pytest.mark.parametrize("script", ["#!/usr/bin/env python\nimport os\n", "#!/usr/bin/node\n"])
def test_other_languages_are_not_followed(plant: Plant, script: str) -> None:
    assert run(plant, script).words == ("./start.sh",)


@pytest.mark.parametrize(
    "words",
    [["python", "main.py"], ["bash"], ["bash", "missing.sh"], ["sh", "-c"], ["./missing.sh"], []],
)
def test_nothing_to_follow(plant: Plant, words: list[str]) -> None:
    here = Location("x")
    command = Command(tuple(Word(word, here) for word in words), shell=False, at=here)
    assert follow(command, Finder(plant({"x": ""}))) == command


@given(
    st.lists(
        st.sampled_from(
            [
                "if a; then",
                "fi",
                "case $1 in",
                "a)",
                ";;",
                "esac",
                "{",
                "}",
                "f() {",
                "done",
                "else",
                "\n",
                "&&",
                "x",
                "(",
            ]
        )
    )
)
def test_any_script_can_be_parsed(parts: list[str]) -> None:
    parse(" ".join(parts))


def test_a_line_of_only_assignments(plant: Plant) -> None:
    text = "export X=1"
    command = shell_line(text, 0, len(text), Places("f", text), Finder(plant({"f": text})))
    assert (command.argv, [e.name for e in command.env]) == ((), ["X"])
