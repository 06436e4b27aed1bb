-- citext 1.8: the type is text's own functions under another name, as in the extension itself; the comparisons,
-- which are C there, are SQL here. Slower, and the same answers.

CREATE TYPE citext;

CREATE FUNCTION citextin(cstring) RETURNS citext IMMUTABLE STRICT PARALLEL SAFE LANGUAGE internal AS 'textin';
CREATE FUNCTION citextout(citext) RETURNS cstring IMMUTABLE STRICT PARALLEL SAFE LANGUAGE internal AS 'textout';
CREATE FUNCTION citextrecv(internal) RETURNS citext STABLE STRICT PARALLEL SAFE LANGUAGE internal AS 'textrecv';
CREATE FUNCTION citextsend(citext) RETURNS bytea STABLE STRICT PARALLEL SAFE LANGUAGE internal AS 'textsend';

CREATE TYPE citext (
  INPUT = citextin, OUTPUT = citextout, RECEIVE = citextrecv, SEND = citextsend,
  INTERNALLENGTH = VARIABLE, STORAGE = extended, CATEGORY = 'S', PREFERRED = false, COLLATABLE = true
);

CREATE FUNCTION citext(bpchar) RETURNS citext IMMUTABLE STRICT PARALLEL SAFE LANGUAGE internal AS 'rtrim1';
CREATE FUNCTION citext(boolean) RETURNS citext IMMUTABLE STRICT PARALLEL SAFE LANGUAGE internal AS 'booltext';
CREATE FUNCTION citext(inet) RETURNS citext IMMUTABLE STRICT PARALLEL SAFE LANGUAGE internal AS 'network_show';

CREATE CAST (citext AS text) WITHOUT FUNCTION AS IMPLICIT;
CREATE CAST (citext AS varchar) WITHOUT FUNCTION AS IMPLICIT;
CREATE CAST (citext AS bpchar) WITHOUT FUNCTION AS ASSIGNMENT;
CREATE CAST (text AS citext) WITHOUT FUNCTION AS ASSIGNMENT;
CREATE CAST (varchar AS citext) WITHOUT FUNCTION AS ASSIGNMENT;
CREATE CAST (bpchar AS citext) WITH FUNCTION citext(bpchar) AS ASSIGNMENT;
CREATE CAST (boolean AS citext) WITH FUNCTION citext(boolean) AS ASSIGNMENT;
CREATE CAST (inet AS citext) WITH FUNCTION citext(inet) AS ASSIGNMENT;

CREATE FUNCTION citext_eq(citext, citext) RETURNS bool IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql
AS $$ SELECT pg_catalog.lower($1::text) OPERATOR(pg_catalog.=) pg_catalog.lower($2::text) $$;

CREATE FUNCTION citext_ne(citext, citext) RETURNS bool IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql
AS $$ SELECT pg_catalog.lower($1::text) OPERATOR(pg_catalog.<>) pg_catalog.lower($2::text) $$;

CREATE FUNCTION citext_lt(citext, citext) RETURNS bool IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql
AS $$ SELECT pg_catalog.lower($1::text) OPERATOR(pg_catalog.<) pg_catalog.lower($2::text) $$;

CREATE FUNCTION citext_le(citext, citext) RETURNS bool IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql
AS $$ SELECT pg_catalog.lower($1::text) OPERATOR(pg_catalog.<=) pg_catalog.lower($2::text) $$;

CREATE FUNCTION citext_ge(citext, citext) RETURNS bool IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql
AS $$ SELECT pg_catalog.lower($1::text) OPERATOR(pg_catalog.>=) pg_catalog.lower($2::text) $$;

CREATE FUNCTION citext_gt(citext, citext) RETURNS bool IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql
AS $$ SELECT pg_catalog.lower($1::text) OPERATOR(pg_catalog.>) pg_catalog.lower($2::text) $$;

CREATE OPERATOR = (
  LEFTARG = citext, RIGHTARG = citext, PROCEDURE = citext_eq, COMMUTATOR = =, NEGATOR = <>,
  RESTRICT = eqsel, JOIN = eqjoinsel, HASHES, MERGES
);

CREATE OPERATOR <> (
  LEFTARG = citext, RIGHTARG = citext, PROCEDURE = citext_ne, COMMUTATOR = <>, NEGATOR = =,
  RESTRICT = neqsel, JOIN = neqjoinsel
);

CREATE OPERATOR < (
  LEFTARG = citext, RIGHTARG = citext, PROCEDURE = citext_lt, COMMUTATOR = >, NEGATOR = >=,
  RESTRICT = scalarltsel, JOIN = scalarltjoinsel
);

CREATE OPERATOR <= (
  LEFTARG = citext, RIGHTARG = citext, PROCEDURE = citext_le, COMMUTATOR = >=, NEGATOR = >,
  RESTRICT = scalarlesel, JOIN = scalarlejoinsel
);

