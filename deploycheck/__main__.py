"""`python -m deploycheck` is the same as `deploycheck`."""

from deploycheck.cli.main import main

if __name__ == "__main__":
    main()
