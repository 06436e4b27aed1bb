"""Sizes, times and counts as manifests write them."""

from __future__ import annotations

import re

_SIZES = {"": 1, "b": 1, "k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40}
_TIMES = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001, "us": 0.000001}


def number(text: str) -> float:
    """Return a plain number, 0 for anything else."""
    return float(text) if re.fullmatch(r"\d+(?:\.\d+)?", text.strip()) else 0


def cpus(text: str) -> float:
    """Return a quantity of CPU such as `500m` or `2` in vCPU, 0 for anything else."""
    thousandths = text.strip().removesuffix("m")
    return number(thousandths) / 1000 if thousandths != text.strip() else number(text)


def megabytes(text: str) -> int:
    """Return a size such as `512M`, `1.5gb`, `2Gi` or plain bytes in MB of 2**20 bytes; 0 if it is none."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([bkmgt]?)i?b?", text.strip().lower())
    return int(float(match[1]) * _SIZES[match[2]] / 2**20) if match else 0


def seconds(text: str) -> int:
    """Return a time such as `90`, `30s` or `1m30s` in whole seconds, 0 if it is none."""
    if text.strip().isdigit():
        return int(text)
    parts = re.findall(r"(\d+(?:\.\d+)?)(h|ms|us|m|s)", text)
    return int(sum(float(count) * _TIMES[unit] for count, unit in parts))
