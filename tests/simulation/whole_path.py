"""The same hunt over the whole path: signed webhooks, TwiML, a telephone. Thinner: a step costs more."""

from datetime import timedelta
from random import Random

from local.network import HOSTILE, Answers, Busy, NeverAnswers, NoSuchNumber, Party
from telekarta.adapters.files.tariffs import load_price_book
from telekarta.domain.cards.card import Ref
from telekarta.domain.ledger.postings import balance_of
from telekarta.usecases.calls.lost_hangups import HoldDeps, sweep
from tests.kit.carrier import NetworkCarrier
from tests.kit.house import CARD, LINE, LONG_PIN, PIN, House
from tests.kit.phone import Phone, PhoneCall

NUMBERS = ("221112233#", "602123456#", "00493012345678#", "112#", "22*221112233#")
CALLS = 12


def some_party(chance: Random) -> Party:
    return chance.choice(
        (
            Answers(),
            Answers(hangs_up_after_s=chance.randrange(1, 4000)),
            Busy(),
            NeverAnswers(),
            NoSuchNumber(),
        )
    )


def some_call(house: House, chance: Random) -> PhoneCall:
    """A caller who gets so far, talks so long, and hangs up whenever."""
    way = chance.choice(("white_phone", "telegrosik", "account"))
    if way == "white_phone":
        call, keys = house.phone.dials("+48800007744"), [CARD, chance.choice((PIN, PIN, PIN, "00000000"))]
    elif way == "telegrosik":
        call, keys = house.phone.dials("+48800901900", "+48225554433"), [LONG_PIN]
    else:
        call, keys = house.phone.dials("+48800901900", LINE), []
    keys += chance.sample(NUMBERS, 2)
    for entry in keys[: chance.randrange(1, len(keys) + 1)]:
        house.network.advance(chance.choice((1, 3, 20)))
        call.cuts_in(entry)
    house.network.advance(chance.choice((0, 2, 10, 60, 600, 5000)))
    return call.hangs_up()


def live(house: House, seed: int) -> None:
    chance = Random(seed)
    house.network.deliveries = HOSTILE
    house.phone = Phone(house.network, tolerant=True)
    cards = [house.white_phone(5000), house.telegrosik(2000), house.account(1500)]
    for _ in range(CALLS):
        house.network.default_party = some_party(chance)
        some_call(house, chance)
        if chance.random() < 0.3:
            house.door = house.new_process()
        check(house, cards)
    house.network.settle()
    house.clock.ahead += timedelta(hours=5)
    sweep(HoldDeps(house.store, NetworkCarrier(house.network.records), load_price_book()), house.clock.now())
    check(house, cards)
    assert all(house.card(ref).hold is None for ref in cards)
    children = [
        leg for call in house.network.calls for leg in house.network.records.find(parent_sid=call.sid)
    ]
    talked = {leg.sid: leg.duration_s for leg in children if leg.duration_s}
    charged = {
        posting.details["leg_sid"]: posting.details["duration_s"]
        for ref in cards
        for posting in house.calls(ref)
    }
    assert charged == talked
    assert all(answer.status == 200 for answer in house.answers)


def check(house: House, cards: list[Ref]) -> None:
    for ref in cards:
        card = house.card(ref)
        assert card.balance_grosze == balance_of(str(ref), house.store.postings(ref))
        assert 0 <= card.held_grosze <= card.balance_grosze
