"""Our opinions, one file a family; a check takes a `Project` and yields drafts of findings."""

MODULES: tuple[str, ...] = (
    "app.absent",
    "app.bind",
    "app.installs",
    "app.manifest",
    "app.size",
    "app.syntax",
    "app.target",
    "cors.entries",
    "cors.origins",
    "env.backend",
    "env.exposed",
    "env.modes",
    "env.secrets",
    "env.starting",
    "env.unread",
    "env.urls",
    "env.variables",
    "mig.borrowed",
    "mig.outside",
    "wrk.capacity",
    "wrk.classes",
    "wrk.counts",
    "wrk.processes",
    "wrk.state",
)
"""The modules of this package that hold rules: flat and explicit, so that nothing is found by accident."""
