"""Finds and reads the project's files safely, and never knows what a file means."""
