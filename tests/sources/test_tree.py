"""The tree: what is listed, what is left out, and what is said about it."""

from __future__ import annotations

import errno
import os
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from deploycheck.sources.tree import ReadError, Tree


def write(root: Path, **files: str | bytes) -> None:
    make(root, files)


def make(root: Path, files: dict[str, str | bytes]) -> Tree:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return Tree(root)


def reasons(tree: Tree) -> dict[str, str]:
    return {unread.path: unread.reason for unread in tree.unread}


def git(root: Path, *words: str) -> str:
    environment = {"PATH": os.environ["PATH"], "HOME": str(root), "GIT_CONFIG_NOSYSTEM": "1"}
    done = subprocess.run(
        ["git", *words], cwd=root, env=environment, capture_output=True, text=True, check=False
    )
    return done.stdout


def test_lists_sorted_relative_paths(tmp_path: Path) -> None:
    tree = make(tmp_path, {"b.py": "", "a/z.py": "", "a b/{c}.txt": "", "a.py": ""})
    assert tree.files == ("a b/{c}.txt", "a.py", "a/z.py", "b.py")
    assert tree.unread == []


def test_a_missing_root_is_unread_not_empty(tmp_path: Path) -> None:
    tree = Tree(tmp_path / "nowhere")
    assert tree.files == ()
    assert "no such file" in reasons(tree)["."]


def test_matching_by_name_by_path_and_once(tmp_path: Path) -> None:
    tree = make(tmp_path, {"app.yaml": "", "x/app.yaml": "", ".github/workflows/ci.yml": "", "x/ci.yml": ""})
    assert tree.matching("app.yaml", "app.*") == ("app.yaml", "x/app.yaml")
    assert tree.matching(".github/workflows/*.yml") == (".github/workflows/ci.yml",)
    assert tree.matching() == ()


@pytest.mark.parametrize(
    ("asked", "there"),
    [
        ("a/b.py", True),
        ("./a/b.py", True),
        ("a/../a/b.py", True),
        ("a//b.py", True),
        ("a", False),
        ("", False),
        ("../x/a/b.py", False),
        ("/etc/passwd", False),
        ("a/\0", False),
    ],
)
def test_exists_normalises(tmp_path: Path, asked: str, there: bool) -> None:
    assert make(tmp_path, {"a/b.py": ""}).exists(asked) is there


def test_directories(tmp_path: Path) -> None:
    tree = make(tmp_path, {"a/b/c.py": "", "node_modules/x.js": ""})
    assert [tree.is_directory(p) for p in ("", ".", "a", "a/b/", "a/b/c.py", "node_modules", "..")] == [
        *[True] * 4,
        *[False] * 3,
    ]


def test_leaves_out_what_is_not_the_projects_own(tmp_path: Path) -> None:
    tree = make(
        tmp_path,
        {
            ".git/config": "",
            "env/pyvenv.cfg": "",
            "env/lib/x.py": "",
            "conda/conda-meta/history": "",
            "web/node_modules/x.js": "",
            "lib/site-packages/x.py": "",
            "__pycache__/x.pyc": "",
            "{{cookiecutter.slug}}/app.py": "{{",
            "copier.yml": '_subdirectory: "template"\nname:\n  type: str\n',
            "template/app.py": "{{",
            "build/kept.py": "",
        },
    )
    assert tree.files == ("build/kept.py", "copier.yml")
    assert {s.path: s.reason for s in tree.skipped}["env"] == "a virtual environment"
    assert {s.path for s in tree.skipped} >= {"template", "{{cookiecutter.slug}}", "web/node_modules"}


def test_a_virtual_environment_in_the_root_does_not_hide_the_project(tmp_path: Path) -> None:
    tree = make(tmp_path, {"pyvenv.cfg": "", "app.py": "", "lib/python3.12/site-packages/x.py": ""})
    assert tree.files == ("app.py", "pyvenv.cfg")


def test_a_copier_file_without_a_sub_folder_hides_nothing(tmp_path: Path) -> None:
    assert make(tmp_path, {"copier.yml": "name: x\n", "app.py": ""}).exists("app.py")


