"""The state that rides in the URL comes back as it went, and nothing else is taken for it."""

import string
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telekarta.dialog.caller import Caller, Leg
from telekarta.dialog.language import Language
from telekarta.dialog.state import BadState, decode, encode
from telekarta.domain.brands import LINES, Brand
from telekarta.domain.cards.card import Ref
from telekarta.domain.ledger.postings import Purse

LEG = Leg("CA1", LINES["+48800901900"], "+48221234567")

counts = st.integers(min_value=0, max_value=10**9)
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
callers = st.builds(
    Caller,
    leg=st.just(LEG),
    language=st.sampled_from(Language),
    slow=st.booleans(),
    card=st.from_regex(r"([0-9]{6})?", fullmatch=True),
    holder=holders,
    purse=st.none() | purses,
    misses=counts,
    wrong_codes=counts,
    attempts=counts,
    steps=counts,
    knows_line=st.booleans(),
    line_paused_until_epoch_s=counts,
    destination=st.from_regex(r"(\+[1-9][0-9]{6,14})?", fullmatch=True),
    tariff_version=st.text(string.ascii_lowercase + string.digits + "-.", max_size=20),
    limit_s=counts,
)


@given(callers)
def test_what_is_encoded_is_decoded(caller: Caller) -> None:
    assert decode(encode(caller), LEG) == caller


@given(callers)
def test_the_state_is_plain_url_text_and_never_grows_large(caller: Caller) -> None:
    assert set(encode(caller)) <= set(string.ascii_letters + string.digits + "~.:=&%-_")
    assert len(encode(caller)) < 1000


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
