"""`python -m deploycheck` is the same as `deploycheck`."""

import os
import sys


def _leave_out_working_directory() -> None:
    """Take from the path what `-m` puts first: mostly the project, whose files must not become ours.

    A yaml.py of its own would be imported, or the entry points of a plug-in that lies there.
    """
    try:
        here = {"", os.getcwd()}  # noqa: PTH109 - as it stands in the path
    except OSError:
        here = {""}
    if not sys.flags.safe_path and sys.path and sys.path[0] in here:
        del sys.path[0]


_leave_out_working_directory()

from deploycheck.cli.main import main  # noqa: E402 - only now

if __name__ == "__main__":
    main()
