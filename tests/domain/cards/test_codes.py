"""PINs are kept as digests only, and guessing them takes longer than anyone has."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telekarta.domain.cards.codes import (
    CARD_PATIENCE,
    LINE_PATIENCE,
    Patience,
    Tries,
    is_guessable,
    line_digest,
    puk_digest,
    same,
    telegrosik_pin_digest,
    white_phone_pin_digest,
)
from telekarta.domain.cards.terms import TELEGROSIK_PIN_DIGITS, WHITE_PHONE_PIN_DIGITS

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
PEPPER = b"a pepper for tests"
codes = st.text("0123456789", min_size=4, max_size=12)


@pytest.mark.rule("WP §9.1", "TG §10.1", "WP §1.2.10", "TG §2.10")
@given(codes)
def test_a_digest_shows_nothing_of_its_code(code: str) -> None:
    for digest in (
        white_phone_pin_digest(PEPPER, "123456", code),
        telegrosik_pin_digest(PEPPER, code),
        puk_digest(PEPPER, "123456", code),
    ):
        assert len(digest) == 64
        assert code not in digest or len(code) < 6


@given(codes)
def test_equal_codes_look_different_on_different_cards_uses_and_peppers(code: str) -> None:
    digests = [
        white_phone_pin_digest(PEPPER, "123456", code),
        white_phone_pin_digest(PEPPER, "654321", code),
        puk_digest(PEPPER, "123456", code),
        telegrosik_pin_digest(PEPPER, code),
        telegrosik_pin_digest(b"another pepper", code),
    ]
    assert len(set(digests)) == len(digests)
    assert same(digests[0], white_phone_pin_digest(PEPPER, "123456", code))
    assert not same(digests[0], digests[1])


def test_a_lines_mark_is_short_and_keyed() -> None:
    mark = line_digest(PEPPER, "+48221234567")
    assert len(mark) == 16
    assert mark != line_digest(b"another pepper", "+48221234567")


@pytest.mark.parametrize(
    ("wrong_tries", "pause_min"),
    [(0, 0), (1, 0), (2, 0), (3, 1), (4, 2), (5, 4), (6, 8), (7, 15), (10**9, 15)],
)
def test_pauses_grow_to_a_quarter_of_an_hour(wrong_tries: int, pause_min: int) -> None:
    assert CARD_PATIENCE.pause_s(wrong_tries) == pause_min * 60


def test_two_slips_cost_no_pause_and_the_third_a_minute() -> None:
    tries = Tries()
    for _ in range(3):
        assert not tries.is_paused(CARD_PATIENCE, NOW)
        tries = tries.after_wrong(CARD_PATIENCE, NOW)
    assert tries.is_paused(CARD_PATIENCE, NOW + timedelta(seconds=59))
    assert not tries.is_paused(CARD_PATIENCE, NOW + timedelta(seconds=60))


def test_a_quiet_day_forgets() -> None:
    tries = Tries(9, NOW)
    assert tries.after_wrong(CARD_PATIENCE, NOW + timedelta(hours=24)).count == 1
    assert tries.after_wrong(CARD_PATIENCE, NOW + timedelta(hours=23)).count == 10


def tries_in_a_year(patience: Patience) -> int:
    """How many codes a tireless guesser gets looked at in a year: one at the end of each pause."""
    now, tries, count = NOW, Tries(), 0
    while now < NOW + timedelta(days=365):
        tries = tries.after_wrong(patience, now)
        count += 1
        now = tries.paused_until(patience) or now
    return count


def test_the_chance_of_guessing_a_pin_in_a_year_is_the_one_in_the_decision() -> None:
    # docs/decisions/0004-pins.md
    on_a_card = tries_in_a_year(CARD_PATIENCE) / 10**WHITE_PHONE_PIN_DIGITS
    assert on_a_card < 0.000_36
    live_cards = 100_000
    on_a_line = tries_in_a_year(LINE_PATIENCE) * live_cards / (9 * 10 ** (TELEGROSIK_PIN_DIGITS - 1))
    assert on_a_line < 0.004


@given(st.integers(0, 50), st.timedeltas(timedelta(0), timedelta(days=3)))
def test_nobody_waits_longer_than_a_quarter_of_an_hour(count: int, later: timedelta) -> None:
    until = Tries(count, NOW).after_wrong(CARD_PATIENCE, NOW + later).paused_until(CARD_PATIENCE)
    assert until is None or until <= NOW + later + timedelta(minutes=15)


@pytest.mark.rule("WP §1.2.11")
@pytest.mark.parametrize(
    ("puk", "guessable"),
    [
        ("00000000", True),
        ("77777777", True),
        ("12345678", True),
        ("87654321", True),
        ("89012345", True),
        ("13579135", False),
        ("40271953", False),
    ],
)
def test_a_puk_that_anybody_would_try_first_is_refused(puk: str, guessable: bool) -> None:
    assert is_guessable(puk) is guessable
