"""Whether a name occurs anywhere in a project as more than something that is set."""

from __future__ import annotations

import ast
import re
from functools import cached_property
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from deploycheck.sources.errors import ReadError

if TYPE_CHECKING:
    from deploycheck.python.program import Program
    from deploycheck.sources.tree import Tree

MAX_SIZE = 400_000
LONGEST = 400
"""Strings of Python that are longer are prose."""
_TEXT = re.compile(
    r"""(?ix) \.(?: sh|bash|zsh|ya?ml|toml|cfg|ini|conf|jsx?|tsx?|mjs|cjs|vue|svelte|html?|jinja2?|j2|tf|hcl|tpl|
    template|properties|mako|nix|bicep|ps1|bat|rb|go|service )$
    | (?:^|/)(?:dockerfile|makefile|justfile|procfile|jenkinsfile|caddyfile|entrypoint|start|run)[^/]*$ """
)
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
        """Tell whether some file mentions `name` other than by setting it; prose and comments do not count."""
        if name in self._strings or self._is_field(name):
            return True
        pattern = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")
        sets = re.compile(_SETS.replace("{name}", re.escape(name)))
        lines = (_code(line) for text in self._texts if name in text for line in text.splitlines())
        return any(pattern.search(line) and not sets.match(line) for line in lines)

    @cached_property
    def _strings(self) -> frozenset[str]:
        """Every word in the strings of any Python file."""
        nodes = (
            n for m in self.program.modules.all() for n in ast.walk(m.tree) if isinstance(n, ast.Constant)
        )
        texts = (n.value for n in nodes if isinstance(n.value, str) and len(n.value) < LONGEST)
        return frozenset(word for text in texts for word in re.findall(r"[A-Za-z_]\w+", text))

    @cached_property
    def _fields(self) -> frozenset[str]:
        """The names that bodies of derived classes define, in capitals: a library may read them."""
        return frozenset(
            target.id.upper()
            for module in self.program.modules.all()
            for node in ast.walk(module.tree)
            if isinstance(node, ast.ClassDef) and node.bases
            for statement in node.body
            for target in _targets(statement)
            if len(target.id) > 1
        )

    def _is_field(self, name: str) -> bool:
        parts = re.split(r"_+", name.upper())
        return any("_".join(parts[i:]) in self._fields for i in range(len(parts)))

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
        return any(
            _as_a_whole(node)
            for module in self.program.app_modules()
            if "environ" in module.text
            for node in ast.walk(module.tree)
        )


def _code(line: str) -> str:
    """Return a line without its comment."""
    return "" if line.lstrip().startswith(("#", "//")) else re.split(r"\s#\s", line, maxsplit=1)[0].rstrip()


def _targets(statement: ast.stmt) -> list[ast.Name]:
    match statement:
        case ast.AnnAssign(target=ast.Name() as target):
            return [target]
        case ast.Assign(targets=targets):
            return [t for t in targets if isinstance(t, ast.Name)]
    return []


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
