from __future__ import annotations

import pytest

from deploycheck.facts.migrations.inverses import History
from deploycheck.facts.schema.model import Change, Thing
from tests.facts.migrations.changes import (
    add_column,
    alter,
    column,
    compared,
    constraint,
    create,
    create_index,
    create_table,
    drop,
    drop_column,
    drop_constraint,
    drop_index,
    drop_table,
    neutral,
    rename,
    rename_column,
    rename_table,
    unknown,
    words,
    write,
)

USER = create_table("user", "id", "email")
COLOUR = create_table("car", "id", column("colour", "Enum()", enum="colour", values=("red", "blue")))
FK = constraint("foreign", "fk_order_user", "order", "user_id", target="user")
ORDER = create_table("order", "id", "user_id", constraints=(FK,))


@pytest.mark.parametrize(
    ("up", "down"),
    [
        ([USER], [drop_table("user")]),
        ([USER], [drop_table("user", tolerant=True)]),
        ([USER, create_index("ix", "user", "email")], [drop_table("user")]),
        ([USER, create_index("ix", "user", "email")], [drop_index("ix"), drop_table("user")]),
        ([USER, ORDER], [drop_table("order"), drop_table("user")]),
        (
            [USER, create_table("order", "id"), FK],
            [drop_constraint("fk_order_user", "order"), drop_table("user"), drop_table("order")],
        ),
        ([USER, ORDER], [drop_table("user", cascade=True), drop_table("order")]),
        ([add_column("user", "age")], [drop_column("user", "age")]),
        (
            [add_column("user", "age", index=True)],
            [drop_index("ix_user_age", "user"), drop_column("user", "age")],
        ),
        (
            [add_column("user", "team_id", references="team")],
            [drop_constraint("user_team_id_fkey", "user", "foreign"), drop_column("user", "team_id")],
        ),
        (
            [add_column("user", "team_id"), constraint("foreign", "", "user", "team_id", target="team")],
            [drop_column("user", "team_id")],
        ),
        (
            [add_column("user", "age"), create_index("ix", "user", "age", "email")],
            [drop_column("user", "age")],
        ),
        (
            [add_column("user", "age"), alter("user", "age", "nullable", "False")],
            [drop_column("user", "age")],
        ),
        ([drop_column("user", "age")], [add_column("user", "age")]),
        ([drop_table("user")], [USER]),
        ([drop_index("ix", "user"), drop_table("user")], [USER, create_index("ix", "user", "email")]),
        (
            [drop_constraint("fk", "user", "foreign"), drop_column("user", "team_id")],
            [add_column("user", "team_id", references="team")],
        ),
        ([drop_constraint("uq", "user", "unique")], [constraint("unique", "uq", "user", "email")]),
        ([constraint("unique", "", "user", "email")], [drop_constraint("user_email_key", "user", "unique")]),
        ([constraint("unique", "", "user", "email")], [drop_constraint("uq_user", "user")]),
        ([rename_table("user", "member")], [rename_table("member", "user")]),
        (
            [rename_table("user", "member"), add_column("member", "age")],
            [drop_column("member", "age"), rename_table("member", "user")],
        ),
        (
            [rename_table("user", "member"), add_column("member", "age")],
            [rename_table("member", "user"), drop_column("user", "age")],
        ),
        ([rename_column("user", "mail", "email")], [rename_column("user", "email", "mail")]),
        (
            [rename_column("user", "mail", "email"), create_index("ix", "user", "email")],
            [drop_index("ix"), rename_column("user", "email", "mail")],
        ),
        (
            [alter("user", "email", "nullable", "False", "True")],
            [alter("user", "email", "nullable", "True", "False")],
        ),
        ([alter("user", "email", "nullable", "False")], [alter("user", "email", "nullable", "True")]),
        (
            [alter("user", "email", "type", "Text()", "String(length=50)")],
            [alter("user", "email", "type", "VARCHAR(50)")],
        ),
        ([alter("user", "n", "server_default", "'0'")], [alter("user", "n", "server_default", "None")]),
        ([create(Thing.VIEW, "v")], [drop(Thing.VIEW, "v")]),
        (
            [create(Thing.FUNCTION, "f"), create(Thing.TRIGGER, "t", "user")],
            [drop(Thing.TRIGGER, "t", "user"), drop(Thing.FUNCTION, "f")],
        ),
        (
            [create(Thing.FUNCTION, "f"), create(Thing.TRIGGER, "t", "user")],
            [drop(Thing.FUNCTION, "f", cascade=True)],
        ),
        (
            [create(Thing.TYPE, "colour"), add_column("car", "colour", enum="colour")],
            [drop_column("car", "colour"), drop(Thing.TYPE, "colour", tolerant=True)],
        ),
        ([COLOUR], [drop_table("car"), drop(Thing.TYPE, "colour")]),
        (
            [create(Thing.SCHEMA, "audit"), create_table("audit.log")],
            [drop(Thing.SCHEMA, "audit", cascade=True)],
        ),
        (
            [create(Thing.FUNCTION, "f", sql="CREATE OR REPLACE FUNCTION f()")],
            [create(Thing.FUNCTION, "f", sql="CREATE OR REPLACE FUNCTION f()")],
        ),
        ([drop(Thing.VIEW, "v"), create(Thing.VIEW, "v")], [drop(Thing.VIEW, "v"), create(Thing.VIEW, "v")]),
        (
            [drop_constraint("fk", "a", "foreign"), constraint("foreign", "fk", "a", "b_id", target="b")],
            [drop_constraint("fk", "a", "foreign"), constraint("foreign", "fk", "a", "b_id", target="b")],
        ),
        (
            [create(Thing.TYPE_VALUE, "green", "colour")],
            [
                rename(Thing.TYPE, "colour", "colour_old"),
                create(Thing.TYPE, "colour", columns=(column("", values=("red",)),)),
                alter("car", "colour", "type", "colour"),
                drop(Thing.TYPE, "colour_old"),
            ],
        ),
        ([rename(Thing.INDEX, "ix_a", "ix_b")], [rename(Thing.INDEX, "ix_b", "ix_a")]),
    ],
)
def test_what_is_taken_back(up: list[Change], down: list[Change]) -> None:
    found = compared(up, down)
    assert set(words(found)) <= {"covered", "none"}
    assert "covered" in words(found)


