"""`python main.py`: the call that starts the server, wherever it stands."""

# ruff: noqa: S104 - addresses that the commands name

from __future__ import annotations

from pathlib import Path

from deploycheck.facts.server import read_server
from tests.facts.server.start import FASTAPI, FLASK, command, data, project, start, told, trail

SETTINGS = {
    "config.py": """
        from pydantic_settings import BaseSettings
        class Settings(BaseSettings):
            host: str = "0.0.0.0"
            port: int = 8000
            workers: int = 4
            debug: bool = False
        settings = Settings()
    """,
}


def test_uvicorn_run_through_a_function_and_settings(tmp_path: Path) -> None:
    main = """
        import uvicorn
        from config import settings
        def main():
            uvicorn.run("app:app", host=settings.host, port=settings.port, workers=settings.workers)
        if __name__ == "__main__":
            main()
    """
    server = start(tmp_path, FASTAPI | SETTINGS | {"main.py": main}, "python -u main.py")
    assert (server.program, server.entry, server.certain) == ("uvicorn", "main.py", True)
    assert (data(server.workers), data(server.host), data(server.port)) == (4, "0.0.0.0", 8000)
    assert str(server.target) == "app:app"
    assert "config.py:6:13 workers = 4" in trail(server.workers) or "config.py:6:5 workers = 4" in trail(
        server.workers
    )


def test_the_guard_of_another_module_does_not_run(tmp_path: Path) -> None:
    main = 'import helper\nif __name__ == "__main__":\n    helper.greet()\n'
    helper = 'import uvicorn\ndef greet(): ...\nif __name__ == "__main__":\n    uvicorn.run("app:app")\n'
    program, tree = project(tmp_path, {"main.py": main, "helper.py": helper})
    assert read_server(program, tree, command("python main.py"), "") is None


def test_a_package_runs_its_main_module(tmp_path: Path) -> None:
    files = {
        "shop/__init__.py": "",
        "shop/__main__.py": "from shop.serve import go\ngo()\n",
        "shop/serve.py": "import uvicorn\ndef go(port=81):\n    uvicorn.run('shop.api:app', port=port)\n",
        "shop/api.py": "app = None\n",
    }
    server = start(tmp_path, files, "python -m shop")
    assert data(server.port) == 81
    assert server.target is not None
    assert server.target.path == "shop/api.py"


def test_a_server_object_runs_one_process(tmp_path: Path) -> None:
    main = """
        import asyncio
        import uvicorn
        from app import app
        async def main():
            config = uvicorn.Config(app, "0.0.0.0", 5, workers=3)
            await uvicorn.Server(config).serve()
        asyncio.run(main())
    """
    server = start(tmp_path, FASTAPI | {"main.py": main}, "python main.py")
    assert (data(server.workers), data(server.host), data(server.port)) == (1, "0.0.0.0", 5)
    assert server.target is not None
    assert server.target.passed


def test_branches_that_the_environment_decides(tmp_path: Path) -> None:
    main = """
        import os, uvicorn
        if os.getenv("DEV"):
            uvicorn.run("app:app", reload=True)
        else:
            uvicorn.run("app:app", host="0.0.0.0", workers=4)
    """
    files = FASTAPI | {"main.py": main}
    assert data(start(tmp_path, files, "python main.py").workers) == 4
    env: dict[str, str | None] = {"DEV": "1"}
    assert data(start(tmp_path, files, "python main.py", env).reload, env) is True
    both = start(tmp_path, files, "python main.py", known=False)
    assert data(both.host, {}) == "0.0.0.0"
    assert data(both.host, env) == "127.0.0.1"


def test_a_command_line_framework_hides_the_way_but_not_the_server(tmp_path: Path) -> None:
    main = """
        import typer, uvicorn
        cli = typer.Typer()
        @cli.command()
        def serve(port: int = 8000):
            uvicorn.run("app:app", host="0.0.0.0", port=port)
        if __name__ == "__main__":
            cli()
    """
    server = start(tmp_path, FASTAPI | {"main.py": main}, "python main.py serve")
    assert (server.program, server.certain, data(server.host)) == ("uvicorn", False, "0.0.0.0")


