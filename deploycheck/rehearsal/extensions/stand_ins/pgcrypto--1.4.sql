-- What of pgcrypto 1.4 PostgreSQL's own functions can do: random values and digests. There is no crypt, no
-- gen_salt, no hmac and no pgp_*: what calls these is not rehearsed.

CREATE FUNCTION gen_random_uuid() RETURNS uuid VOLATILE PARALLEL SAFE LANGUAGE internal
AS 'gen_random_uuid';

CREATE FUNCTION gen_random_bytes(integer) RETURNS bytea VOLATILE STRICT PARALLEL SAFE LANGUAGE sql
AS $$
  SELECT substr(string_agg(sha256(uuid_send(pg_catalog.gen_random_uuid())), ''::bytea), 1, $1)
  FROM generate_series(0, $1 / 32)
$$;

CREATE FUNCTION digest(text, text) RETURNS bytea IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql
AS $$
DECLARE
  source bytea := convert_to($1, 'UTF8');
  bits bigint := length(source)::bigint * 8;
  padded bytea := source || '\x80'::bytea
    || decode(repeat('00', (119 - length(source) % 64) % 64), 'hex') || int8send(bits);
  h bigint[] := ARRAY[1732584193, 4023233417, 2562383102, 271733878, 3285377520];
  w bigint[];
  a bigint; b bigint; c bigint; d bigint; e bigint; f bigint; k bigint; t bigint;
  most constant bigint := 4294967295;
BEGIN
  CASE lower($2)
    WHEN 'md5' THEN RETURN decode(md5(source), 'hex');
    WHEN 'sha224' THEN RETURN sha224(source);
    WHEN 'sha256' THEN RETURN sha256(source);
    WHEN 'sha384' THEN RETURN sha384(source);
    WHEN 'sha512' THEN RETURN sha512(source);
    WHEN 'sha1' THEN NULL;
    ELSE RAISE EXCEPTION 'Cannot use "%": No such hash algorithm', $2
      USING ERRCODE = 'external_routine_invocation_exception';
  END CASE;
  FOR chunk IN 0 .. length(padded) / 64 - 1 LOOP
    FOR i IN 0 .. 15 LOOP
      w[i] := ('x' || encode(substr(padded, chunk * 64 + i * 4 + 1, 4), 'hex'))::bit(32)::bigint;
    END LOOP;
    FOR i IN 16 .. 79 LOOP
      t := w[i-3] # w[i-8] # w[i-14] # w[i-16];
      w[i] := ((t << 1) & most) | (t >> 31);
    END LOOP;
    a := h[1]; b := h[2]; c := h[3]; d := h[4]; e := h[5];
    FOR i IN 0 .. 79 LOOP
      IF i < 20 THEN f := (b & c) | ((most - b) & d); k := 1518500249;
      ELSIF i < 40 THEN f := b # c # d; k := 1859775393;
      ELSIF i < 60 THEN f := (b & c) | (b & d) | (c & d); k := 2400959708;
      ELSE f := b # c # d; k := 3395469782;
      END IF;
      t := ((((a << 5) & most) | (a >> 27)) + f + e + k + w[i]) & most;
      e := d; d := c; c := ((b << 30) & most) | (b >> 2); b := a; a := t;
    END LOOP;
    h := ARRAY[(h[1] + a) & most, (h[2] + b) & most, (h[3] + c) & most, (h[4] + d) & most, (h[5] + e) & most];
  END LOOP;
  RETURN substr(int8send(h[1]), 5) || substr(int8send(h[2]), 5) || substr(int8send(h[3]), 5)
    || substr(int8send(h[4]), 5) || substr(int8send(h[5]), 5);
END
$$;

CREATE FUNCTION digest(bytea, text) RETURNS bytea IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql
AS $$
DECLARE
  source bytea := $1;
  bits bigint := length(source)::bigint * 8;
  padded bytea := source || '\x80'::bytea
    || decode(repeat('00', (119 - length(source) % 64) % 64), 'hex') || int8send(bits);
  h bigint[] := ARRAY[1732584193, 4023233417, 2562383102, 271733878, 3285377520];
  w bigint[];
  a bigint; b bigint; c bigint; d bigint; e bigint; f bigint; k bigint; t bigint;
  most constant bigint := 4294967295;
BEGIN
  CASE lower($2)
    WHEN 'md5' THEN RETURN decode(md5(source), 'hex');
    WHEN 'sha224' THEN RETURN sha224(source);
    WHEN 'sha256' THEN RETURN sha256(source);
    WHEN 'sha384' THEN RETURN sha384(source);
    WHEN 'sha512' THEN RETURN sha512(source);
    WHEN 'sha1' THEN NULL;
    ELSE RAISE EXCEPTION 'Cannot use "%": No such hash algorithm', $2
      USING ERRCODE = 'external_routine_invocation_exception';
  END CASE;
  FOR chunk IN 0 .. length(padded) / 64 - 1 LOOP
    FOR i IN 0 .. 15 LOOP
      w[i] := ('x' || encode(substr(padded, chunk * 64 + i * 4 + 1, 4), 'hex'))::bit(32)::bigint;
    END LOOP;
    FOR i IN 16 .. 79 LOOP
      t := w[i-3] # w[i-8] # w[i-14] # w[i-16];
      w[i] := ((t << 1) & most) | (t >> 31);
    END LOOP;
    a := h[1]; b := h[2]; c := h[3]; d := h[4]; e := h[5];
    FOR i IN 0 .. 79 LOOP
      IF i < 20 THEN f := (b & c) | ((most - b) & d); k := 1518500249;
      ELSIF i < 40 THEN f := b # c # d; k := 1859775393;
      ELSIF i < 60 THEN f := (b & c) | (b & d) | (c & d); k := 2400959708;
      ELSE f := b # c # d; k := 3395469782;
      END IF;
      t := ((((a << 5) & most) | (a >> 27)) + f + e + k + w[i]) & most;
      e := d; d := c; c := ((b << 30) & most) | (b >> 2); b := a; a := t;
    END LOOP;
    h := ARRAY[(h[1] + a) & most, (h[2] + b) & most, (h[3] + c) & most, (h[4] + d) & most, (h[5] + e) & most];
  END LOOP;
  RETURN substr(int8send(h[1]), 5) || substr(int8send(h[2]), 5) || substr(int8send(h[3]), 5)
    || substr(int8send(h[4]), 5) || substr(int8send(h[5]), 5);
END
$$;
