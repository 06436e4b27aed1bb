"""Command lines and actions that put a version into production."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

_COMMANDS: tuple[tuple[str, ...], ...] = (
    ("fly", "deploy"),
    ("railway", "up"),
    ("railway", "redeploy"),
    ("render", "deploys", "create"),
    ("databricks", "bundle", "deploy"),
    ("databricks", "bundle", "run"),
    ("databricks", "apps", "deploy"),
    ("gcloud", "app", "deploy"),
    ("gcloud", "run", "deploy"),
    ("gcloud", "run", "services", "update"),
    ("gcloud", "run", "services", "replace"),
    ("gcloud", "functions", "deploy"),
    ("gcloud", "deploy", "releases", "create"),
    ("heroku", "container:release"),
    ("heroku", "builds:create"),
    ("kubectl", "apply"),
    ("kubectl", "set", "image"),
    ("kubectl", "rollout", "restart"),
    ("oc", "apply"),
    ("oc", "rollout"),
    ("oc", "start-build"),
    ("helm", "upgrade"),
    ("helm", "install"),
    ("helmfile", "apply"),
    ("helmfile", "sync"),
    ("argocd", "app", "sync"),
    ("aws", "ecs", "update-service"),
    ("aws", "ecs", "deploy"),
    ("aws", "deploy", "create-deployment"),
    ("aws", "lambda", "update-function-code"),
    ("aws", "apprunner", "start-deployment"),
    ("aws", "elasticbeanstalk", "update-environment"),
    ("eb", "deploy"),
    ("sam", "deploy"),
    ("cdk", "deploy"),
    ("copilot", "deploy"),
    ("serverless", "deploy"),
    ("sls", "deploy"),
    ("zappa", "update"),
    ("zappa", "deploy"),
    ("terraform", "apply"),
    ("terragrunt", "apply"),
    ("tofu", "apply"),
    ("pulumi", "up"),
    ("az", "webapp", "deploy"),
    ("az", "webapp", "up"),
    ("az", "webapp", "restart"),
    ("az", "webapp", "config", "container", "set"),
    ("az", "containerapp", "update"),
    ("az", "containerapp", "up"),
    ("docker", "stack", "deploy"),
    ("docker", "service", "update"),
    ("doctl", "apps", "create-deployment"),
    ("doctl", "apps", "update"),
    ("dokku", "git:sync"),
    ("dokku", "git:from-image"),
    ("kamal", "deploy"),
    ("cap", "deploy"),
    ("cf", "push"),
    ("clever", "deploy"),
    ("scalingo", "deploy"),
    ("caprover", "deploy"),
    ("modal", "deploy"),
    ("nomad", "job", "run"),
    ("skaffold", "run"),
    ("ansible-playbook",),
    ("fab", "deploy"),
    ("fastapi", "deploy"),
    ("systemctl", "restart"),
    ("systemctl", "reload"),
    ("supervisorctl", "restart"),
)
"""Programs and the words that must follow in this order, whatever stands between."""
_ALIASES = {"flyctl": "fly", "docker-compose": "docker"}
_PRODUCTION = re.compile(r"(?:^|[^a-z])(?:prod|production|live)(?:$|[^a-z])", re.IGNORECASE)
_HOOK = re.compile(r"https?://\S*deploy|deploy\w*(?:hook|url)|render\w*hook|api\.render\.com", re.IGNORECASE)
_REMOTE = re.compile(r"(?:[\w${}.-]+@)?[\w${}.-]{2,}:(?!//)\S*$")
_PLATFORMS = re.compile(r"heroku|dokku|piku|production|scalingo|clever", re.IGNORECASE)

_ACTIONS = re.compile(
    r"heroku-deploy|webapps-deploy|container-apps-deploy|k8s-deploy|functions-action|deploy-cloudrun"
    r"|deploy-appengine|deploy-cloud-functions|amazon-ecs-deploy|beanstalk-deploy|ssh-deploy|rsync-deploy"
    r"|digitalocean/app_action|railway|render-deploy|flyctl-actions|caprover|dokku|helm-deploy|argocd"
    r"|AzureWebApp|AzureRmWebAppDeployment|AzureContainerApps|KubernetesManifest|HelmDeploy|scp-action"
    r"|aws-(?:ecs|code)-deploy|aws-ecs/deploy|heroku/deploy|databricks.*deploy|coolify",
    re.IGNORECASE,
)
_REMOTE_SHELLS = re.compile(
    r"(?:appleboy|fifsky|garygrossgarten|cross-the-world|D3rHase)/\S*ssh|ssh-(?:action|command|pipe)",
    re.IGNORECASE,
)
_HARMLESS = re.compile(
    r"(?:actions|docker|github|astral-sh|extractions|aws-actions/configure|aws-actions/amazon-ecr|azure/login"
    r"|google-github-actions/(?:auth|setup)|snok|pnpm|oven-sh|codecov|webfactory|superfly/flyctl-actions/setup"
    r"|databricks/setup|hashicorp/setup|8398a7|slackapi|softprops|peter-evans|dorny|tj-actions|azure/setup"
    r"|pre-commit|pypa|sigstore|aquasecurity|zizmorcore|trufflesecurity|styfle|denoland|rojopolis)[/\w-]*",
    re.IGNORECASE,
)


def ships(words: Sequence[str], *, remote: bool = False) -> bool:
    """Tell whether a command deploys; `remote` that it runs on a server that the pipeline went to.

    Starting containers is a deployment there, or where the command itself speaks of production: on a
    developer's machine and in tests it is none.
    """
    name = words[0].rpartition("/")[2] if words else ""
    name = _ALIASES.get(name, name)
    text = " ".join(words)
    if name == "docker" and "up" in words and ("compose" in words or words[0].endswith("docker-compose")):
        return remote or bool(_PRODUCTION.search(text))
    special = _SPECIAL.get(name)
    if special is not None:
        return special(text)
    tries = {"--help", "plan"} & set(words) or any(w.startswith("--dry-run") for w in words)
    return not tries and any(_follows(words[1:], each[1:]) for each in _COMMANDS if each[0] == name)


def _pushed(text: str) -> bool:
    return " push " in f"{text} " and bool(_PLATFORMS.search(text)) and "tag" not in text


def _sent(text: str) -> bool:
    return bool(_REMOTE.match(text.rpartition(" ")[2]))


_SPECIAL: dict[str, Callable[[str], bool]] = {
    "curl": lambda text: bool(_HOOK.search(text)),
    "git": _pushed,
    "rsync": _sent,
    "scp": _sent,
}


def _follows(words: Sequence[str], wanted: tuple[str, ...]) -> bool:
    rest = iter(words)
    return all(any(w == each for w in rest) for each in wanted)


def action_ships(name: str, inputs: dict[str, str]) -> bool:
    """Tell whether an action or task of a CI system deploys."""
    if "flyctl-actions" in name:
        return "deploy" in inputs.get("args", "")
    return bool(_ACTIONS.search(name))


def action_shell(name: str, inputs: dict[str, str]) -> str:
    """Return the name of the input in which an action takes a script for a server; empty for another one."""
    if not _REMOTE_SHELLS.search(name):
        return ""
    return next((k for k in ("script", "command", "commands", "run") if inputs.get(k)), "")


def is_harmless(name: str) -> bool:
    """Tell whether an action is known to do no work on a server or database: it sets up, or reports."""
    return bool(_HARMLESS.match(name))


def speaks_of_production(text: str) -> bool:
    """Tell whether a name says that it is about production."""
    return bool(_PRODUCTION.search(text.replace("_", "-")))
