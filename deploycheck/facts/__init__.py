"""What the project says about its deployment, one file a subject; nothing here judges."""
