"""Hypothesis: the same examples in every run, and nothing written into the repository."""

from __future__ import annotations

import tempfile

from hypothesis import settings
from hypothesis.configuration import set_hypothesis_home_dir

set_hypothesis_home_dir(tempfile.gettempdir() + "/hypothesis")
settings.register_profile("sources", database=None, derandomize=True, deadline=None)
settings.load_profile("sources")
