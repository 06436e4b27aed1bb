"""What production writes into its log, in which form, and with which ids."""

from __future__ import annotations
