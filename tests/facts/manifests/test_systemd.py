from __future__ import annotations

from typing import TYPE_CHECKING

from deploycheck.facts.manifests.model import Expansion, Role
from deploycheck.facts.manifests.shell import shell_syntax
from deploycheck.facts.manifests.systemd import read

if TYPE_CHECKING:
    from tests.facts.manifests.conftest import Plant

UNIT = r"""
[Unit]
Description=shop

[Service]
WorkingDirectory=/srv/shop/backend
Environment="MODE=live" LEVEL=info
EnvironmentFile=-/etc/shop.env
ExecStartPre=/bin/mkdir -p /run/shop
ExecStartPre=/srv/shop/venv/bin/alembic upgrade head
ExecStart=/srv/shop/venv/bin/gunicorn main:app \
    -w ${WORKERS} \
    -b unix:/run/shop.sock
MemoryMax=512M
CPUQuota=150%
TimeoutStopSec=20s
"""


def test_a_unit(plant: Plant) -> None:
    (manifest,) = read(plant({"deploy/shop.service": UNIT, "backend/main.py": ""}))
    release, web = manifest.processes
    assert web.command is not None
    assert release.command is not None
    assert (release.role, release.command.words[1:]) == (Role.RELEASE, ("upgrade", "head"))
    assert (web.name, web.role, web.directory) == ("shop", Role.WEB, "backend")
    assert web.command.words[1:4] == ("main:app", "-w", "${WORKERS}")
    assert [str(w.at) for w in web.command.argv[1:3]] == [
        "deploy/shop.service:11:39",
        "deploy/shop.service:12:5",
    ]
    assert (web.command.shell, web.command.expansion, shell_syntax(web.command)) == (
        False,
        Expansion.BRACES,
        (),
    )
    assert [(e.name, e.value) for e in manifest.environment] == [("MODE", "live"), ("LEVEL", "info")]
    assert (manifest.cpu, manifest.memory, manifest.grace, manifest.open_env) == (1.5, 512, 20, True)
    assert not manifest.certain


def test_what_is_none(plant: Plant) -> None:
    tree = plant(
        {
            "a.service": "[Service]\nExecStart=/usr/bin/docker compose up\n",
            "b.service": "[Service]\nExecStart={{ path }}/gunicorn a:b\n",
            "c.service": "not a unit\n",
            "d.service": b"\x00ExecStart=gunicorn a:b",
            "e.service": "[Service]\nExecStart=\n",
        }
    )
    assert read(tree) == ()