@pytest.mark.parametrize(
    ("up", "down", "missing"),
    [
        ([USER], [], ["table user is not dropped"]),
        ([USER, create_index("ix", "user", "email")], [], ["table user is not dropped"]),
        ([USER, create_table("team")], [drop_table("user")], ["table team is not dropped"]),
        (
            [create_index("ix_user_email", "user", "email")],
            [],
            ["index ix_user_email on user is not dropped"],
        ),
        (
            [create_index("ix_user_email", "user", "email")],
            [drop_index("ix_users_email")],
            [
                (
                    "index ix_user_email on user is not dropped "
                    "(downgrade drops ix_users_email, which upgrade did not make)"
                ),
            ],
        ),
        (
            [add_column("user", "age")],
            [drop_column("users", "age")],
            ["column user.age is not dropped (downgrade drops users.age, which upgrade did not make)"],
        ),
        ([add_column("user", "age")], [drop_column("user", "name")], ["column user.age is not dropped"]),
        ([drop_column("user", "age")], [], ["column user.age is not added again"]),
        ([drop_table("user")], [], ["table user is not created again"]),
        ([drop_index("ix", "user"), drop_table("user")], [], ["table user is not created again"]),
        ([drop_index("ix", "user"), drop_table("user")], [USER], ["index ix on user is not created again"]),
        ([drop_constraint("uq", "user", "unique")], [], ["unique constraint uq on user is not added again"]),
        ([constraint("check", "ck_age", "user")], [], ["check constraint ck_age on user is not dropped"]),
        (
            [constraint("unique", "", "user", "email")],
            [drop_constraint("", "user", "unique")],
            ["unique constraint (email) on user is dropped without a name (None), which fails"],
        ),
        ([rename_table("user", "member")], [], ["table member is not renamed back to user"]),
        (
            [rename_column("user", "mail", "email")],
            [rename_column("user", "email", "e_mail")],
            ["column user.email is not renamed back to mail"],
        ),
        ([alter("user", "email", "nullable", "False")], [], ["nullable of column user.email stays False"]),
        (
            [alter("user", "email", "nullable", "False", "True")],
            [alter("user", "email", "nullable", "False")],
            ["nullable of column user.email becomes False, and was True"],
        ),
        (
            [alter("user", "n", "type", "BigInteger()", "Integer()")],
            [],
            ["the type of column user.n stays BigInteger()"],
        ),
        (
            [alter("user", "n", "server_default", "'0'")],
            [],
            ["the server default of column user.n stays '0'"],
        ),
        ([COLOUR], [drop_table("car")], ["the enum type colour is left behind (dropping a table leaves it)"]),
        ([create(Thing.TYPE, "colour")], [], ["type colour is not dropped"]),
        ([create(Thing.TYPE_VALUE, "green", "colour")], [], ["value green of type colour is not dropped"]),
        (
            [create(Thing.TYPE_VALUE, "green", "colour")],
            [
                rename(Thing.TYPE, "colour", "old"),
                create(Thing.TYPE, "colour", columns=(column("", values=("red", "green")),)),
                drop(Thing.TYPE, "old"),
            ],
            ["value green of type colour is still there"],
        ),
        ([create(Thing.VIEW, "v")], [], ["view v is not dropped"]),
        (
            [create(Thing.FUNCTION, "f"), create(Thing.TRIGGER, "t", "user")],
            [drop(Thing.TRIGGER, "t", "user")],
            ["function f is not dropped"],
        ),
        ([create(Thing.EXTENSION, "citext")], [], ["extension citext is not dropped"]),
        (
            [USER, ORDER],
            [drop_table("user"), drop_table("order")],
            ["table user is dropped while table order still refers to it, which fails"],
        ),
        (
            [USER, create_index("ix", "user")],
            [drop_table("user"), drop_index("ix", "user")],
            ["index ix on user is dropped when it is already gone with table user, which fails"],
        ),
        (
            [drop_column("user", "age")],
            [add_column("user", "age", nullable=False)],
            ["column user.age is added again as NOT NULL with no server default, which fails on rows"],
        ),
        (
            [COLOUR],
            [drop(Thing.TYPE, "colour"), drop_table("car")],
            ["enum type colour is dropped while column car.colour still has it, which fails"],
        ),
        (
            [drop(Thing.VIEW, "v"), create(Thing.VIEW, "v")],
            [drop(Thing.VIEW, "v")],
            ["view v is not created again"],
        ),
    ],
)
def test_what_is_left(up: list[Change], down: list[Change], missing: list[str]) -> None:
    assert list(compared(up, down).missing) == missing


