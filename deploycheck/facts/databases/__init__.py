"""Which databases the code opens, and what in the environment chooses between them."""