def test_the_script_reads_its_own_options(tmp_path: Path) -> None:
    main = """
        import argparse, uvicorn
        parser = argparse.ArgumentParser()
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("-n", "--processes", type=int)
        args = parser.parse_args()
        uvicorn.run("app:app", host="0.0.0.0", port=args.port, workers=args.processes)
    """
    files = FASTAPI | {"main.py": main}
    assert data(start(tmp_path, files, "python main.py").port) == 8000
    server = start(tmp_path, files, "python main.py --port $PORT -n 3", {"PORT": "81"})
    assert (data(server.port, {"PORT": "81"}), data(server.workers)) == (81, 3)


def test_a_project_script_is_followed(tmp_path: Path) -> None:
    files = FASTAPI | {
        "pyproject.toml": '[project]\nname = "shop"\n[project.scripts]\nshop = "cli:main"\n',
        "cli.py": "import uvicorn\ndef main():\n    uvicorn.run('app:app', port=7)\n",
    }
    server = start(tmp_path, files, "uv run shop")
    assert (server.program, data(server.port), server.entry) == ("uvicorn", 7, "cli.py")


def test_gunicorn_started_by_code_takes_its_options_and_nothing_else(tmp_path: Path) -> None:
    main = """
        import os
        from gunicorn.app.base import BaseApplication
        from app import app
        class Standalone(BaseApplication):
            def __init__(self, app, options=None):
                self.options = options or {}
                super().__init__()
        if __name__ == "__main__":
            options = {"bind": f"0.0.0.0:{os.getenv('PORT', '80')}", "workers": int(os.getenv("N", "3"))}
            Standalone(app, options).run()
    """
    files = FASTAPI | {"main.py": main, "gunicorn.conf.py": "workers = 9\n"}
    server = start(tmp_path, files, "python main.py", {"GUNICORN_CMD_ARGS": "-w 8"})
    assert (server.program, data(server.workers), data(server.port)) == ("gunicorn", 3, 80)
    assert data(server.worker_class) == "sync"
    assert data(server.workers, {"N": "5"}) == 5


def test_code_that_starts_a_server_program(tmp_path: Path) -> None:
    main = """
        import os, subprocess, sys
        port = os.environ.get("PORT", "9")
        if os.getenv("DEV"):
            subprocess.run([sys.executable, "-m", "uvicorn", "app:app", "--reload"])
        else:
            os.execvp("gunicorn", ["gunicorn", "app:app", "--bind", f"0.0.0.0:{port}", "-w", "3"])
    """
    files = FASTAPI | {"main.py": main}
    server = start(tmp_path, files, "python main.py")
    assert (server.program, data(server.workers), data(server.port)) == ("gunicorn", 3, 9)
    env: dict[str, str | None] = {"DEV": "1"}
    assert data(start(tmp_path, files, "python main.py", env).reload, env) is True


def test_flask_serves_itself_for_development(tmp_path: Path) -> None:
    main = "from wsgi import application as app\napp.run(host='0.0.0.0', debug=True)\n"
    server = start(tmp_path, FLASK | {"main.py": main}, "python main.py")
    assert (server.program, server.production, data(server.reload)) == ("flask", False, True)
    assert (data(server.host), data(server.port), data(server.workers)) == ("0.0.0.0", 5000, 1)


def test_gradio_and_waitress(tmp_path: Path) -> None:
    gradio = "import gradio as gr\nwith gr.Blocks() as demo:\n    gr.Markdown('x')\ndemo.launch()\n"
    server = start(tmp_path, {"main.py": gradio}, "python main.py", {"GRADIO_SERVER_PORT": None})
    assert (server.program, data(server.host)) == ("gradio", "127.0.0.1")
    waitress = "from waitress import serve\nfrom wsgi import application\nserve(application, listen='*:81')\n"
    other = start(tmp_path, FLASK | {"main.py": waitress}, "python main.py")
    assert (other.program, data(other.host), data(other.port)) == ("waitress", "*", 81)


def test_keywords_that_uvicorn_does_not_take(tmp_path: Path) -> None:
    main = "import uvicorn\nuvicorn.run('app:app', worker_class='x')\n"
    (problem,) = start(tmp_path, FASTAPI | {"main.py": main}, "python main.py").problems
    assert (problem.kind, problem.subject, problem.at.line) == ("not-an-argument", "worker_class", 2)


def test_options_in_arguments_that_cannot_be_followed_are_unknown(tmp_path: Path) -> None:
    main = "import uvicorn, json\nuvicorn.run('app:app', **json.load(open('x')))\n"
    server = start(tmp_path, FASTAPI | {"main.py": main}, "python main.py")
    assert told(server.workers).unknown
    assert told(server.host).unknown
