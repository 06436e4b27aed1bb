"""Whether code runs in the server's process."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from deploycheck.facts.web.served import served_by
from tests.facts.projects import deployed

HEAD = "from fastapi import Depends, FastAPI\nfrom other import celery, cli\napp = FastAPI()\n"


@pytest.mark.parametrize(
    ("code", "runs"),
    [
        ("marked()\n", True),
        ('if __name__ == "__main__":\n    marked()\n', False),
        ("def never():\n    marked()\n", False),
        ('@app.get("/")\ndef index():\n    marked()\n', True),
        ('def inner():\n    marked()\n@app.get("/")\ndef index():\n    inner()\n', True),
        ('def inner():\n    marked()\n@app.get("/")\ndef index(x=Depends(inner)):\n    pass\n', True),
        ("def a():\n    b()\ndef b():\n    a()\n    marked()\n", False),
        ('@celery.task\ndef f():\n    marked()\n@app.get("/")\ndef i():\n    f.delay()\n', False),
        ("@cli.command()\ndef work():\n    marked()\n", False),
        ('class C:\n    def __init__(self):\n        marked()\n@app.get("/")\ndef i():\n    C()\n', True),
        ("class C:\n    def __call__(self):\n        marked()\n", False),
        (
            'class C:\n    def go(self):\n        marked()\n@app.get("/")\ndef index(c: C):\n    c.go()\n',
            True,
        ),
        ("class C:\n    def load(self):\n        marked()\ncli.load()\n", False),
        ("async def life(app):\n    marked()\n    yield\napp = FastAPI(lifespan=life)\n", True),
    ],
)
def test_what_the_server_runs(tmp_path: Path, code: str, runs: bool) -> None:
    deployment = deployed(tmp_path, {"main.py": HEAD + code})
    module = deployment.program.module_at("main.py")
    assert module is not None
    (node,) = (
        n
        for n in ast.walk(module.tree)
        if isinstance(n, ast.Call) and isinstance(n.func, ast.Name) and n.func.id == "marked"
    )
    assert served_by(deployment).runs(module, node) is runs
