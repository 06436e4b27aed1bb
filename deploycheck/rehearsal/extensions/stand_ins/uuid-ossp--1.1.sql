-- The functions of uuid-ossp 1.1, by what PostgreSQL has built in. Version 5 needs SHA-1, which it has not.

CREATE FUNCTION uuid_nil() RETURNS uuid IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql
AS $$ SELECT '00000000-0000-0000-0000-000000000000'::uuid $$;

CREATE FUNCTION uuid_ns_dns() RETURNS uuid IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql
AS $$ SELECT '6ba7b810-9dad-11d1-80b4-00c04fd430c8'::uuid $$;

CREATE FUNCTION uuid_ns_url() RETURNS uuid IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql
AS $$ SELECT '6ba7b811-9dad-11d1-80b4-00c04fd430c8'::uuid $$;

CREATE FUNCTION uuid_ns_oid() RETURNS uuid IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql
AS $$ SELECT '6ba7b812-9dad-11d1-80b4-00c04fd430c8'::uuid $$;

CREATE FUNCTION uuid_ns_x500() RETURNS uuid IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql
AS $$ SELECT '6ba7b814-9dad-11d1-80b4-00c04fd430c8'::uuid $$;

-- 100 nanoseconds since 15 October 1582, then a random clock sequence and node (RFC 9562, 5.1).
CREATE FUNCTION uuid_generate_v1() RETURNS uuid VOLATILE STRICT PARALLEL SAFE LANGUAGE sql
AS $$
  SELECT (substr(t, 9, 8) || substr(t, 5, 4) || '1' || substr(t, 2, 3) || substr(r, 17, 4) || '01'
          || substr(r, 23, 10))::uuid
  FROM (SELECT lpad(to_hex((extract(epoch FROM clock_timestamp()) * 10000000)::bigint
                           + 122192928000000000), 16, '0'),
               replace(gen_random_uuid()::text, '-', '')) AS now(t, r)
$$;

CREATE FUNCTION uuid_generate_v1mc() RETURNS uuid VOLATILE STRICT PARALLEL SAFE LANGUAGE sql
AS $$
  SELECT (substr(t, 9, 8) || substr(t, 5, 4) || '1' || substr(t, 2, 3) || substr(r, 17, 4) || '01'
          || substr(r, 23, 10))::uuid
  FROM (SELECT lpad(to_hex((extract(epoch FROM clock_timestamp()) * 10000000)::bigint
                           + 122192928000000000), 16, '0'),
               replace(gen_random_uuid()::text, '-', '')) AS now(t, r)
$$;

CREATE FUNCTION uuid_generate_v3(namespace uuid, name text) RETURNS uuid
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql
AS $$
  SELECT encode(set_byte(set_byte(hash, 6, (get_byte(hash, 6) & 15) | 48),
                         8, (get_byte(hash, 8) & 63) | 128), 'hex')::uuid
  FROM (SELECT decode(md5(uuid_send(namespace) || convert_to(name, 'UTF8')), 'hex')) AS made(hash)
$$;

CREATE FUNCTION uuid_generate_v4() RETURNS uuid VOLATILE STRICT PARALLEL SAFE LANGUAGE sql
AS $$ SELECT gen_random_uuid() $$;

CREATE FUNCTION uuid_generate_v5(namespace uuid, name text) RETURNS uuid
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql
AS $$
DECLARE
  source bytea := uuid_send(namespace) || convert_to(name, 'UTF8');
  bits bigint := length(source)::bigint * 8;
  padded bytea := source || '\x80'::bytea
    || decode(repeat('00', (119 - length(source) % 64) % 64), 'hex') || int8send(bits);
  h bigint[] := ARRAY[1732584193, 4023233417, 2562383102, 271733878, 3285377520];
  w bigint[];
  a bigint; b bigint; c bigint; d bigint; e bigint; f bigint; k bigint; t bigint;
  most constant bigint := 4294967295;
BEGIN
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
  source := substr(int8send(h[1]), 5) || substr(int8send(h[2]), 5) || substr(int8send(h[3]), 5)
    || substr(int8send(h[4]), 5) || substr(int8send(h[5]), 5);
  source := set_byte(source, 6, (get_byte(source, 6) & 15) | 80);
  source := set_byte(source, 8, (get_byte(source, 8) & 63) | 128);
  RETURN encode(substr(source, 1, 16), 'hex')::uuid;
END
$$;