def test_gitignore_nested_negated_and_excluded(tmp_path: Path) -> None:
    tree = make(
        tmp_path,
        {
            ".gitignore": "*.log\n!keep.log\nbuild/\n/only\n!\n\\\n",
            ".git/info/exclude": "mine.txt\n",
            "a/.gitignore": "!a.log\nb.py\n",
            "a/a.log": "",
            "a/b.py": "",
            "b.py": "",
            "keep.log": "",
            "x.log": "",
            "build/.gitignore": "!*\n",
            "build/out.py": "",
            "only": "",
            "a/only": "",
            "mine.txt": "",
        },
    )
    assert tree.files == (".gitignore", "a/.gitignore", "a/a.log", "a/only", "b.py", "keep.log")
    assert [tree.ignored(p) for p in ("x.log", "build/out.py", "build", "mine.txt")] == [True] * 4
    assert [tree.ignored(p) for p in ("a/a.log", "b.py", "gone.log", "", "../x")] == [False] * 5


def test_ignore_files_above_the_target_count(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    write(tmp_path, **{".gitignore": "*.tmp\n/apps/x/gen\n", "apps/.gitignore": "!keep.tmp\n"})
    tree = make(tmp_path / "apps/x", {"a.tmp": "", "keep.tmp": "", "gen/y.py": "", "z.py": ""})
    assert tree.files == ("keep.tmp", "z.py")


def test_a_target_that_is_itself_ignored_is_read(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    write(tmp_path, **{".gitignore": "out/\n"})
    assert make(tmp_path / "out", {"app.py": ""}).files == ("app.py",)


@pytest.mark.parametrize("version", ["2", "4"])
def test_what_git_tracks_is_not_ignored(tmp_path: Path, version: str) -> None:
    write(tmp_path, **{"back/.env": "A=1", "back/out/x.py": "", "back/app.py": "", "back/out/y.py": ""})
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "back/.env", "back/out/x.py", "back/app.py")
    git(tmp_path, "update-index", "--index-version", version)
    write(tmp_path, **{".gitignore": ".env\nout/\n"})
    assert Tree(tmp_path / "back").files == (".env", "app.py", "out/x.py")
    assert Tree(tmp_path).files == (".gitignore", "back/.env", "back/app.py", "back/out/x.py")
    assert not Tree(tmp_path).ignored("back/.env")


@pytest.mark.parametrize("index", [b"", b"DIRC", b"DIRC\0\0\0\2\0\0\0\x09abc", b"DIRC\0\0\0\x09\0\0\0\1"])
def test_a_broken_index_says_nothing(tmp_path: Path, index: bytes) -> None:
    tree = make(tmp_path, {".git/index": index, ".gitignore": "x.py\n", "x.py": "", "y.py": ""})
    assert tree.files == (".gitignore", "y.py")


@pytest.mark.parametrize(
    "patterns",
    [
        "*.txt\n!foo/\n",
        "a/*\n!a/b/\n",
        "**/b/c.txt\n",
        "a/**\n!a/b\n",
        "/*\n!/a\n",
        "c.txt\n!a/b/c.txt\n",
        "a/b\n",
        "b/\n",
        "[ac].txt\n",
        "a b/\n\\#x\n",
        "*\n!*/\n!*.py\n",
        "foo*\n!foo/**\n",
        "[[:alpha:]].txt\n[]a]\n",
        "[!a-c]\\.py\n[\nfoo/[\n",
        "\\a.txt  \n*b/*c*t\n",
        "**/foo/**/c*\n/**/d/**\n",
        "?.txt\n[z-a].txt\n**/\n!a/\n",
    ],
)
def test_ignores_as_git_itself(tmp_path: Path, patterns: str) -> None:
    names = [
        "a.txt",
        "foo/a.txt",
        "foo/b/c.txt",
        "a/b/c.txt",
        "a/d.txt",
        "a b/x.py",
        "#x",
        "d/e/f.py",
        "foo.py",
    ]
    tree = make(tmp_path, {".gitignore": patterns, **dict.fromkeys(names, "")})
    git(tmp_path, "init", "-q")
    expected = git(tmp_path, "ls-files", "-z", "--others", "--exclude-standard").split("\0")
    assert list(tree.files) == sorted(filter(None, expected))


def test_a_hostile_pattern_does_not_hang(tmp_path: Path) -> None:
    tree = make(
        tmp_path, {".gitignore": "*a" * 60 + "b\n" + "**/a/" * 60 + "b\n", "a/" * 100 + "a" * 200: ""}
    )
    assert len(tree.files) == 2


def test_a_checkout_whose_git_folder_is_elsewhere(tmp_path: Path) -> None:
    make(tmp_path, {"main/a.py": ""})
    git(tmp_path / "main", "init", "-q", "--separate-git-dir", str(tmp_path / "data"))
    write(tmp_path, **{"data/info/exclude": "*.py\n"})
    git(tmp_path / "main", "add", "-f", "a.py")
    write(tmp_path, **{"main/b.py": ""})
    assert Tree(tmp_path / "main").files == ("a.py",)


def test_exclude(tmp_path: Path) -> None:
    write(tmp_path, **{"a.py": "", "old/b.py": ""})
    tree = Tree(tmp_path, exclude=["old/"])
    assert tree.files == ("a.py",)
    assert tree.skipped[0].reason == "excluded by the configuration"


def test_links(tmp_path: Path) -> None:
    root = tmp_path / "project"
    write(tmp_path, **{"secret.txt": "s"})
    write(
        root,
        **{
            "docker/Dockerfile.prod": "FROM x\n",
            "real/app.py": "a = 1\n",
            ".gitignore": "ignored.py",
            "ignored.py": "",
        },
    )
    for name, target in {
        "Dockerfile": "docker/Dockerfile.prod",
        "folder": "real",
        "real/again": "..",
        "dangling": "nowhere",
        "loop": "loop",
        "out": "../secret.txt",
        "out_folder": "..",
        "to_ignored": "ignored.py",
    }.items():
        (root / name).symlink_to(target)
    tree = Tree(root)
    assert tree.files == (".gitignore", "docker/Dockerfile.prod", "real/app.py")
    assert tree.matching("Dockerfile") == ("docker/Dockerfile.prod",)
    assert tree.text("Dockerfile") == "FROM x\n"
    assert tree.resolve("folder/app.py") == "real/app.py"
    assert tree.resolve("real/again/folder/app.py") == "real/app.py"
    assert tree.is_directory("folder")
    assert tree.links == {"Dockerfile": "docker/Dockerfile.prod", "folder": "real", "real/again": ""}
    assert [s.path for s in tree.skipped] == ["to_ignored"]
    said = reasons(tree)
    assert "does not exist" in said["dangling"]
    assert "circle" in said["loop"]
    assert "out of the project" in said["out"]
    assert "out of the project" in said["out_folder"]
    assert not tree.exists("out_folder/secret.txt")
    with pytest.raises(ReadError, match="out of the project"):
        tree.text("out")


def test_a_root_that_is_a_link_is_followed(tmp_path: Path) -> None:
    write(tmp_path / "real", **{"app.py": "x"})
    (tmp_path / "link").symlink_to("real")
    assert Tree(tmp_path / "link").text("app.py") == "x"


def test_pipes_and_sockets_are_never_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(tmp_path / "app.yaml")
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("s.sock")
        (tmp_path / "link.yaml").symlink_to("app.yaml")
        tree = Tree(tmp_path)
        assert tree.files == ()
    assert "a pipe" in reasons(tree)["app.yaml"]
    assert "a socket" in reasons(tree)["s.sock"]
    assert "a pipe" in reasons(tree)["link.yaml"]


def test_a_file_that_becomes_a_pipe_does_not_hang(tmp_path: Path) -> None:
    tree = make(tmp_path, {"app.yaml": ""})
    assert tree.exists("app.yaml")
    (tmp_path / "app.yaml").unlink()
    os.mkfifo(tmp_path / "app.yaml")
    with pytest.raises(ReadError, match="a pipe"):
        tree.text("app.yaml")


def test_a_name_that_is_not_utf8_is_named_and_printable(tmp_path: Path) -> None:
    (Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.py"))).write_text("")
    tree = Tree(tmp_path)
    assert tree.files == ()
    assert tree.unread[0].path == "caf\\xe9.py"
    assert str(tree.unread[0].at).encode()


def test_permission_denied_is_recorded_once_and_raised_each_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = make(tmp_path, {"app.yaml": "a: 1", "b.yaml": "b: 1"})

    def refuse(file: str, *rest: int) -> int:
        if str(file).endswith("app.yaml"):
            raise PermissionError(errno.EACCES, "Permission denied", str(file))
        return real(file, *rest)

    real = os.open
    monkeypatch.setattr(os, "open", refuse)
    for _ in range(2):
        with pytest.raises(ReadError, match="permission denied") as caught:
            tree.yaml("app.yaml")
        assert str(tmp_path) not in str(caught.value)
    assert [u.path for u in tree.unread] == ["app.yaml"]
    assert tree.yaml("b.yaml")[0].data == {"b": 1}


def test_a_folder_that_cannot_be_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree = make(tmp_path, {"a/x.py": "", "b/y.py": ""})
    real = os.scandir

    def refuse(folder: str) -> object:
        if folder.endswith("/a"):
            raise PermissionError(errno.EACCES, "Permission denied")
        return real(folder)

    monkeypatch.setattr(os, "scandir", refuse)
    assert tree.files == ("b/y.py",)
    assert "permission denied" in reasons(tree)["a"]


def test_a_file_over_the_limit_is_named_and_not_read(tmp_path: Path) -> None:
    write(tmp_path, **{"big.py": "x" * 2000})
    tree = Tree(tmp_path, limit=1000)
    assert tree.size("big.py") == 2000
    with pytest.raises(ReadError, match="over the limit"):
        tree.text("big.py")
    assert "exclude it" in reasons(tree)["big.py"]


def test_asking_for_what_is_not_there_says_why(tmp_path: Path) -> None:
    tree = make(tmp_path, {".gitignore": ".env\n", ".env": "A=1", "a/b.py": ""})
    for path, why in {
        ".env": "git ignores it",
        "a": "a folder",
        "gone.py": "no such file",
        "/etc/passwd": "outside of the project",
        "../x": "outside of the project",
    }.items():
        with pytest.raises(ReadError, match=why):
            tree.text(path)
    assert len(tree.unread) == 5


def test_a_file_that_vanishes(tmp_path: Path) -> None:
    tree = make(tmp_path, {"a.py": ""})
    assert tree.files
    (tmp_path / "a.py").unlink()
    for read in (tree.text, tree.size):
        with pytest.raises(ReadError, match="no such file"):
            read("a.py")


def test_lines_and_cache(tmp_path: Path) -> None:
    tree = make(tmp_path, {"a.txt": "one\r\ntwo\rthree\n\n", "b.txt": "x", "c.txt": ""})
    assert tree.lines("a.txt") == ("one", "two", "three", "")
    assert tree.lines("b.txt") == ("x",)
    assert tree.lines("c.txt") == ()
    assert tree.lines("a.txt") is tree.lines("./a.txt")


def test_notes_tell_a_guessed_encoding(tmp_path: Path) -> None:
    tree = make(tmp_path, {"a.txt": b"a\ncaf\xe9\n"})
    assert tree.text("a.txt") == "a\ncafé\n"
    assert [(n.path, n.at.line) for n in tree.notes] == [("a.txt", 2)]
    assert tree.unread == []


def test_toml_and_dotenv_through_the_tree(tmp_path: Path) -> None:
    tree = make(tmp_path, {"a.toml": "x = 1\n", "bad.toml": "x = \n", ".env": "A=1\n=x\n"})
    assert tree.toml("a.toml").data == {"x": 1}
    with pytest.raises(ReadError) as caught:
        tree.toml("bad.toml")
    assert caught.value.at.line == 1
    assert tree.dotenv(".env")[0].name == "A"
    assert [n.at.line for n in tree.notes] == [2]
    assert [u.path for u in tree.unread] == ["bad.toml"]


def test_listing_imports_no_parser(tmp_path: Path) -> None:
    write(tmp_path, **{"app.py": ""})
    code = (
        "import sys; from pathlib import Path; from deploycheck.sources.tree import Tree;"
        f"Tree(Path({str(tmp_path)!r})).files;"
        "print(*sorted({'yaml', 'dotenv', 'tomllib'} & set(sys.modules)))"
    )
    done = subprocess.run(["python", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def counting(function: Callable[..., object], calls: list[object]) -> Callable[..., object]:
    def call(*words: object, **options: object) -> object:
        calls.append(words)
        return function(*words, **options)

    return call


def test_listing_asks_the_system_once_a_folder_not_once_a_file(tmp_path: Path) -> None:
    # A time would make the test flaky; the number of system calls that cost time does not vary.
    for folder in range(10):
        write(tmp_path / f"p{folder}", **{f"m{n}.py": "" for n in range(50)})
    calls: list[object] = []
    with pytest.MonkeyPatch.context() as patch:
        for name in ("stat", "lstat", "open"):
            patch.setattr(os, name, counting(getattr(os, name), calls))
        assert len(Tree(tmp_path).files) == 500
    assert len(calls) <= 20 + 2 * len(tmp_path.parts)
