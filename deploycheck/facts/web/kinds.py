"""Which classes make web applications, which wrap them, and what a server must speak to each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Kind = Literal[
    "fastapi",
    "starlette",
    "flask",
    "quart",
    "litestar",
    "django",
    "aiohttp",
    "sanic",
    "falcon",
    "dash",
    "other",
]
Interface = Literal["asgi", "wsgi", ""]
"""What a server calls the app through; empty where the app brings its own server, or it is not known."""

MAKERS: Mapping[str, tuple[Kind, Interface]] = {
    "fastapi.FastAPI": ("fastapi", "asgi"),
    "fastapi.applications.FastAPI": ("fastapi", "asgi"),
    "mlflow.genai.agent_server.AgentServer": ("fastapi", "asgi"),
    "starlette.applications.Starlette": ("starlette", "asgi"),
    "flask.Flask": ("flask", "wsgi"),
    "flask.app.Flask": ("flask", "wsgi"),
    "apiflask.APIFlask": ("flask", "wsgi"),
    "flask_openapi3.OpenAPI": ("flask", "wsgi"),
    "quart.Quart": ("quart", "asgi"),
    "quart.app.Quart": ("quart", "asgi"),
    "quart_trio.QuartTrio": ("quart", "asgi"),
    "litestar.Litestar": ("litestar", "asgi"),
    "litestar.app.Litestar": ("litestar", "asgi"),
    "starlite.Starlite": ("litestar", "asgi"),
    "starlite.app.Starlite": ("litestar", "asgi"),
    "django.core.wsgi.get_wsgi_application": ("django", "wsgi"),
    "django.core.asgi.get_asgi_application": ("django", "asgi"),
    "configurations.wsgi.get_wsgi_application": ("django", "wsgi"),
    "configurations.asgi.get_asgi_application": ("django", "asgi"),
    "aiohttp.web.Application": ("aiohttp", ""),
    "sanic.Sanic": ("sanic", "asgi"),
    "sanic.app.Sanic": ("sanic", "asgi"),
    "falcon.App": ("falcon", "wsgi"),
    "falcon.API": ("falcon", "wsgi"),
    "falcon.asgi.App": ("falcon", "asgi"),
    "dash.Dash": ("dash", "wsgi"),
    "dash.dash.Dash": ("dash", "wsgi"),
    "bottle.Bottle": ("other", "wsgi"),
    "bottle.default_app": ("other", "wsgi"),
    "blacksheep.Application": ("other", "asgi"),
    "blacksheep.server.Application": ("other", "asgi"),
    "connexion.FlaskApp": ("other", ""),
    "connexion.AsyncApp": ("other", "asgi"),
    "connexion.App": ("other", ""),
    "robyn.Robyn": ("other", ""),
    "tornado.web.Application": ("other", ""),
    "gradio.Blocks": ("other", ""),
    "gradio.Interface": ("other", ""),
    "gradio.ChatInterface": ("other", ""),
    "gradio.TabbedInterface": ("other", ""),
    "streamlit.set_page_config": ("other", ""),
}
"""The library callable that makes an application, by qualified name."""

SAME_APP = frozenset({"server", "app", "wsgi_app", "asgi_app"})
"""Attributes that are the application again, as a server takes it: `dash.Dash().server`."""

TO_ASGI = frozenset(
    {
        "a2wsgi.WSGIMiddleware",
        "a2wsgi.wsgi.WSGIMiddleware",
        "asgiref.wsgi.WsgiToAsgi",
        "fastapi.middleware.wsgi.WSGIMiddleware",
        "starlette.middleware.wsgi.WSGIMiddleware",
        "uvicorn.middleware.wsgi.WSGIMiddleware",
        "socketio.ASGIApp",
        "engineio.ASGIApp",
        "channels.routing.ProtocolTypeRouter",
    }
)
TO_WSGI = frozenset(
    {"a2wsgi.ASGIMiddleware", "a2wsgi.asgi.ASGIMiddleware", "socketio.WSGIApp", "engineio.WSGIApp"}
)

WRAPPERS = TO_ASGI | TO_WSGI | {
    "werkzeug.middleware.dispatcher.DispatcherMiddleware",
    "werkzeug.middleware.proxy_fix.ProxyFix",
    "werkzeug.contrib.fixers.ProxyFix",
    "whitenoise.WhiteNoise",
    "whitenoise.base.WhiteNoise",
    "mangum.Mangum",
}  # fmt: skip
"""Callables that take an application and are one; so is anything whose name ends in `Middleware`."""


def is_wrapper(callee: str) -> bool:
    """Tell by its name alone whether calling something with an app gives an app."""
    return callee in WRAPPERS or callee.endswith("Middleware")


def interface_of(callee: str, inner: Interface) -> Interface:
    """Return what a server speaks to the result of wrapping an app that speaks `inner`."""
    if callee in TO_ASGI:
        return "asgi"
    return "wsgi" if callee in TO_WSGI else inner
