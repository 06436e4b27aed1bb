"""Packages by the names under which they are imported and started, and what some bring along.

Written down from the packages' own metadata. What is not listed is not known, and nothing is concluded
from it.
"""

from __future__ import annotations

from deploycheck.facts.requirements import canonical

IMPORTS: dict[str, str] = {
    "OpenSSL": "pyopenssl",
    "PIL": "pillow",
    "aiokafka": "aiokafka",
    "attr": "attrs",
    "bs4": "beautifulsoup4",
    "cv2": "opencv-python",
    "databricks.sdk": "databricks-sdk",
    "databricks.sql": "databricks-sql-connector",
    "dateutil": "python-dateutil",
    "docx": "python-docx",
    "dotenv": "python-dotenv",
    "flask_cors": "flask-cors",
    "flask_login": "flask-login",
    "flask_migrate": "flask-migrate",
    "flask_sqlalchemy": "flask-sqlalchemy",
    "flask_wtf": "flask-wtf",
    "google.auth": "google-auth",
    "google.cloud.bigquery": "google-cloud-bigquery",
    "google.cloud.storage": "google-cloud-storage",
    "google.oauth2": "google-auth",
    "jose": "python-jose",
    "jwt": "pyjwt",
    "magic": "python-magic",
    "multipart": "python-multipart",
    "pkg_resources": "setuptools",
    "pptx": "python-pptx",
    "pydantic_core": "pydantic-core",
    "pydantic_settings": "pydantic-settings",
    "pythonjsonlogger": "python-json-logger",
    "slugify": "python-slugify",
    "sklearn": "scikit-learn",
    "socketio": "python-socketio",
    "telegram": "python-telegram-bot",
    "typing_extensions": "typing-extensions",
    "uvicorn_worker": "uvicorn-worker",
    "yaml": "pyyaml",
    "zmq": "pyzmq",
}
"""Import names that are not their distribution's own name."""

ALIKE: dict[str, frozenset[str]] = {
    "opencv-python": frozenset(
        {"opencv-contrib-python", "opencv-python-headless", "opencv-contrib-python-headless"}
    ),
    "psycopg2": frozenset({"psycopg2-binary"}),
    "psycopg": frozenset({"psycopg-binary", "psycopg-c"}),
    "pycrypto": frozenset({"pycryptodome"}),
    "pymongo": frozenset({"motor"}),
    "uvicorn": frozenset({"uvicorn-standard"}),
    "pyjwt": frozenset({"jwt"}),
    "python-jose": frozenset({"jose"}),
    "python-magic": frozenset({"python-magic-bin", "file-magic"}),
    "python-slugify": frozenset({"awesome-slugify"}),
    "pydantic": frozenset({"pydantic-v1"}),
    "redis": frozenset({"redis-py"}),
    "setuptools": frozenset({"distribute"}),
    "fastapi-cli": frozenset({"fastapi-cloud-cli"}),
}
"""Other distributions that hold the same import."""

PLAIN = frozenset(
    """aiofiles aiohttp aiosqlite alembic anyio apscheduler arq asyncpg attrs authlib bcrypt beautifulsoup4
    blinker boto3 botocore cachetools celery certifi click cryptography databricks-sdk
    databricks-sql-connector email-validator fastapi fastapi-pagination fastapi-users flask flask-bcrypt
    flask-cors flask-jwt-extended flask-login flask-mail flask-marshmallow flask-migrate flask-restful
    flask-session flask-smorest flask-sqlalchemy flask-wtf google-auth google-cloud-storage greenlet h11
    httpcore httptools httpx idna itsdangerous jinja2 limits loguru lxml mako markdown markupsafe
    marshmallow mysqlclient numpy orjson pandas passlib peewee pillow pip psutil psycopg psycopg-binary
    psycopg-pool psycopg2 psycopg2-binary pyarrow pydantic pydantic-core pydantic-settings pyjwt pymongo
    pymysql pyodbc python-dateutil python-decouple python-dotenv python-jose python-json-logger
    python-multipart python-slugify pytz pyyaml redis requests rich scikit-learn scipy sendgrid sentry-sdk
    setuptools slowapi sniffio sqlalchemy sqlmodel starlette stripe structlog tenacity tqdm twilio typer
    typing-extensions ujson urllib3 uvloop watchfiles websockets werkzeug wheel whitenoise wtforms tzdata
    fastapi-mail aioredis aiomysql asyncmy motor beanie pypdf openpyxl xlsxwriter dash plotly
    dash-bootstrap-components dash-ag-grid flask-caching flask-compress flask-limiter argon2-cffi
    phonenumbers pendulum arrow colorlog cffi pyopenssl pycryptodome httplib2 oauthlib requests-oauthlib
    tabulate gevent eventlet granian hypercorn gunicorn uvicorn uvicorn-worker waitress daphne""".split()
)
"""Well-known distributions that bring no web server of another name (extras apart)."""

