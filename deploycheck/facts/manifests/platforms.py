"""What is known of each platform, whatever a manifest says (sources: FACTS, the platforms' documentation)."""

from __future__ import annotations

from deploycheck.facts.manifests.model import Platform

DATABRICKS = Platform(
    key="databricks",
    name="Databricks Apps",
    closed=True,
    injects=frozenset(
        {
            "DATABRICKS_APP_NAME",
            "DATABRICKS_APP_PORT",
            "DATABRICKS_APP_URL",
            "DATABRICKS_CLIENT_ID",
            "DATABRICKS_CLIENT_SECRET",
            "DATABRICKS_HOST",
            "DATABRICKS_WORKSPACE_ID",
            "FLASK_RUN_HOST",
            "FLASK_RUN_PORT",
            "GRADIO_SERVER_NAME",
            "GRADIO_SERVER_PORT",
            "PORT",
            "PYTHONUNBUFFERED",
            "STREAMLIT_SERVER_ADDRESS",
            "STREAMLIT_SERVER_HEADLESS",
            "STREAMLIT_SERVER_PORT",
            "UVICORN_HOST",
            "UVICORN_PORT",
        }
    ),
    may_inject=frozenset({"PGAPPNAME", "PGDATABASE", "PGHOST", "PGPORT", "PGSSLMODE", "PGUSER"}),
    port_variables=("DATABRICKS_APP_PORT", "PORT"),
    sets_port=True,
    cpu=2,
    memory=6144,
    grace=15,
    request_limit=120,
    file_limit=10485760,
)

HEROKU = Platform(
    key="heroku",
    name="Heroku (Procfile)",
    injects=frozenset({"DYNO", "PORT", "WEB_CONCURRENCY"}),
    may_inject=frozenset({"DATABASE_URL", "REDIS_URL"}),
    port_variables=("PORT",),
    sets_port=True,
    grace=30,
    request_limit=30,
)

APP_ENGINE = Platform(
    key="appengine",
    name="Google App Engine",
    injects=frozenset(
        {"GAE_APPLICATION", "GAE_INSTANCE", "GAE_SERVICE", "GAE_VERSION", "GOOGLE_CLOUD_PROJECT", "PORT"}
    ),
    port_variables=("PORT",),
    sets_port=True,
)

DOCKER = Platform(
    key="docker", name="Docker image", injects=frozenset({"HOME", "HOSTNAME", "PATH"}), grace=10
)

COMPOSE = Platform(
    key="compose",
    name="Docker Compose",
    injects=frozenset({"HOME", "HOSTNAME", "PATH"}),
    grace=10,
)

PLATFORMS = (DATABRICKS, HEROKU, APP_ENGINE, DOCKER, COMPOSE)
"""Every platform that is known, the most specific first."""
