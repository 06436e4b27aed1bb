"""Which file an import means: packages, roots, re-exports, and names that only look like ours."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from deploycheck.python.modules import Role, role_of

Data = Callable[..., object]

CONF = "D = 1\n"
KNOWN = {
    "a module": {"main.py": "import conf\nX = conf.D", "conf.py": CONF},
    "a name": {"main.py": "from conf import D as E\nX = E", "conf.py": CONF},
    "a package": {"main.py": "import app.conf\nX = app.conf.D", "app/__init__.py": "", "app/conf.py": CONF},
    "a package, renamed": {
        "main.py": "import app.conf as c\nX = c.D",
        "app/__init__.py": "",
        "app/conf.py": CONF,
    },
    "a submodule": {
        "main.py": "from app import conf\nX = conf.D",
        "app/__init__.py": "",
        "app/conf.py": CONF,
    },
    "a re-export": {
        "main.py": "from app import D\nX = D",
        "app/__init__.py": "from .conf import D\n",
        "app/conf.py": CONF,
    },
    "a star": {"main.py": "from conf import *\nX = D", "conf.py": CONF},
    "a star of a star": {
        "main.py": "from app import *\nX = D",
        "app/__init__.py": "from .conf import *\n",
        "app/conf.py": CONF,
    },
    "a star with __all__": {"main.py": "from conf import *\nX = _D", "conf.py": "__all__ = ['_D']\n_D = 1\n"},
    "the later star": {
        "main.py": "from one import *\nfrom two import *\nX = D",
        "one.py": "D = 0\n",
        "two.py": CONF,
    },
    "a star over an assignment": {"main.py": "D = 0\nfrom conf import *\nX = D", "conf.py": CONF},
    "an assignment over a star": {"main.py": "from conf import *\nD = 1\nX = D", "conf.py": "D = 0\n"},
    "what __all__ leaves out": {
        "main.py": "D = 1\nfrom conf import *\nX = D",
        "conf.py": "__all__ = ['E']\nD = 0\nE = 0\n",
    },
    "what an underscore leaves out": {"main.py": "_D = 1\nfrom conf import *\nX = _D", "conf.py": "_D = 0\n"},
    "src as a root": {
        "src/app/__init__.py": "",
        "src/app/conf.py": CONF,
        "main.py": "from app.conf import D\nX = D",
    },
    "src as the package": {
        "src/__init__.py": "",
        "src/conf.py": CONF,
        "main.py": "from src.conf import D\nX = D",
    },
    "a namespace package": {"main.py": "from app.deep.conf import D\nX = D", "app/deep/conf.py": CONF},
    "a namespace package, by attribute": {"main.py": "import app.conf\nX = app.conf.D", "app/conf.py": CONF},
    "a namespace package's module": {"main.py": "from app import conf\nX = conf.D", "app/conf.py": CONF},
    "within a try": {
        "main.py": "try:\n    from conf import D\nexcept ImportError:\n    D = 0\nX = D",
        "conf.py": CONF,
    },
    "within a function": {
        "main.py": "def f():\n    from conf import D\n    return D\nX = f()",
        "conf.py": CONF,
    },
    "import_module": {
        "main.py": "import importlib\nX = importlib.import_module('conf').D",
        "conf.py": CONF,
    },
    "a cycle": {
        "main.py": "from one import D\nX = D",
        "one.py": "import two\nD = 1\n",
        "two.py": "import one\nE = one.D\n",
    },
    "a cycle of names": {
        "main.py": "from one import D\nX = D",
        "one.py": "from two import E\nD = 1\n",
        "two.py": "from one import D\nE = D\n",
    },
}


@pytest.mark.parametrize("files", KNOWN.values(), ids=KNOWN)
def test_an_import(data: Data, files: dict[str, str]) -> None:
    assert data(files) == 1


RELATIVE = {
    "beside": ("from .conf import D", "app/conf.py"),
    "beside, the module": ("from . import conf\nD = conf.D", "app/conf.py"),
    "above": ("from ..conf import D", "conf.py"),
    "below": ("from .sub.conf import D", "app/sub/conf.py"),
    "of the package": ("from app.conf import D", "app/conf.py"),
}


@pytest.mark.parametrize(("statement", "path"), RELATIVE.values(), ids=RELATIVE)
def test_a_relative_import(data: Data, statement: str, path: str) -> None:
    files = {"pkg/__init__.py": "", "pkg/app/__init__.py": "", "pkg/app/sub/__init__.py": ""}
    files |= {"pkg/app/main.py": f"{statement}\nX = D", f"pkg/{path}": CONF}
    if statement.startswith("from app"):
        files = {k.removeprefix("pkg/"): v for k, v in files.items() if k != "pkg/__init__.py"}
        assert data(files, "app.main.X") == 1
        return
    assert data(files, "pkg.app.main.X") == 1


def test_too_many_dots(data: Data) -> None:
    assert data("from ....conf import D\nX = D") is ...


def test_a_cycle_that_python_cannot_resolve_is_unknown(data: Data) -> None:
    files = {
        "main.py": "from one import D\nX = D",
        "one.py": "from two import D\n",
        "two.py": "from one import D\n",
    }
    assert data(files) is ...


def test_a_monorepo_with_the_same_names(data: Data) -> None:
    files = {
        "backend/app/__init__.py": "",
        "backend/app/conf.py": "D = 'backend'\n",
        "backend/app/main.py": "from app.conf import D\nX = D",
        "worker/app/__init__.py": "",
        "worker/app/conf.py": "D = 'worker'\n",
        "worker/app/main.py": "from app.conf import D\nX = D",
    }
    assert data(files, "backend.app.main.X") == "backend"
    assert data(files, "worker.app.main.X") == "worker"


def test_a_nearer_package_hides_the_other_one(project: Any) -> None:
    made = project(
        {
            "backend/app/__init__.py": "",
            "backend/app/models.py": CONF,
            "worker/app/__init__.py": "",
            "worker/app/main.py": "from app.models import D\nX = D",
        }
    )
    assert made.program.modules.find_path("app.models", "worker/app/main.py") is None
    assert made.program.modules.find_path("app.models", "backend/app/models.py") == "backend/app/models.py"
    assert made.program.modules.find_path("app.models", "backend") == "backend/app/models.py"


LOOKALIKES = {
    "in a package": ("app/__init__.py", "from app.redis import D\n"),
    "in a package with relative imports": ("app/__init__.py", "from .redis import D\n"),
    "in a namespace package": ("app/other.py", "from app.redis import D\n"),
}


@pytest.mark.parametrize("name", ["redis", "logging", "types", "celery"])
@pytest.mark.parametrize(("path", "text"), LOOKALIKES.values(), ids=LOOKALIKES)
def test_a_module_named_like_a_library(project: Any, name: str, path: str, text: str) -> None:
    made = project(
        {
            path: text.replace("redis", name),
            f"app/{name}.py": f"import {name}\nD = 1\n",
            "app/main.py": f"import {name}\nfrom app import {name} as own\nfrom {name} import thing\n",
        }
    )
    index = made.program.modules
    assert index.find_path(name, "app/main.py") is None
    assert index.find_path(name, f"app/{name}.py") is None
    assert index.find_path(f"app.{name}", "app/main.py") == f"app/{name}.py"
    assert made.value("app.main.own").target.path == f"app/{name}.py"
    assert made.value("app.main.thing").name == f"{name}.thing"


def test_a_script_beside_its_modules(data: Data) -> None:
    files = {"app/__init__.py": "", "app/main.py": "from conf import D\nX = D", "app/conf.py": CONF}
    assert data(files, "app.main.X") == 1


def test_a_library_is_not_found_in_a_far_folder(project: Any) -> None:
    made = project({"backend/main.py": "import stripe\n", "infra/stripe.py": "D = 1\n", "backend/x/y.py": ""})
    assert made.program.modules.find_path("stripe", "backend/main.py") is None


def test_a_part_of_a_monorepo_that_is_run_from_its_folder(project: Any) -> None:
    made = project(
        {"api/main.py": "import common\n", "shared/pyproject.toml": "", "shared/common.py": "D = 1\n"}
    )
    assert made.program.modules.find_path("common", "api/main.py") == "shared/common.py"


def test_a_missing_name_is_unknown(project: Any, env: Any) -> None:
    made = project({"main.py": "from conf import NOPE\nX = NOPE", "conf.py": CONF})
    assert made.resolved("main.X", env()).unknown == "`NOPE` is not found in conf.py"


def test_the_star_of_one_library(project: Any) -> None:
    made = project("from fastapi import *\napp = FastAPI()\n")
    assert made.call("fastapi.FastAPI").name == "fastapi.FastAPI"


@pytest.mark.parametrize(
    ("path", "role"),
    [
        ("app/main.py", Role.APP),
        ("tests/conf.py", Role.TEST),
        ("app/test_x.py", Role.TEST),
        ("conftest.py", Role.TEST),
        ("docker/browser-test/seed.py", Role.TEST),
        ("e2e_tests/pages.py", Role.TEST),
        ("backend-test/app/main.py", Role.APP),
        ("migrations/versions/1.py", Role.MIGRATION),
        ("scripts/seed.py", Role.SCRIPT),
        ("examples/app.py", Role.EXAMPLE),
        ("docs/conf.py", Role.DOCS),
        ("{{cookiecutter.name}}/main.py", Role.TEMPLATE),
    ],
)
def test_the_part_that_a_file_plays(path: str, role: Role) -> None:
    assert role_of(path) is role


def test_places_count_characters(project: Any) -> None:
    made = project('ä = "é"; X = f"{ä}"\n')
    module = made.module("main.py")
    node = module.tree.body[1]
    assert (module.location(node).column, module.source(node)) == (10, 'X = f"{ä}"')


def test_a_repository_that_is_a_package_itself(data: Data) -> None:
    files = {"__init__.py": "", "main.py": "import conf\nX = conf.D", "conf.py": CONF}
    assert data(files) == 1
