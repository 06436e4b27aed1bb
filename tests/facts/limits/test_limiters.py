"""What limits requests, and what only looks like it."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploycheck.facts.limits.find import limiters_of
from deploycheck.facts.limits.model import MEMORY, SHARED, UNKNOWN, Limiter
from deploycheck.facts.limits.proxies import proxy_limits
from tests.facts.projects import deployed, project

HEAD = """\
import os
from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request
from slowapi import Limiter
from slowapi.middleware import SlowAPIMiddleware
from slowapi.util import get_remote_address

app = FastAPI()
"""
DECORATED = '@app.get("/")\n@limiter.limit("5/minute")\ndef index(request: Request):\n    return {}\n'
FLASK = """\
from flask import Flask
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

app = Flask(__name__)
"""


def only(tmp_path: Path, code: str, **more: str) -> Limiter:
    (found,) = limiters_of(deployed(tmp_path, {"main.py": code, **more}))
    return found


def made(rest: str = "", **arguments: str) -> str:
    given = "".join(f", {name}={text}" for name, text in arguments.items())
    return f"{HEAD}limiter = Limiter(key_func=get_remote_address{given})\napp.state.limiter = limiter\n{rest}"


@pytest.mark.parametrize(
    ("code", "why"),
    [
        (made(DECORATED), ""),
        (made(DECORATED, enabled="False"), "switched off"),
        (made(), "no route uses it"),
        (made(default_limits='["5/minute"]'), "SlowAPIMiddleware"),
        (made("app.add_middleware(SlowAPIMiddleware)\n", default_limits="[]"), "no route uses it"),
        (
            made(
                '@limiter.limit("5/minute")\n@app.get("/")\ndef index(request: Request):\n    return {}\n',
            ),
            "above the route's",
        ),
        (
            made(
                'app.add_middleware(SlowAPIMiddleware)\n@app.get("/")\ndef index():\n    return {}\n',
                default_limits='["5/minute"]',
            ),
            "",
        ),
    ],
)
def test_slowapi_limits_what_it_reaches(tmp_path: Path, code: str, why: str) -> None:
    found = only(tmp_path, code)
    assert found.refuses == (not why)
    assert why in found.why_not


@pytest.mark.parametrize(("version", "refuses"), [("0.136.0", True), ("0.137.0", False)])
def test_slowapi_defaults_and_included_routers(tmp_path: Path, version: str, refuses: bool) -> None:
    code = made(
        'router = APIRouter()\n@router.get("/")\ndef index():\n    return {}\n'
        "app.add_middleware(SlowAPIMiddleware)\napp.include_router(router)\n",
        default_limits='["5/minute"]',
    )
    assert only(tmp_path, code, **{"requirements.txt": f"fastapi=={version}\n"}).refuses is refuses


@pytest.mark.parametrize(
    ("uri", "where"),
    [
        ('"memory://"', MEMORY),
        ('"redis://cache:6379"', SHARED),
        ("f'redis://{os.getenv(\"CACHE\")}:6379'", SHARED),
        ('os.environ["LIMIT_STORE"]', UNKNOWN),
        ('os.getenv("LIMIT_STORE", "memory://")', MEMORY),
        ("None", MEMORY),
    ],
)
def test_where_a_limiter_counts(tmp_path: Path, uri: str, where: str) -> None:
    assert only(tmp_path, made(DECORATED, storage_uri=uri)).storage == where


@pytest.mark.parametrize(
    ("rest", "refuses"),
    [
        ("Limiter(get_remote_address, app=app)\n", False),
        ('Limiter(get_remote_address, app=app, default_limits=["9/day"])\n', True),
        ('Limiter(get_remote_address, default_limits=["9/day"])\n', False),
        ('app.config["RATELIMIT_DEFAULT"] = "9/day"\nLimiter(get_remote_address, app=app)\n', True),
        (
            "limiter = Limiter(get_remote_address)\nlimiter.init_app(app)\n" + DECORATED,
            True,
        ),
    ],
)
def test_flask_limiter_needs_an_app_and_limits(tmp_path: Path, rest: str, refuses: bool) -> None:
    assert only(tmp_path, FLASK + rest).refuses is refuses


def test_fastapi_limiter_counts_where_its_version_does(tmp_path: Path) -> None:
    head = "from fastapi import Depends, FastAPI\nfrom fastapi_limiter.depends import RateLimiter\n"
    old = only(
        tmp_path / "old", head + "app = FastAPI(dependencies=[Depends(RateLimiter(times=2, seconds=5))])\n"
    )
    new = only(
        tmp_path / "new",
        head + "from pyrate_limiter import Duration, Limiter, Rate\n"
        "app = FastAPI(dependencies=[Depends(RateLimiter(limiter=Limiter(Rate(2, 5))))])\n",
    )
    assert (old.storage, old.tells_when) == (SHARED, True)
    assert (new.storage, new.tells_when) == (MEMORY, False)


@pytest.mark.parametrize(
    ("body", "count"),
    [
        ('@app.get("/")\ndef index():\n    raise HTTPException(429)\n', 1),
        ('@app.get("/", responses={429: {}})\ndef index():\n    return {}\n', 0),
        ("def never():\n    raise HTTPException(status_code=429)\n", 0),
        ('class Busy(Exception):\n    status_code = 429\n@app.get("/")\ndef index():\n    raise Busy\n', 1),
        ("class Busy(Exception):\n    status_code = 429\n", 0),
        (
            "@app.exception_handler(KeyError)\ndef told(r, e):\n    return Response(status_code=429)\n",
            0,
        ),
        (
            '@app.get("/")\ndef r():\n    if ask().status_code == 429:\n        raise HTTPException(429)\n',
            0,
        ),
        ('@app.get("/")\ndef index(delimiter: str = ","):\n    return delimiter.split("429")\n', 0),
    ],
)
def test_code_that_refuses_by_itself(tmp_path: Path, body: str, count: int) -> None:
    head = "from fastapi import FastAPI, HTTPException, Response\nfrom other import ask\napp = FastAPI()\n"
    assert len(limiters_of(deployed(tmp_path, {"main.py": head + body}))) == count


@pytest.mark.parametrize(
    ("path", "text", "count"),
    [
        ("nginx/default.conf", "location / {\n  limit_req zone=api burst=5;\n}\n", 1),
        ("nginx/default.conf", "limit_req_zone $binary_remote_addr zone=api:10m rate=1r/s;\n", 0),
        ("nginx.conf", "  # limit_req zone=api;\n", 0),
        ("examples/nginx.conf", "  limit_req zone=api;\n", 0),
        (
            "k8s/ingress.yaml",
            'metadata:\n  annotations:\n    nginx.ingress.kubernetes.io/limit-rps: "5"\n',
            1,
        ),
        (
            "traefik/dynamic.yml",
            "http:\n  middlewares:\n    slow:\n      rateLimit:\n        average: 9\n",
            1,
        ),
        ("infra/api.tf", "  throttling_rate_limit = 50\n", 1),
    ],
)
def test_limits_of_a_proxy(tmp_path: Path, path: str, text: str, count: int) -> None:
    assert len(proxy_limits(project(tmp_path, {path: text}).tree)) == count
