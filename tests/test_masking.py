from __future__ import annotations

import pytest

from deploycheck.masking import Masker, is_placeholder, is_secret_name

S = "s3ntinel-Hunter2!"

LEAKS = [
    ("a.py", f'SECRET_KEY = "{S}"'),
    ("a.py", f"SECRET_KEY: str = '{S}'"),
    ("a.py", f'SECRET_KEY: str | None = Field(default="{S}", description="The key")'),
    ("a.py", f'KEY = os.getenv("SECRET_KEY", "{S}")'),
    ("a.py", f'KEY = os.environ.get("SECRET_KEY") or "{S}"'),
    ("a.py", f'os.environ["PGPASSWORD"] = "{S}"'),
    ("a.py", f'connect(host="db", password="{S}", user="app")'),
    ("a.py", f'DSN = "host=db password={S} user=app"'),
    ("a.py", f'URL = "postgresql+psycopg://app:{S}@db:5432/prod"'),
    ("a.py", f'{{"db": {{"password": "{S}"}}}}'),
    ("a.py", f'SECRET_KEY = (\n    "{S}"\n)\nDEBUG = "on"'),
    ("a.py", f'JWT_SECRET = """\n{S}\n"""'),
    ("a.py", f"# was: password={S}"),
    ("a.py", f"op.execute(\"CREATE ROLE app LOGIN PASSWORD '{S}'\")"),
    ("a.py", f"op.execute('ALTER USER app WITH PASSWORD \\'{S}\\' VALID UNTIL \\'infinity\\'')"),
    ("a.py", f"op.execute(\"DO 'BEGIN CREATE ROLE app PASSWORD ''{S}''; END'\")"),
    ("init.sql", f"create user app identified by '{S}';"),
    ("init.sql", f"CREATE USER MAPPING FOR app SERVER far OPTIONS (user 'app', password E'{S}');"),
    ("app.yaml", f"env:\n  - name: SECRET_KEY\n    value: {S}  # why\n  - name: HOST\n    value: db"),
    ("app.yaml", f"env:\n  - value: '{S}'\n    name: SECRET_KEY\n"),
    ("app.yaml", f"env: [{{name: SECRET_KEY, value: {S}}}, {{name: HOST, value: db}}]"),
    ("app.yaml", f"env:\n  - name: SECRET_KEY\n    value: |\n      {S}\n  - name: HOST\n    value: db"),
    ("compose.yml", f"environment:\n  - SECRET_KEY={S}\n  - HOST=db"),
    ("compose.yml", f'environment:\n  - "SECRET_KEY={S} and more"\n  - HOST=db'),
    ("compose.yml", f"environment:\n  POSTGRES_PASSWORD: {S}\n  HOST: db"),
    ("compose.yml", f"environment:\n  POSTGRES_PASSWORD: ${{PW:-{S}}}\n  HOST: db"),
    (".env", f"SECRET_KEY={S}\nHOST=db"),
    (".env", f"SECRET_KEY='{S}'\nHOST=db"),
    (".env", f"export API_TOKEN = {S} two words\nHOST=db"),
    (".env", f"DATABASE_URL=postgres://app:{S}@db/prod\nHOST=db"),
    ("Dockerfile", f"ENV SECRET_KEY={S} HOST=db"),
    ("Dockerfile", f"ENV SECRET_KEY {S}\nENV HOST db"),
    ("start.sh", f"SECRET_KEY={S} exec gunicorn app:app"),
    ("Procfile", f"web: app --api-key {S} --port 80"),
    ("settings.toml", f'password = "{S}"\nhost = "db"'),
    ("config.json", f'{{"name": "API_TOKEN", "value": "{S}"}}'),
    ("", f"PGPASSWORD={S} is set by this shell"),
    ("", f'SECRET_KEY takes SECRET_KEY = "{S}"'),
    ("", f'password = os.getenv("SECRET_KEY", "{S}") (SECRET_KEY is not set)'),
    ("", f"cannot connect to postgresql://app:{S}@db/prod"),
    ("", f"syntax error: CREATE ROLE app PASSWORD '{S}' NONSENSE"),
]


@pytest.mark.parametrize(("path", "text"), LEAKS)
def test_a_secret_is_masked_wherever_it_is_written(path: str, text: str) -> None:
    masked = Masker().mask(text, path)
    assert S not in masked
    assert "***" in masked
    assert masked.count("\n") == text.count("\n")


