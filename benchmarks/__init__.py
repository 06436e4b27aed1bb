"""How long deploycheck takes, measured beside a well-known static checker."""
