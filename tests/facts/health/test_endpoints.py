from __future__ import annotations

from pathlib import Path

import pytest

from deploycheck.facts.health import Endpoint, Purpose, endpoints_of, purpose_of
from tests.facts.projects import deployed, with_dockerfile

HEAD = """
import os, asyncio
from fastapi import FastAPI, APIRouter, Depends, HTTPException, Response, status
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from sqlalchemy import create_engine, text
from sqlalchemy.ext.asyncio import create_async_engine, AsyncSession, async_sessionmaker
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.exc import SQLAlchemyError

engine = create_engine(os.environ["DATABASE_URL"])
async_engine = create_async_engine(os.environ["DATABASE_URL"])
SessionLocal = sessionmaker(bind=engine)
app = FastAPI()

def get_db():
    db = SessionLocal()
    try:
        yield db
    finally:
        db.close()

"""
FLASK = """
import os
from flask import Flask, jsonify, make_response, abort
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import text
app = Flask(__name__)
app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["DATABASE_URL"]
db = SQLAlchemy(app)

"""


def endpoint(root: Path, code: str, head: str = HEAD) -> Endpoint:
    (found,) = endpoints_of(deployed(root, with_dockerfile({"main.py": head + code})))
    return found


def told(one: Endpoint) -> str:
    if one.constant:
        return "constant"
    if one.lies:
        return "lies"
    return "true" if one.truthful else "not known"


@pytest.mark.parametrize(
    ("path", "purpose"),
    [
        ("/health", Purpose.HEALTH),
        ("/api/v1/healthz", Purpose.HEALTH),
        ("/health/ready", Purpose.READINESS),
        ("/readyz", Purpose.READINESS),
        ("/health/live", Purpose.LIVENESS),
        ("/ping", Purpose.LIVENESS),
        ("/api/status", Purpose.HEALTH),
        ("/__heartbeat__", Purpose.HEALTH),
        ("/orders/status", None),
        ("/health/{id}", None),
        ("/healthcare", None),
        ("/", None),
    ],
)
def test_names(path: str, purpose: Purpose | None) -> None:
    assert purpose_of(path) is purpose


FASTAPI_CASES = {
    "a constant": ('@app.get("/health")\ndef h():\n    return {"status": "ok"}\n', "constant"),
    "a session that is only opened": (
        '@app.get("/health")\ndef h(db: Session = Depends(get_db)):\n    return {"status": "ok"}\n',
        "constant",
    ),
    "a session that is rolled back": (
        """
def session():
    db = SessionLocal()
    try:
        yield db
        db.commit()
    except Exception:
        db.rollback()
        raise
    finally:
        db.close()

@app.get("/health")
def h(db: Session = Depends(session)):
    return {"status": "ok"}
""",
        "constant",
    ),
    "a flag of the app": (
        """
@app.get("/ready")
def h():
    if not app.state.started:
        raise HTTPException(503)
    return {"status": "ok"}
""",
        "not known",
    ),
    "several checks at once": (
        """
async def database():
    async with async_engine.connect() as c:
        await c.execute(text("SELECT 1"))

async def queue():
    return True

@app.get("/ready")
async def h():
    results = await asyncio.gather(database(), queue(), return_exceptions=True)
    return {"database": not isinstance(results[0], Exception)}
""",
        "lies",
    ),
    "a retry": (
        """
def ping():
    for attempt in range(3):
        try:
            with engine.connect() as c:
                c.execute(text("SELECT 1"))
            return True
        except SQLAlchemyError:
            pass
    return False

@app.get("/health")
def h():
    return JSONResponse({}, status_code=200 if ping() else 503)
""",
        "true",
    ),
    "by an object of the module": (
        """
class Database:
    def __init__(self):
        self.engine = create_engine(os.environ["DATABASE_URL"])
    def ping(self) -> bool:
        try:
            with self.engine.connect() as c:
                c.execute(text("SELECT 1"))
            return True
        except SQLAlchemyError:
            return False

database = Database()

@app.get("/health")
def h():
    return {"database": "up" if database.ping() else "down"}
""",
        "lies",
    ),
    "a dict from except": (
        """
@app.get("/health")
def h(db: Session = Depends(get_db)):
    try:
        db.execute(text("SELECT 1"))
        return {"status": "ok"}
    except Exception:
        return {"status": "error"}
""",
        "lies",
    ),
    "an exception that nobody catches": (
        """
@app.get("/health")
def h(db: Session = Depends(get_db)):
    db.execute(text("SELECT 1"))
    return 1
""",
        "true",
    ),
    "a response with a status": (
        """
@app.get("/health")
def h():
    try:
        with engine.connect() as c:
            c.execute(text("SELECT 1"))
    except SQLAlchemyError:
        return JSONResponse({"status": "down"}, 503)
    return {"status": "ok"}
""",
        "true",
    ),
    "the framework's own response": (
        """
@app.get("/health")
async def h(response: Response):
    healthy = True
    try:
        async with async_engine.connect() as c:
            await c.execute(text("SELECT 1"))
    except Exception:
        healthy = False
    if not healthy:
        response.status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    return {"healthy": healthy}
""",
        "true",
    ),
    "a tuple": (
        """
@app.get("/health")
def h():
    try:
        with engine.connect() as c:
            c.execute(text("SELECT 1"))
    except Exception:
        return {"status": "down"}, 503
    return {"status": "ok"}
""",
        "lies",
    ),
    "a 503 that is caught": (
        """
@app.get("/health")
def h():
    try:
        if not check():
            raise HTTPException(503)
        return {"ok": True}
    except Exception:
        return {"ok": False}

def check():
    try:
        with engine.connect():
            return True
    except SQLAlchemyError:
        return False
""",
        "lies",
    ),
    "a 503 that is raised again": (
        """
@app.get("/health")
def h():
    try:
        if not check():
            raise HTTPException(status_code=503)
        return {"ok": True}
    except HTTPException:
        raise
    except Exception:
        return {"ok": False}

def check():
    try:
        with engine.connect():
            return True
    except SQLAlchemyError:
        return False
""",
        "true",
    ),
    "a dict of checks": (
        """
@app.get("/ready")
async def h():
    checks = {"cache": True, "db": True}
    try:
        async with async_engine.connect() as c:
            await asyncio.wait_for(c.execute(text("SELECT 1")), 3)
    except Exception as e:
        checks["db"] = False
    ok = all(checks.values())
    return JSONResponse(checks, status_code=200 if ok else 503)
""",
        "true",
    ),
    "a helper that gives a pair": (
        """
def ping():
    try:
        with SessionLocal() as s:
            s.execute(text("SELECT 1"))
        return True, None
    except Exception as e:
        return False, str(e)

@app.get("/health")
def h():
    ok, error = ping()
    if ok:
        return {"status": "healthy"}
    return {"status": "unhealthy", "error": error}
""",
        "lies",
    ),
    "in a thread": (
        """
def ping():
    with engine.connect() as c:
        c.execute(text("SELECT 1"))

@app.get("/health")
async def h():
    try:
        await run_in_threadpool(ping)
    except Exception:
        raise HTTPException(503, "no database")
    return {"status": "healthy"}
""",
        "true",
    ),
    "something unknown": (
        """
from elsewhere import checker
@app.get("/health")
async def h():
    return await checker.run()
""",
        "not known",
    ),
    "a service by dependency": (
        """
class Health:
    def __init__(self, db: Session = Depends(get_db)):
        self.db = db
    def check(self) -> bool:
        try:
            self.db.execute(text("SELECT 1"))
        except Exception:
            return False
        return True

@app.get("/health")
def h(service: Health = Depends()):
    return {"ok": service.check()}
""",
        "lies",
    ),
    "a dependency that executes": (
        """
def checked(db: Session = Depends(get_db)):
    db.execute(text("SELECT 1"))
    return db

@app.get("/health", dependencies=[Depends(checked)])
def h():
    return {"ok": True}
""",
        "true",
    ),
}


