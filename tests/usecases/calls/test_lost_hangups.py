"""The lost hang-up: nobody told us how a call ended, so the carrier is asked."""

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import pytest

from local.network import Answers, Busy, ConnectError, NeverAnswers, TooLateError
from telekarta.adapters.files.tariffs import load_price_book
from telekarta.domain.cards.card import Ref
from telekarta.domain.cases.case import CaseKind
from telekarta.domain.ledger.postings import Hold, balance_of
from telekarta.usecases.calls import lost_hangups as holds
from telekarta.usecases.calls.lost_hangups import (
    CARRIER_CLOCK_S,
    GIVEN_UP_AFTER,
    UNANSWERED_AT_MOST,
    HoldDeps,
    HoldOutcome,
    Swept,
    check_hold,
    leg_of_hold,
    sweep,
)
from telekarta.usecases.ports import CarrierCall, StoreUnavailable
from tests.kit.carrier import NetworkCarrier, told
from tests.kit.house import CARD, LINE, PIN, House
from tests.kit.memory_store import When
from tests.kit.phone import Phone, PhoneCall
from tests.kit.store import NOW, a_hold

WHITE_PHONE = "+48800007744"
TELEGROSIK = "+48800901900"
WARSAW, KRAKOW = "+48221112233", "+48123456789"
EVERY = timedelta(minutes=2)


class DeafHouse(House):
    """A product whose webhooks, those of the named nodes, never arrive, or whose answers get lost."""

    def __post_init__(self) -> None:
        self.lost: set[str] = set()
        self.answers_lost: set[str] = set()
        super().__post_init__()
        self.phone = Phone(self.network, tolerant=True)
        self.carrier = NetworkCarrier(self.network.records)

    def transport(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, Mapping[str, str], bytes]:
        if urlsplit(url).path.removeprefix("/voice/") in self.lost:
            raise ConnectError("the product is down")
        answer = super().transport(method, url, headers, body)
        if urlsplit(url).path.removeprefix("/voice/") in self.answers_lost:
            raise TooLateError("no answer within 15 s")
        return answer

    @property
    def deps(self) -> HoldDeps:
        return HoldDeps(self.store, self.carrier, load_price_book())

    def sweeps(self) -> Swept:
        return sweep(self.deps, self.clock.now())

    def outcomes(self) -> list[HoldOutcome]:
        return [looked.outcome for looked in self.sweeps().looked]

    def waits_for_expiry(self, ref: Ref) -> datetime:
        """Time goes by until the first sweep after the hold's expiry; when it had expired."""
        hold = self.hold(ref)
        while self.clock.now() < hold.expires_at:
            self.network.advance(EVERY.total_seconds())
        return hold.expires_at

    def hold(self, ref: Ref) -> Hold:
        hold = self.card(ref).hold
        assert hold is not None
        return hold


@pytest.fixture
def house() -> DeafHouse:
    return DeafHouse()


def dials(house: DeafHouse, number: str = "221112233") -> PhoneCall:
    """A White Phone caller who is being connected."""
    call = house.phone.dials(WHITE_PHONE, LINE).hears("numer karty").presses(CARD).hears("PIN").presses(PIN)
    return call.hears("wybrać numer").presses(f"{number}#").hears("Łączymy")


def price(house: DeafHouse, ref: Ref, duration_s: int) -> int:
    """What the quoted price list asks for a call of that length to Warsaw."""
    hold = house.hold(ref)
    rate = load_price_book().version(ref.brand, hold.tariff_version).rate_for(hold.destination)
    assert rate is not None
    return rate.price_grosze(duration_s)


def accounted_for(house: DeafHouse, ref: Ref) -> bool:
    return house.balance(ref) == balance_of(str(ref), house.store.postings(ref))


# ---------------------------------------------------------------------- stories


