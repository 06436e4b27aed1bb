"""What the start command names: whether the module, the attribute and the script are in the project."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.checks.app.manifest import is_certain
from deploycheck.checks.applies import a_manifest
from deploycheck.facts.editing import replaced, requoted
from deploycheck.facts.importing import Importing, importing, names_of
from deploycheck.facts.manifests.files import Lost, lost_files
from deploycheck.facts.manifests.model import Role, Word
from deploycheck.facts.provision import may_provide
from deploycheck.findings import Draft, Edit, Fix, Location, Severity, Step
from deploycheck.python.resolution import resolve
from deploycheck.rules import Reads, rule

if TYPE_CHECKING:
    from deploycheck.facts.deployments import Deployment
    from deploycheck.facts.manifests.model import Manifest, Process
    from deploycheck.facts.server.model import Server, Target
    from deploycheck.project import Project
    from deploycheck.python.modules import Module

_COMMON = frozenset("api app application asgi backend main run server src web wsgi".split())
"""Names of modules that no package anybody installs has."""


@rule(
    "APP004",
    "target-missing",
    severity=Severity.CRITICAL,
    debt="DEPLOY-1",
    reads=Reads.PYTHON | Reads.MANIFESTS | Reads.REQUIREMENTS,
    requires=(a_manifest,),
)
def target_missing(project: Project) -> Iterator[Draft]:
    """Production starts a module, an attribute or a script that is not in the project.

    **Why.** The server exits at once ("Could not import module", "Failed to find attribute"), the
    platform starts it again, and nobody is served.

    **Fix.** Name what is there. A server looks for modules in its working directory, in `--chdir` or
    `--app-dir`, and in PYTHONPATH; gunicorn takes `application` where no attribute is named.

    **Silent when** an installed package may hold the module, git ignores it or something builds it, an
    image puts files in places that its COPY lines do not tell, or the module makes its names while it
    runs (`import *`, `__getattr__`, `globals()`). A file that seems to be missing from an image, and
    what only a worker process starts, is high.

    Source: gunicorn 27.0.1 and uvicorn 0.54.0, which say so and exit.
    """
    told: set[Location] = set()
    for draft in (*_scripts(project), *_targets(project)):
        if draft.at not in told:
            told.add(draft.at)
            yield draft


def _scripts(project: Project) -> Iterator[Draft]:
    for manifest in project.manifests:
        for process in manifest.processes if manifest.deployable else ():
            for lost in lost_files(project.tree, manifest, process):
                yield _lost(project, manifest, process, lost)


def _lost(project: Project, manifest: Manifest, process: Process, lost: Lost) -> Draft:
    near = _near(lost.path, project.tree.files)
    hint = f"; {near} is" if near else ""
    starts = f"The {process.name} process starts {lost.word.text}"
    return Draft(
        message=f"{starts}, and {lost.path} is not in the project{hint}.",
        at=lost.word.at,
        subject=lost.path,
        trail=(Step(lost.command.text, lost.command.at), Step(f"looked for {lost.path}")),
        certain=lost.sure and is_certain(manifest),
        severity=Severity.HIGH if process.role is Role.WORKER else None,
        fix=Fix(f"name the file that is there, or add {lost.path} to the project"),
    )


def _near(path: str, files: tuple[str, ...]) -> str:
    """Return the one file of the same name, if there is one."""
    name = path.rpartition("/")[2]
    found = [f for f in files if f.rpartition("/")[2] == name]
    return found[0] if len(found) == 1 else ""


def _targets(project: Project) -> Iterator[Draft]:
    for deployment in project.deployments:
        server = deployment.server
        target = server.target if server is not None else None
        if server is None or target is None or not target.module or target.passed or not deployment.manifests:
            continue
        where = importing(deployment, server, target, project.tree)
        module = project.program.module_at(where.path(target.module) or "")
        if module is not None:
            draft = _without_attribute(project, deployment, server, target, module)
        else:
            draft = _without_module(project, deployment, server, target, where)
        if draft is not None:
            yield draft


# -- the module ------------------------------------------------------------------------------------


def _out_of_reach(project: Project, deployment: Deployment, where: Importing, target: Target) -> bool:
    """Tell whether the module is in the project, and surely not where this process looks for it."""
    if where.path(target.module) is not None or not where.whole:
        return False
    alone = all(f.kind == "requirements.txt" and not f.installs_project for f in deployment.installed.files)
    return _is_plain(deployment) and alone and not project.tree.ignored(target.path)


def _without_module(
    project: Project, deployment: Deployment, server: Server, target: Target, where: Importing
) -> Draft | None:
    if where.path(target.module) is not None or where.unseen(target.module) or not where.is_there:
        return None
    sure = _surely_missing(project, deployment, where, target)
    if sure is None:
        return None
    there = f"; {target.path} is one, where this process does not look" if target.path else ""
    folder = target.directory or "the project's folder"
    starts = f"{server.program} starts {str(target) if target.attribute else target.module}"
    return Draft(
        message=f"{starts}, and no module {target.module} is in {folder}{there}.",
        at=target.at,
        subject=target.module,
        trail=(_started(deployment, server), Step(f"looked in {', '.join(f or '.' for f in where.folders)}")),
        certain=sure and server.certain and not deployment.tentative,
        fix=_named(project, deployment, target, ""),
    )


def _surely_missing(
    project: Project, deployment: Deployment, where: Importing, target: Target
) -> bool | None:
    """Tell whether a module that was not found is certainly missing; None for no reason to think so."""
    plain = _is_plain(deployment)
    if target.path:
        return (
            deployment.platform.closed or None if _out_of_reach(project, deployment, where, target) else None
        )
    if where.has_top(target.module):
        return None if _renamed(deployment, target.module) else where.whole
    top = target.module.partition(".")[0]
    if top not in _COMMON and may_provide(deployment.installed, top):
        return None
    return (where.whole and top in _COMMON) if plain else None


def _is_plain(deployment: Deployment) -> bool:
    """Tell whether the deployed folder runs as it is, with nothing copied elsewhere."""
    return deployment.manifests[0].as_is


def _renamed(deployment: Deployment, module: str) -> bool:
    """Tell whether an image holds the module's package under another name than the project."""
    top = module.partition(".")[0]
    copied = [pair for m in deployment.manifests for pair in m.contents]
    return any(t.rpartition("/")[2] == top and s.rpartition("/")[2] != top for t, s in copied)


