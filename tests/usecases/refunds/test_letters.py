"""How the letters to applicants read."""

from dataclasses import replace
from typing import Any

import pytest

from telekarta.domain.brands import Brand
from telekarta.domain.cards.card import Ref
from telekarta.domain.refunds.application import AnswerBy, Arrival, Missing
from telekarta.domain.refunds.calculation import LineKind, Unmet
from telekarta.domain.refunds.refund import Event, Payout, PayoutState, Refund, RefundStage, Way
from telekarta.domain.refunds.terms import POLICIES
from telekarta.usecases.refunds.letter_texts import (
    LINE_TEXTS,
    LOT_TEXTS,
    MISSING_TEXTS,
    PROOF_TEXTS,
    UNMET_TEXTS,
)
from telekarta.usecases.refunds.letters import (
    account_wanted,
    acknowledgement,
    answer,
    call_to_complete,
    days,
    in_full,
    put_back,
    rows,
)
from telekarta.usecases.refunds.ports import Letter
from tests.kit.refund_scripts import BY_NAME
from tests.kit.refunds import LONG_PIN, START, MemoryOffice, on

BASE = "https://telekarta.test"
FORM = "refund-1234-5678-9012-3456"
ACCOUNT_REF = Ref.account("+48221234567")


def case_of(*lines: Any, applies: dict[str, Any] | None = None, **sources: Any) -> Refund:
    """The case of an application that was just looked at."""
    office = MemoryOffice()
    office.play([on(0, "given", **sources), on(0, "applies", **(applies or {})), *lines])
    refund = office.refund()
    assert refund is not None
    return refund


def changed(refund: Refund, **application: Any) -> Refund:
    return replace(refund, application=replace(refund.application, **application))


def refusal(refund: Refund, reasons: str = "") -> str:
    return answer(replace(refund, stage=RefundStage.REFUSED, reasons=reasons), BASE).body


def letter_of(script: str) -> Letter:
    office = MemoryOffice()
    office.play(BY_NAME[script].lines)
    *_, letter = office.letters.sent.values()
    return letter


def test_every_line_and_reason_has_its_words() -> None:
    assert LINE_TEXTS.keys() == set(LineKind)
    assert MISSING_TEXTS.keys() == set(Missing)
    assert UNMET_TEXTS.keys() == {*Unmet, "empty"}
    assert LOT_TEXTS.keys() == frozenset().union(*(policy.refundable for policy in POLICIES))
    assert PROOF_TEXTS.keys() == set(Brand)


@pytest.mark.parametrize(("count", "words"), [(1, "1 dzień"), (2, "2 dni"), (5, "5 dni"), (14, "14 dni")])
def test_days_are_counted_in_polish(count: int, words: str) -> None:
    assert days(count) == words


# ---------------------------------------------------------------- refused


@pytest.mark.rule("WP §7.9", "WP §7.10")
def test_a_refusal_names_the_condition_its_days_and_its_clause() -> None:
    letter = letter_of("too late to apply")
    assert letter.subject == "Wniosek o zwrot środków nie został uwzględniony"
    assert (
        "- Wniosek można złożyć w ciągu 6 miesięcy od ostatniego doładowania. Było ono 26.04.2026, więc"
        " ostatnim dniem był 26.10.2026 (§ 7 ust. 9 Regulaminu)." in letter.body
    )
    assert "(50,00 zł) wróciły na kartę" in letter.body
    assert letter.by is AnswerBy.LETTER


@pytest.mark.rule("WP §7.6", "WP §7.10")
def test_a_refusal_shows_no_fee_and_nothing_to_be_paid() -> None:
    body = refusal(case_of(bank=5000), "Brak podstaw.")
    assert "= Środki podlegające zwrotowi: 50,00 zł" in body
    assert "Do wypłaty" not in body
    assert "Opłata manipulacyjna" not in body


@pytest.mark.rule("WP §7.6")
def test_a_fee_that_leaves_nothing_is_shown_with_what_it_leaves() -> None:
    body = refusal(case_of(bank=2000))
    assert "Opłata manipulacyjna: -20,00 zł" in body
    assert "= Do wypłaty: 0,00 zł" in body