@pytest.mark.rule("WP §3.5", "WP §6.3")
def test_a_lost_hang_up_is_settled_soon_after_expiry_with_the_carriers_duration(house: DeafHouse) -> None:
    card = house.white_phone(2000)
    call = dials(house).talks(65)
    house.lost = {"talking", "report"}
    call.hangs_up()
    ended = house.clock.now()
    expected = price(house, card, 65)
    assert house.sweeps().looked == ()

    expired = house.waits_for_expiry(card)
    assert house.outcomes() == [HoldOutcome.CHARGED]

    assert house.clock.now() - expired <= timedelta(minutes=10)
    (posting,) = house.calls(card)
    assert (posting.amount_grosze, posting.details["duration_s"]) == (expected, 65)
    assert posting.details["leg_sid"] == call.call.child.sid  # type: ignore[union-attr]
    assert posting.booked_at == ended
    assert house.card(card).hold is None
    assert accounted_for(house, card)


@pytest.mark.rule("WP §3.5")
@pytest.mark.parametrize("party", [Busy(), NeverAnswers()])
def test_a_call_that_nobody_answered_costs_nothing_although_its_end_was_lost(
    house: DeafHouse, party: Busy | NeverAnswers
) -> None:
    card = house.white_phone(2000)
    house.phone.knows(WARSAW, party)
    house.lost = {"talking", "report"}
    dials(house).ends()
    house.waits_for_expiry(card)
    assert house.outcomes() == [HoldOutcome.RELEASED]
    assert (house.balance(card), house.charges(card), house.card(card).hold) == (2000, [], None)


def test_money_held_for_a_call_that_was_never_dialled_is_let_go(house: DeafHouse) -> None:
    card = house.white_phone(2000)
    house.answers_lost = {"announcing"}  # the answer that dials comes too late for the carrier
    call = house.phone.dials(WHITE_PHONE, LINE).hears("numer karty").presses(CARD).hears("PIN").presses(PIN)
    call.hears("wybrać numer").presses("221112233#")
    house.network.settle()
    house.waits_for_expiry(card)
    assert house.outcomes() == [HoldOutcome.RELEASED]
    assert (house.balance(card), house.charges(card)) == (2000, [])


@pytest.mark.rule("TG §6.5")
def test_the_account_of_a_line_is_settled_too(house: DeafHouse) -> None:
    account = house.account(1500)
    call = house.phone.dials(TELEGROSIK, LINE)
    call.hears("wybrać numer").presses("221112233#").hears("Łączymy").talks(61)
    house.lost = {"talking", "report"}
    call.hangs_up()
    expected = price(house, account, 61)
    house.waits_for_expiry(account)
    assert house.outcomes() == [HoldOutcome.CHARGED]
    assert house.charges(account) == [expected]
    assert accounted_for(house, account)


def test_of_two_calls_to_the_same_number_the_lost_one_is_charged(house: DeafHouse) -> None:
    card = house.white_phone(2000)
    house.phone.knows(WARSAW, Answers(4, hangs_up_after_s=30))
    call = dials(house)
    call.talks_on()
    call.hears("wybrać numer")
    house.phone.knows(WARSAW, Answers(4))
    call.presses("221112233#").hears("Łączymy").talks(90)
    house.lost = {"talking", "report"}
    call.hangs_up()
    house.waits_for_expiry(card)
    assert house.outcomes() == [HoldOutcome.CHARGED]
    assert [posting.details["duration_s"] for posting in reversed(house.calls(card))] == [30, 90]
    assert accounted_for(house, card)


def test_a_call_that_the_carrier_does_not_know_becomes_a_case_and_costs_nothing(house: DeafHouse) -> None:
    card = house.white_phone(2000)
    house.lost = {"talking", "report"}
    call = dials(house).talks(65).hangs_up()
    hold = house.hold(card)
    house.carrier.strangers.add(call.call.sid)
    house.waits_for_expiry(card)

    assert house.outcomes() == [HoldOutcome.CASE_OPENED]

    assert (house.balance(card), house.charges(card), house.card(card).hold) == (2000, [], None)
    (case,) = house.store.found.values()
    assert (case.id, case.kind, case.subject) == (
        f"unknown_call:{hold.id}",
        CaseKind.UNKNOWN_CALL,
        call.call.sid,
    )
    assert case.facts["card"] == str(card)
    assert case.facts["held_grosze"] == hold.amount_grosze
    assert house.outcomes() == []


