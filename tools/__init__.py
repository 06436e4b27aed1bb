"""What developers of deploycheck run, and nobody else."""
