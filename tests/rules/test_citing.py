"""How code says on which clause it rests: in words that are checked, at no cost when it runs."""

from dataclasses import dataclass
from enum import StrEnum

import pytest

from telekarta.domain.rules import cited, is_clause, rule


def test_a_function_stays_the_function_it_was():
    def price(seconds: int) -> int:
        return seconds

    assert rule("WP §6.3", "TG §6.5")(price) is price
    assert price.__rules__ == ("WP §6.3", "TG §6.5")


def test_classes_can_carry_a_rule_too():
    @rule("WP §1.2.9")
    @dataclass(frozen=True, slots=True)
    class Card:
        number: str

    @rule("WP §2.7")
    class Refusal(StrEnum):
        EMERGENCY = "emergency"

    assert Card("123456").number == "123456"
    assert Card.__rules__ == ("WP §1.2.9",)
    assert list(Refusal) == ["emergency"]
    assert Refusal.__rules__ == ("WP §2.7",)


def test_what_can_hold_no_attribute_is_handed_back_all_the_same():
    class Card:
        @rule("WP §4.4")
        @property
        def expired(self) -> bool:
            return False

    assert Card().expired is False


def test_data_is_cited_by_the_line_above_it():
    assert cited("WP §2.6") is None


@pytest.mark.parametrize(
    "clause",
    [
        "WP §4.5",
        "WP §1.2.9",
        "TG §5.3",
        "TG §9.2.a",
        "TK on-demand 3",
        "TK moderated 5",
        "VT step 2",
        "VT step 1.4",
        "VT receiving",
        "VC setup",
        "VC several devices 2",
    ],
)
def test_clauses_are_written_as_the_documents_number_them(clause):
    assert is_clause(clause)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "WP",
        "WP 4.5",
        "WP § 4.5",
        "WP §4.5 ",
        "WP §4,5",
        "WP §04.5",
        "WP §4.",
        "WP §4.a.1",
        "WP §4.5, TG §5.3",
        "XX §4.5",
        "TG §9.2.A",
        "TK §3",
        "TK 3",
        "VT Receiving",
        "VC setup 0",
    ],
)
def test_what_is_not_written_like_a_clause_is_refused(text):
    assert not is_clause(text)
    with pytest.raises(ValueError, match="not a clause"):
        rule("WP §4.5", text)
    with pytest.raises(ValueError, match="not a clause"):
        cited(text)


def test_a_citation_names_a_clause():
    with pytest.raises(ValueError, match="at least one"):
        rule()
    with pytest.raises(ValueError, match="at least one"):
        cited()