def test_a_call_that_is_still_going_is_left_alone(house: DeafHouse) -> None:
    card = house.white_phone(2000)
    call = dials(house).talks(5)
    hold = house.hold(card)
    swept = sweep(house.deps, hold.expires_at + timedelta(minutes=11))
    assert [looked.outcome for looked in swept.looked] == [HoldOutcome.STILL_GOING]
    assert swept.oldest_hold_age_s == 660
    call.hangs_up()
    assert house.card(card).hold is None
    assert len(house.charges(card)) == 1


def test_a_call_that_never_ends_is_given_up_with_a_case(house: DeafHouse) -> None:
    card = house.white_phone(2000)
    dials(house).talks(5)
    hold = house.hold(card)
    swept = sweep(house.deps, hold.expires_at + GIVEN_UP_AFTER)
    assert [looked.outcome for looked in swept.looked] == [HoldOutcome.CASE_OPENED]
    assert swept.oldest_hold_age_s == 0
    (case,) = house.store.found.values()
    assert case.kind is CaseKind.CALL_WITHOUT_END
    assert (house.balance(card), house.card(card).hold) == (2000, None)


def test_a_carrier_that_is_down_is_asked_again_by_the_next_sweep(house: DeafHouse) -> None:
    card = house.white_phone(2000)
    house.lost = {"talking", "report"}
    dials(house).talks(65).hangs_up()
    house.waits_for_expiry(card)
    house.carrier.down = True
    assert house.outcomes() == [HoldOutcome.CARRIER_UNAVAILABLE]
    assert house.hold(card)
    house.carrier.down = False
    assert house.outcomes() == [HoldOutcome.CHARGED]


def test_a_carrier_that_is_down_is_not_asked_for_every_hold(house: DeafHouse) -> None:
    for number in range(5):
        card = house.white_phone(2000, str(222222 + number))
        answer = house.store.place_hold(card, house.card(card).purse, a_hold(f"CA{number}-1"), "")
        assert answer
    house.carrier.down = True
    swept = sweep(house.deps, NOW + timedelta(days=365))
    assert swept.count(HoldOutcome.CARRIER_UNAVAILABLE) == 5
    assert house.carrier.asked == UNANSWERED_AT_MOST


def test_holds_that_a_full_sweep_did_not_reach_are_not_passed_over_in_silence(
    house: DeafHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holds, "HOLDS_PER_SWEEP", 2)
    for number in range(3):
        card = house.white_phone(2000, str(222222 + number))
        house.store.place_hold(card, house.card(card).purse, a_hold(f"CA{number}-1"), "")
    much_later = a_hold().expires_at + timedelta(hours=3)
    first, second = sweep(house.deps, much_later), sweep(house.deps, much_later)
    assert [first.count(HoldOutcome.CASE_OPENED), second.count(HoldOutcome.CASE_OPENED)] == [2, 1]
    assert [first.oldest_hold_age_s, second.oldest_hold_age_s] == [3 * 3600, 0]


def test_one_hold_that_cannot_be_settled_does_not_keep_the_others_waiting(house: DeafHouse) -> None:
    odd, card = house.white_phone(2000, "222222"), house.white_phone(2000)
    house.lost = {"talking", "report"}
    call = dials(house).talks(65).hangs_up()
    hold = replace(house.hold(card), id=f"{call.call.sid}-2", tariff_version="of a list that is gone")
    house.store.place_hold(odd, house.card(odd).purse, hold, "")
    house.waits_for_expiry(card)
    swept = house.sweeps()
    assert sorted((looked.outcome, looked.error.split(" at ")[0]) for looked in swept.looked) == [
        (HoldOutcome.CHARGED, ""),
        (HoldOutcome.FAILED, "UnknownPriceListError"),
    ]
    assert swept.oldest_hold_age_s > 0


# ---------------------------------------------------------------------- twice, half-way, and at the same time


