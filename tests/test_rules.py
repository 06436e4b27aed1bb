from __future__ import annotations

from types import SimpleNamespace

import pytest

from deploycheck import checks
from deploycheck.findings import Severity
from deploycheck.pages import page_of
from deploycheck.rules import Registry, RegistryError, Rule, UnknownRule, load, nearest, rule, rules_of
from tests.fakes import make_rule

CORS, WRK = make_rule(code="CORS001"), make_rule(code="WRK001")
REGISTRY = Registry([WRK, CORS, make_rule(code="CORS002")])


def test_a_decorated_check_is_a_rule_that_can_be_called() -> None:
    assert (CORS.family, CORS.severity, list(CORS.check(None))) == ("CORS", Severity.CRITICAL, [])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("code", "name"), [("cors1", "a"), ("CORS01", "a"), ("CORS001", "Any Origin"), ("CORS001", "")]
)
def test_ill_formed_codes_and_names_are_refused(code: str, name: str) -> None:
    with pytest.raises(RegistryError):
        rule(code, name, severity=Severity.LOW)


def test_the_registry_is_sorted_and_has_each_code_once() -> None:
    assert [r.code for r in REGISTRY.rules] == ["CORS001", "CORS002", "WRK001"]
    assert REGISTRY.families == ("CORS", "WRK")
    with pytest.raises(RegistryError, match="two rules have the code CORS001"):
        Registry([CORS, make_rule(code="CORS001")])


@pytest.mark.parametrize(
    ("select", "ignore", "codes"),
    [
        ((), (), ["CORS001", "CORS002", "WRK001"]),
        (("cors",), (), ["CORS001", "CORS002"]),
        (("CORS", "name-wrk001"), ("cors002",), ["CORS001", "WRK001"]),
        ((), ("WRK", "CORS"), []),
    ],
)
def test_selection(select: tuple[str, ...], ignore: tuple[str, ...], codes: list[str]) -> None:
    assert [r.code for r in REGISTRY.select(select, ignore)] == codes


@pytest.mark.parametrize(
    ("wanted", "hint"), [("CORS01", "CORS001"), ("cor", "CORS"), ("wkr001", "WRK001"), ("zzzz", "")]
)
def test_an_unknown_rule_is_refused_with_the_nearest(wanted: str, hint: str) -> None:
    with pytest.raises(UnknownRule) as raised:
        REGISTRY.select((wanted,))
    assert raised.value.nearest == hint
    assert nearest("fromat", ["format", "other"]) == "format"


def test_rules_of_a_module_or_of_one_rule() -> None:
    assert list(rules_of(SimpleNamespace(a=CORS, b=1, _c=WRK))) == [CORS, WRK]
    assert list(rules_of(CORS)) == [CORS]


def test_a_plug_in_adds_rules_and_one_that_does_not_load_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    plugged = make_rule(code="OPS001")

    def points(load: object) -> object:
        return lambda group: [SimpleNamespace(name="ops", value="ops.checks", load=load)]

    monkeypatch.setattr("importlib.metadata.entry_points", points(lambda: SimpleNamespace(x=plugged)))
    assert plugged in load().rules

    def broken() -> None:
        raise ImportError("no module named ops")

    monkeypatch.setattr("importlib.metadata.entry_points", points(broken))
    with pytest.raises(RegistryError, match=r"'ops' .* do not load: ImportError: no module named ops"):
        load()


def test_our_own_modules_are_flat_and_sorted() -> None:
    assert list(checks.MODULES) == sorted(set(checks.MODULES))


PAGE = """Any website may call this API.

    **Why** Because.

    It goes on.

    **Fix** Name the origins.

    **Silent when** credentials are off.
    """


def _documented(text: str) -> Rule:
    def check(project: object) -> list[object]:
        return []

    check.__doc__ = text
    return make_rule(check)  # type: ignore[arg-type]


def test_a_page_has_its_sections() -> None:
    page = page_of(_documented(PAGE))
    assert page.summary == "Any website may call this API."
    assert page.sections == {
        "Why": "Because.\n\nIt goes on.",
        "Fix": "Name the origins.",
        "Silent when": "credentials are off.",
    }
    assert page.problem == ""


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "has no summary"),
        ("It breaks.", "has no Why, Fix, Silent when"),
        (
            "It breaks.\n\n**Fix** a\n\n**Why** b\n\n**Silent when** c",
            "another order than Why, Fix, Silent when",
        ),
    ],
)
def test_a_page_that_lacks_something_says_so(text: str, problem: str) -> None:
    assert problem in page_of(_documented(text)).problem
