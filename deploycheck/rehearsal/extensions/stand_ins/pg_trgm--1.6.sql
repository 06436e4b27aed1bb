-- The GIN operator class of pg_trgm 1.6, so that an index may be made with it and dropped again. It has no
-- operators, so no query is ever answered by it (LIKE finds the same rows without), and `void_in` stores no
-- trigram for any row. There is no gist_trgm_ops, no similarity and no %: what uses these is not rehearsed.

CREATE FUNCTION gin_extract_value_trgm(text, internal) RETURNS internal IMMUTABLE STRICT PARALLEL SAFE
LANGUAGE internal AS 'void_in';

CREATE FUNCTION gin_extract_query_trgm(text, internal, int2, internal, internal, internal, internal)
RETURNS internal IMMUTABLE STRICT PARALLEL SAFE LANGUAGE internal AS 'void_in';

CREATE FUNCTION gin_trgm_consistent(internal, int2, text, int4, internal, internal, internal, internal)
RETURNS bool IMMUTABLE STRICT PARALLEL SAFE LANGUAGE internal AS 'void_in';

CREATE OPERATOR CLASS gin_trgm_ops FOR TYPE text USING gin AS
  FUNCTION 1 btint4cmp(int4, int4),
  FUNCTION 2 gin_extract_value_trgm(text, internal),
  FUNCTION 3 gin_extract_query_trgm(text, internal, int2, internal, internal, internal, internal),
  FUNCTION 4 gin_trgm_consistent(internal, int2, text, int4, internal, internal, internal, internal),
  STORAGE int4;
