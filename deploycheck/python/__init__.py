"""Understands Python without running it: modules, names, classes, and the value of an expression."""