@pytest.mark.rule("WP §6.3")
@pytest.mark.parametrize("operation", ["settle", "release_hold", "open_case", "expired_holds"])
@pytest.mark.parametrize("when", When)
@pytest.mark.parametrize("stranger", [False, True])
def test_a_sweep_that_dies_anywhere_is_finished_by_the_next(
    house: DeafHouse, operation: str, when: When, stranger: bool
) -> None:
    card = house.white_phone(2000)
    house.lost = {"talking", "report"}
    call = dials(house).talks(65).hangs_up()
    expected = [] if stranger else [price(house, card, 65)]
    if stranger:
        house.carrier.strangers.add(call.call.sid)
    house.waits_for_expiry(card)

    def dies(at: When, name: str) -> None:
        if (at, name) == (when, operation):
            raise StoreUnavailable("died")

    house.store.faults = dies
    with contextlib.suppress(StoreUnavailable):
        house.sweeps()
    house.store.faults = lambda at, name: None
    house.sweeps()

    assert house.charges(card) == expected
    assert house.card(card).hold is None
    assert len(house.store.found) == stranger
    assert accounted_for(house, card)
    assert house.outcomes() == []


def race(house: DeafHouse, operation: str, act: Callable[[], object]) -> None:
    """Something happens just before the sweep's operation reaches the store."""
    happened: list[str] = []

    def faults(at: When, name: str) -> None:
        if (at, name) == (When.BEFORE, operation) and not happened:
            happened.append(name)
            act()

    house.store.faults = faults


@pytest.mark.rule("WP §6.3")
def test_a_report_that_arrives_during_the_sweep_is_charged_once(house: DeafHouse) -> None:
    card = house.white_phone(2000)
    house.network.deliveries = replace(house.network.deliveries, latest_s=0)
    house.lost = {"talking"}
    call = dials(house).talks(65)
    expected = price(house, card, 65)
    hold = house.hold(card)

    def report_comes() -> None:
        call.hangs_up()

    # The carrier shows the leg as over before its report has reached us.
    ended = replace(
        told(call.call.child),  # type: ignore[arg-type]
        status="completed",
        duration_s=65,
        ended_at=house.clock.now(),
    )
    house.carrier.legs = lambda sid: (ended,)  # type: ignore[method-assign]
    race(house, "settle", report_comes)
    swept = sweep(house.deps, hold.expires_at)
    assert house.charges(card) == [expected]
    assert [looked.outcome for looked in swept.looked] == [HoldOutcome.CHARGED]
    assert accounted_for(house, card)


def test_two_sweeps_at_the_same_time_charge_once(house: DeafHouse) -> None:
    card = house.white_phone(2000)
    house.lost = {"talking", "report"}
    dials(house).talks(65).hangs_up()
    house.waits_for_expiry(card)
    race(house, "settle", house.sweeps)
    house.sweeps()
    assert len(house.charges(card)) == 1
    assert accounted_for(house, card)


def test_money_that_moves_during_the_sweep_is_counted(house: DeafHouse) -> None:
    card = house.white_phone(2000)
    house.lost = {"talking", "report"}
    dials(house).talks(65).hangs_up()
    expected = price(house, card, 65)
    house.waits_for_expiry(card)
    race(house, "settle", lambda: house.tops_up_to(card, 3000))
    assert house.outcomes() == [HoldOutcome.CHARGED]
    assert house.balance(card) == 3000 - expected


def test_a_report_that_comes_days_late_books_nothing_more(house: DeafHouse) -> None:
    card = house.white_phone(2000)
    house.network.deliveries = replace(house.network.deliveries, latest_s=3 * 86_400)
    house.lost = {"talking"}
    dials(house).talks(65).hangs_up()
    house.waits_for_expiry(card)
    charged = house.sweeps().count(HoldOutcome.CHARGED)
    house.network.settle()
    assert len(house.charges(card)) == 1
    assert charged <= 1
    assert accounted_for(house, card)


# ---------------------------------------------------------------------- somebody is turned away