@pytest.mark.parametrize(
    "up",
    [
        [write("update", "user")],
        [neutral()],
        [create_table("tmp"), write("insert", "tmp"), drop_table("tmp")],
        [add_column("user", "tmp"), drop_column("user", "tmp")],
        [rename_table("user", "u"), rename_table("u", "user")],
        [
            alter("user", "age", "nullable", "True", "False"),
            write("update", "user"),
            alter("user", "age", "nullable", "False", "True"),
        ],
        [alter("user", "age", "nullable", "True", "True")],
        [create(Thing.EXTENSION, "citext", tolerant=True)],
        [drop_table("_never_there", tolerant=True)],
        [create(Thing.COMMENT, "", "user")],
    ],
)
def test_what_needs_no_inverse(up: list[Change]) -> None:
    assert set(words(compared(up, []))) == {"none"}


def test_a_step_that_cannot_be_read_may_be_the_inverse() -> None:
    assert words(compared([USER], [unknown("SQL from a file")])) == [
        "unknown: table user is not dropped, unless this does it: SQL from a file"
    ]
    assert words(compared([unknown("SQL from a file")], [])) == ["unknown: SQL from a file"]


def test_a_type_that_is_made_anew_may_keep_its_name() -> None:
    def anew(before: str) -> list[Change]:
        return [
            rename(Thing.TYPE, "colour", "old"),
            create(Thing.TYPE, "colour"),
            alter("car", "colour", "type", "colour", before),
            drop(Thing.TYPE, "old"),
        ]

    assert set(words(compared(anew("Enum('red', name='colour')"), anew("colour")))) == {"covered", "none"}


def test_a_partition_goes_with_its_table() -> None:
    parts = [create_table("log"), create_table("log_new", kind="partition", target="log")]
    assert set(words(compared(parts, [drop_table("log")]))) == {"covered"}


def test_a_name_with_an_open_part_may_be_the_inverse() -> None:
    up = [create_index("ix_user_email", "user"), add_column("user", "age")]
    found = words(compared(up, [drop_index("ix_{…}_email", "user")]))
    assert [w.partition(":")[0] for w in found] == ["unknown", "uncovered"]