@pytest.mark.rule("WP §7.5")
def test_a_minimum_is_the_policys() -> None:
    assert "Niewykorzystanych środków na karcie było mniej niż 20,00 zł (§ 7 ust. 5 Regulaminu)." in refusal(
        case_of(bank=1400)
    )
    refund = case_of(brand="telegrosik", applies={"pin": LONG_PIN, "proofs": None}, bank=2000)
    assert refund.found is not None
    body = refusal(replace(refund, found=replace(refund.found, lots=(), on_arrival_grosze=0), held=()))
    assert "- Nie było środków na karcie." in body
    assert "20,00" not in body
    assert "0,01" not in body


@pytest.mark.rule("WP §7.6.2")
def test_a_percentage_is_the_policys() -> None:
    lines = {kind: text for kind, text, _, _ in rows(case_of(plus_voucher=6000))}
    assert lines[LineKind.VOUCHER_FEE] == "Opłata od środków z kart doładujących Plus (10%)"


@pytest.mark.parametrize(
    ("brand", "where", "clauses"),
    [
        (
            Brand.WHITE_PHONE,
            "al. Krakowska 22A, 02-284 Warszawa, e-mailem na adres info@whitephone.pl",
            ("§ 11", "§ 12"),
        ),
        (
            Brand.TELEGROSIK,
            "ul. Skierniewicka 34A/U01, 01-230 Warszawa, e-mailem na adres reklamacje@telegrosik.pl",
            ("§ 9", "§ 9 ust. 12"),
        ),
    ],
)
def test_a_refusal_says_how_to_complain(brand: Brand, where: str, clauses: tuple[str, str]) -> None:
    pin = {"pin": LONG_PIN} if brand is Brand.TELEGROSIK else {}
    body = refusal(case_of(brand=brand.value, applies=pin, bank=5000), "Brak podstaw.")
    assert f"w ciągu 12 miesięcy złożyć reklamację: pisemnie na adres {where} albo telefonicznie" in body
    assert f"w ciągu 30 dni ({clauses[0]} Regulaminu)" in body
    assert f"Prezesa UKE ({clauses[1]} Regulaminu)" in body


# ---------------------------------------------------------------- the call, and what else is asked for


def test_the_call_to_complete_names_all_that_is_missing_where_to_and_the_last_day() -> None:
    office = MemoryOffice()
    office.play([on(0, "given", bank=5000), on(0, "applies", pin=None, owner=None, signed=False)])
    (letter,) = office.letters.sent.values()
    assert "- aktualny kod PIN karty (§ 7 ust. 3 pkt 3.2 Regulaminu)" in letter.body
    assert "- imię i nazwisko lub nazwę właściciela rachunku (§ 7 ust. 3 pkt 3.5 Regulaminu)" in letter.body
    assert "- podpis wnioskodawcy (§ 7 ust. 3 pkt 3.6 Regulaminu)" in letter.body
    assert (
        "do dnia 23.11.2026 na adres info@whitephone.pl albo al. Krakowska 22A, 02-284 Warszawa,"
        " z numerem sprawy refund-w1." in letter.body
    )
    assert letter.reply_to == "info@whitephone.pl"
    assert "zarezerwowane" not in letter.body  # who does not know the codes sets nothing aside


@pytest.mark.rule("WP §7.3.4", "WP §7.4")
def test_a_proof_is_asked_for_by_what_the_brand_takes_and_by_the_top_ups() -> None:
    refund = case_of(applies={"proofs": None}, bank=5000, plus_voucher=2000)
    body = call_to_complete(refund, "16.11.2026", BASE).body
    assert "karty doładującej, wydruku z terminala lub innego dokumentu, na którym widać użyty kod" in body
    assert "- doładowanie przelewem z 03.10.2026 (wniosek dotyczy 50,00 zł z niego)" in body
    assert "- doładowanie kodem sieci Plus z 03.10.2026 (wniosek dotyczy 20,00 zł z niego)" in body
    assert "a zarezerwowane środki wrócą na kartę" in body
    telegrosik = case_of(brand="telegrosik", applies={"pin": LONG_PIN, "proofs": None}, bank=2000)
    body = call_to_complete(telegrosik, "16.11.2026", BASE).body
    assert "dowód jej zakupu (na przykład paragon)" in body
    assert "- kwota, z którą kupiono kartę (wniosek dotyczy 5,00 zł z niej)" in body
    assert "Plus" not in body
    assert "ul. Skierniewicka 34A/U01" in body


