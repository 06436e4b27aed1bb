"""Fixtures that every folder of tests may use."""

from __future__ import annotations

import signal

from tests.postgres import postgres

__all__ = ["postgres"]


def pytest_configure() -> None:
    """Hear of Ctrl-C and of a terminal's end again, which `nohup` and a shell's `&` have everything ignore.

    What the tests start inherits it, and is expected to end by such a signal.
    """
    for number, usual in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, usual)
