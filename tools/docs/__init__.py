"""Writes the generated parts of the documentation: `python -m tools.docs`, or `just docs`.

They are committed, so that they can be read where the code is, and a review shows what a change to a rule
does to its page. A test compares them with what would be written.
"""