# -- the attribute ---------------------------------------------------------------------------------


def _without_attribute(
    project: Project, deployment: Deployment, server: Server, target: Target, module: Module
) -> Draft | None:
    names = names_of(module)
    name = target.attribute.partition(".")[0]
    if not name or names is None or name in names or _is_submodule(project, module, name):
        return None
    near = _app_name(deployment, module, names, name)
    hint = f"; {near} is there" if near else ""
    told = "" if f":{name}" in resolve(target.value).shape else ", which counts when none is named"
    return Draft(
        message=f"{server.program} starts {target}, and {module.path} has no name {name}{told}{hint}.",
        at=target.at,
        subject=str(target),
        trail=(_started(deployment, server), Step(f"{module.path} binds no {name}", Location(module.path))),
        certain=server.certain and not deployment.tentative,
        fix=_named(project, deployment, target, near),
    )


def _is_submodule(project: Project, module: Module, name: str) -> bool:
    folder = module.path.removesuffix("/__init__.py")
    return module.is_package and (
        project.tree.exists(f"{folder}/{name}.py") or project.tree.is_directory(f"{folder}/{name}")
    )


def _app_name(deployment: Deployment, module: Module, names: frozenset[str], name: str) -> str:
    apps = {a.name for a in deployment.apps if a.module.path == module.path and a.name}
    if len(apps) == 1:
        return next(iter(apps))
    return next(iter(difflib.get_close_matches(name, sorted(names), n=1, cutoff=0.7)), "")


# -- what to write instead -------------------------------------------------------------------------


def _started(deployment: Deployment, server: Server) -> Step:
    command = deployment.process.command if deployment.process is not None else None
    return Step(command.text if command is not None else server.program, deployment.at)


def _named(project: Project, deployment: Deployment, target: Target, near: str) -> Fix:
    """Suggest the one app that is there, with a patch of the word that names it."""
    apps = [a for a in deployment.apps if a.name and a.module.name]
    if near:
        wanted = f"{target.module}:{near}"
    elif len(apps) == 1 and apps[0].module.root == target.directory:
        wanted = f"{apps[0].module.name}:{apps[0].name}"
    else:
        return Fix(
            "name the module and attribute of the app", question="Which app does this deployment serve?"
        )
    return Fix(f"write {wanted}", _patch(project, target, wanted))


def _patch(project: Project, target: Target, wanted: str) -> tuple[Edit, ...]:
    if not target.at.end_column or target.at.end_line != target.at.line:
        return ()
    return replaced(project.tree, [(target.at, requoted(project.tree, Word("", target.at), wanted))])