def test_made_anew_under_its_name_is_not_known_to_be_the_same() -> None:
    up = [drop_constraint("fk", "a", "foreign"), constraint("foreign", "fk", "a", "b_id", target="b")]
    assert {w.partition(":")[0] for w in words(compared(up, []))} == {"unknown"}


def test_a_downgrade_that_raises_takes_nothing_back() -> None:
    from deploycheck.facts.migrations.inverses import compare
    from tests.facts.migrations.changes import body

    assert words(compare(body(USER), body(drop_table("user"), raises=True))) == [
        "uncovered: table user is not dropped"
    ]


@pytest.mark.parametrize(
    ("dialect", "expected"),
    [
        ("postgresql", "the enum type colour is left behind (dropping a table leaves it)"),
        ("sqlite", ""),
        ("mysql", ""),
        ("", ""),
    ],
)
def test_enum_types_are_postgresqls(dialect: str, expected: str) -> None:
    assert "".join(compared([COLOUR], [drop_table("car")], dialect).missing) == expected


@pytest.mark.parametrize(("dialect", "fails"), [("postgresql", True), ("", True), ("sqlite", False)])
def test_references_bind_where_they_are_enforced(dialect: str, fails: bool) -> None:
    found = compared([USER, ORDER], [drop_table("user"), drop_table("order")], dialect)
    assert bool(found.missing) is fails


@pytest.mark.parametrize(("dialect", "fails"), [("postgresql", True), ("sqlite", True), ("mysql", False)])
def test_mysql_gives_a_value_to_a_column_that_needs_one(dialect: str, fails: bool) -> None:
    found = compared([drop_column("a", "b")], [add_column("a", "b", nullable=False)], dialect)
    assert bool(found.missing) is fails


@pytest.mark.parametrize(("dialect", "covered"), [("mysql", True), ("postgresql", False)])
def test_mysql_drops_a_unique_constraint_as_an_index(dialect: str, covered: bool) -> None:
    found = compared([constraint("unique", "uq", "user", "email")], [drop_index("uq", "user")], dialect)
    assert (not found.missing) is covered


def test_a_type_that_an_earlier_revision_made_is_not_left_behind() -> None:
    history = History()
    compared([COLOUR], [], history=history)
    other = create_table("bike", column("colour", "Enum()", enum="colour"))
    assert words(compared([other], [drop_table("bike")], history=history)) == ["covered"]


def test_a_function_that_an_earlier_revision_made_must_be_put_back() -> None:
    history = History()
    compared([create(Thing.FUNCTION, "f")], [], history=history)
    anew = create(Thing.FUNCTION, "f", sql="CREATE OR REPLACE FUNCTION f()")
    assert words(compared([anew], [anew], history=history)) == ["covered"]
    assert compared([anew], [drop(Thing.FUNCTION, "f")], history=history).missing == (
        "function f is not put back as it was",
    )


def test_what_comes_back_is_compared_with_what_earlier_revisions_made() -> None:
    def after(up: list[Change], down: list[Change]) -> tuple[str, ...]:
        history = History()
        name = column("name", "String(length=50)", nullable=False, server_default="''")
        compared([create_table("user", "id", name)], [], history=history)
        return compared(up, down, history=history).missing

    default = {"nullable": False, "server_default": "''"}
    dropped = [drop_column("user", "name")]
    assert after(dropped, [add_column("user", "name", type_="VARCHAR(50)", **default)]) == ()
    assert after(dropped, [add_column("user", "name", type_="Text()")]) == (
        "column user.name comes back nullable, as it was not before",
    )
    assert after(dropped, [add_column("user", "name", type_="Date()", **default)]) == (
        "column user.name comes back as Date(), and was String(length=50)",
    )
    assert after([drop_table("user")], [create_table("user", "id")]) == (
        "table user comes back without column name",
    )
    assert after(
        [alter("user", "name", "nullable", "True")], [alter("user", "name", "nullable", "True")]
    ) == ("nullable of column user.name becomes True, and was False",)


def test_history_follows_renames_and_drops() -> None:
    history = History()
    compared([USER], [], history=history)
    compared([rename_table("user", "member"), rename_column("member", "email", "mail")], [], history=history)
    assert history.on_table("member", Thing.COLUMN) == ("id", "mail")
    assert not history.knows(Thing.TABLE, "user")
    compared([drop_column("member", "mail")], [], history=history)
    assert history.on_table("member", Thing.COLUMN) == ("id",)
    compared([drop_table("member")], [], history=history)
    assert not history.knows(Thing.TABLE, "member")