CREATE OPERATOR >= (
  LEFTARG = citext, RIGHTARG = citext, PROCEDURE = citext_ge, COMMUTATOR = <=, NEGATOR = <,
  RESTRICT = scalargesel, JOIN = scalargejoinsel
);

CREATE OPERATOR > (
  LEFTARG = citext, RIGHTARG = citext, PROCEDURE = citext_gt, COMMUTATOR = <, NEGATOR = <=,
  RESTRICT = scalargtsel, JOIN = scalargtjoinsel
);

CREATE FUNCTION citext_cmp(citext, citext) RETURNS int4 IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql
AS $$ SELECT pg_catalog.bttextcmp(pg_catalog.lower($1::text), pg_catalog.lower($2::text)) $$;

CREATE FUNCTION citext_hash(citext) RETURNS int4 IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql
AS $$ SELECT pg_catalog.hashtext(pg_catalog.lower($1::text)) $$;

CREATE FUNCTION citext_hash_extended(citext, int8) RETURNS int8 IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql
AS $$ SELECT pg_catalog.hashtextextended(pg_catalog.lower($1::text), $2) $$;

CREATE OPERATOR CLASS citext_ops DEFAULT FOR TYPE citext USING btree AS
  OPERATOR 1 < (citext, citext), OPERATOR 2 <= (citext, citext), OPERATOR 3 = (citext, citext),
  OPERATOR 4 >= (citext, citext), OPERATOR 5 > (citext, citext), FUNCTION 1 citext_cmp(citext, citext);

CREATE OPERATOR CLASS citext_ops DEFAULT FOR TYPE citext USING hash AS
  OPERATOR 1 = (citext, citext), FUNCTION 1 citext_hash(citext),
  FUNCTION 2 citext_hash_extended(citext, int8);

CREATE FUNCTION citext_smaller(citext, citext) RETURNS citext IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql
AS $$ SELECT CASE WHEN pg_catalog.lower($1::text) OPERATOR(pg_catalog.<) pg_catalog.lower($2::text)
             THEN $1 ELSE $2 END $$;

CREATE FUNCTION citext_larger(citext, citext) RETURNS citext IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql
AS $$ SELECT CASE WHEN pg_catalog.lower($1::text) OPERATOR(pg_catalog.>) pg_catalog.lower($2::text)
             THEN $1 ELSE $2 END $$;

CREATE AGGREGATE min(citext) (SFUNC = citext_smaller, STYPE = citext, SORTOP = <);
CREATE AGGREGATE max(citext) (SFUNC = citext_larger, STYPE = citext, SORTOP = >);

CREATE FUNCTION texticregexeq(citext, citext) RETURNS bool IMMUTABLE STRICT PARALLEL SAFE LANGUAGE internal AS 'texticregexeq';
CREATE FUNCTION texticregexne(citext, citext) RETURNS bool IMMUTABLE STRICT PARALLEL SAFE LANGUAGE internal AS 'texticregexne';
CREATE FUNCTION texticlike(citext, citext) RETURNS bool IMMUTABLE STRICT PARALLEL SAFE LANGUAGE internal AS 'texticlike';
CREATE FUNCTION texticnlike(citext, citext) RETURNS bool IMMUTABLE STRICT PARALLEL SAFE LANGUAGE internal AS 'texticnlike';

CREATE OPERATOR ~ (
  LEFTARG = citext, RIGHTARG = citext, PROCEDURE = texticregexeq, NEGATOR = !~,
  RESTRICT = icregexeqsel, JOIN = icregexeqjoinsel
);
CREATE OPERATOR ~* (
  LEFTARG = citext, RIGHTARG = citext, PROCEDURE = texticregexeq, NEGATOR = !~*,
  RESTRICT = icregexeqsel, JOIN = icregexeqjoinsel
);
CREATE OPERATOR !~ (
  LEFTARG = citext, RIGHTARG = citext, PROCEDURE = texticregexne, NEGATOR = ~,
  RESTRICT = icregexnesel, JOIN = icregexnejoinsel
);
CREATE OPERATOR !~* (
  LEFTARG = citext, RIGHTARG = citext, PROCEDURE = texticregexne, NEGATOR = ~*,
  RESTRICT = icregexnesel, JOIN = icregexnejoinsel
);
CREATE OPERATOR ~~ (
  LEFTARG = citext, RIGHTARG = citext, PROCEDURE = texticlike, NEGATOR = !~~,
  RESTRICT = iclikesel, JOIN = iclikejoinsel
);
CREATE OPERATOR ~~* (
  LEFTARG = citext, RIGHTARG = citext, PROCEDURE = texticlike, NEGATOR = !~~*,
  RESTRICT = iclikesel, JOIN = iclikejoinsel
);
CREATE OPERATOR !~~ (
  LEFTARG = citext, RIGHTARG = citext, PROCEDURE = texticnlike, NEGATOR = ~~,
  RESTRICT = icnlikesel, JOIN = icnlikejoinsel
);
CREATE OPERATOR !~~* (
  LEFTARG = citext, RIGHTARG = citext, PROCEDURE = texticnlike, NEGATOR = ~~*,
  RESTRICT = icnlikesel, JOIN = icnlikejoinsel
);

