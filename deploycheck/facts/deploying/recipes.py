"""Ways out of build files: the recipes by which people deploy."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from deploycheck.facts.deploying.model import Act, Origin, Way
from deploycheck.facts.deploying.runners import Called
from deploycheck.facts.deploying.shipping import speaks_of_production
from deploycheck.facts.deploying.unfolding import Around, Unfolder

if TYPE_CHECKING:
    from deploycheck.facts.builds import BuildFile
    from deploycheck.findings import Location

_NAMED = re.compile(
    r"(?:^|[-_:./])(?:deploy\w*|release|rollout|roll-?back|ship|publish|promote|migrat\w+|upgrade|downgrade|db"
    r"|backup|restore|prod\w*|live|staging|provision|update)(?:$|[-_:./])"
)
_BACK = re.compile(r"roll-?_?back|revert")


def ways_of(files: Iterable[BuildFile], unfolder: Unfolder) -> Iterator[Way]:
    """Yield a way for each recipe that by its name deploys, migrates, saves or goes back.

    Production takes it where it deploys something, works on a server, or says that it is for production;
    `just migrate` alone is what developers run on their own database.
    """
    told: set[Location] = set()
    for file, recipe in ((f, r) for f in files for r in f.recipes.values()):
        # A module's recipe is listed with the file that names the module, and once.
        if recipe.at in told or not _NAMED.search(recipe.name.lower()):
            continue
        told.add(recipe.at)
        tasks = tuple(unfolder.recipe(Called(file, recipe), Around(file.directory)))
        if any(t.acts or t.opaque for t in tasks) or (tasks and _BACK.search(recipe.name)):
            deploys = any(Act.DEPLOY in t.acts for t in tasks) or (
                any(Act.MIGRATE in t.acts and t.remote for t in tasks)
                or (any(Act.MIGRATE in t.acts for t in tasks) and speaks_of_production(recipe.name))
            )
            yield Way(f"{file.path} {recipe.name}", Origin.RECIPE, recipe.at, tasks, deploys)
