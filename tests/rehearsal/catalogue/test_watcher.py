from __future__ import annotations

import contextlib
import itertools
import random

import pytest

from deploycheck.rehearsal.catalogue import Watcher, difference, snapshot
from deploycheck.rehearsal.direct import DirectSession
from deploycheck.rehearsal.session import StatementFailed
from tests.rehearsal.catalogue.ddl import ROLES, SET_UP, statements
from tests.rehearsal.servers import Fresh


@pytest.mark.parametrize("seed", range(8))
def test_what_is_read_again_is_the_whole_after_any_statement(fresh: Fresh, seed: int) -> None:
    chance = random.Random(seed)
    passed = 0
    with DirectSession(fresh()) as session:
        _set_up(session)
        watcher = Watcher(session)
        for statement in itertools.islice(statements(chance), 150):
            with contextlib.suppress(StatementFailed):
                session.run(statement)
                passed += 1
            if chance.random() < 0.6:
                assert watcher.now() == snapshot(session), statement
            match chance.randrange(12):
                case 0:
                    session.commit()
                case 1:
                    session.rollback()
    assert passed > 30


def _set_up(session: DirectSession) -> None:
    for role in ROLES:
        with contextlib.suppress(StatementFailed):
            session.run(f"CREATE ROLE {role}")
    for statement in SET_UP:
        session.run(statement)
    session.commit()
