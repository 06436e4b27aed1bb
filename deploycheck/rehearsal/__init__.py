"""The throwaway database: the project's own migrations run up, down and up again, in a process apart.

The parent thinks and the child runs the project's code. The parent never imports anything of the project's;
the child (`child/`) holds nothing but the project's Alembic environment and a pipe to the parent.
"""
