"""Whether a name occurs anywhere in a project as more than something that is set."""

from __future__ import annotations

import ast
import re
from functools import cached_property
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from deploycheck.python.modules import Role, role_of
from deploycheck.python.syntax import nodes_in
from deploycheck.sources.errors import ReadError

if TYPE_CHECKING:
    from deploycheck.python.program import Program
    from deploycheck.sources.tree import Tree

MAX_SIZE = 400_000
_TEXT = re.compile(
    r"""(?ix)
    \.(?: sh|bash|zsh|ps1|bat|ya?ml|toml|cfg|ini|conf|properties|jsx?|tsx?|mjs|cjs|vue|svelte|html?
        |jinja2?|j2|mako|tpl|template|tf|hcl|bicep|nix|rb|go|service )$
    | (?:^|/)(?:dockerfile|makefile|justfile|procfile|jenkinsfile|caddyfile)[^/]*$
    | (?:^|/)(?:entrypoint|start|run)[^/.]*$
    """
)
_SETTINGS = re.compile(r"(?m)^class\s+\w+\([^)]*Settings")
_SETS = (
    r"^\s*(?:-\s*)?(?:export\s+|ENV\s+|ARG\s+|--build-arg\s+)?(?:(?:name|key)\s*:\s*)?"
    r"[\"']?{name}[\"']?\s*(?:[:=]|$|\s\S+$)"
)


class Mentions:
    """The text of a project, looked through for names of variables."""

    def __init__(self, tree: Tree, program: Program) -> None:
        """Look at no file yet."""
        self.tree = tree
        self.program = program

    def reads(self, name: str) -> bool:
        """Tell whether a file mentions `name` other than by setting it; prose and comments do not count."""
        if self._in_python(name):
            return True
        pattern = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")
        sets = re.compile(_SETS.replace("{name}", re.escape(name)))
        lines = (_code(line) for text in self._texts if name in text for line in text.splitlines())
        return any(pattern.search(line) and not sets.match(line) for line in lines)

    def _in_python(self, name: str) -> bool:
        """Tell whether a string of any Python file holds the name, or a class has a field that ends it."""
        quoted = re.compile(rf"[\"'][^\"'\n]*(?<!\w){re.escape(name)}(?!\w)[^\"'\n]*[\"']")
        parts = re.split(r"_+", name)
        tails = ("_".join(parts[i:]) for i in range(len(parts)))
        suffixes = "|".join(re.escape(t) for t in tails if len(t) > 1)
        field = re.compile(rf"(?im)^[ \t]+(?:{suffixes})[ \t]*[:=](?!=)")
        if any(name in text and quoted.search(text) for text in self._python):
            return True
        if any(self._is_put_together(name[:i], name[i:]) for i in _joints(name)):
            return True
        return any(_SETTINGS.search(text) and field.search(text) for text in self._python)

    def _is_put_together(self, prefix: str, rest: str) -> bool:
        """Tell whether code holds both halves of a name as texts: `with env.prefixed("S3_")`, `"REGION"`."""
        return any(
            f"{quote}{prefix}{quote}" in text and any(f"{q}{rest}{q}" in text for q in "\"'")
            for text in self._python
            for quote in "\"'"
        )

    @cached_property
    def _python(self) -> tuple[str, ...]:
        return tuple(self._read(path) for path in self.program.modules.paths)

    def _read(self, path: str) -> str:
        try:
            return self.tree.text(path)
        except ReadError:
            return ""

    @cached_property
    def _texts(self) -> tuple[str, ...]:
        found = []
        for path in self.tree.files:
            try:
                if _TEXT.search(path) and self.tree.size(path) <= MAX_SIZE:
                    found.append(self.tree.text(path))
            except ReadError:
                continue
        return tuple(found)

    @cached_property
    def all_is_read(self) -> bool:
        """Whether some code takes the environment as a whole: it may read any name of it."""
        paths = (
            p for p in self.program.modules.paths if role_of(p) is Role.APP and "environ" in self._read(p)
        )
        modules = (m for m in map(self.program.module_at, paths) if m is not None)
        return any(_as_a_whole(node) for module in modules for node in nodes_in(module.tree))


def _joints(name: str) -> list[int]:
    """Return the places behind the underscores of a name, where a prefix may end."""
    return [m.end() for m in re.finditer("_", name) if m.end() < len(name)]


def _code(line: str) -> str:
    """Return a line without its comment."""
    return "" if line.lstrip().startswith(("#", "//")) else re.split(r"\s#\s", line, maxsplit=1)[0].rstrip()


def _as_a_whole(node: ast.AST) -> bool:
    match node:
        case ast.Call(func=ast.Attribute(value=owner, attr="items" | "keys" | "values" | "copy")) if (
            _is_environ(owner)
        ):
            return True
        case ast.Call(args=arguments, keywords=keywords):
            return any(_is_environ(a) for a in (*arguments, *(k.value for k in keywords)))
        case ast.For(iter=owner) | ast.comprehension(iter=owner):
            return _is_environ(owner)
        case ast.Dict(keys=keys, values=values):
            return any(k is None and _is_environ(v) for k, v in zip(keys, values, strict=True))
        case ast.BinOp(op=ast.BitOr(), left=left, right=right):
            return _is_environ(left) or _is_environ(right)
    return False


def _is_environ(node: ast.expr) -> bool:
    name = node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
    return name == "environ"


_KNOWN: WeakKeyDictionary[Program, Mentions] = WeakKeyDictionary()


def mentions_of(tree: Tree, program: Program) -> Mentions:
    """Return the mentions of a project, looked for once."""
    if program not in _KNOWN:
        _KNOWN[program] = Mentions(tree, program)
    return _KNOWN[program]