@pytest.mark.parametrize(("code", "expected"), FASTAPI_CASES.values(), ids=FASTAPI_CASES)
def test_fastapi(tmp_path: Path, code: str, expected: str) -> None:
    assert told(endpoint(tmp_path, code)) == expected


FLASK_CASES = {
    "a constant": ('@app.route("/health")\ndef h():\n    return jsonify(status="ok"), 200\n', "constant"),
    "a tuple": (
        """
@app.route("/health")
def h():
    try:
        db.session.execute(text("SELECT 1"))
    except Exception as e:
        return jsonify({"status": "down"}), 503
    return "OK"
""",
        "true",
    ),
    "a dict": (
        """
@app.route("/health")
def h():
    try:
        db.session.execute(text("SELECT 1"))
        state = "up"
    except Exception as e:
        state = "down"
    return {"database": state}
""",
        "lies",
    ),
    "abort": (
        """
@app.route("/health")
def h():
    try:
        db.session.execute(text("SELECT 1"))
    except Exception:
        abort(503)
    return "OK"
""",
        "true",
    ),
    "a response changed": (
        """
@app.route("/health")
def h():
    resp = make_response("ok")
    try:
        db.engine.connect()
    except Exception:
        resp.status_code = 500
    return resp
""",
        "true",
    ),
}


@pytest.mark.parametrize(("code", "expected"), FLASK_CASES.values(), ids=FLASK_CASES)
def test_flask(tmp_path: Path, code: str, expected: str) -> None:
    assert told(endpoint(tmp_path, code, FLASK)) == expected


def test_what_holds_up_the_loop(tmp_path: Path) -> None:
    found = endpoint(
        tmp_path,
        """
@app.get("/health")
async def h(db: Session = Depends(get_db)):
    db.execute(text("SELECT 1"))
    await asyncio.to_thread(ping)
    async with async_engine.connect() as c:
        await c.execute(text("SELECT 1"))

def ping():
    engine.connect()
""",
    )
    assert [t.text for t in found.touches if t.blocking] == ['db.execute(text("SELECT 1"))']


def test_what_leaks(tmp_path: Path) -> None:
    code = """
@app.get("/health")
def h():
    try:
        engine.connect()
    except Exception as e:
        return JSONResponse({"error": f"no database: {e}", "type": type(e).__name__}, 503)
"""
    (leak,) = {a.leak for a in endpoint(tmp_path, code).down}
    assert leak is not None
    assert leak.line == HEAD.count("\n") + 7