@pytest.mark.rule("WP §7.4")
def test_a_call_for_more_proofs_says_so_though_nothing_is_missing() -> None:
    refund = case_of(bank=5000, plus_voucher=2000)
    first = refund.application.proofs[:1]
    wanting = replace(changed(refund, proofs=first), proofs_wanted=True)
    assert wanting.missing == ()
    body = call_to_complete(wanting, "16.11.2026", BASE).body
    assert "- potwierdzenie przelewu" in body
    assert "- doładowanie kodem sieci Plus" in body
    assert "doładowanie przelewem z" not in body
    assert "potwierdzenie" not in call_to_complete(changed(wanting, enclosed=("x",)), "1.12.2026", BASE).body


def test_a_call_that_comes_again_says_why_and_is_another_letter() -> None:
    refund = case_of(applies={"proofs": None}, bank=5000)
    again = call_to_complete(
        replace(refund, asked_why="Data na zdjęciu jest nieczytelna."), "1.12.2026", BASE
    )
    assert again.id == "refund-w1:call:2"
    assert "Przesłane dokumenty nie wystarczą: Data na zdjęciu jest nieczytelna." in again.body
    first = call_to_complete(replace(refund, history=()), "1.12.2026", BASE)
    assert first.id == "refund-w1:call"
    assert "nie wystarczą" not in first.body


@pytest.mark.rule("WP §7.3.5")
@pytest.mark.parametrize(
    ("way", "says"),
    [
        (Way.BANK, "bank zwrócił nam przelew na kwotę 30,00 zł, wysłany na rachunek 61 **** 2874."),
        (Way.PAYU, "nie udało się zwrócić kwoty 30,00 zł przez PayU."),
    ],
)
def test_a_payout_that_failed_asks_for_an_account(way: Way, says: str) -> None:
    letter = account_wanted(case_of(bank=5000), Payout(2, way, 3000, "ZW1"), BASE)
    assert letter.id == "refund-w1:account:2"
    assert letter.subject == "Zwrot środków: prośba o numer rachunku"
    assert says in letter.body
    assert "aby pieniądze wróciły na kartę" in letter.body
    assert "na adres info@whitephone.pl" in letter.body


# ---------------------------------------------------------------- granted, put back, lapsed


def test_a_granted_letter_masks_the_account() -> None:
    office = MemoryOffice()
    office.play(BY_NAME["granted and paid"].lines[:3])
    refund = office.refund()
    assert refund is not None
    body = answer(replace(refund, stage=RefundStage.PAYING), BASE).body
    assert "na rachunek 61 **** 2874" in body
    assert "Kowalski" not in body


def test_a_granted_letter_does_not_promise_what_a_provider_has_refused() -> None:
    refund = case_of(bank=5000)
    refused = Payout(1, Way.PAYU, 3000, "ZW1", PayoutState.REFUSED)
    body = answer(replace(refund, stage=RefundStage.PAYING, payouts=(refused,)), BASE).body
    assert "zwracamy przez PayU" not in body
    assert "Kwoty 30,00 zł nie udało się zwrócić przez PayU" in body


def came_back(refund: Refund) -> Refund:
    """All that it paid out did."""
    payout = Payout(1, Way.BANK, 1000, "ZW1", PayoutState.RETURNED, replaced=True)
    return replace(refund, payouts=(payout,))


def test_what_was_put_back_is_said_and_counted() -> None:
    refund = case_of(bank=5000)
    letter = put_back(refund.noted(Event.RELEASED, START, "anna"), 3000, BASE)
    assert letter.id == "refund-w1:put_back:1"
    assert (
        "całego zwrotu środków z karty White Phone ***456, dlatego 30,00 zł wróciło na kartę." in letter.body
    )
    assert "Oddaliśmy" not in letter.body
    with_fee = put_back(came_back(refund), 5000, BASE).body
    assert "wypłacić zwrotu środków" in with_fee
    assert "Oddaliśmy też opłatę: jest to już w tej kwocie." in with_fee
    office = MemoryOffice()
    office.play(BY_NAME["a spent bonus is deducted"].lines[:4])
    bonus = office.refund()
    assert bonus is not None
    both = put_back(came_back(bonus), 10_000, BASE).body
    assert "Oddaliśmy też opłatę i potrącony bonus: jest to już w tej kwocie." in both
    free = case_of(brand="telegrosik", applies={"pin": LONG_PIN}, bank=2000)
    assert "Oddaliśmy" not in put_back(came_back(free), 2000, BASE).body