SERVERS: dict[str, str] = {
    "daphne": "daphne",
    "granian": "granian",
    "gunicorn": "gunicorn",
    "hypercorn": "hypercorn",
    "streamlit": "streamlit",
    "uvicorn": "uvicorn",
    "waitress-serve": "waitress",
}
"""Programs that serve requests, and the distribution that installs each."""

WORKER_CLASSES: dict[str, str] = {
    "eventlet": "eventlet",
    "gevent": "gevent",
    "gevent_pywsgi": "gevent",
    "gevent_wsgi": "gevent",
    "tornado": "tornado",
    "uvicorn.workers": "uvicorn",
    "uvicorn_worker": "uvicorn-worker",
    "aiohttp.worker": "aiohttp",
}
"""gunicorn's worker classes (or the modules that hold them) that need another distribution."""

BRINGS: dict[str, frozenset[str]] = {
    "alembic": frozenset({"sqlalchemy", "mako", "typing-extensions"}),
    "apache-airflow": frozenset({"gunicorn", "flask"}),
    "apache-superset": frozenset({"gunicorn", "flask"}),
    "boto3": frozenset({"botocore", "s3transfer"}),
    "chainlit": frozenset({"uvicorn", "fastapi", "starlette", "httpx"}),
    "dash": frozenset({"flask", "plotly", "werkzeug", "requests"}),
    "databricks-sdk": frozenset({"requests", "google-auth"}),
    "fastapi": frozenset({"starlette", "pydantic", "typing-extensions"}),
    "fastapi-cli": frozenset({"typer", "rich-toolkit", "uvicorn"}),
    "fastmcp": frozenset({"uvicorn", "starlette", "httpx", "pydantic"}),
    "flask": frozenset({"werkzeug", "jinja2", "itsdangerous", "click", "blinker", "markupsafe"}),
    "flask-migrate": frozenset({"alembic", "flask", "flask-sqlalchemy"}),
    "flask-sqlalchemy": frozenset({"sqlalchemy", "flask"}),
    "gradio": frozenset({"uvicorn", "fastapi", "httpx", "pandas", "numpy"}),
    "httpx": frozenset({"httpcore", "anyio", "certifi", "idna"}),
    "mcp": frozenset({"uvicorn", "starlette", "httpx", "anyio", "pydantic"}),
    "mlflow": frozenset({"gunicorn", "flask", "pandas", "numpy"}),
    "nicegui": frozenset({"uvicorn", "fastapi"}),
    "pandas": frozenset({"numpy", "python-dateutil"}),
    "pydantic": frozenset({"pydantic-core", "annotated-types", "typing-extensions"}),
    "pydantic-settings": frozenset({"pydantic", "python-dotenv"}),
    "python-jose": frozenset({"ecdsa", "rsa", "pyasn1"}),
    "requests": frozenset({"urllib3", "certifi", "idna", "charset-normalizer"}),
    "shiny": frozenset({"uvicorn", "starlette"}),
    "sqlmodel": frozenset({"sqlalchemy", "pydantic"}),
    "starlette": frozenset({"anyio"}),
    "streamlit": frozenset({"pandas", "numpy", "requests", "tornado", "pillow"}),
    "uvicorn": frozenset({"click", "h11"}),
    "uvicorn-worker": frozenset({"uvicorn", "gunicorn"}),
}
"""What a distribution requires whatever its version, of what apps import or start."""

