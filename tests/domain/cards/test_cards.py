"""When a card can be used, and until which day."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telekarta.domain.brands import LINES, Access, Brand, Service
from telekarta.domain.calendar.deadlines import as_text, day_of, months_after
from telekarta.domain.calls.admission import refusal_to_call
from telekarta.domain.cards.card import Card, CardRefusal, Ref, Status, is_expired, valid_through
from telekarta.domain.cards.issuing import issue, new_account
from telekarta.domain.cards.terms import ACCOUNT_VALID_MONTHS
from telekarta.domain.ledger.postings import Hold, Lot, Source

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def white_phone(left_grosze: int = 2000, **changes: object) -> Card:
    card, _ = issue(Ref.card(Brand.WHITE_PHONE, "123456"), 2000, "digest", "A", None, NOW)
    lots = (Lot("1", Source.CANTEEN, left_grosze, NOW, "issue"),)
    return replace(card, **{"lots": lots, **changes})  # type: ignore[arg-type]


def telegrosik(**changes: object) -> Card:
    card, _ = issue(Ref.card(Brand.TELEGROSIK, "1234567890"), 2000, "digest", "A", None, NOW)
    return replace(card, **changes)  # type: ignore[arg-type]


A_HOLD = Hold("CA1-1", 100, NOW, NOW + timedelta(hours=1), "CA1", "+48221112233", "v1", "48", 200)


@pytest.mark.rule("WP §3.1", "WP §3.2", "WP §2.3", "WP §2.9", "WP §16.1", "TG §3.7", "TG §3.8", "TG §10.2")
@pytest.mark.parametrize(
    ("card", "refusal"),
    [
        (white_phone(), None),
        (white_phone(20), None),
        (white_phone(19), CardRefusal.BELOW_MINIMUM),
        (white_phone(0), CardRefusal.BELOW_MINIMUM),
        (white_phone(status=Status.BLOCKED), CardRefusal.BLOCKED),
        (white_phone(hold=A_HOLD), CardRefusal.IN_A_CALL),
        (white_phone(last_active_at=NOW - timedelta(days=366)), CardRefusal.EXPIRED),
        (white_phone(status=Status.BLOCKED, hold=A_HOLD), CardRefusal.BLOCKED),
        (telegrosik(), None),
        (telegrosik(lots=()), CardRefusal.BELOW_MINIMUM),
        (telegrosik(status=Status.USED_UP), CardRefusal.USED_UP),
        (telegrosik(first_used_at=NOW - timedelta(days=366)), CardRefusal.EXPIRED),
    ],
)
def test_why_no_call_can_start(card: Card, refusal: CardRefusal | None) -> None:
    assert refusal_to_call(card, NOW) is refusal


@pytest.mark.rule("WP §4.4", "TG §2.5", "TG §3.8", "TG §5.4", "TG §6.12")
@pytest.mark.parametrize(
    ("card", "last_day"),
    [
        (white_phone(), None),  # never used: nothing has started its clock
        (white_phone(last_active_at=datetime(2026, 2, 10, 9, tzinfo=UTC)), date(2027, 2, 10)),
        (telegrosik(), None),
        (telegrosik(first_used_at=datetime(2026, 2, 10, 9, tzinfo=UTC)), date(2027, 2, 10)),
        (telegrosik(first_used_at=datetime(2024, 2, 29, 9, tzinfo=UTC)), date(2025, 2, 28)),
        (telegrosik(first_used_at=datetime(2026, 2, 10, 9, tzinfo=UTC), valid_months=6), date(2026, 8, 10)),
        # 23:30 UTC on the 9th is the 10th in Warsaw
        (telegrosik(first_used_at=datetime(2026, 2, 9, 23, 30, tzinfo=UTC)), date(2027, 2, 10)),
        (new_account("+48221234567", datetime(2026, 2, 10, 9, tzinfo=UTC)), date(2027, 2, 10)),
        (
            replace(new_account("+48221234567", NOW), last_active_at=datetime(2026, 3, 31, 9, tzinfo=UTC)),
            date(2027, 3, 31),
        ),
    ],
)
def test_the_last_day_of_a_card(card: Card, last_day: date | None) -> None:
    assert valid_through(card) == last_day


@pytest.mark.rule("TG §6.12")
def test_the_last_day_is_whole_and_warsaws() -> None:
    card = telegrosik(first_used_at=datetime(2025, 11, 21, 9, tzinfo=UTC))
    assert not is_expired(card, datetime(2026, 11, 21, 22, 59, 59, tzinfo=UTC))
    assert is_expired(card, datetime(2026, 11, 21, 23, 0, tzinfo=UTC))


days = st.dates(date(2000, 1, 1), date(2100, 12, 31))


@given(days, st.integers(0, 60))
def test_months_end_on_the_matching_day_or_the_months_last(day: date, months: int) -> None:
    end = months_after(day, months)
    assert (end.year * 12 + end.month) - (day.year * 12 + day.month) == months
    assert end.day == day.day or (end.day < day.day and (end + timedelta(days=1)).day == 1)


@given(st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_moments_sort_as_their_texts_and_have_one_day_in_poland(moment: datetime) -> None:
    later = moment + timedelta(microseconds=1)
    assert as_text(moment) < as_text(later)
    assert day_of(moment) - moment.date() in (timedelta(0), timedelta(days=1))


@pytest.mark.rule("WP §1.2.3", "WP §1.2.12", "WP §6.4", "TG §2.2", "TG §2.3", "TG §2.13", "TG §6.8")
@pytest.mark.parametrize(
    ("number", "service", "access"),
    [
        ("+48800007744", Service.WHITE_PHONE_CALL, Access.FREE),
        ("+48800450450", Service.WHITE_PHONE_CALL, Access.FREE),
        ("+48222118066", Service.WHITE_PHONE_CALL, Access.LOCAL),
        ("+48800901900", Service.TELEGROSIK_CALL, Access.FREE),
        ("+48800909900", Service.TELEGROSIK_CALL, Access.FREE),
        ("+48223301900", Service.TELEGROSIK_CALL, Access.LOCAL),
        ("+48800801919", Service.TELEGROSIK_ACTIVATION, Access.FREE),
        ("+48800901919", Service.TELEGROSIK_ACTIVATION, Access.FREE),
        ("+48322704889", Service.TELEGROSIK_ACTIVATION, Access.LOCAL),
    ],
)
def test_our_numbers(number: str, service: Service, access: Access) -> None:
    assert (LINES[number].service, LINES[number].access) == (service, access)


def test_accounts_live_twelve_months() -> None:
    assert ACCOUNT_VALID_MONTHS == 12
