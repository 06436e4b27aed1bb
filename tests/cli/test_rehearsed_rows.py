"""What a rehearsal makes of its own rows: they are never taken for production's."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Cli
from tests.cli.test_rehearse import MAKE, POSTGRES, history, rehearsed, states

OBJECTS = (
    'op.execute("CREATE TABLE tools (id integer PRIMARY KEY, made json)")',
    'op.execute("DROP TABLE tools")',
)
RENAMED = (
    'op.execute("ALTER TABLE tools RENAME TO devices")',
    'op.execute("ALTER TABLE devices RENAME TO tools")',
)
READS = (
    "[{**each} for made, in op.get_bind().exec_driver_sql('SELECT made FROM devices') for each in made]",
    "pass",
)
KIND = (
    'op.execute("CREATE TABLE tool (id integer PRIMARY KEY, kind text)")',
    'op.execute("DROP TABLE tool")',
)
AS_ENUM = (
    "op.execute(\"CREATE TYPE kind AS ENUM ('saw')\")",
    (
        'op.execute("ALTER TABLE tool ALTER kind TYPE kind USING kind::kind"); '
        'op.execute("ALTER TABLE tool ALTER kind TYPE text"); op.execute("DROP TYPE kind")'
    ),
)
UNNAMED = ("pass", "raise ValueError(object())")


def test_a_row_is_ours_whatever_its_table_comes_to_be_called(cli: Cli, project: Path) -> None:
    root = history(project, OBJECTS, RENAMED, READS, url=POSTGRES)
    document = rehearsed(cli, root, "--exit-zero", "--fail-on", "critical", code=0)
    assert states(document) == ["reversible", "reversible", "reversible"]
    (found,) = [f for f in document["findings"] if f["code"] == "MIG205"]
    assert (found["subject"], found["confidence"]) == ("three", "likely")


def test_a_value_that_no_app_would_write_says_nothing_of_the_way_back(cli: Cli, project: Path) -> None:
    document = rehearsed(cli, history(project, KIND, AS_ENUM, url=POSTGRES), "--exit-zero")
    assert states(document) == ["reversible", "reversible"]
    assert {f["code"] for f in document["findings"]} & {"MIG201", "MIG202", "MIG205"} == set()


def test_no_address_of_an_object_is_told(cli: Cli, project: Path) -> None:
    document = rehearsed(cli, history(project, MAKE, UNNAMED), "--exit-zero")
    (found,) = [f for f in document["findings"] if f["code"] == "MIG202"]
    assert "ValueError: <object object>" in found["message"]


def test_the_code_of_a_src_layout_is_found_though_it_is_not_installed(cli: Cli, project: Path) -> None:
    (project / "src" / "shop" / "store").mkdir(parents=True)
    (project / "src" / "shop" / "names.py").write_text('TOOL = "tool"\n', encoding="utf-8")
    make = (MAKE[0].replace('op.execute("', '__import__("shop.names"); op.execute("'), MAKE[1])
    history(project / "src" / "shop" / "store", make)
    assert states(rehearsed(cli, project)) == ["reversible"]