EXTRAS: dict[tuple[str, str], frozenset[str]] = {
    ("fastapi", "all"): frozenset(
        """email-validator fastapi-cli httpx itsdangerous jinja2 orjson pydantic-extra-types
        pydantic-settings python-multipart pyyaml ujson uvicorn""".split()
    ),
    ("fastapi", "standard"): frozenset(
        {"uvicorn", "fastapi-cli", "httpx", "jinja2", "python-multipart", "email-validator"}
    ),
    ("fastapi", "standard-no-fastapi-cloud-cli"): frozenset(
        {"uvicorn", "fastapi-cli", "httpx", "jinja2", "python-multipart", "email-validator"}
    ),
    ("fastapi-cli", "standard"): frozenset({"uvicorn"}),
    ("litestar", "standard"): frozenset({"uvicorn", "jinja2"}),
    ("python-jose", "cryptography"): frozenset({"cryptography"}),
    ("psycopg", "binary"): frozenset({"psycopg-binary"}),
    ("psycopg", "pool"): frozenset({"psycopg-pool"}),
    ("pydantic", "email"): frozenset({"email-validator"}),
    ("sqlalchemy", "asyncio"): frozenset({"greenlet"}),
    ("uvicorn", "standard"): frozenset(
        {"python-dotenv", "pyyaml", "httptools", "websockets", "watchfiles", "uvloop"}
    ),
}
"""What an extra adds. Who writes `fastapi[standard]` asks for uvicorn by its documented name."""

PREINSTALLED = frozenset(
    """dash dash-ag-grid dash-bootstrap-components dash-mantine-components databricks-sdk
    databricks-sql-connector fastapi flask gradio gunicorn huggingface-hub mlflow-skinny plotly
    plotly-resampler shiny streamlit uvicorn""".split()
)
"""What Databricks Apps has in place for apps that pip installs (not for uv ones); all it brings, too."""

DOCUMENTED: dict[str, frozenset[str]] = {
    "advanced-alchemy": frozenset({"sqlalchemy", "alembic"}),
    "boto3": frozenset({"botocore"}),
    "celery": frozenset({"kombu", "billiard"}),
    "channels": frozenset({"asgiref"}),
    "dash": frozenset({"flask", "plotly"}),
    "django": frozenset({"asgiref"}),
    "fastapi": frozenset({"starlette", "pydantic", "typing-extensions"}),
    "flask": frozenset({"werkzeug", "jinja2", "click", "markupsafe", "itsdangerous"}),
    "flask-migrate": frozenset({"alembic"}),
    "flask-sqlalchemy": frozenset({"sqlalchemy"}),
    "gradio": frozenset({"fastapi"}),
    "litestar": frozenset({"msgspec"}),
    "pydantic": frozenset({"pydantic-core", "typing-extensions", "annotated-types"}),
    "pydantic-settings": frozenset({"pydantic"}),
    "sqlmodel": frozenset({"sqlalchemy", "pydantic"}),
    "typer": frozenset({"click"}),
}
"""What a distribution's own documentation tells its users to import, so that it may be borrowed."""

FRAMEWORK_PARTS = frozenset({"setuptools", "typing-extensions", "pip"})
"""Imports that are nobody's debt: there with Python or with everything."""


def distribution_of(module: str) -> str:
    """Return the canonical name of the distribution that a dotted import most probably comes from."""
    parts = module.split(".")
    for count in range(len(parts), 0, -1):
        if (found := IMPORTS.get(".".join(parts[:count]))) is not None:
            return found
    return canonical(parts[0])


def same(wanted: str) -> frozenset[str]:
    """Return every distribution that counts as the wanted one."""
    return frozenset({wanted}) | ALIKE.get(wanted, frozenset())
