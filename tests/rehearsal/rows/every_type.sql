CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TYPE pair AS (x int, y text, m mood);
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE DOMAIN email AS varchar(40) NOT NULL CHECK (VALUE ~ '^[^@]+@[^@]+$');
CREATE DOMAIN code AS char(3) CHECK (VALUE ~ '^[A-Z]{3}$');
CREATE TYPE floats AS RANGE (subtype = float8);
CREATE EXTENSION vector;
CREATE TABLE everything (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, s serial, bs bigserial, ss smallserial,
  a smallint, b integer, c bigint, d real, e double precision, f numeric, g numeric(10,2), h numeric(3,3),
  h2 numeric(2,-3), h3 numeric(2,5), i money,
  j text, k varchar, l varchar(2), m char, n char(12), o "char", p name, q bytea, r uuid, t boolean,
  u date, v time, w time with time zone, x timestamp, y timestamptz, y0 timestamptz(0), z interval, z1 interval day to second,
  aa json, ab jsonb, ac jsonpath, ad inet, ae cidr, af macaddr, ag macaddr8, ah bit, ai bit(5), aj bit varying, ak varbit(3),
  al tsvector, am tsquery, an point, ao line, ap lseg, aq box, ar path, ass polygon, at circle,
  au int4range, av int8range, aw numrange, ax daterange, ay tsrange, az tstzrange, ba floats,
  bb int4multirange, bc datemultirange, bd mood, be mood[], bf pair, bg pair[], bh positive, bi email, bj code, bk positive[],
  bl int[], bm text[][], bn uuid[], bo numeric(4,1)[], bp timestamptz[], bq jsonb[], br vector(3), bs2 vector, bt halfvec(2), bu sparsevec(5),
  bv pg_lsn, bw xid, bx xid8, by pg_snapshot, bz oid, ca regclass, cb regtype, cc regrole, cd aclitem, ce tid, cf refcursor, cg xml,
  ch bit(3)[], ci varchar(3)[], cj bytea[],
  made integer GENERATED ALWAYS AS (b * 2) STORED, virtual integer GENERATED ALWAYS AS (b * 2) VIRTUAL,
  clock timestamptz DEFAULT now(), flag boolean NOT NULL DEFAULT true
);
