"""What the user declares because no repository can know it: a rule that misses it here has nothing to say."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from deploycheck.project import Project


def no_ci_elsewhere(project: Project) -> str:
    """Skip a rule that misses something in CI where CI is not in the repository."""
    return "the configuration says that its CI is elsewhere" if project.configuration.ci_elsewhere else ""


def no_declared_backups(project: Project) -> str:
    """Skip a rule that misses copies of the database server where somebody is said to make them."""
    return _said("backups", project.configuration.backups)


def no_declared_rate_limits(project: Project) -> str:
    """Skip a rule that misses limits where something before the app is said to have them."""
    return _said("rate-limits", project.configuration.rate_limits)


def no_declared_request_timeout(project: Project) -> str:
    """Skip a rule that misses a bound for requests where something before the app is said to have one."""
    return _seconds("request-timeout", project.configuration.request_timeout)


def no_declared_statement_timeout(project: Project) -> str:
    """Skip a rule that misses a bound for statements where the database's role is said to have one."""
    return _seconds("statement-timeout", project.configuration.statement_timeout)


def _said(key: str, text: str) -> str:
    return f"{key} in the configuration: {text}" if text else ""


def _seconds(key: str, seconds: float | None) -> str:
    return f"{key} in the configuration: {seconds:g} s" if seconds else ""