CREATE FUNCTION texticregexeq(citext, text) RETURNS bool IMMUTABLE STRICT PARALLEL SAFE LANGUAGE internal AS 'texticregexeq';
CREATE FUNCTION texticregexne(citext, text) RETURNS bool IMMUTABLE STRICT PARALLEL SAFE LANGUAGE internal AS 'texticregexne';
CREATE FUNCTION texticlike(citext, text) RETURNS bool IMMUTABLE STRICT PARALLEL SAFE LANGUAGE internal AS 'texticlike';
CREATE FUNCTION texticnlike(citext, text) RETURNS bool IMMUTABLE STRICT PARALLEL SAFE LANGUAGE internal AS 'texticnlike';

CREATE OPERATOR ~ (
  LEFTARG = citext, RIGHTARG = text, PROCEDURE = texticregexeq, NEGATOR = !~,
  RESTRICT = icregexeqsel, JOIN = icregexeqjoinsel
);
CREATE OPERATOR ~* (
  LEFTARG = citext, RIGHTARG = text, PROCEDURE = texticregexeq, NEGATOR = !~*,
  RESTRICT = icregexeqsel, JOIN = icregexeqjoinsel
);
CREATE OPERATOR !~ (
  LEFTARG = citext, RIGHTARG = text, PROCEDURE = texticregexne, NEGATOR = ~,
  RESTRICT = icregexnesel, JOIN = icregexnejoinsel
);
CREATE OPERATOR !~* (
  LEFTARG = citext, RIGHTARG = text, PROCEDURE = texticregexne, NEGATOR = ~*,
  RESTRICT = icregexnesel, JOIN = icregexnejoinsel
);
CREATE OPERATOR ~~ (
  LEFTARG = citext, RIGHTARG = text, PROCEDURE = texticlike, NEGATOR = !~~,
  RESTRICT = iclikesel, JOIN = iclikejoinsel
);
CREATE OPERATOR ~~* (
  LEFTARG = citext, RIGHTARG = text, PROCEDURE = texticlike, NEGATOR = !~~*,
  RESTRICT = iclikesel, JOIN = iclikejoinsel
);
CREATE OPERATOR !~~ (
  LEFTARG = citext, RIGHTARG = text, PROCEDURE = texticnlike, NEGATOR = ~~,
  RESTRICT = icnlikesel, JOIN = icnlikejoinsel
);
CREATE OPERATOR !~~* (
  LEFTARG = citext, RIGHTARG = text, PROCEDURE = texticnlike, NEGATOR = ~~*,
  RESTRICT = icnlikesel, JOIN = icnlikejoinsel
);

CREATE FUNCTION regexp_match(citext, citext) RETURNS text[] IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql
AS $$ SELECT pg_catalog.regexp_match($1::text, $2::text, 'i') $$;

CREATE FUNCTION regexp_matches(citext, citext) RETURNS SETOF text[] IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql ROWS 1
AS $$ SELECT pg_catalog.regexp_matches($1::text, $2::text, 'i') $$;

CREATE FUNCTION regexp_replace(citext, citext, text) RETURNS text IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql
AS $$ SELECT pg_catalog.regexp_replace($1::text, $2::text, $3, 'i') $$;

CREATE FUNCTION regexp_replace(citext, citext, text, text) RETURNS text IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql
AS $$ SELECT pg_catalog.regexp_replace($1::text, $2::text, $3, CASE WHEN pg_catalog.strpos($4, 'c') = 0 THEN $4 || 'i' ELSE $4 END) $$;

CREATE FUNCTION strpos(citext, citext) RETURNS int IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql
AS $$ SELECT pg_catalog.strpos(pg_catalog.lower($1::text), pg_catalog.lower($2::text)) $$;

CREATE FUNCTION replace(citext, citext, citext) RETURNS text IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql
AS $$ SELECT pg_catalog.regexp_replace(
  $1::text, pg_catalog.regexp_replace($2::text, '([^a-zA-Z_0-9])', E'\\\\\\1', 'g'), $3::text, 'gi') $$;

CREATE FUNCTION split_part(citext, citext, int) RETURNS text IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql
AS $$ SELECT (pg_catalog.regexp_split_to_array(
  $1::text, pg_catalog.regexp_replace($2::text, '([^a-zA-Z_0-9])', E'\\\\\\1', 'g'), 'i'))[$3] $$;