@pytest.mark.rule("WP §7.9")
def test_who_did_not_complete_is_told_until_when_a_new_application_can_be_made() -> None:
    body = answer(replace(case_of(bank=5000), stage=RefundStage.LAPSED), BASE).body
    assert "Mogą Państwo złożyć nowy wniosek do dnia 05.04.2027 włącznie (§ 7 ust. 9 Regulaminu)." in body
    telegrosik = case_of(brand="telegrosik", applies={"pin": LONG_PIN}, bank=2000)
    body = answer(replace(telegrosik, stage=RefundStage.LAPSED), BASE).body
    assert "Mogą Państwo złożyć nowy wniosek." in body


# ---------------------------------------------------------------- cards and accounts, brands, languages


def test_an_account_is_called_one_and_so_is_what_got_the_money_back() -> None:
    refund = replace(case_of(bank=5000), stage=RefundStage.REFUSED)
    assert "wróciły na kartę" in answer(refund, BASE).body
    assert "wróciły na konto" in answer(refund, BASE, ACCOUNT_REF).body
    assert put_back(refund, 100, BASE, ACCOUNT_REF).subject == "Zwrot środków: pieniądze są znowu na koncie"
    body = answer(changed(refund, ref=ACCOUNT_REF), BASE).body
    assert "z konta Telegrosik" in body
    assert "Środki na koncie w chwili ich zarezerwowania" in body
    assert "na karcie" not in body


def test_telegrosiks_letters_name_no_clause_of_other_terms() -> None:
    letter = letter_of("Telegrosik: no fee, the nominal too")
    assert "Regulaminu" not in letter.body
    assert "Galena Sp. z o.o.\nBiuro Obsługi Klienta Telegrosik\nul. Skierniewicka 34A/U01" in letter.body
    assert letter.reply_to == "reklamacje@telegrosik.pl"


def test_nothing_that_was_not_set_aside_is_spoken_of() -> None:
    refund = case_of(bank=5000)
    assert "zarezerwowaliśmy 50,00 zł" in acknowledgement(refund, BASE).body
    empty = replace(refund, held=())
    assert "zarezerwowaliśmy" not in acknowledgement(empty, BASE).body
    assert "zarezerwowane" not in call_to_complete(changed(empty, owner=""), "1.12.2026", BASE).body


def test_who_applied_in_english_gets_the_english_page() -> None:
    by_form = {"arrived": Arrival.WEB, "answer_by": AnswerBy.EMAIL, "address": "jan@example.pl"}
    refund = changed(replace(case_of(bank=5000), id=FORM), **by_form)
    polish = acknowledgement(refund, BASE).body
    assert polish.startswith("Sprawa:")
    assert f"{BASE}/refund/application/1234-5678-9012-3456?lang=pl" in polish
    english = acknowledgement(changed(refund, language="en"), BASE).body
    page = f"{BASE}/refund/application/1234-5678-9012-3456?lang=en"
    assert english.startswith(f"A summary in English is on the page of your application:\n{page}\n")
    on_paper = acknowledgement(changed(refund, language="en", answer_by=AnswerBy.LETTER), BASE).body
    assert on_paper.startswith("Sprawa:")


def test_a_letter_says_when_the_application_came() -> None:
    assert "Data wpływu wniosku: 02.11.2026" in acknowledgement(case_of(bank=5000), BASE).body


@pytest.mark.parametrize(
    ("number", "named"),
    [("7", "§ 7"), ("7.9", "§ 7 ust. 9"), ("7.3.5", "§ 7 ust. 3 pkt 3.5")],
)
def test_a_clause_is_named_as_the_terms_number_it(number: str, named: str) -> None:
    assert in_full(number) == named


def test_a_part_that_is_proven_is_not_laid_aside() -> None:
    proofs = [{"posting": "topup:bank:123456-2", "kind": "transfer", "document": "skan"}]
    more = on(1, "completes", unfit=True, reasons="Brak drugiej wpłaty.")
    refund = case_of(more, bank=5000, payu=2000, payment="a1", applies={"proofs": proofs})
    body = call_to_complete(refund, "23.11.2026", BASE).body
    assert "rozpatrzymy wniosek na podstawie dokumentów, które już mamy" in body
    assert "bez rozpatrzenia" not in body


def test_an_applicant_finds_the_transfer_by_its_title() -> None:
    refund = case_of(on(1, "grants"), bank=5000)
    (payout,) = refund.payouts
    assert f"w tytule przelewu: {payout.reference}." in answer(refund, BASE).body
