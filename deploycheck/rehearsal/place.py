"""Where a project's Alembic environment is, in what the child needs to find it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from deploycheck.facts.migrations.model import ScriptDirectory


@dataclass(frozen=True, slots=True)
class Place:
    """One Alembic environment on disk.

    `root` is the target, against which every path of a report is. `directory` is the folder of env.py, `ini`
    the ini file (empty where there is none) and `section` its section, `run_from` the folder that `alembic`
    is run from; all three are relative to the root. `versions` are folders of revisions, only where neither
    the ini nor the usual place says them. `import_from` are folders put last on the path of modules.
    """

    root: Path
    directory: str
    ini: str = ""
    section: str = "alembic"
    run_from: str = ""
    versions: tuple[str, ...] = ()
    import_from: tuple[str, ...] = ()

    @classmethod
    def of(cls, root: Path, scripts: ScriptDirectory) -> Place:
        """Return the place of a script directory that was read in the project at `root`."""
        usual = f"{scripts.directory}/versions".lstrip("/")
        says = {"version_locations", "version_path_separator"} & set(scripts.options)
        versions = () if says or scripts.versions in {(), (usual,)} else scripts.versions
        run_from = scripts.program_directory
        return cls(
            root=root.resolve(),
            directory=scripts.directory,
            ini=scripts.ini,
            section=scripts.section or "alembic",
            run_from=run_from,
            versions=versions,
            import_from=(run_from, f"{run_from}/src".lstrip("/"), *_sources(scripts.directory), "src", ""),
        )

    def absolute(self, path: str) -> str:
        """Return a path of the target's as the child can open it."""
        return str(self.root / path) if path else str(self.root)

    def for_child(self) -> dict[str, object]:
        """Return what the child is told of it."""
        return {
            "directory": self.absolute(self.directory),
            "ini": self.absolute(self.ini) if self.ini else "",
            "section": self.section,
            "versions": [self.absolute(v) for v in self.versions],
        }

    def paths(self) -> list[str]:
        """Return the folders that are put last on the child's path of modules, each once."""
        found = [self.absolute(path) for path in self.import_from]
        return [path for path in dict.fromkeys(found) if Path(path).is_dir()]


def _sources(directory: str) -> list[str]:
    """Return the folders above that hold what is installed, in the layout that is named for them."""
    return [str(above) for above in PurePosixPath(directory).parents if above.name == "src"]
