"""One run of the project's env.py, in which the steps are what we say."""

from __future__ import annotations

import functools
import os
import time
from typing import Any, Iterator, Sequence

from .alarm import Alarm
from .channel import Channel
from .failures import NotHere, told
from .pausing import Pauses, Undone
from .refusing import Project

_WORKER_THREAD = "AnyIO worker thread"  # what anyio says that it misses


class Run:
    """The steps of one run, told to the parent as they go.

    `steps` are (direction, revision) pairs, or None for an upgrade to `to` as Alembic walks it itself, in the
    transactions that env.py makes.
    """

    def __init__(self, channel: Channel, asked: dict[str, Any], alarm: Alarm) -> None:
        """Take what the parent asked for."""
        self._channel = channel
        self._watched = bool(asked.get("watched"))
        self._alarm = alarm
        self._given = asked.get("steps")
        self._to = asked.get("to", "heads")
        self._runs = 0
        self._went_up: set[str] = set()
        self._pauses = Pauses(channel)
        self.revision = ""
        self.revision_file = ""
        self.statements: list[str] = []
        self.is_recording = False

    @property
    def each_in_its_own_transaction(self) -> bool:
        """Whether we say where the transactions end."""
        return self._given is not None

    def __call__(self, heads: Any, context: Any) -> Iterator[Any]:
        """Yield Alembic's steps, which it runs as we yield them: this is its `fn`."""
        self._runs += 1
        if self._runs > 1:
            raise NotHere("its env.py runs the migrations several times (for several databases or schemas)")
        for step in self._planned(heads, context):
            yield from self._one(step, context)
        self._alarm.arm()

    def _planned(self, heads: Any, context: Any) -> Iterator[Any]:
        """Yield Alembic's steps; ours are each as if in a run of its own."""
        script = context.script
        if self._given is None:
            yield from self._all_up(script, heads)
            return
        from alembic.runtime.migration import MigrationStep

        for direction, name in self._given:
            context.impl.memo.clear()  # where Alembic notes which enum types it made in one run
            revision = script.get_revision(name)
            self._blame_if_without(direction + "grade", revision)
            if direction == "down":
                yield MigrationStep.downgrade_from_script(script.revision_map, revision)
                continue
            step = MigrationStep.upgrade_from_script(script.revision_map, revision)
            if name in self._went_up:
                step.migration_fn = _as_in_a_new_process(step)
            self._went_up.add(name)
            yield step

    def _all_up(self, script: Any, heads: Any) -> Any:
        try:
            return script._upgrade_revs(self._to, heads)
        except AttributeError:
            for revision in script.walk_revisions():
                self._blame_if_without("upgrade", revision)
            raise

    def _blame_if_without(self, function: str, revision: Any) -> None:
        """Take a revision for the failing one that lacks what Alembic asks it for before any step runs."""
        if not hasattr(revision.module, function):
            self.revision, self.revision_file = revision.revision, Project.relative(revision.path)

    def _one(self, step: Any, context: Any) -> Iterator[Any]:
        self._alarm.disarm()
        self._context = context
        self.revision, self.revision_file = step.revision.revision, Project.relative(step.revision.path)
        self._direction = "up" if step.is_upgrade else "down"
        self.statements = []
        self._commit()
        self._at("before")
        self._commit()
        step.migration_fn = self._recorded(step.migration_fn)
        self._started, self._seconds = time.perf_counter(), 0.0
        self._alarm.arm()
        yield step
        self._alarm.disarm()
        self._commit()
        self._seconds += time.perf_counter() - self._started
        self._at("done", statements=self.statements, seconds=self._seconds)
        self._commit()
        self.revision = self.revision_file = ""

    def applied(self, **_: Any) -> None:
        """Be told that a step has run and is not committed: Alembic's `on_version_apply`."""
        self._alarm.disarm()
        self._seconds += time.perf_counter() - self._started
        self._at("applied")
        self._started = time.perf_counter()
        self._alarm.arm()

    def _at(self, moment: str, **more: Any) -> None:
        message = dict(
            more,
            at=moment,
            direction=self._direction,
            revision=self.revision,
            path=self.revision_file,
        )
        if self._watched:
            self._pauses.pause(message, self._context.connection)
        else:
            self._channel.send(message)

    def _commit(self) -> None:
        """Commit also where env.py holds a transaction around it all, below SQLAlchemy's notice."""
        if self.each_in_its_own_transaction:
            self._context.connection.connection.commit()

    def _recorded(self, function: Any) -> Any:
        @functools.wraps(function)
        def recorded(*args: Any, **kw: Any) -> Any:
            self.is_recording = True
            try:
                return function(*args, **kw)
            finally:
                self.is_recording = False
                self._channel.only_the_owner()  # a fork that comes out of the revision ends here

        return recorded

    def heard(self, connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        """Be told of a statement: SQLAlchemy's `before_cursor_execute`."""
        if self.is_recording:
            self.statements.append(statement)

    def run(self, config: Any, script: Any) -> dict[str, Any]:
        """Run env.py; return what it came to."""
        from sqlalchemy import event
        from sqlalchemy.engine import Engine

        event.listen(Engine, "before_cursor_execute", self.heard)
        try:
            run_env(config, script, self, self)
        except Undone:
            return {}
        except BaseException as error:
            return {"failure": dict(told(error, self.revision_file), revision=self.revision)}
        finally:
            event.remove(Engine, "before_cursor_execute", self.heard)
        if not self._runs:
            return {"failure": _nothing_ran()}
        return {}


def _as_in_a_new_process(step: Any) -> Any:
    """Return `upgrade` of the revision's file loaded anew: what it keeps at its top level is fresh then."""
    from alembic.util import load_python_file

    try:
        return load_python_file(*os.path.split(step.revision.path)).upgrade
    except Exception:  # it cannot be loaded twice in one process, as when it maps a class
        return step.migration_fn


def run_env(config: Any, script: Any, fn: Any, run: Any = None, **options: Any) -> None:
    """Run the project's env.py with `fn` as the work to do."""
    from alembic.runtime.environment import EnvironmentContext

    environment = EnvironmentContext(config, script, fn=fn, as_sql=False, **options)
    original = environment.configure

    def configure(*args: Any, **kw: Any) -> None:
        if kw.get("upgrade_token", "upgrades") != "upgrades":
            raise NotHere("its env.py migrates several databases in one run")
        if run is not None:
            kw["on_version_apply"] = (*_tuple(kw.get("on_version_apply")), run.applied)
            if run.each_in_its_own_transaction:
                kw["transaction_per_migration"] = True
        original(*args, **kw)

    environment.configure = configure  # type: ignore[method-assign]
    with environment:
        try:
            script.run_env()
        except Exception as error:
            if _WORKER_THREAD not in str(error):
                raise
            _in_a_worker_thread(script.run_env)


def _in_a_worker_thread(work: Any) -> None:
    """Run it as an app does that migrates itself while its event loop runs, where env.py counts on it."""
    import anyio
    import anyio.to_thread

    anyio.run(anyio.to_thread.run_sync, work)


def _tuple(given: Any) -> tuple[Any, ...]:
    if given is None:
        return ()
    return tuple(given) if isinstance(given, Sequence) else (given,)


def _nothing_ran() -> dict[str, Any]:
    return told(NotHere("its env.py ended without running any migration"))
