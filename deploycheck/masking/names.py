"""Which names hold secrets, and which values only stand for one that is elsewhere."""

from __future__ import annotations

import itertools
import re


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_SECRET_WORDS = _set("""
    secret secrets password passwords passwd passphrase pwd pass pgpassword token credential credentials
    apikey secretkey privatekey accesskey authkey signingkey pepper
""")
_KEY_KINDS = _set("api secret private access encryption signing master fernet auth jwt session hmac app")
_SPEAKS_OF_ONE_FIRST = _set("allow use require has is with no max min num show")
_SPEAKS_OF_ONE_LAST = _set("""
    file path dir url uri name names id ids field fields header headers type types ttl age expire expires
    expiry expiration lifetime minutes seconds hours days length len size min max limit limits count
    algorithm alg scheme schemes prefix suffix backend class hash hasher hashers manager scope scopes version
    policy required enabled regex pattern form hint label model schema validator endpoint route location
    cookie func function response request store storage provider rotation ref
    duration interval period window timeout lifespan leeway delay renewal retries attempts issuer audience
    domain host port mode method encoding
""")
_WORDS_FOR_NOTHING = frozenset(
    ["true", "false", "null", "none", "~", "yes", "no", "on", "off", "inherit", "..."]
)
_REFERENCE = re.compile(
    r"\d{1,3}|\$\w+|\$\{\w+(:?\?[^}]*)?\}|\$\{\{.*\}\}|\$\([^()]*\)"  # a number, or what a shell fills in
    r"|\{.*\}|%\(\w+\)s|%[sr]|<[^<>]*>"  # what a template fills in
    r"|![\w:]+.*|[|>][+-]?|\[.*\]|&\w+|\*\w+",  # YAML's own signs
    re.DOTALL,
)


def is_secret_name(name: str) -> bool:
    """Tell whether a variable, key or option of this name holds a secret (`SECRET_KEY`, `db.password`).

    Names that only speak of one do not: `SECRET_FILE`, `token_url`, `ACCESS_TOKEN_EXPIRE_MINUTES`.
    """
    words = [word.lower() for word in _WORDS.findall(name)]
    if not words or words == ["pass"]:
        return False
    if words[0] in _SPEAKS_OF_ONE_FIRST or words[-1] in _SPEAKS_OF_ONE_LAST:
        return False
    if not _SECRET_WORDS.isdisjoint(words):
        return True
    return any(a in _KEY_KINDS and b == "key" for a, b in itertools.pairwise(words))


def is_placeholder(value: str) -> bool:
    """Tell whether a value stands for one that is elsewhere: empty, a reference, a template, a mask."""
    bare = value.strip()
    return (
        not bare.strip("*.…") or bare.lower() in _WORDS_FOR_NOTHING or _REFERENCE.fullmatch(bare) is not None
    )