@pytest.mark.parametrize(
    ("path", "text"),
    [leak for leak in LEAKS if leak[0] and " and more" not in leak[1] and " two words" not in leak[1]],
)
def test_a_learned_secret_is_masked_in_prose(path: str, text: str) -> None:
    masker = Masker()
    masker.learn(text, path)
    assert S not in masker.mask(f"int() was given {S} or '{S}' (quoted: s3ntinel-Hunter2%21)")
    assert "Hunter2" not in masker.mask("postgresql://app@db/?x=s3ntinel-Hunter2%21&y=1")


UNTOUCHED = [
    ("a.py", 'SECRET_KEY = os.environ["SECRET_KEY"]'),
    ("a.py", 'required = ["PGHOST", "PGPASSWORD", "PGUSER"]'),
    ("a.py", 'ACCESS_TOKEN_EXPIRE_MINUTES = 60 * 24\ntoken_url = "/login"\nmax_tokens = "12345678"'),
    ("a.py", "def login(password: str, token: str = Depends(scheme)) -> None:"),
    ("a.py", 'if password:\n    return "ordinary"'),
    ("a.py", "connect(password=password, host='db')"),
    ("a.py", "url = f'postgresql://{user}:{password}@{host}/db'"),
    ("a.py", 'ORIGINS = ["http://localhost:3000", "http://a@b"]'),
    ("a.py", "allow_credentials=True,"),
    ("app.yaml", "  - name: SECRET_KEY\n    valueFrom: secret\n  - name: HOST\n    value: db"),
    ("app.yaml", "secret:\n  scope: s\n  key: k\nsecrets: inherit"),
    ("compose.yml", "  PASSWORD: ${PASSWORD}\n  TOKEN: ${{ secrets.TOKEN }}\n  SECRET_FILE: /run/x"),
    (".env", "SECRET_KEY=\nHOST=db"),
    ("", "SECRET_KEY has no value: the app stops; a token is needed, see password: below"),
    ("", 'password = os.getenv("PGPASSWORD") (PGPASSWORD is not set)'),
    ("", "password = settings.password (app.py)"),
    ("", "listens on http://localhost:8000/x?mail=a@b"),
]


@pytest.mark.parametrize(("path", "text"), UNTOUCHED)
def test_nothing_else_is_altered(path: str, text: str) -> None:
    assert Masker().mask(text, path) == text


def test_only_the_value_is_masked() -> None:
    masker = Masker()
    assert masker.mask('connect(host="db", password="x1y2z3", user="app")', "a.py") == (
        'connect(host="db", password="***", user="app")'
    )
    assert masker.mask("ENV SECRET_KEY=abc123 HOST=db", "Dockerfile") == "ENV SECRET_KEY=*** HOST=db"
    assert masker.mask("p: ${PASSWORD:-abc}\nPASSWORD: ${PW:-abc} # why", "c.yml") == (
        "p: ${PASSWORD:-abc}\nPASSWORD: ${PW:-***} # why"
    )
    assert masker.mask("postgresql://app:p@ss/w@db/prod") == "postgresql://app:***@db/prod"


def test_ordinary_words_are_not_masked_everywhere() -> None:
    masker = Masker(["postgres", "dev", "12345678", "", "${X}"])
    assert masker.mask("postgres dev 12345678") == "postgres dev 12345678"


def test_known_shapes_need_no_name() -> None:
    masker = Masker()
    for token in ("AKIA" + "A1" * 8, "ghp_" + "a" * 36, "dapi" + "0a" * 16, "sk_live_" + "a1" * 8):
        assert masker.mask(f"x {token} y") == "x *** y"
    pem = "-----BEGIN RSA PRIVATE KEY-----\nabc\ndef\n-----END RSA PRIVATE KEY-----"
    assert masker.mask(pem) == "-----BEGIN RSA PRIVATE KEY-----\n***\n***\n-----END RSA PRIVATE KEY-----"


@pytest.mark.parametrize(
    "name", "SECRET_KEY PGPASSWORD db.password apiKey JWT_SECRET DB_PASS api-key authToken".split()
)
def test_secret_names(name: str) -> None:
    assert is_secret_name(name)


NO_SECRETS = (
    "HOST SECRET_FILE token_url JWT_ISSUER TOKEN_RENEWAL_WINDOW tokenizer max_tokens pass KEY primary_key"
)


@pytest.mark.parametrize("name", ["", *NO_SECRETS.split(), "bypass"])
def test_names_that_hold_no_secret(name: str) -> None:
    assert not is_secret_name(name)


@pytest.mark.parametrize("value", ["", "***", "$X", "${X}", "{{ x }}", "<token>", "None", "...", "{…}"])
def test_placeholders(value: str) -> None:
    assert is_placeholder(value)
