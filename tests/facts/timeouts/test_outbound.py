"""Calls to other services that nothing bounds."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploycheck.facts.timeouts.outbound import find_outbound
from tests.facts.projects import deployed


def found_in(tmp_path: Path, code: str) -> list[str]:
    files = {"main.py": f"from fastapi import FastAPI\napp = FastAPI()\n{code}"}
    deployment = deployed(tmp_path, files)
    return [o.library for o in find_outbound(deployment.program, deployment.modules)]


@pytest.mark.parametrize(
    ("code", "libraries"),
    [
        ('import requests\nrequests.get("u")\n', ["requests"]),
        ('import requests as r\nr.post("u", json={})\n', ["requests"]),
        ('from requests import get\nget("u")\n', ["requests"]),
        ('import requests\nrequests.get("u", timeout=None)\n', ["requests"]),
        ('import requests\nrequests.get("u", timeout=3)\n', []),
        ("import requests\nk = load()\nrequests.get('u', **k)\n", []),
        ("import requests\nk = {'timeout': 3}\nrequests.get('u', **k)\n", []),
        ("import requests\nk = {'verify': True}\nrequests.get('u', **k)\n", ["requests"]),
        ('from urllib.request import urlopen\nurlopen("u")\nurlopen("u", None, 5)\n', ["urllib"]),
        (
            "import socket\nfrom urllib.request import urlopen\nsocket.setdefaulttimeout(9)\nurlopen('u')\n",
            [],
        ),
        ("import socket, requests\nsocket.setdefaulttimeout(9)\nrequests.get('u')\n", ["requests"]),
        ('import smtplib\nsmtplib.SMTP("h", 25, timeout=5)\nsmtplib.SMTP("h", 25)\n', ["smtplib"]),
        ("import httpx\nhttpx.get('u')\nhttpx.Client(timeout=10)\n", []),
        ("import httpx\nhttpx.AsyncClient(timeout=None)\n", ["httpx"]),
        ("import httpx\nhttpx.Client(timeout=httpx.Timeout(None))\n", ["httpx"]),
        ("import httpx\nhttpx.Client(timeout=httpx.Timeout(None, connect=5))\n", []),
        ("import httpx\nc = httpx.Client()\nc.get('u', timeout=None)\n", ["httpx"]),
        ("import aiohttp\naiohttp.ClientTimeout(total=None)\n", ["aiohttp"]),
        ("import aiohttp\naiohttp.ClientTimeout(total=None, sock_read=30)\n", []),
        ("import requests\nsession = requests.Session()\nsession.get('u')\n", ["requests"]),
        ("requests = {}\nrequests.get('u')\n", []),
    ],
)
def test_what_may_wait_for_ever(tmp_path: Path, code: str, libraries: list[str]) -> None:
    assert found_in(tmp_path, code) == libraries


@pytest.mark.parametrize(
    ("call", "has_end"),
    [
        ("requests.get('u')", True),
        ("requests.get(\n    'u',\n)", True),
        ("requests.get(('u'))", False),
        ("requests.get(\n    'u',  # all\n)", False),
    ],
)
def test_where_a_time_out_can_be_added(tmp_path: Path, call: str, has_end: bool) -> None:
    files = {"main.py": f"import requests\nfrom fastapi import FastAPI\napp = FastAPI()\n{call}\n"}
    deployment = deployed(tmp_path, files)
    (found,) = find_outbound(deployment.program, deployment.modules)
    assert (found.end is not None) is has_end