class Checks:
    """The port `HoldChecker`: remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Ref] = []

    def check(self, ref: Ref) -> None:
        self.asked.append(ref)


def listening(house: DeafHouse) -> Checks:
    checks = Checks()
    house.needs(hold_checker=checks)
    return checks


def is_turned_away(house: DeafHouse) -> None:
    call = house.phone.dials(WHITE_PHONE, LINE).hears("numer karty").presses(CARD).hears("PIN").presses(PIN)
    call.hears("rozmow")
    call.hangs_up()


@pytest.mark.rule("WP §3.2")
def test_who_is_turned_away_after_a_lost_hang_up_need_not_wait_for_the_expiry(house: DeafHouse) -> None:
    card = house.white_phone(2000)
    house.lost = {"talking", "report"}
    dials(house).talks(65).hangs_up()
    expected = price(house, card, 65)
    house.lost = set()
    checks = listening(house)

    is_turned_away(house)

    assert checks.asked == [card]
    looked = check_hold(house.deps, card, house.clock.now())
    assert looked is not None
    assert looked.outcome is HoldOutcome.CHARGED
    assert house.charges(card) == [expected]
    dials(house).talks(5).hangs_up()


def test_the_line_of_an_account_that_is_turned_away_has_its_hold_checked_too(house: DeafHouse) -> None:
    account = house.account(1500)
    house.lost = {"talking", "report"}
    call = house.phone.dials(TELEGROSIK, LINE).hears("wybrać numer").presses("221112233#").hears("Łączymy")
    call.talks(61).hangs_up()
    house.lost = set()
    checks = listening(house)
    house.phone.dials(TELEGROSIK, LINE).hangs_up()
    assert checks.asked == [account]


def test_a_call_that_is_really_going_on_stays_as_it_is_when_checked(house: DeafHouse) -> None:
    card = house.white_phone(2000)
    call = dials(house).talks(60)
    looked = check_hold(house.deps, card, house.clock.now())
    assert looked is not None
    assert looked.outcome is HoldOutcome.STILL_GOING
    call.hangs_up()
    assert len(house.charges(card)) == 1


def test_a_hold_that_may_still_be_ringing_is_not_checked(house: DeafHouse) -> None:
    card = house.white_phone(2000)
    house.phone.knows(WARSAW, NeverAnswers())
    dials(house).waits(10)
    checks = listening(house)
    is_turned_away(house)
    assert checks.asked == []
    assert check_hold(house.deps, card, house.clock.now()) is None
    assert house.carrier.asked == 0


def test_a_call_that_the_carrier_does_not_know_is_not_given_up_before_the_hold_expires(
    house: DeafHouse,
) -> None:
    card = house.white_phone(2000)
    house.lost = {"talking", "report"}
    call = dials(house).talks(65).hangs_up()
    house.carrier.strangers.add(call.call.sid)
    looked = check_hold(house.deps, card, house.clock.now())
    assert looked is not None
    assert looked.outcome is HoldOutcome.STILL_GOING
    assert house.store.found == {}
    assert house.hold(card)


# ---------------------------------------------------------------------- which leg it was

PLACED = NOW


def leg(sid: str, to: str, created_s: int) -> CarrierCall:
    created = PLACED + timedelta(seconds=created_s)
    return CarrierCall(sid, "CA1", to, LINE, "completed", 30, created, created, created)


LEGS = {
    #                          its legs: sid, to, seconds after the hold        | the hold's own
    "the only one": ([("a", WARSAW, 8)], "a"),
    "none was dialled": ([], ""),
    "another number": ([("a", KRAKOW, 8)], ""),
    "an earlier attempt at the same number": ([("a", WARSAW, -40), ("b", WARSAW, 8)], "b"),
    "only an earlier attempt": ([("a", WARSAW, -40)], ""),
    "a later call on another card": ([("a", WARSAW, 8), ("b", WARSAW, 300)], "a"),
    "in any order": ([("b", WARSAW, 300), ("a", WARSAW, 8), ("c", WARSAW, -40)], "a"),
    "a carrier's clock that is a little behind": ([("a", WARSAW, -CARRIER_CLOCK_S)], "a"),
}


@pytest.mark.parametrize("name", LEGS)
def test_the_leg_of_a_hold(name: str) -> None:
    legs, own = LEGS[name]
    hold = replace(a_hold("CA1-2"), placed_at=PLACED, destination=WARSAW)
    found = leg_of_hold(hold, [leg(*each) for each in legs])
    assert (found.sid if found else "") == own
