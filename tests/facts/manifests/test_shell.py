from __future__ import annotations

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploycheck.facts.manifests.lexer import Places, blank_split, tokenise
from deploycheck.facts.manifests.model import Command, Source, Word
from deploycheck.facts.manifests.shell import (
    by_search,
    defaults,
    program,
    reference_entry,
    references,
    shell_syntax,
    split,
    unwrap,
)
from deploycheck.findings import Location

HERE = Location("f")


def command(*words: str, shell: bool = False, expands: tuple[str, ...] = ()) -> Command:
    return Command(tuple(Word(w, HERE) for w in words), shell=shell, at=HERE, expands=frozenset(expands))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("gunicorn app:app -w 4", ["gunicorn", "app:app", "-w", "4"]),
        ("a 'b c' \"d e\" f\\ g", ["a", "b c", "d e", "f g"]),
        ("a && b || c; d | e &", ["a", "&&", "b", "||", "c", ";", "d", "|", "e", "&"]),
        ("a > out 2>&1 < in", ["a"]),
        ("a # not this", ["a"]),
        ("a b#this", ["a", "b#this"]),
        ("a \\\n  b", ["a", "b"]),
        ("x ${A:-b c} $(d e) `f g`", ["x", "${A:-b c}", "$(d e)", "`f g`"]),
        ('x "${A:-b c}/$(d "e")"', ["x", '${A:-b c}/$(d "e")']),
        ("cat <<EOF\nnot a word\nEOF\nnext", ["cat", "\n", "next"]),
        ("x 'never closed", ["x", "never closed"]),
    ],
)
def test_tokens(text: str, words: list[str]) -> None:
    assert [token.text for token in tokenise(text)] == words


@pytest.mark.parametrize(
    ("text", "literal"),
    [
        ("plain", True),
        ("'$X'", True),
        ('"$X"', False),
        ("$X", False),
        ("\\$X", True),
        ("a*", False),
        ("100$", True),
    ],
)
def test_what_a_shell_would_touch(text: str, *, literal: bool) -> None:
    assert tokenise(text)[0].literal is literal


def test_places_of_tokens() -> None:
    text = "one\n  two three"
    places = Places("f", text)
    found = [places.at(token.start, token.end) for token in tokenise(text) if not token.operator]
    assert found == [Location("f", 1, 1, 1, 4), Location("f", 2, 3, 2, 6), Location("f", 2, 7, 2, 12)]


@given(st.text(alphabet="ab $\"'\\{}()`;|&<>\n#=-*"))
def test_any_text_can_be_read(text: str) -> None:
    for tokens in (tokenise(text), blank_split(text)):
        assert all(0 <= t.start <= t.end <= len(text) for t in tokens)


@given(st.lists(st.text(alphabet="ab c$'-", min_size=1), min_size=1))
def test_quoted_words_come_back(words: list[str]) -> None:
    line = " ".join(shlex.quote(word) for word in words)
    assert [token.text for token in tokenise(line)] == words


def test_without_a_shell_operators_are_only_words() -> None:
    line = "gunicorn app:app -b 0.0.0.0:$PORT && echo ${X:-a b}"
    assert split(line, lambda _token: HERE, HERE).words == (
        *("gunicorn", "app:app", "-b", "0.0.0.0:$PORT", "&&", "echo", "${X:-a b}"),
    )


def test_words_are_found_in_a_folded_string() -> None:
    lines = ["command: >", "  gunicorn", '  "a\\"b" -w 4', "other: -w"]
    locate = by_search("f", lines, Location("f", 1, 10, 3))
    tokens = blank_split('gunicorn "a\\"b" -w 4')
    assert [str(locate(token)) for token in tokens] == ["f:2:3", "f:3:3", "f:3:10", "f:3:13"]


def test_a_word_that_the_file_writes_otherwise_has_the_place_of_the_string() -> None:
    at = Location("f", 1, 1, 1)
    assert by_search("f", ["a \\u0062"], at)(tokenise("zzz")[0]) == at


