"""Orders by text message: what is done, what is answered, and what is never done twice."""

import contextlib
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from local.partners.sandbox_state import LajtCard, Mood
from telekarta.adapters.aws.secrets import MalformedSecret
from telekarta.adapters.partners import claims as money_sources
from telekarta.adapters.partners.claims import Lajt
from telekarta.adapters.payments.wire import Answer
from telekarta.domain.cards.card import Status
from telekarta.domain.cases.case import CaseKind
from telekarta.domain.ledger.postings import Source
from telekarta.domain.topups.claims import Claim, ClaimError, ClaimStage
from telekarta.usecases.ports import StoreUnavailable
from telekarta.usecases.topups.claims import FAILED, UNAVAILABLE, begin, finish_claims, work
from telekarta.usecases.topups.sms import MESSAGES, SmsDeps, SmsOutcome, last_news, take_message
from tests.kit.claims import CARD, NOW, SENDER, Office, an_office
from tests.kit.memory_store import When


@pytest.fixture
def office(monkeypatch: pytest.MonkeyPatch) -> Office:
    return an_office(monkeypatch)


def posting(office: Office, sid: str = "SM1") -> object:
    return office.store.booked.get(f"topup:lajt:{sid}")


@pytest.mark.rule("WP §4.1.4", "WP §5.1", "WP §5.2", "WP §5.3", "WP §5.5")
def test_a_message_moves_the_whole_amount_and_says_so(office: Office) -> None:
    reply = office.texts("123456 20")
    assert reply.outcome is SmsOutcome.CREDITED
    assert "zasilona kwota 20 zl" in reply.text
    assert office.balance() == 4000
    assert office.book.cards[SENDER].balance_grosze == 3000
    lot = office.store.cards[CARD].lots[-1]
    assert (lot.source, lot.left_grosze) == (Source.LAJT, 2000)


def test_the_same_message_told_again_is_one_order_and_one_answer(office: Office) -> None:
    first = office.texts("123456 20")
    assert all(office.texts("123456 20") == first for _ in range(5))
    assert office.balance() == 4000


def test_two_messages_are_two_orders(office: Office) -> None:
    office.texts("123456 20", "SM1")
    office.texts("123456 20", "SM2")
    assert office.balance() == 6000


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("doladuj", "Nie znalezlismy numeru karty"),
        ("123456", "Nie znalezlismy kwoty"),
        ("123456 20,50", "w pelnych zlotych"),
        ("", "Prosze napisac"),
        ("🙂" * 500, "Prosze napisac"),
    ],
)
def test_what_is_not_understood_is_answered_with_how_to_write_it(
    office: Office, text: str, words: str
) -> None:
    reply = office.texts(text)
    assert reply.outcome is SmsOutcome.MISUNDERSTOOD
    assert words in reply.text
    assert office.balance() == 2000


@pytest.mark.parametrize(
    ("card", "balance", "words"),
    [
        (None, 0, "tylko z karty prepaid Lajt mobile"),
        ("654321", 5000, "nie jest przypisana"),
        ("", 5000, "nie jest przypisana"),
        (CARD.number, 1999, "za malo srodkow"),
    ],
)
@pytest.mark.rule("WP §5.1")
def test_what_lajt_refuses_is_told_and_moves_nothing(
    office: Office, card: str | None, balance: int, words: str
) -> None:
    office.book.cards.pop(SENDER)
    if card is not None:
        office.book.cards[SENDER] = LajtCard(balance, card)
    reply = office.texts("123456 20")
    assert reply.outcome is SmsOutcome.REFUSED
    assert words in reply.text
    assert office.balance() == 2000
    assert office.texts("123456 20") == reply


def test_a_card_that_is_nobodys_is_answered_as_one_that_is_anothers(office: Office) -> None:
    nobodys = office.texts("999999 20", "SM1").text
    assert nobodys.replace("999999", "654321") == office.texts("654321 20", "SM2").text


