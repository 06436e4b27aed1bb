"""deploycheck: what will happen in production, and is that safe?

Reads a Python web app with its deployment manifests, works out the values that production will
really use, shows how they got there, and judges them.
"""

__version__ = "0.1.0"
