"""Calls as their callers live them, from the first ring to the last word, on the real voice function."""

from datetime import timedelta

import pytest

from local.network import HOSTILE, Answers, Busy, NeverAnswers, NoSuchNumber
from telekarta.domain.cards.card import Status
from telekarta.domain.ledger.postings import balance_of
from tests.kit.house import CARD, LINE, LONG_PIN, PIN, House

WHITE_PHONE = "+48800007744"
TELEGROSIK = "+48800901900"
TELEGROSIK_LOCAL = "+48223301900"
ACTIVATION = "+48800801919"
WARSAW = "+48221112233"


@pytest.fixture
def house() -> House:
    return House()


def admitted(house: House, number: str = CARD, pin: str = PIN, from_: str = LINE):
    """A White Phone caller who has just been let in."""
    return (
        house.phone.dials(WHITE_PHONE, from_).hears("numer karty").presses(number).hears("PIN").presses(pin)
    )


@pytest.mark.rule(
    "WP §1.2.3",
    "WP §2.1",
    "WP §3.2",
    "WP §3.3",
    "WP §3.4",
    "WP §3.5",
    "WP §3.6.1",
    "WP §4.8",
    "WP §6.2",
    "WP §6.3",
)
def test_a_white_phone_call_from_greeting_to_charge(house: House) -> None:
    card = house.white_phone(2000)
    call = house.phone.dials(WHITE_PHONE).hears("Witamy w White Phone", "sześciocyfrowy numer karty")
    call.presses(CARD).hears("ośmiocyfrowy PIN").presses(PIN)
    call.hears("Na karcie: dwadzieścia złotych", "wybrać numer")
    call.presses("221112233#").hears("Czas na rozmowę: jedna godzina", "Łączymy")
    assert house.card(card).held_grosze > 0
    call.talks(65)
    call.hangs_up()
    (charge,) = house.charges(card)
    (posting,) = house.calls(card)
    assert posting.details["duration_s"] == 65
    assert charge == -(-65 * int(posting.details["rate_units_per_min"]) // 600)
    assert house.balance(card) == 2000 - charge == balance_of(str(card), house.store.postings(card))
    assert house.card(card).hold is None


def test_after_the_call_the_caller_hears_its_cost_and_dials_again_without_a_pin(house: House) -> None:
    card = house.white_phone(2000)
    house.phone.knows(WARSAW, Answers(hangs_up_after_s=60))
    call = admitted(house).presses("221112233#")
    call.talks_on().hears(
        "Koszt rozmowy: dwadzieścia pięć groszy", "Pozostało: dziewiętnaście złotych", "wybrać numer"
    )
    call.presses("221112233#").talks_on().hears("Koszt rozmowy")
    assert house.charges(card) == [25, 25]
    assert house.balance(card) == 2000 - 50


@pytest.mark.rule("WP §3.6.2")
def test_the_balance_is_talked_to_its_end_and_not_a_second_longer(house: House) -> None:
    card = house.white_phone(300)
    call = admitted(house).presses("221112233#").hears("Czas na rozmowę: dwanaście minut")
    call.is_cut_off(after_s=300 * 60 * 10 // 250).hears(
        "Koszt rozmowy: trzy złote", "Pozostało: zero złotych", "doładować"
    ).ends()
    assert house.balance(card) == 0


@pytest.mark.rule("WP §3.2")
@pytest.mark.parametrize(("left", "may_call"), [(20, True), (19, False)])
def test_twenty_grosze_are_needed(house: House, left: int, may_call: bool) -> None:
    card = house.white_phone(300)
    house.tops_up_to(card, left)
    call = admitted(house)
    if may_call:
        call.hears("wybrać numer")
    else:
        call.hears("dziewiętnaście groszy", "Najmniejsza potrzebna kwota: dwadzieścia groszy").ends()


@pytest.mark.rule("WP §6.1", "TG §4.5")
@pytest.mark.parametrize(
    ("party", "words"),
    [(Busy(), "zajęty"), (NeverAnswers(), "Nikt nie odbiera"), (NoSuchNumber(), "Nie udało się połączyć")],
)
def test_a_call_that_is_not_answered_costs_nothing_and_says_why(
    house: House, party: object, words: str
) -> None:
    card = house.white_phone()
    house.phone.knows(WARSAW, party)  # type: ignore[arg-type]
    call = admitted(house).presses("221112233#").hears(words, "wybrać numer")
    assert house.balance(card) == 2000
    assert house.card(card).hold is None
    house.phone.knows(WARSAW, Answers())
    call.presses("221112233#").talks(10)


@pytest.mark.rule("WP §2.7", "WP §10.7", "TG §3.1")
@pytest.mark.parametrize(
    ("keyed", "words"),
    [
        ("112#", "alarmowe"),
        ("19115#", "infolinie"),
        ("800302302#", "infolinie"),
        ("801302302#", "podzielonej opłacie"),
        ("700123456#", "podwyższonej opłacie"),
        ("00881612345678#", "satelitarne"),
        ("118913#", "skrócone"),
        ("22111223#", "za krótki"),
        ("800007744#", "własny numer"),
    ],
)
def test_a_number_that_is_never_connected_is_refused_with_its_reason(
    house: House, keyed: str, words: str
) -> None:
    card = house.white_phone()
    admitted(house).presses(keyed).hears(words, "wybrać numer").presses("221112233#").talks(5)
    assert house.card(card).held_grosze > 0


@pytest.mark.rule("WP §10.7")
def test_a_number_on_the_block_list_is_refused(house: House) -> None:
    house.white_phone()
    house.store.change_block_list("+4822111", "call-back fraud")
    admitted(house).presses("221112233#").hears("zablokowany")


@pytest.mark.rule("WP §2.8")
def test_a_registered_bank_line_is_connected_for_its_card_only(house: House) -> None:
    house.white_phone(information_lines=frozenset({"+48800302302"}))
    house.white_phone(number="654321")
    admitted(house).presses("800302302#").talks(30).hangs_up()
    admitted(house, "654321").presses("800302302#").hears("infolinie")


def test_two_calls_on_one_card_one_talks_the_other_hears_why_not(house: House) -> None:
    card = house.white_phone()
    first = admitted(house).presses("221112233#").talks(20)
    admitted(house, from_="+48222222222").hears("trwa teraz inna rozmowa").ends()
    first.hangs_up()
    assert len(house.charges(card)) == 1


def test_two_calls_that_were_let_in_together_still_hold_once(house: House) -> None:
    card = house.white_phone()
    first, second = admitted(house), admitted(house, from_="+48222222222")
    first.presses("221112233#").talks(20)
    second.presses("221112233#").hears("trwa teraz inna rozmowa").ends()
    first.hangs_up()
    assert len(house.charges(card)) == 1


def test_money_that_came_while_the_caller_was_listening_is_counted_in(house: House) -> None:
    card = house.white_phone(300)
    call = admitted(house)
    house.tops_up_to(card, 2000)
    call.presses("221112233#").talks(13 * 60)  # three złote would have bought twelve minutes


@pytest.mark.parametrize("seed", range(8))
def test_late_repeated_and_reordered_reports_charge_once(seed: int) -> None:
    house = House()
    house.network.deliveries = HOSTILE
    card = house.white_phone()
    for _ in range(2):
        call = admitted(house).presses("221112233#").talks(61 + seed)
        call.hangs_up()
        house.network.settle()
        house.door = house.new_process()  # another process knows nothing of what this one has settled
    assert house.charges(card) == [-(-(61 + seed) * 250 // 600)] * 2
    assert house.card(card).hold is None


def test_the_report_before_the_answer_charges_the_right_amount_once(house: House) -> None:
    card = house.white_phone()
    call = admitted(house).presses("221112233#").talks(65)
    call.hangs_up()
    before = house.charges(card)
    replays = [request for request in call.requests if "talking" in request["url"]] + call.callbacks
    house.door = house.new_process()
    for request in reversed(replays):
        house.network.webhooks.request("POST", request["url"], request["params"])
    assert house.charges(card) == before == [28]


def test_every_webhook_told_twice_changes_nothing(house: House) -> None:
    card = house.white_phone()
    call = admitted(house).presses("221112233#").talks(65).hangs_up()
    for request in call.requests:
        house.network.webhooks.request("POST", request["url"], request["params"])
    assert house.charges(card) == [28]
    assert house.card(card).hold is None


# Telegrosik


@pytest.mark.rule(
    "TG §2.3",
    "TG §4.1",
    "TG §4.1.a",
    "TG §4.1.b",
    "TG §4.1.c",
    "TG §4.2",
    "TG §4.3",
    "TG §6.1",
    "TG §6.2",
    "TG §6.5",
)
@pytest.mark.parametrize("keyed", ["00493012345678#", "221112233#", "602123456#", "221112233"])
def test_a_telegrosik_call(house: House, keyed: str) -> None:
    card = house.telegrosik()
    call = house.phone.dials(TELEGROSIK).hears("Witamy w Telegrosiku", "PIN").presses(LONG_PIN)
    call.hears("Na karcie: dwadzieścia złotych").presses(keyed)
    if not keyed.endswith("#"):
        call.waits(5)
    call.hears("Czas na rozmowę").talks(65).hangs_up()
    (posting,) = house.calls(card)
    assert posting.details["duration_s"] == 65
    assert posting.details["tariff_version"]
    assert house.card(card).first_used_at is not None


@pytest.mark.rule("TG §4.2")
def test_dialling_may_start_during_the_balance(house: House) -> None:
    house.telegrosik()
    call = house.phone.dials(TELEGROSIK).presses(LONG_PIN)
    call.cuts_in("221112233#").hears("Czas na rozmowę")


@pytest.mark.rule("TG §4.2", "TG §2.13")
def test_the_local_number_connects_abroad_only(house: House) -> None:
    house.telegrosik()
    call = house.phone.dials(TELEGROSIK_LOCAL).presses(LONG_PIN).presses("221112233#")
    call.hears("tylko za granicę").presses("00493012345678#").talks(10)


@pytest.mark.rule("TG §4.4")
def test_a_star_starts_the_number_over(house: House) -> None:
    card = house.telegrosik()
    house.phone.dials(TELEGROSIK).presses(LONG_PIN).presses("602*221112233#").talks(10).hangs_up()
    assert house.calls(card)[0].details["destination"] == "+48221112233"


@pytest.mark.rule("TG §3.10")
@pytest.mark.parametrize(
    ("keyed", "shown"), [("602123456#", TELEGROSIK), ("00493012345678#", TELEGROSIK), ("221112233#", LINE)]
)
def test_the_callers_number_is_hidden_abroad_and_on_mobiles(house: House, keyed: str, shown: str) -> None:
    house.telegrosik()
    call = house.phone.dials(TELEGROSIK).presses(LONG_PIN).presses(keyed).talks(5)
    assert f'callerId="{shown}"' in house.answers[-1].body
    call.hangs_up()


# Accounts


@pytest.mark.rule("TG §2.7", "TG §2.8", "TG §2.11", "TG §5.2", "TG §5.2.a", "TG §5.2.b", "TG §5.2.c")
@pytest.mark.parametrize("keyed", ["00493012345678#", "221112233#", "602123456#"])
def test_an_accounts_line_needs_no_pin(house: House, keyed: str) -> None:
    account = house.account(1500)
    call = house.phone.dials(TELEGROSIK, LINE).hears("Na koncie: piętnaście złotych", "PIN karty")
    call.presses(keyed).hears("Czas na rozmowę").talks(60).hangs_up()
    (charge,) = house.charges(account)
    assert house.balance(account) == 1500 - charge


@pytest.mark.rule("TG §2.7", "TG §5.3")
def test_a_cards_pin_at_the_accounts_prompt_moves_the_whole_card_once(house: House) -> None:
    account, card = house.account(1500), house.telegrosik(2000)
    call = house.phone.dials(TELEGROSIK, LINE).presses(LONG_PIN + "#")
    call.hears("przelano: dwadzieścia złotych", "Na koncie: trzydzieści pięć złotych")
    call.presses(LONG_PIN + "#").hears("już wykorzystana")
    assert (house.balance(account), house.balance(card)) == (3500, 0)
    assert house.card(card).status is Status.USED_UP
    house.phone.dials(TELEGROSIK, "+48222222222").presses(LONG_PIN).hears("już wykorzystana").ends()


def test_a_card_in_a_call_cannot_be_moved_away(house: House) -> None:
    account, card = house.account(1500), house.telegrosik(2000)
    talking = house.phone.dials(TELEGROSIK, "+48222222222").presses(LONG_PIN).presses("221112233#").talks(30)
    house.phone.dials(TELEGROSIK, LINE).presses(LONG_PIN + "#").hears("trwa teraz inna rozmowa")
    talking.hangs_up()
    assert house.balance(account) == 1500
    assert house.balance(card) == 2000 - house.charges(card)[0]


@pytest.mark.rule("TG §2.8", "TG §5.2")
@pytest.mark.parametrize(
    "from_", ["anonymous", "+266696687", "sip:someone@example.com", "unknown", "", "+48"]
)
def test_a_hidden_or_malformed_caller_id_falls_back_to_the_card(house: House, from_: str) -> None:
    house.account(1500)
    house.telegrosik()
    house.phone.dials(TELEGROSIK, from_).hears("dwunastocyfrowy PIN").presses(LONG_PIN).hears("Na karcie")


@pytest.mark.rule("TG §2.2", "TG §2.11", "TG §5.1", "TG §5.3")
def test_an_account_is_opened_and_loaded_by_telephone(house: House) -> None:
    house.telegrosik(2000)
    call = house.phone.dials(ACTIVATION, LINE).hears("nie ma jeszcze konta").presses("1")
    call.hears("Konto zostało założone", "PIN").presses(LONG_PIN)
    call.hears("przelano: dwadzieścia złotych", "osiemset, dziewięćset jeden").ends()
    house.phone.dials(TELEGROSIK, LINE).hears("Na koncie: dwadzieścia złotych")
    house.phone.dials(ACTIVATION, LINE).hears("ma już konto")


@pytest.mark.rule("TG §2.2")
def test_a_hidden_line_cannot_open_an_account(house: House) -> None:
    house.phone.dials(ACTIVATION, "anonymous").hears("pokazuje swój numer").ends()


# Codes


@pytest.mark.rule("WP §3.3", "WP §1.2.9", "WP §1.2.10")
def test_three_wrong_pins_end_the_call_and_pause_the_card(house: House) -> None:
    house.white_phone()
    call = admitted(house, pin="00000000").hears("Numer karty albo PIN jest błędny").presses("00000001")
    call.hears("jest błędny").presses("00000002").hears("za jedną minutę").ends()
    admitted(house).hears("za jedną minutę").ends()
    house.clock.ahead = timedelta(minutes=2)
    admitted(house).hears("Na karcie")


def test_a_number_that_no_card_has_sounds_like_a_wrong_pin(house: House) -> None:
    house.white_phone()
    assert (
        admitted(house, pin="00000000").hears("błędny").heard
        == admitted(house, "999999").hears("błędny").heard
    )


def test_an_angry_neighbour_on_a_shared_line_locks_nobody_out_who_called_from_it(house: House) -> None:
    house.telegrosik()
    stranger = "222233334444"
    house.telegrosik(serial="2222222222", pin=stranger)
    house.phone.dials(TELEGROSIK, LINE).presses(LONG_PIN).presses("221112233#").talks(5).hangs_up()
    for tries in (3, 3, 3, 1):
        call = house.phone.dials(TELEGROSIK, LINE)
        for n in range(tries):
            call.presses(f"77777777777{n}").hears("błęd")
        call.ends() if tries == 3 else call.hears("za jedną minutę").ends()
    house.phone.dials(TELEGROSIK, LINE).presses(stranger).hears("zbyt wiele błędnych prób").ends()
    house.phone.dials(TELEGROSIK, LINE).presses(LONG_PIN).hears("Na karcie")
    house.phone.dials(TELEGROSIK, "+48229998877").presses(stranger).hears("Na karcie")


@pytest.mark.rule("WP §16.1", "TG §10.2", "TG §3.7", "TG §3.8")
@pytest.mark.parametrize(
    ("changes", "words"),
    [({"status": Status.BLOCKED}, "zablokowana"), ({"status": Status.USED_UP}, "wykorzystana")],
)
def test_a_card_that_cannot_be_used_says_why(house: House, changes: dict[str, object], words: str) -> None:
    house.telegrosik(**changes)
    house.phone.dials(TELEGROSIK).presses(LONG_PIN).hears(words).ends()


@pytest.mark.rule("WP §4.4", "TG §6.12")
def test_an_expired_card_says_so(house: House) -> None:
    house.telegrosik()
    house.phone.dials(TELEGROSIK).presses(LONG_PIN).presses("221112233#").talks(5).hangs_up()
    house.clock.ahead = timedelta(days=367)
    house.phone.dials(TELEGROSIK).presses(LONG_PIN).hears("Ważność tej karty się skończyła").ends()


# The menu


@pytest.mark.rule("WP §4.8", "TG §6.2", "WP §1.2.15", "TG §2.18")
def test_the_menu_tells_the_balance_as_it_is_now(house: House) -> None:
    card = house.white_phone(2000)
    call = admitted(house).presses("0#").hears("Stan środków: jeden")
    house.tops_up_to(card, 4321)
    call.presses("1").hears("czterdzieści trzy złote dwadzieścia jeden groszy", "wybrać numer")


def test_the_language_is_remembered(house: House) -> None:
    house.white_phone()
    admitted(house).presses("0#").presses("3").hears("For English").presses("2").hears(
        "We will remember"
    ).hangs_up()
    admitted(house).hears("Your card holds twenty zlotys").hears_only("en-GB")


def test_slower_speech_is_remembered(house: House) -> None:
    house.white_phone()
    admitted(house).presses("0#").presses("4").hears("Zapamiętane").hangs_up()
    admitted(house).hears("Na karcie")
    assert 'prosody rate="75%"' in house.answers[-1].body


@pytest.mark.rule("WP §1.2.11", "WP §9.1")
def test_a_puk_is_set_and_then_needed_to_change_it(house: House) -> None:
    card = house.white_phone()
    puk, other = "73519264", "15926487"
    call = admitted(house).presses("0#").hears("PUK: pięć").presses("5").hears("nowy PUK").presses("12345678")
    call.hears("zbyt łatwo zgadnąć").presses(puk).hears("jeszcze raz").presses(other).hears("się różnią")
    call.presses(puk).presses(puk).hears("PUK został ustawiony").hangs_up()
    assert puk not in repr(house.card(card))
    call = admitted(house).presses("0#").presses("5").hears("obecny").presses(other).hears("PUK jest błędny")
    call.presses(puk).hears("nowy PUK").presses(other).presses(other).hears("ustawiony")


@pytest.mark.rule("WP §8.1", "TG §8.1", "TG §8.2")
@pytest.mark.parametrize(
    ("number", "help_line"), [(WHITE_PHONE, "+48800007780"), (TELEGROSIK, "+48322704889")]
)
def test_the_help_line_is_a_key_away_and_costs_nothing(house: House, number: str, help_line: str) -> None:
    house.phone.knows(help_line, Answers(hangs_up_after_s=30))
    call = house.phone.dials(number).presses("0#").hears("Biuro obsługi klienta: dziewięć").presses("9")
    call.hears("Łączymy z biurem obsługi klienta")
    assert help_line in house.answers[-1].body
    call.talks_on().hears("PIN|numer karty")
