"""What users of other calling-card systems hated, each as a story that must not happen here.

The names in brackets are the bug reports that told of it.
"""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from local.network import HOSTILE, Answers
from telekarta.adapters.files.tariffs import load_price_book
from telekarta.domain.cards.card import Ref
from telekarta.domain.ledger.postings import balance_of
from telekarta.domain.money import NotMoney, grosze
from telekarta.usecases.calls.lost_hangups import HoldDeps, HoldOutcome, sweep
from telekarta.usecases.ports import StoreUnavailable
from tests.kit.carrier import NetworkCarrier
from tests.kit.house import CARD, LINE, LONG_PIN, PIN, House
from tests.kit.memory_store import When
from tests.kit.phone import Phone, PhoneCall, phone_network

WARSAW = "+48221112233"


@pytest.fixture
def house() -> House:
    return House()


def talks(house: House, seconds: int = 65) -> PhoneCall:
    call = house.phone.dials("+48800007744").presses(CARD).presses(PIN).presses("221112233#")
    return call.talks(seconds)


def sweeps(house: House) -> list[HoldOutcome]:
    deps = HoldDeps(house.store, NetworkCarrier(house.network.records), load_price_book())
    return [looked.outcome for looked in sweep(deps, house.clock.now()).looked]


def is_sound(house: House, ref: Ref) -> bool:
    return house.balance(ref) == balance_of(str(ref), house.store.postings(ref))


def test_a_duplicate_record_is_not_charged_twice(house: House) -> None:
    """[cgrates 195, ivozprovider 703]"""
    card = house.white_phone()
    house.network.deliveries = HOSTILE
    call = talks(house).hangs_up()
    house.network.settle()
    for told in [*call.requests, *call.callbacks] * 3:
        house.door = house.new_process()
        house.network.webhooks.request("POST", told["url"], told["params"])
    assert house.charges(card) == [28]


def test_thirty_calls_at_once_do_not_talk_on_one_calls_credit(house: House) -> None:
    """[magnusbilling 38]"""
    card = house.white_phone(300)
    # Each on a line of their own, all let in before the first of them dials.
    phones = [Phone(phone_network(house.transport, seed=n)) for n in range(30)]
    callers = [
        phone.dials("+48800007744", f"+4822555{n:04}").presses(CARD).presses(PIN).hears("trzy złote")
        for n, phone in enumerate(phones)
    ]
    for call in callers:
        call.presses("221112233#").hears("Czas na rozmowę")
    (talking,) = [call for call in callers if not call.call.over]
    talking.talks(60).hangs_up()
    assert house.charges(card) == [25]
    assert is_sound(house, card)


def test_money_cannot_be_moved_away_in_the_middle_of_a_call(house: House) -> None:
    """[ASTPP 145]"""
    account, card = house.account(1500), house.telegrosik(2000)
    call = house.phone.dials("+48800901900", "+48225554433").presses(LONG_PIN).presses("221112233#").talks(30)
    house.phone.dials("+48800901900", LINE).presses(LONG_PIN + "#").hears("trwa teraz inna rozmowa")
    call.hangs_up()
    assert len(house.charges(card)) == 1
    assert house.balance(account) == 1500


@pytest.mark.parametrize("talked_s", [1, 65, 600])
def test_a_dropped_call_is_billed_neither_zero_nor_for_ever(house: House, talked_s: int) -> None:
    """[ASTPP 182, cgrates 2220]"""
    card = house.white_phone()
    call = talks(house, talked_s)
    house.store.faults = lambda when, name: _fails(name == "settle")
    call.hangs_up()
    house.store.faults = lambda when, name: None
    assert house.card(card).hold is not None
    house.clock.ahead += timedelta(hours=5)
    assert sweeps(house) == [HoldOutcome.CHARGED]
    assert house.calls(card)[0].details["duration_s"] == talked_s
    assert house.charges(card) == [-(-talked_s * 250 // 600)]


def _fails(really: bool) -> None:
    if really:
        raise StoreUnavailable


def test_a_card_is_not_redeemed_twice(house: House) -> None:
    """Select, then update."""
    card = house.telegrosik(2000)
    lines = [f"+4822555010{n}" for n in range(2)]
    calls = [house.phone.dials("+48800801919", line).presses("1").hears("PIN") for line in lines]
    for call in calls:
        call.presses(LONG_PIN)
    accounts = [house.balance(Ref.account(line)) for line in lines]
    assert sorted(accounts) == [0, 2000]
    assert house.balance(card) == 0


def test_a_call_is_rounded_once_and_not_for_each_of_its_seconds(house: House) -> None:
    """[cgrates 361]"""
    card = house.white_phone()
    talks(house, 61).hangs_up()
    assert house.charges(card) == [26]  # 25.42 rounded up; second by second it would be 61


@pytest.mark.parametrize("amount", [474.995, 0.1 + 0.2, True])
def test_no_float_is_ever_money(amount: object) -> None:
    """[cgrates 624]"""
    with pytest.raises(NotMoney):
        grosze(amount)


def test_redialling_does_not_give_a_guesser_new_tries(house: House) -> None:
    house.white_phone()
    for n in range(3):
        house.phone.dials("+48800007744").presses(CARD).presses(f"0000000{n}").hangs_up()
    house.phone.dials("+48800007744").presses(CARD).presses(PIN).hears("zbyt wiele błędnych prób").ends()


@pytest.mark.parametrize("operation", ["card", "place_hold", "settle"])
def test_a_failure_of_the_database_is_no_success(house: House, operation: str) -> None:
    """[FreeSWITCH nibblebill]"""
    card = house.white_phone()
    house.phone.knows(WARSAW, Answers(hangs_up_after_s=65))

    house.store.faults = lambda when, name: _fails((when, name) == (When.BEFORE, operation))
    call = house.phone.dials("+48800007744").presses(CARD).presses(PIN)
    if operation == "card":
        call.hears("Przepraszamy").ends()
    else:
        call.presses("221112233#").hears("")
        house.network.advance(80)
    house.store.faults = lambda when, name: None
    house.clock.ahead += timedelta(hours=5)
    sweeps(house)
    assert house.charges(card) == ([28] if operation == "settle" else [])
    assert house.card(card).hold is None


def test_a_caller_who_hangs_up_first_leaves_no_call_open(house: House) -> None:
    """[jambonz 620]"""
    card = house.white_phone()
    talks(house, 65).hangs_up()
    house.network.settle()
    assert house.card(card).hold is None
    assert house.charges(card) == [28]


def test_many_threads_settle_one_call_once() -> None:
    """Two of everything at once, on the store's own terms."""
    house = House()
    card = house.white_phone()
    call = talks(house)
    call.hangs_up()
    (report,) = [told for told in call.callbacks if "/report" in told["url"]]

    def tells_again(_: int) -> None:
        house.network.webhooks.request("POST", report["url"], report["params"])

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(tells_again, range(32)))
    assert house.charges(card) == [28]
