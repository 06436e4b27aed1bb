"""Packages and browsers that CI downloads again in every run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.checks.ci.applies import a_pipeline
from deploycheck.checks.ci.telling import findings
from deploycheck.facts.practice.installing import Ecosystem
from deploycheck.findings import Draft, Severity
from deploycheck.rules import rule

if TYPE_CHECKING:
    from deploycheck.project import Project


@rule("CI001", "python-uncached", severity=Severity.LOW, debt="DEPLOY-13", requires=(a_pipeline,))
def python_uncached(project: Project) -> Iterator[Draft]:
    """Every run of CI downloads all its Python packages again.

    **Why.** Each push waits a minute longer than it needs to, and a run fails whenever the package index
    is slow. The day on which a fix must go out quickly is the day on which this hurts.

    **Fix.** Give setup-python `cache: pip` (or `pipenv`, `poetry`); its default is no cache in every
    version. setup-uv caches by itself from version 5 on GitHub's own runners, before that only with
    `enable-cache: true`. setup-python's cache does not hold uv's packages.

    **Silent when** a setup action, actions/cache or GitLab's `cache` keeps them; the job installs a tool or
    two by name, or nothing; it publishes or deploys (a cache there can be poisoned); it runs on
    machines of one's own, or whose are not known; its tools come from nix, bazel or mise; or it uses an
    action that may keep them itself, or one whose version cannot be told.

    Source: the `action.yml` files of actions/setup-python and astral-sh/setup-uv, version by version.
    """
    yield from findings(project, Ecosystem.PYTHON)


@rule("CI002", "node-uncached", severity=Severity.LOW, debt="DEPLOY-13", requires=(a_pipeline,))
def node_uncached(project: Project) -> Iterator[Draft]:
    """Every run of CI downloads all the front end's packages again.

    **Why.** Hundreds of packages for each push: the run takes longer, and it fails with the registry.

    **Fix.** Give setup-node `cache: npm` (or `yarn`, `pnpm`), and `cache-dependency-path` where the lock
    file is not in the root; without a lock file the action fails. From version 5 it caches by itself where
    the root's package.json names a `packageManager`, from version 6 only for npm.

    **Silent when** a setup action, actions/cache or GitLab's `cache` keeps them; the job installs nothing, or
    single tools by name; it publishes or deploys; it runs on machines of one's own, or whose are not known;
    or it uses an action that may keep them itself.

    Source: the `action.yml` files of actions/setup-node, v1 to v7, and its `main.ts`.
    """
    yield from findings(project, Ecosystem.NODE)


@rule("CI003", "browsers-uncached", severity=Severity.LOW, debt="DEPLOY-13", requires=(a_pipeline,))
def browsers_uncached(project: Project) -> Iterator[Draft]:
    """Every run of CI downloads Playwright's browsers again.

    **Why.** They are some hundred megabytes, and their server is slow at times. It is a matter of taste:
    Playwright's own guide advises against a cache, since restoring one takes about as long as the download,
    and the system's libraries cannot be kept in it.

    **Fix.** Run the job in the image mcr.microsoft.com/playwright of the same version, which has the
    browsers; or install only what the tests use (`chromium --only-shell`); or keep
    `~/.cache/ms-playwright` with actions/cache, its key made of Playwright's version.

    **Silent when** actions/cache or GitLab's `cache` keeps them, the job runs in Playwright's image or
    installs the headless shell only, it publishes or deploys, it runs on machines of one's own, or it uses
    an action that may keep them itself.

    Source: Playwright's documentation, "Continuous Integration", "Caching browsers".
    """
    yield from findings(project, Ecosystem.BROWSERS)
