"""The state that rides in the URL comes back as it went, and nothing else is taken for it."""

import string
from contextlib import suppress
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telekarta.dialog.caller import Caller
from telekarta.dialog.language import Language
from telekarta.dialog.leg import Leg
from telekarta.dialog.parts import PARTS
from telekarta.dialog.parts.calls import PlacedCall
from telekarta.dialog.parts.cards import Admission
from telekarta.dialog.parts.keys import Part, flag, number, text
from telekarta.dialog.parts.topups import ChosenTransfer
from telekarta.dialog.state import (
    CODEC,
    FIRST_KEYS,
    MOST_KEYS,
    BadState,
    PartError,
    StateCodec,
    decode,
    encode,
)
from telekarta.domain.brands import LINES, Brand
from telekarta.domain.cards.card import Ref
from telekarta.domain.ledger.postings import Purse

LEG = Leg("CA1", LINES["+48800901900"], "+48221234567")
WHITE_PHONE_LEG = Leg("CA1", LINES["+48800007744"], "+48221234567")

counts = st.integers(min_value=0, max_value=10**9)
telephone_numbers = st.from_regex(r"(\+[1-9][0-9]{6,14})?", fullmatch=True)
holders = st.one_of(
    st.none(),
    st.just(Ref.account(LEG.calling)),
    st.from_regex(r"[1-9][0-9]{9}", fullmatch=True).map(lambda serial: Ref.card(Brand.TELEGROSIK, serial)),
)
purses = st.builds(
    Purse,
    counts,
    st.lists(st.tuples(counts.map(str), st.integers(1, 10**7)), max_size=20).map(tuple),
)
# What may stand in the part of each capability. A part without an entry here fails a test below.
KNOWN = {
    Admission: st.builds(
        Admission,
        holder=holders,
        purse=st.none() | purses,
        card_number=st.from_regex(r"([0-9]{6})?", fullmatch=True),
        wrong_codes=counts,
        knows_line=st.booleans(),
        line_paused_until_epoch_s=counts,
    ),
    PlacedCall: st.builds(
        PlacedCall,
        attempts=counts,
        destination=telephone_numbers,
        tariff_version=st.text(string.ascii_lowercase + string.digits + "-.", max_size=20),
        limit_s=counts,
    ),
    ChosenTransfer: st.builds(
        ChosenTransfer, amount_grosze=counts, target=st.from_regex(r"([0-9]{10})?", fullmatch=True)
    ),
}
callers = st.builds(
    lambda caller, parts: caller.having(*parts),
    st.builds(
        Caller,
        leg=st.just(LEG),
        language=st.sampled_from(Language),
        slow=st.booleans(),
        misses=counts,
        steps=counts,
        parts=st.just({}),
    ),
    st.tuples(*KNOWN.values()),
)


@given(callers)
def test_what_is_encoded_is_decoded(caller: Caller) -> None:
    assert decode(encode(caller), LEG) == caller


@given(callers)
def test_the_state_is_plain_url_text_and_never_grows_large(caller: Caller) -> None:
    assert set(encode(caller)) <= set(string.ascii_letters + string.digits + "~.:=&%-_")
    assert len(encode(caller)) < 1000


def test_every_part_is_tried() -> None:
    assert set(KNOWN) == set(PARTS)


def test_a_fresh_caller_takes_a_few_characters() -> None:
    assert encode(Caller(LEG)) == "l=pl"


@pytest.mark.parametrize(
    "query",
    [
        "l=de",
        "m=minus",
        "m=-1",
        "m=٣",
        "p=x",
        "p=1~2",
        "p=1~2:x",
        "p=1~2:3:4",
        "h=12a",
        "&&&",
        "a=1;b=2",
    ],
)
def test_what_we_did_not_write_is_refused(query: str) -> None:
    with pytest.raises(BadState):
        decode(query, LEG)


@given(st.text(max_size=300))
def test_no_query_does_worse_than_being_refused(query: str) -> None:
    with suppress(BadState):
        decode(query, LEG)


