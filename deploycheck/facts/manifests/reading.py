"""What readers of YAML manifests share: commands out of nodes, and the problems met on the way."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from deploycheck.facts.manifests.model import Command, Entry, Problem, Word
from deploycheck.facts.manifests.shell import by_search, split
from deploycheck.facts.manifests.tables import nodes_of
from deploycheck.findings import Location
from deploycheck.sources.errors import ReadError

if TYPE_CHECKING:
    from deploycheck.sources.tree import Tree
    from deploycheck.sources.yaml import YamlNode

_RENDERED = re.compile(r"^\s*(?:-\s*)?\{[{%]", re.MULTILINE)
_NO_TEXT = re.compile(r"YAML(?! yet)|alias|NUL|%TAG|nests?|deep")
_URL = re.compile(r"https?://[^/\s\"'`]+(/[^\s\"'`?|)#;]*)?")


def text_of(node: YamlNode | None) -> str | None:
    """Return a scalar's text as written, None for null and for anything else."""
    if node is None or not node.is_scalar or is_null(node):
        return None
    return node.text


def child(node: YamlNode | None, *keys: str) -> YamlNode | None:
    """Return what stands below the keys, None for nothing and for an explicit null."""
    found = node.get(*keys) if node is not None else None
    return None if found is None or is_null(found) else found


def text_at(node: YamlNode | None, *keys: str) -> str:
    """Return the text below the keys, empty where there is none."""
    return text_of(node.get(*keys) if node is not None else None) or ""


def items_at(node: YamlNode | None, *keys: str) -> tuple[YamlNode, ...]:
    """Return the items of the list below the keys, none where there is no list."""
    found = node.get(*keys) if node is not None else None
    return found.items if found is not None else ()


def root_of(tree: Tree, path: str, problems: list[Problem]) -> YamlNode | None:
    """Return the one mapping of a YAML, JSON or TOML file; None, with a problem, where it is not that."""
    try:
        if path.endswith(".toml"):
            return nodes_of(tree.toml(path))
        if path.endswith(".json") and (wrong := _not_json(tree, path)) is not None:
            problems.append(wrong)
            return None
        documents = tree.yaml(path)
    except ReadError as error:
        problems.append(unreadable(error))
        return None
    if not documents or is_null(documents[0]):
        return None
    if not documents[0].is_mapping:
        problems.append(wrong_type("the file", "a mapping", documents[0].at))
        return None
    problems += repeated(documents[0])
    return documents[0]


def _not_json(tree: Tree, path: str) -> Problem | None:
    """Return what is wrong with a JSON file: YAML's reader, which gives the places, takes more than JSON."""
    try:
        json.loads(tree.text(path))
    except json.JSONDecodeError as error:
        at = Location(path, error.lineno, error.colno)
        return Problem("unreadable", f"it is not valid JSON ({error.msg}): correct it", at)
    except RecursionError:
        return Problem("unreadable", "it nests too deep: flatten it", Location(path))
    return None


def pairs_of(node: YamlNode | None, subject: str, problems: list[Problem]) -> tuple[Entry, ...]:
    """Return the variables of a mapping of names and values; what is of another type is a problem."""
    if node is None or is_null(node):
        return ()
    if not node.is_mapping:
        problems.append(wrong_type(subject, "a mapping of names", node.at))
        return ()
    problems += repeated(node)
    entries: list[Entry] = []
    for key, value in node.entries:
        if value.is_scalar:
            entries.append(Entry(key.text, "" if is_null(value) else value.text, key.at))
        else:
            problems.append(wrong_type(key.text, "a text", value.at))
    return tuple(entries)


def listed(node: YamlNode | None, subject: str, problems: list[Problem]) -> tuple[YamlNode, ...]:
    """Return the mappings of a list; what is of another type is a problem."""
    if node is None or is_null(node):
        return ()
    if not node.is_sequence:
        problems.append(wrong_type(subject, "a list", node.at))
        return ()
    problems += [
        wrong_type(f"an item of {subject}", "a mapping", i.at) for i in node.items if not i.is_mapping
    ]
    return tuple(item for item in node.items if item.is_mapping)


