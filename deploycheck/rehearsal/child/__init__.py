"""The process that runs the project's real Alembic environment: a package of its own.

It may run under the project's own Python (3.8 or newer), where deploycheck is not installed: it is started by
its folder, imports nothing of deploycheck, and uses no syntax newer than 3.8.
"""
