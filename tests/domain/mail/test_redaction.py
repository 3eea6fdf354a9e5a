"""What is kept of people's words: never a code, but the account and the days that they tell."""

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from telekarta.domain.mail.redaction import (
    without_accounts_and_days,
    without_codes,
    without_codes_and_accounts,
)
from telekarta.domain.nrb import nrb_in

NRB = "61 1090 1014 0000 0712 1981 2874"

nrbs = st.integers(0, 10**24 - 1).map(lambda number: nrb_in(f"{number:024}"))
usual_groups = st.sampled_from(
    [(26,), (2, 24), (2, 4, 4, 4, 4, 4, 4), (2, 8, 16), (2, 8, 4, 4, 4, 4), (10, 16)]
)
other_groups = st.sampled_from(
    [(4, 4, 4, 4, 4, 4, 2), (2,) * 13, (3, 3, 3, 3, 3, 3, 3, 3, 2), (5, 5, 5, 5, 6)]
)
gaps = st.sampled_from([" ", "-", ".", "\u00a0", "  ", " - ", "\u2013"])
codes = st.sampled_from([8, 12]).flatmap(lambda long: st.text("0123456789", min_size=long, max_size=long))
code_groups = {
    8: [(8,), (4, 4), (2, 2, 2, 2), (3, 3, 2), (2, 6)],
    12: [(12,), (4, 4, 4), (3, 3, 3, 3), (6, 6), (2, 2, 2, 2, 2, 2)],
}
days = (
    st.dates()
    .map(lambda day: day.replace(year=1950 + day.year % 100))
    .flatmap(
        lambda day: st.sampled_from(
            [day.isoformat(), f"{day:%d.%m.%Y}", f"{day.day}.{day.month}.{day.year}", f"{day:%d-%m-%Y}"]
        )
    )
)
# Between two numbers of which neither is a part of the other.
apart = st.sampled_from([" ", "  ", "\n", ", ", "; PIN ", " pin: ", "\nPUK - "])


def grouped(digits, lengths, gap):
    parts, rest = [], digits
    for length in lengths:
        parts.append(rest[:length])
        rest = rest[length:]
    return gap.join(parts)


def digits_of(text):
    return re.sub("[^0-9]", "", text)


@pytest.mark.rule("WP §9.1", "TG §10.1")
@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("karta 123456 pin 12345678", "karta 123456 pin ********"),
        ("123456 1234 5678", "123456 **** ****"),
        ("telegrosik 123456789012", "telegrosik ************"),
        ("1234 5678 9012", "**** **** ****"),
        ("PIN 1234\u00a05678", "PIN ****\u00a0****"),
        ("PIN 1234  5678, PUK 1234.5678", "PIN ****  ****, PUK ****.****"),
        ("PIN 12 - 34 - 56 - 78", "PIN ** - ** - ** - **"),
        ("a PIN broken by a line 1234\n5678", "a PIN broken by a line ****\n****"),
        ("karta i PIN 12345640271950", "karta i PIN **************"),
        ("tel 600123456", "tel 600123456"),
        ("karta 1234567890", "karta 1234567890"),
        ("Karta: 123456\n50 zł", "Karta: 123456\n50 zł"),
        (f"Konto: {NRB}", f"Konto: {NRB}"),
        (f"Konto: PL{NRB}", f"Konto: PL{NRB}"),
        (f"pl {NRB.replace(' ', '-')}.", f"pl {NRB.replace(' ', '-')}."),
        (f"Konto {NRB[:22]}\n{NRB[23:]}", f"Konto {NRB[:22]}\n{NRB[23:]}"),
        (f"{NRB} 12345678", f"{NRB} ********"),
        (f"1234 5678 {NRB}", f"**** **** {NRB}"),
        ("PL6 110 901 014 000 007 121 981 287 4 12345678", "PL6 110 901 014 000 007 121 981 287 4 ********"),
        ("61 1090 1014 0000 0712 1981 2875", "61 **** **** **** **** **** ****"),
        ("2026-12-01", "2026-12-01"),
        ("1.12.2026 r., 01-12-2026, 2026/12/01", "1.12.2026 r., 01-12-2026, 2026/12/01"),
        ("01.12.26 14:30", "01.12.26 14:30"),
        ("20261201", "********"),
        ("2026-13-01", "****-**-**"),
        ("2026 12 01", "**** ** **"),
        ("12-11-20-26", "**-**-**-**"),
        ("umowa 12345678", "umowa ********"),
    ],
)
def test_what_may_be_a_code_is_starred_and_nothing_that_is_none(text, kept):
    assert without_codes(text) == kept


@given(nrbs, st.one_of(usual_groups, other_groups), gaps, st.sampled_from(["", "PL", "PL ", "konto: "]))
def test_every_account_is_kept_however_it_is_grouped(nrb, lengths, gap, before):
    told = f"Proszę o zwrot na {before}{grouped(nrb, lengths, gap)}\nz poważaniem"
    assert without_codes(told) == told
    assert nrb not in digits_of(without_codes_and_accounts(told))


@given(days)
def test_every_day_is_kept(day):
    told = f"Dzwoniłem {day} i {day}, a potem ({day})."
    assert without_codes(told) == told == without_codes_and_accounts(told)


@pytest.mark.rule("WP §9.1", "TG §10.1")
@given(nrbs, usual_groups, gaps, codes, st.data(), apart, st.booleans())
def test_a_code_beside_an_account_is_never_kept(nrb, lengths, gap, code, data, between, is_first):
    code_as_told = grouped(code, data.draw(st.sampled_from(code_groups[len(code)])), data.draw(gaps))
    assume(without_accounts_and_days(code_as_told) == code_as_told)
    account = grouped(nrb, lengths, gap)
    pair = (code_as_told, account) if is_first else (account, code_as_told)
    kept = without_codes(between.join(pair))
    assume(code not in nrb)
    assert code not in digits_of(kept)
    assert code_as_told not in kept
    assert account in kept


@pytest.mark.rule("WP §9.1", "TG §10.1")
@given(days, codes, st.data(), apart, st.booleans())
def test_a_code_beside_a_day_is_never_kept(day, code, data, between, is_first):
    code_as_told = grouped(code, data.draw(st.sampled_from(code_groups[len(code)])), data.draw(gaps))
    assume(without_accounts_and_days(code_as_told) == code_as_told)
    pair = (code_as_told, day) if is_first else (day, code_as_told)
    kept = without_codes(between.join(pair))
    assume(code not in digits_of(day))
    assert code not in digits_of(kept)
    assert code_as_told not in kept
    assert day in kept


@given(st.text("0123456789 -.\nPL", max_size=60))
def test_nothing_but_digits_is_changed_and_twice_is_as_once(text):
    kept = without_codes(text)
    assert len(kept) == len(text)
    assert all(
        new in (old, "*") and (new == old or old.isdigit()) for old, new in zip(text, kept, strict=True)
    )
    assert not re.search(r"(?<!\d)(?:\d{8}|\d{12})(?!\d)", kept)
    assert without_codes(kept) == kept


def test_titles_lose_accounts_too():
    assert without_codes_and_accounts(f"zwrot na PL{NRB} 2026-12-01") == (
        "zwrot na PL** **** **** **** **** **** **** 2026-12-01"
    )
