"""The parts of the HTML page: one module a section, each with what it shows and nothing decided."""
