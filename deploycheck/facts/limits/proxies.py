"""Limits of a proxy, gateway or firewall that the repository configures."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.facts.proxies import texts_in_use
from deploycheck.findings import Location, Step

if TYPE_CHECKING:
    from deploycheck.sources.tree import Tree

_COMMENT = re.compile(r"\s*(?:#|//|/\*|\*|;)")
_KINDS: tuple[tuple[tuple[str, ...], re.Pattern[str]], ...] = (
    (("*.conf", "*.conf.*", "*nginx*", "*.ngx"), re.compile(r"^\s*limit_req\s+zone=")),
    (("*Caddyfile*",), re.compile(r"^\s*rate_limit\b")),
    (("*haproxy*",), re.compile(r"deny_status 429|\bhttp_req_rate\(.*deny")),
    (
        ("*.yaml", "*.yml", "*.toml", "*.tpl"),
        re.compile(
            r"nginx\.ingress\.kubernetes\.io/limit-(?:rps|rpm)\b"
            r"|traefik\.http\.middlewares\.[^=:]*\.ratelimit\.|^\s*rateLimit\s*:|\[.*\.rateLimit\]"
            r"|envoy\.filters\.http\.(?:local_)?ratelimit|^\s*(?:-\s*)?(?:plugin|name):\s*rate-limiting"
            r"|konghq\.com/plugins:.*rate-limit|Throttling(?:Rate|Burst)Limit|RateBasedStatement"
        ),
    ),
    (
        ("*.tf", "*.bicep"),
        re.compile(
            r"throttling_(?:rate|burst)_limit|rate_based_statement|\"cloudflare_rate_limit\"|\brate_limit_options\b"
            r"|phase\s*=\s*\"http_ratelimit\"|\bRateLimitRule\b"
        ),
    ),
)
"""Which files to look in, and the words by which a proxy is told to limit requests."""


def proxy_limits(tree: Tree) -> tuple[Step, ...]:
    """Return the lines that make a proxy limit requests, comments and examples left out."""
    found = {step.location: step for step in _lines(tree)}
    return tuple(found[at] for at in sorted(at for at in found if at is not None))


def _lines(tree: Tree) -> Iterator[Step]:
    for patterns, words in _KINDS:
        anywhere = re.compile(words.pattern, re.MULTILINE)
        for path, text in texts_in_use(tree, *patterns):
            for number, line in enumerate(text.splitlines(), start=1) if anywhere.search(text) else ():
                if words.search(line) and not _COMMENT.match(line):
                    yield Step(line.strip(), Location(path, number))