def test_money_that_the_card_can_not_take_goes_back(office: Office) -> None:
    card = office.store.cards[CARD]
    office.store.cards[CARD] = replace(card, status=Status.USED_UP)
    reply = office.texts("123456 20")
    assert reply.outcome is SmsOutcome.RETURNED
    assert "Srodki zostaja na karcie Lajt" in reply.text
    assert office.book.cards[SENDER].balance_grosze == 5000
    assert not posting(office)


@pytest.mark.rule("WP §5.4")
def test_an_order_whose_answer_got_lost_goes_on_by_itself_and_the_sender_hears_it(office: Office) -> None:
    office.book.moods["lajt"] = Mood.LOSES_ANSWERS
    reply = office.texts("123456 20")
    assert reply.outcome is SmsOutcome.ACCEPTED
    assert "48 godzin roboczych" in reply.text
    assert office.book.cards[SENDER].balance_grosze == 3000
    office.wait(minutes=5)
    (ended,) = office.finishes().ended
    assert last_news(ended) == "Karta White Phone 123456 zostala zasilona kwota 20 zl. Dziekujemy."
    assert (office.balance(), office.book.cards[SENDER].balance_grosze) == (4000, 3000)


def test_an_order_that_meets_a_fault_of_ours_keeps_no_other_waiting(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ask(what: str, method: str, url: str, **told: Any) -> Answer:
        if "SM1" in url:
            raise KeyError(SENDER)
        return office.ask(what, method, url, **told)

    office.book.moods["lajt"] = Mood.DOWN
    for sid in ("SM1", "SM2"):
        office.texts("123456 20", sid)
    office.wait(hours=25)
    with monkeypatch.context() as broken:
        broken.setattr(money_sources, "ask", ask)
        office.book.moods["lajt"] = Mood.WELL
        worked = office.finishes()
    assert worked.stages == {FAILED: 1, "ordered": 1, "credited": 1}
    assert [claim.id for claim in worked.ended] == ["SM2"]
    assert list(worked.faults) == ["SM1"]
    assert worked.faults["SM1"].startswith("KeyError at ")
    # Its limit comes near all the same.
    assert [case.kind for case in office.store.found.values()] == [CaseKind.CLAIM_LATE]
    office.finishes()
    assert office.balance() == 6000


def test_a_token_that_is_not_there_yet_is_an_outage(office: Office) -> None:
    def token() -> str:
        raise MalformedSecret("the secret lajt has no token")

    without = replace(office.deps, sources={Source.LAJT: Lajt(token, "/lajt")})
    reply = take_message(SmsDeps(without, office, office), "SM1", SENDER, "123456 20", lambda _: True)
    assert reply.outcome is SmsOutcome.ACCEPTED
    office.wait(minutes=5)
    assert finish_claims(without).stages == {UNAVAILABLE: 1, "ordered": 1}
    assert office.finishes().stages == {"credited": 1}


@pytest.mark.rule("WP §5.4")
def test_an_order_that_nears_its_limit_is_a_case_once(office: Office) -> None:
    office.book.moods["lajt"] = Mood.DOWN
    assert office.texts("123456 20").outcome is SmsOutcome.ACCEPTED
    for _ in range(6):
        office.wait(hours=4)
        office.finishes()
    (case,) = office.store.found.values()
    assert case.kind is CaseKind.CLAIM_LATE
    assert str(case.facts["credit_by"]).startswith("2026-11-18T09:00")
    office.book.moods["lajt"] = Mood.WELL
    assert office.finishes().stages == {"credited": 1}
    assert office.balance() == 4000


def test_a_name_or_a_machine_gets_no_answer(office: Office) -> None:
    assert office.texts("123456 20", is_person=False) == office.texts("x", is_person=False)
    assert office.texts("123456 20", is_person=False).text == ""
    assert not office.asked


def test_a_flood_gets_no_answers_any_more_and_an_order_of_before_still_does(office: Office) -> None:
    for number in range(MESSAGES.most):
        assert office.texts("?", f"SM{number}").text
    assert office.texts("123456 20", "SMx").outcome is SmsOutcome.TOO_MANY
    assert office.balance() == 2000
    office.wait(hours=1)
    assert office.texts("123456 20", "SMy").outcome is SmsOutcome.CREDITED
    assert not [name for name in office.counted if SENDER in name]


@pytest.mark.parametrize("when", list(When))
@pytest.mark.parametrize("operation", ["add_claim", "change_claim", "book_all", "claim_by_id", "card"])
def test_a_store_that_fails_anywhere_loses_nothing_and_doubles_nothing(
    office: Office, when: When, operation: str
) -> None:
    struck: list[str] = []

    def fails(at: When, name: str) -> None:
        if (at, name) == (when, operation) and not struck:
            struck.append(name)
            raise StoreUnavailable(name)

    office.store.faults = fails
    with contextlib.suppress(StoreUnavailable):
        office.texts("123456 20")
    office.texts("123456 20")
    office.wait(minutes=5)
    office.finishes()
    assert office.balance() + office.book.cards[SENDER].balance_grosze == 7000
    assert office.balance() == 4000


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text())
def test_no_text_breaks_anything(text: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        office = an_office(patch)
        reply = office.texts(text)
        moved = office.balance() - 2000
        assert (moved > 0) == (reply.outcome is SmsOutcome.CREDITED)
        assert moved % 100 == 0


# ---------------------------------------------------------------- vouchers


CODE = "11112222333344"


def a_voucher(digest: str = "plus:abc") -> Claim:
    return Claim(digest, Source.PLUS_VOUCHER, CARD, NOW)


@pytest.mark.rule("WP §4.1.5")
def test_a_voucher_is_redeemed_once_whoever_keys_it(office: Office) -> None:
    for _ in range(2):
        ended = work(office.deps, begin(office.deps, a_voucher()), CODE)
        assert (ended.stage, ended.amount_grosze) == (ClaimStage.CREDITED, 2000)
    assert office.balance() == 4000
    assert CODE not in repr(office.store.claiming) + repr(office.store.booked)


@pytest.mark.rule("WP §4.1.5")
def test_a_voucher_whose_answer_got_lost_is_credited_without_its_code(office: Office) -> None:
    office.book.moods["plus"] = Mood.LOSES_ANSWERS
    claim = begin(office.deps, a_voucher())
    with pytest.raises(Exception, match="502"):
        work(office.deps, claim, CODE)
    assert office.book.vouchers[CODE].is_used
    for _ in range(3):
        office.wait(minutes=5)
        office.finishes()
    assert office.balance() == 4000
    assert not office.store.pending_claims(10)


def test_a_voucher_that_never_reached_plus_may_be_keyed_again(office: Office) -> None:
    office.book.moods["plus"] = Mood.DOWN
    with pytest.raises(Exception, match="503"):
        work(office.deps, begin(office.deps, a_voucher()), CODE)
    office.book.moods["plus"] = Mood.WELL
    office.wait(minutes=5)
    assert office.finishes().stages == {"refused": 1}
    assert work(office.deps, begin(office.deps, a_voucher()), CODE).stage is ClaimStage.CREDITED
    assert office.balance() == 4000


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("99999999999999", "unknown_voucher"),
        ("44445555666677", "used_voucher"),
        ("55556666777788", "expired_voucher"),
    ],
)
def test_a_voucher_that_plus_refuses_moves_nothing(office: Office, code: str, why: str) -> None:
    ended = work(office.deps, begin(office.deps, a_voucher()), code)
    assert (ended.stage, ended.refusal) == (ClaimStage.REFUSED, why)
    assert office.balance() == 2000


def test_a_voucher_that_its_card_can_not_take_is_a_case(office: Office) -> None:
    card = office.store.cards[CARD]
    office.store.cards[CARD] = replace(card, status=Status.USED_UP)
    assert work(office.deps, begin(office.deps, a_voucher()), CODE).stage is ClaimStage.STRANDED
    (case,) = office.store.found.values()
    assert (case.kind, case.facts["amount_grosze"]) == (CaseKind.CLAIM_STRANDED, 2000)


def test_nothing_leads_back_from_the_money() -> None:
    taken = a_voucher().taken(2000, NOW)
    for stage in (ClaimStage.ORDERED, ClaimStage.REFUSED, ClaimStage.TAKEN):
        with pytest.raises(ClaimError):
            taken.to(stage)
