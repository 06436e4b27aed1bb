"""How long things may take: requests, workers, calls to others, statements, and the end of a process."""
