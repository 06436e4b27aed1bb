"""WRK: how many worker processes serve the app, of which class, and what they share."""
