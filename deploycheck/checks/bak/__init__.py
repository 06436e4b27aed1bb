"""BAK: whether what production writes would survive, and how it would come back."""
