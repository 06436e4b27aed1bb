"""What common extensions bring, by the names that migrations use."""

from __future__ import annotations

import re

PATTERNS = {
    "btree_gin": r'no default operator class for access method "gin"',
    "btree_gist": r'no default operator class for access method "gist"',
    "citext": r"\bCITEXT\b|\bcitext\b",
    "cube": r"\bcube\b",
    "earthdistance": r"\bll_to_earth\b|\bearth_(?:box|distance)\b",
    "fuzzystrmatch": r"\blevenshtein\b|\bsoundex\b|\b(?:d)?metaphone\b",
    "hstore": r"\bHSTORE\b|\bhstore\b",
    "intarray": r"\bgin__int_ops\b|\bgist__int(?:big)?_ops\b",
    "isn": r"\bisbn13\b|\bean13\b",
    "ltree": r"\bltree\b|\blquery\b|\bLtreeType\b",
    "pg_trgm": r"\bgi(?:n|st)_trgm_ops\b|\b(?:word_)?similarity\b|\bshow_trgm\b",
    "pgcrypto": r"\bgen_random_bytes\b|\bgen_salt\b|\bcrypt\b|\bdigest\b|\bhmac\b|\bpgp_\w+",
    "postgis": r"\b[Gg]eometry\b|\b[Gg]eography\b|\bST_\w+|\bst_\w+|\bspatial_ref_sys\b",
    "tablefunc": r"\bcrosstab\b|\bconnectby\b|\bnormal_rand\b",
    "timescaledb": r"\bcreate_hypertable\b|\btime_bucket\b",
    "unaccent": r"\bunaccent\b",
    "uuid-ossp": r"\buuid_generate_v\w+|\buuid_ns_\w+|\buuid_nil\b",
    "vector": r"\bVector\b|\bvector\b|\bhalfvec\b|\bHALFVEC\b|\bhnsw\b|\bivfflat\b|\bsparsevec\b",
}
"""By extension: what a complaint about a thing of it says, from each extension's own documentation."""

WRITTEN = {
    "citext": r"\bCITEXT\b|\bcitext\b",
    "pg_trgm": r"\bgin_trgm_ops\b",
    "uuid-ossp": r"\buuid_generate_v\w+\(",
    "vector": r"\bpgvector\b|\bvector\.(?:VECTOR|Vector)\b",
}
"""By extension: what a text says that certainly uses it; of those that the throwaway server can have."""


def bringing(text: str) -> str:
    """Return the extension that brings what a complaint of PostgreSQL says is not there, or nothing."""
    return next((name for name, pattern in PATTERNS.items() if re.search(pattern, text)), "")
