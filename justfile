# Everything a developer of deploycheck does. `just` alone lists it.

python := ".venv/bin/python"

_default:
    @just --list --unsorted

# make the virtual environment with every tool
setup:
    python3 -m venv .venv
    .venv/bin/pip install -q -e '.[dev]'

# format, lint, types and floors
check:
    .venv/bin/ruff format --check
    .venv/bin/ruff check
    .venv/bin/mypy
    .venv/bin/lint-imports

# the tests, with branch coverage
test *arguments:
    .venv/bin/pytest --cov {{ arguments }}

# the main job, on an app that carries every debt (it exits with 1: that is the point)
demo *arguments:
    -.venv/bin/deploycheck fixtures/workshop {{ arguments }}

# how long a static run takes beside bandit, and reading a history beside Alembic
bench *arguments:
    {{ python }} -m benchmarks.static {{ arguments }}
    {{ python }} -m benchmarks.migrations

# the generated pages, pictures and tables of the documentation, from the code and real runs
docs:
    {{ python }} -m tools.docs

# the documentation as a site, into site/
site:
    {{ python }} -m mkdocs build