def in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Return problems by their places, each once."""
    return tuple(sorted(dict.fromkeys(problems), key=lambda problem: problem.at))


def is_template(tree: Tree, path: str) -> bool:
    """Tell whether a file is only the template of one (Helm, Jinja), which nothing deploys as it is."""
    try:
        return _RENDERED.search(tree.text(path)) is not None
    except ReadError:
        return False


def is_null(node: YamlNode) -> bool:
    """Tell whether a key has nothing behind it, or an explicit null."""
    return node.is_scalar and node.data is None


def unreadable(error: ReadError) -> Problem:
    """Return the problem of a file that could not be read, by us alone or by anybody."""
    ours = "" if _NO_TEXT.search(error.reason) else "ours"
    return Problem("unreadable", error.reason, error.at, case=ours)


def repeated(node: YamlNode) -> list[Problem]:
    """Return a problem for each key of a mapping that repeats an earlier one."""
    return [
        Problem(
            "duplicate-key", f"the key {key.text} is given twice: only the last one counts", key.at, key.text
        )
        for key in node.duplicates
    ]


def unknown_keys(node: YamlNode, known: Iterable[str], what: str) -> list[Problem]:
    """Return a problem for each key of a mapping that is not known, with the nearest that is."""
    names = sorted(known)
    return [
        Problem("unknown-key", f"{what} has no key {key.text}", key.at, key.text, nearest(key.text, names))
        for key, _ in node.entries
        if key.text not in names
    ]


def nearest(word: str, names: Sequence[str]) -> str:
    """Return the name that a word was probably meant to be, or nothing."""
    plain = {re.sub(r"[_-]", "", name).lower(): name for name in names}
    found = difflib.get_close_matches(re.sub(r"[_-]", "", word).lower(), list(plain), n=1, cutoff=0.75)
    return plain[found[0]] if found else ""


def wrong_type(subject: str, wanted: str, at: Location) -> Problem:
    """Return the problem of a key whose value is of another type than the platform takes."""
    return Problem("wrong-type", f"{subject} must be {wanted}", at, subject)


def exec_form(node: YamlNode, subject: str, problems: list[Problem]) -> tuple[Word, ...]:
    """Return a list's items as words that no shell touches; what is no text is a problem."""
    words: list[Word] = []
    for item in node.items:
        if item.is_scalar and not is_null(item):
            words.append(Word(item.text, item.at))
        else:
            problems.append(wrong_type(subject, "a list of words", item.at))
    return tuple(words)


def line_of(tree: Tree, node: YamlNode) -> Command:
    """Return a scalar's text as the words that a program without a shell splits it into."""
    lines = tree.lines(node.at.path)
    return split(node.text, by_search(node.at.path, lines, node.at), node.at)


def joined(words: Sequence[Word]) -> str:
    """Return words as one line, the way a person would write them."""
    texts = [word.text for word in words]
    return " ".join(text if text and not re.search(r"\s", text) else repr(text) for text in texts)


def probed_path(text: str) -> str:
    """Return the path of the URL that a health check's command asks for, or nothing."""
    match = _URL.search(text)
    return (match[1] or "/") if match else ""


def requirement_files(tree: Tree, directory: str) -> tuple[str, ...]:
    """Return the files that a buildpack installs from: requirements.txt, else the project file of a lock."""
    folder = f"{directory}/" if directory else ""
    if tree.exists(f"{folder}requirements.txt"):
        return (f"{folder}requirements.txt",)
    for name in ("Pipfile", "pyproject.toml"):
        if tree.exists(folder + name):
            return (folder + name,)
    return ()


def mappings_of(tree: Tree, path: str) -> tuple[YamlNode, ...]:
    """Return the documents of a YAML file that are mappings; none of one that cannot be read."""
    try:
        return tuple(node for node in tree.yaml(path) if node.is_mapping)
    except ReadError:
        return ()