# What the version before parts were made wrote into URLs, at every kind of screen. A call outlives a
# deployment: what the old version wrote, this one must read, and write again as it was.
WRITTEN_BEFORE = {
    "a White Phone caller's first screen": (WHITE_PHONE_LEG, "l=pl"),
    "in English, slowly, after two misses": (WHITE_PHONE_LEG, "l=en&m=2&s=7&z=1"),
    "a card number was keyed": (WHITE_PHONE_LEG, "l=pl&s=1&c=123456"),
    "its PIN was wrong twice": (WHITE_PHONE_LEG, "l=pl&w=2&s=3&c=123456"),
    "a line that is paused": (LEG, "l=pl&w=1&s=2&q=1767225600"),
    "a card was let in": (WHITE_PHONE_LEG, "l=pl&h=123456&p=1~1:2000&s=2"),
    "a card with two lots, on a line it knows": (LEG, "l=pl&h=1234567890&p=4~a1:1500.promo-2:500&s=2&k=1"),
    "an empty account": (LEG, "l=pl&h=a&p=0~"),
    "a call was quoted": (
        WHITE_PHONE_LEG,
        "l=pl&h=123456&p=1~1:2000&s=3&t=4800&d=%2B48221112233&v=2024-11",
    ),
    "a call is going on": (
        WHITE_PHONE_LEG,
        "l=pl&h=123456&p=2~1:2000&a=1&s=4&t=4800&d=%2B48221112233&v=2024-11&k=1",
    ),
    "two calls have ended": (WHITE_PHONE_LEG, "l=pl&h=123456&p=3~1:2000&a=2&v=2024-11&k=1"),
    "an amount to take was chosen": (WHITE_PHONE_LEG, "l=pl&h=123456&p=3~1:2000&s=5&g=1500"),
    "a gift was read back": (LEG, "l=pl&h=1234567890&p=3~1:2000&a=1&s=6&g=1500&r=0987654321&k=1"),
    "every key there is": (
        LEG,
        "l=en&h=1234567890&p=12~lot%2F7:1&m=1&w=2&a=3&s=4&q=5&t=6&g=7&c=654321&d=%2B4930123456"
        "&v=v~1%20x&r=1111111111&z=1&k=1",
    ),
}


@pytest.mark.parametrize(("leg", "query"), WRITTEN_BEFORE.values(), ids=WRITTEN_BEFORE)
def test_a_call_in_flight_goes_on_byte_for_byte(leg: Leg, query: str) -> None:
    assert encode(decode(query, leg)) == query


def test_what_was_written_before_means_what_it_meant() -> None:
    leg, query = WRITTEN_BEFORE["every key there is"]
    caller = decode(query, leg)
    assert (caller.language, caller.slow, caller.misses, caller.steps) == (Language.EN, True, 1, 4)
    assert caller.parts == {
        Admission: Admission(
            holder=Ref.card(Brand.TELEGROSIK, "1234567890"),
            purse=Purse(12, (("lot/7", 1),)),
            card_number="654321",
            wrong_codes=2,
            knows_line=True,
            line_paused_until_epoch_s=5,
        ),
        PlacedCall: PlacedCall(3, "+4930123456", "v~1 x", 6),
        ChosenTransfer: ChosenTransfer(7, "1111111111"),
    }


def test_the_first_keys_are_all_in_use_and_none_has_two_meanings() -> None:
    assert CODEC.keys[: len(FIRST_KEYS)] == FIRST_KEYS
    assert len(set(CODEC.keys)) == len(CODEC.keys) <= MOST_KEYS
    assert {pair.partition("=")[0] for pair in WRITTEN_BEFORE["every key there is"][1].split("&")} == set(
        FIRST_KEYS
    )


# A capability that does not exist: all that it needs is a part of its own.


@dataclass(frozen=True, slots=True)
class SeatInTheRoom(Part):
    room: str = text("room")
    seat: int = number("seat")
    is_muted: bool = flag("mute")


@given(callers, st.builds(SeatInTheRoom, room=st.text(max_size=20), seat=counts, is_muted=st.booleans()))
def test_another_capability_adds_its_part_and_the_first_ones_stay_as_they_are(
    caller: Caller, seat: SeatInTheRoom
) -> None:
    codec = StateCodec((*PARTS, SeatInTheRoom))
    seated = caller.having(seat)
    assert codec.decode(codec.encode(seated), LEG) == seated
    assert codec.encode(seated).startswith(encode(caller))
    assert codec.encode(caller) == encode(caller)


@given(callers)
def test_a_version_that_does_not_know_a_part_leaves_it_aside(caller: Caller) -> None:
    newer = StateCodec((*PARTS, SeatInTheRoom))
    written = newer.encode(caller.having(SeatInTheRoom("wedding", 3, is_muted=True)))
    assert decode(written, LEG) == caller


def test_a_part_that_is_not_registered_is_a_fault_and_is_not_lost_in_silence() -> None:
    with pytest.raises(PartError, match="SeatInTheRoom"):
        encode(Caller(LEG).having(SeatInTheRoom("wedding")))


@pytest.mark.parametrize("taken", ["l", "h", "in", "by"])
def test_a_key_that_is_taken_can_not_be_taken_again(taken: str) -> None:
    @dataclass(frozen=True, slots=True)
    class Grabbing(Part):
        room: str = text(taken)

    with pytest.raises(PartError, match=taken):
        StateCodec((*PARTS, Grabbing))
