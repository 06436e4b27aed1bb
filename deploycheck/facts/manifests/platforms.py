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
    as_is=True,
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
    as_is=True,
)

APP_ENGINE = Platform(
    key="appengine",
    name="Google App Engine",
    injects=frozenset(
        {"GAE_APPLICATION", "GAE_INSTANCE", "GAE_SERVICE", "GAE_VERSION", "GOOGLE_CLOUD_PROJECT", "PORT"}
    ),
    port_variables=("PORT",),
    sets_port=True,
    as_is=True,
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

BEANSTALK = Platform(
    key="beanstalk",
    name="AWS Elastic Beanstalk",
    may_inject=frozenset({"PORT", "RDS_DB_NAME", "RDS_HOSTNAME", "RDS_PASSWORD", "RDS_PORT", "RDS_USERNAME"}),
    as_is=True,
    finds_port=True,
)

FLY = Platform(
    key="fly",
    name="Fly.io",
    injects=frozenset(
        {
            "FLY_ALLOC_ID",
            "FLY_APP_NAME",
            "FLY_IMAGE_REF",
            "FLY_MACHINE_ID",
            "FLY_MACHINE_VERSION",
            "FLY_PRIVATE_IP",
            "FLY_PROCESS_GROUP",
            "FLY_PUBLIC_IP",
            "FLY_REGION",
            "FLY_VM_MEMORY_MB",
            "HOME",
            "PATH",
            "PRIMARY_REGION",
        }
    ),
    may_inject=frozenset({"DATABASE_URL", "REDIS_URL"}),
    grace=5,
)

RENDER = Platform(
    key="render",
    name="Render",
    injects=frozenset(
        {
            "IS_PULL_REQUEST",
            "PORT",
            "RENDER",
            "RENDER_CPU_COUNT",
            "RENDER_DISCOVERY_SERVICE",
            "RENDER_EXTERNAL_HOSTNAME",
            "RENDER_EXTERNAL_URL",
            "RENDER_GIT_BRANCH",
            "RENDER_GIT_COMMIT",
            "RENDER_GIT_REPO_SLUG",
            "RENDER_INSTANCE_ID",
            "RENDER_SERVICE_ID",
            "RENDER_SERVICE_NAME",
            "RENDER_SERVICE_TYPE",
            "RENDER_WEB_CONCURRENCY",
        }
    ),
    may_inject=frozenset({"GUNICORN_CMD_ARGS", "WEB_CONCURRENCY"}),
    port_variables=("PORT",),
    sets_port=True,
    grace=30,
    as_is=True,
    finds_port=True,
)

RAILWAY = Platform(
    key="railway",
    name="Railway",
    injects=frozenset(
        {
            "PORT",
            "RAILWAY_DEPLOYMENT_ID",
            "RAILWAY_ENVIRONMENT_ID",
            "RAILWAY_ENVIRONMENT_NAME",
            "RAILWAY_PROJECT_ID",
            "RAILWAY_PROJECT_NAME",
            "RAILWAY_REPLICA_ID",
            "RAILWAY_REPLICA_REGION",
            "RAILWAY_SERVICE_ID",
            "RAILWAY_SERVICE_NAME",
        }
    ),
    may_inject=frozenset({"DATABASE_URL", "REDIS_URL"}),
    port_variables=("PORT",),
    sets_port=True,
    as_is=True,
    finds_port=True,
)

CLOUD_RUN = Platform(
    key="cloudrun",
    name="Google Cloud Run",
    injects=frozenset({"K_CONFIGURATION", "K_REVISION", "K_SERVICE", "PORT"}),
    port_variables=("PORT",),
    sets_port=True,
    cpu=1,
    memory=512,
    grace=10,
    request_limit=300,
)

KUBERNETES = Platform(
    key="kubernetes",
    name="Kubernetes",
    injects=frozenset(
        {
            "HOME",
            "HOSTNAME",
            "KUBERNETES_PORT",
            "KUBERNETES_SERVICE_HOST",
            "KUBERNETES_SERVICE_PORT",
            "PATH",
        }
    ),
    grace=30,
)

DIGITALOCEAN = Platform(
    key="digitalocean",
    name="DigitalOcean App Platform",
    injects=frozenset({"PORT"}),
    port_variables=("PORT",),
    sets_port=True,
    as_is=True,
)

AZURE = Platform(
    key="azure",
    name="Azure App Service",
    injects=frozenset(
        {"PORT", "WEBSITE_HOSTNAME", "WEBSITE_INSTANCE_ID", "WEBSITE_SITE_NAME", "WEBSITE_SKU"}
    ),
    port_variables=("PORT",),
    sets_port=True,
    as_is=True,
    finds_port=True,
    provides=frozenset({"gunicorn"}),
)

CONTAINER_APPS = Platform(
    key="containerapps",
    name="Azure Container Apps",
    injects=frozenset(
        {
            "CONTAINER_APP_HOSTNAME",
            "CONTAINER_APP_NAME",
            "CONTAINER_APP_REPLICA_NAME",
            "CONTAINER_APP_REVISION",
        }
    ),
    grace=30,
)

APP_RUNNER = Platform(
    key="apprunner",
    name="AWS App Runner",
    injects=frozenset({"PORT"}),
    port_variables=("PORT",),
    sets_port=True,
    request_limit=120,
    as_is=True,
)

ECS = Platform(
    key="ecs",
    name="Amazon ECS",
    injects=frozenset({"ECS_CONTAINER_METADATA_URI", "ECS_CONTAINER_METADATA_URI_V4", "HOSTNAME", "PATH"}),
    may_inject=frozenset({"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_DEFAULT_REGION", "AWS_REGION"}),
    grace=30,
)

SYSTEMD = Platform(
    key="systemd",
    name="systemd",
    injects=frozenset({"INVOCATION_ID", "LANG", "PATH"}),
    grace=90,
    ephemeral=False,
)

SUPERVISOR = Platform(key="supervisor", name="supervisord", grace=10, ephemeral=False)

PLATFORMS = (
    *(DATABRICKS, APP_ENGINE, CLOUD_RUN, FLY, RENDER, RAILWAY, DIGITALOCEAN, AZURE, APP_RUNNER),
    *(CONTAINER_APPS, BEANSTALK, HEROKU, ECS, KUBERNETES, SYSTEMD, SUPERVISOR, COMPOSE, DOCKER),
)
"""Every platform that is known, the most specific first."""