@pytest.mark.parametrize(
    ("words", "rest"),
    [
        ("exec gunicorn a:b", "gunicorn a:b"),
        ("poetry run gunicorn a:b", "gunicorn a:b"),
        ("uv run --frozen --extra prod -- gunicorn a:b", "gunicorn a:b"),
        ("uv run python -m uvicorn a:b", "uvicorn a:b"),
        ("uv run -m uvicorn a:b", "uvicorn a:b"),
        ("uv run -m mypackage", "uv run -m mypackage"),
        ("uv sync --frozen", "uv sync --frozen"),
        ("pipenv run uvicorn a:b", "uvicorn a:b"),
        ("python3.11 -u -m gunicorn a:b", "gunicorn a:b"),
        ("python -m mypackage.main", "python -m mypackage.main"),
        ("python main.py", "python main.py"),
        ("/usr/bin/env X=1 gunicorn a:b", "gunicorn a:b"),
        ("newrelic-admin run-program gunicorn a:b", "gunicorn a:b"),
        ("ddtrace-run uvicorn a:b", "uvicorn a:b"),
        ("tini -- gunicorn a:b", "gunicorn a:b"),
        ("bin/start-nginx gunicorn a:b", "gunicorn a:b"),
        ("tini -g gunicorn a:b", "gunicorn a:b"),
        ("gosu app gunicorn a:b", "gunicorn a:b"),
        ("doppler run -- gunicorn a:b", "gunicorn a:b"),
        ("timeout -k 5 30 gunicorn a:b", "gunicorn a:b"),
        ("opentelemetry-instrument --traces_exporter=otlp uvicorn a:b", "uvicorn a:b"),
        ("conda run -n web gunicorn a:b", "gunicorn a:b"),
        ("hatch run prod:serve", "hatch run prod:serve"),
        ("coverage run -m uvicorn a:b", "uvicorn a:b"),
        ("exec", "exec"),
        ("", ""),
    ],
)
def test_unwrap(words: str, rest: str) -> None:
    assert unwrap(command(*words.split())).words == tuple(rest.split())


def test_unwrap_keeps_variables() -> None:
    entries = unwrap(command("env", "A=1", "B=$C", "gunicorn", shell=True)).env
    assert [(e.name, e.value, e.source) for e in entries] == [
        ("A", "1", Source.LITERAL),
        ("B", None, Source.COMPUTED),
    ]


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("/app/.venv/bin/gunicorn a:b", "gunicorn"),
        ("python3.12 main.py", "python"),
        ("poetry run alembic upgrade head", "alembic"),
        ("pip3 install x", "pip"),
        ("", ""),
    ],
)
def test_program(words: str, name: str) -> None:
    assert program(command(*words.split())) == name


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["gunicorn", "-b", "0.0.0.0:$PORT"], ["0.0.0.0:$PORT"]),
        (["gunicorn", "-w", "${W:-2}"], ["${W:-2}"]),
        (["alembic", "upgrade", "head", "&&", "gunicorn"], ["&&"]),
        (["alembic", "upgrade", "head;", "gunicorn"], ["head;"]),
        (["WORKERS=2", "gunicorn"], ["WORKERS=2"]),
        (["gunicorn", "--env", "WORKERS=2"], []),
        (["gunicorn", ">", "log", "2>&1"], [">", "2>&1"]),
        (["uvicorn", "--forwarded-allow-ips", "*"], []),
        (["uvicorn", "--port", "$DATABRICKS_APP_PORT"], []),
        (["uvicorn", "--port", "${DATABRICKS_APP_PORT:-8000}"], []),
        (["uvicorn", "--port", "$DATABRICKS_APP_PORTS"], ["$DATABRICKS_APP_PORTS"]),
        (["echo", "$(date)"], ["$(date)"]),
        (["echo", "100$"], []),
    ],
)
def test_shell_syntax_where_there_is_no_shell(words: list[str], found: list[str]) -> None:
    expands = ("DATABRICKS_APP_PORT",)
    assert [word.text for word in shell_syntax(command(*words, expands=expands))] == found
    assert shell_syntax(command(*words, shell=True)) == ()


def test_references_and_defaults() -> None:
    assert references("a$B/${C:-d}$B") == ("B", "C")
    assert defaults("a${B:-b}${C-}") == "ab"
    assert defaults("a$B") is None
    assert defaults("a$B", {"B": "x"}.get) == "ax"
    assert defaults("${B:-y}", {"B": ""}.get) == "y"
    assert defaults("${B:+y}") == ""
    assert defaults("$(date)") is None


def test_an_entry_of_a_live_value_is_computed() -> None:
    entry = reference_entry("X", "${Y:-2}", HERE)
    assert (entry.value, entry.default, entry.written, entry.variables) == (None, "2", "${Y:-2}", ("Y",))
    assert reference_entry("X", "$Y", HERE, literal=True).value == "$Y"
