"""The operators' pages, called as a CloudWatch dashboard calls them."""

import re
from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk import entry
from desk.pages import button_seals, clocks
from desk.pages.clocks import Colour
from desk.pages.guides import GUIDES
from desk.pages.showing import PAGES
from desk.registry import REGISTRY
from telekarta.domain.cards.card import Status
from telekarta.domain.cases.case import Case, CaseKind, CaseState, new_case
from telekarta.usecases.desk.service_metrics import service_figures
from tests.kit.desk_screen import ANNA, CARD, ENDPOINT, NOW, Figures, Screen, words_of
from tests.kit.memory_store import When


@pytest.fixture
def screen() -> Screen:
    return Screen()


def a_case(kind: CaseKind = CaseKind.BALANCE_DIFFERS, of: str = "1", **facts: str | int) -> Case:
    return new_case(kind, of, str(CARD), {"expected_grosze": 2000, **facts}, "books", NOW)


# ---------------------------------------------------------------- the list of cases


def test_the_most_urgent_case_is_first_with_its_clock(screen: Screen) -> None:
    screen.store.open_case(a_case(CaseKind.UNKNOWN_CALL, "slow"))
    screen.store.open_case(a_case(CaseKind.CALL_WITHOUT_END, "quick"))
    screen.now_is += timedelta(days=2)
    shown = words_of(screen.opens("cases"))
    assert shown.index("1 day late") < shown.index("5 days left")
    assert "2 open: 1 due or late , 0 soon due , 1 in time" in shown


def test_no_case_is_said_in_words(screen: Screen) -> None:
    assert "Nothing waits for anybody." in screen.opens("cases")
    assert "Nothing waits for anybody." in screen.reads("cases")


def test_every_kind_of_case_has_a_guide_with_commands_that_there_are() -> None:
    assert GUIDES.keys() == set(CaseKind)
    names = {spec.name for spec in REGISTRY.specs}
    assert all(set(guide.commands) <= names and guide.days > 0 for guide in GUIDES.values())


# ---------------------------------------------------------------- clocks


@pytest.mark.parametrize(
    ("opened_days_ago", "days", "words", "colour"),
    [
        (0, 30, "30 days left", Colour.GREEN),
        (24, 30, "6 days left", Colour.GREEN),
        (25, 30, "5 days left", Colour.AMBER),
        (29, 30, "1 day left", Colour.AMBER),
        (30, 30, "due today", Colour.RED),
        (31, 30, "1 day late", Colour.RED),
        (40, 30, "10 days late", Colour.RED),
        (0, 3, "3 days left", Colour.GREEN),
        (2, 3, "1 day left", Colour.AMBER),
        (0, 1, "1 day left", Colour.GREEN),
    ],
)
def test_a_clock_tells_the_days_and_how_urgent_it_is(
    opened_days_ago: int, days: int, words: str, colour: Colour
) -> None:
    today = date(2026, 11, 17)
    clock = clocks.promised(today - timedelta(days=opened_days_ago), days, today)
    assert (clock.words, clock.colour) == (words, colour)


@given(st.dates(date(2020, 1, 1), date(2050, 1, 1)), st.integers(1, 60), st.integers(0, 90))
def test_a_clock_never_turns_back(opened: date, days: int, passed: int) -> None:
    order = [Colour.GREEN, Colour.AMBER, Colour.RED]
    today = opened + timedelta(days=passed)
    now, next_day = (clocks.promised(opened, days, each) for each in (today, today + timedelta(days=1)))
    assert order.index(now.colour) <= order.index(next_day.colour)
    assert now.days_left == next_day.days_left + 1
    assert (now.colour is Colour.RED) == (today >= now.due)


# ---------------------------------------------------------------- a case


def test_a_case_is_opened_from_the_list_and_closed_with_a_name_and_a_reason(screen: Screen) -> None:
    case = a_case()
    screen.store.open_case(case)
    screen.opens("cases")
    shown = words_of(screen.presses("Open"))
    assert "The books do not add up" in shown
    assert "20,00 zł" in shown
    assert "white phone 123456 (active)" in shown
    shown = words_of(screen.presses("Close the case", **ANNA))
    assert "Close the case: done." in shown
    kept = screen.store.case(case.id)
    assert kept is not None
    assert kept.state is CaseState.CLOSED
    assert (kept.history[-1].who, kept.history[-1].why) == (ANNA["who"], ANNA["why"])
    assert "Close the case" not in screen.buttons()


def test_nobody_decides_without_a_name_and_what_was_typed_stays(screen: Screen) -> None:
    case = a_case()
    screen.store.open_case(case)
    screen.opens("case", case=case.id)
    html = screen.presses("Close the case", who="  ", why="a <b>reason</b> & more")
    assert "nothing was done" in html
    assert "who is missing" in words_of(html)
    assert 'value="a &lt;b&gt;reason&lt;/b&gt; &amp; more"' in html
    assert screen.store.case(case.id) == case
    screen.presses("Close the case", **ANNA)
    assert screen.store.found[case.id].state is CaseState.CLOSED


def test_of_two_operators_the_second_learns_that_it_is_done(screen: Screen) -> None:
    case = a_case()
    screen.store.open_case(case)
    screen.opens("case", case=case.id)
    stale = screen.buttons()["Close the case"]
    screen.presses("Close the case", **ANNA)
    html = screen.calls(stale, {"who": "jan", "why": "too"})
    assert "not offered any more" in html
    assert screen.store.found[case.id].history[-1].who == ANNA["who"]


def test_a_button_can_be_changed_by_nobody(screen: Screen) -> None:
    one, other = a_case(of="1"), a_case(of="2")
    for case in (one, other):
        screen.store.open_case(case)
    screen.opens("case", case=one.id)
    pressed = screen.buttons()["Close the case"]
    for forged in (
        pressed | {"fixed": {"case": other.id}},
        pressed | {"fixed": {"case": other.id}, "back": {"page": "case", "case": other.id}},
        pressed | {"seal": "9999999999." + "0" * 64},
        pressed | {"seal": ""},
        pressed | {"seal": {"a": 1}},
        pressed | {"command": "issue_cards"},
        pressed | {"back": {"page": "do"}},
        pressed | {"back": None},
    ):
        html = screen.calls(forged, ANNA)
        assert ": done." not in html
    assert {case.state for case in screen.store.found.values()} == {CaseState.OPEN}


def test_a_page_that_was_left_open_over_lunch_is_looked_at_again(screen: Screen) -> None:
    case = a_case()
    screen.store.open_case(case)
    screen.opens("case", case=case.id)
    screen.now_is += button_seals.GOOD_FOR + timedelta(seconds=1)
    assert "open for too long" in screen.presses("Close the case", **ANNA)
    assert screen.store.found[case.id].state is CaseState.OPEN
    assert "done." in screen.presses("Close the case", **ANNA)


def test_the_card_of_a_case_can_be_blocked_from_its_page(screen: Screen) -> None:
    case = a_case()
    screen.store.open_case(case)
    screen.opens("case", case=case.id)
    assert "Block the card: done." in screen.presses("Block the card", **ANNA)
    assert screen.store.cards[CARD].status is Status.BLOCKED


@pytest.mark.parametrize("kind", CaseKind)
def test_every_kind_of_case_has_a_page_and_a_text(screen: Screen, kind: CaseKind) -> None:
    case = a_case(kind, posting="call:CA1-1", payment="0" * 32, **{"strange <fact>": "<script>"})
    screen.store.open_case(case)
    html = screen.opens("case", case=case.id)
    assert GUIDES[kind].means.replace("`", "") in unescape(html)
    assert "<script" not in html
    # The money of a transfer is placed first.
    assert ("Close the case" in screen.buttons()) == (kind is not CaseKind.TRANSFER_WAITS)
    assert "Back to the open cases" in screen.buttons()
    text = screen.reads("case", case=case.id)
    assert GUIDES[kind].do.replace("`", "") in text
    assert "What to do: \n" not in text
    assert "<" not in re.sub("<fact>|<script>|</?b>", "", text)


def test_the_documents_of_a_case_are_links(screen: Screen) -> None:
    mail = a_case(CaseKind.MAIL_RECEIVED, documents="mail/1f0c")
    letter = a_case(CaseKind.LETTER_TO_SEND, letter_pdf="letters/a/letter.pdf", note="no/document")
    for case in (mail, letter):
        screen.store.open_case(case)
    assert 'href="https://documents.test/mail/1f0c/1-przelew.pdf?until=later"' in screen.opens(
        "case", case=mail.id
    )
    assert "mail/1f0c/message.txt" in screen.reads("case", case=mail.id)
    html = screen.opens("case", case=letter.id)
    assert 'href="https://documents.test/letters/a/letter.pdf?until=later"' in html
    assert "documents.test/no" not in html


def test_a_payout_that_differs_is_confirmed_without_typing_its_reference(screen: Screen) -> None:
    case = a_case(CaseKind.PAYOUT_DIFFERS, reference="ZW0123456789AB", sent_grosze=3000)
    screen.store.open_case(case)
    screen.opens("case", case=case.id)
    for label in ("Confirm the payout", "The payout came back"):
        assert screen.buttons()[label]["fixed"]["reference"] == "ZW0123456789AB"


def test_a_case_that_there_is_not(screen: Screen) -> None:
    assert "There is no such case" in screen.opens("case", case="balance_differs:9")
    assert "There is no such case" in screen.opens("case", typed={"case": "nonsense"})
    assert "Show the case" in screen.opens("case")


# ---------------------------------------------------------------- a card


def test_a_card_is_found_by_typing_its_number(screen: Screen) -> None:
    screen.opens("card")
    shown = words_of(screen.presses("Show the card", brand="white_phone", card="123456"))
    assert "Balance 20,00 zł" in shown
    assert "canteen" in shown
    assert "Block the card: done." in screen.presses("Block the card", **ANNA)
    assert "Unblock the card: done." in screen.presses("Unblock the card", **ANNA)
    assert screen.store.cards[CARD].status is Status.ACTIVE


@pytest.mark.parametrize("typed", ["", "12", "999999", "<b>", "123456; DROP"])
def test_a_card_that_there_is_not_leaves_what_was_typed(screen: Screen, typed: str) -> None:
    screen.opens("card")
    html = screen.presses("Show the card", brand="white_phone", card=typed)
    assert "Show the card" in screen.buttons()
    assert "<b>" not in html


def test_no_page_shows_a_pin_or_its_digest(screen: Screen) -> None:
    assert "digest" not in screen.opens("card", brand="white_phone", card="123456")


# ---------------------------------------------------------------- money and service


def test_the_books_are_shown_in_zlotys(screen: Screen) -> None:
    assert "No day was closed yet." in screen.opens("money")
    row = {"opening_grosze": 0, "debits_grosze": 0, "credits_grosze": 1234567, "closing_grosze": 1234567}
    screen.report = {
        "day": "2026-11-16",
        "balances": True,
        "accounts": [{"account": "revenue:calls", **row}],
        "cards": {"account": "cards", **row, "on_file": 1},
    }
    for shown in (words_of(screen.opens("money")), screen.reads("money")):
        assert "the books balance" in shown
        assert "12 345,67 zł" in shown


def test_the_service_is_told_in_calls_answers_and_reasons(screen: Screen) -> None:
    for shown in (words_of(screen.opens("service")), screen.reads("service")):
        assert re.search(r"Answered:? 63 \(63\.0 %\)", shown)
        assert re.search(r"in a call:? 9.*premium number:? 4", shown, re.S)
        assert "210 ms" in shown
        assert "quoted" not in shown


def test_nobody_called_is_no_rate() -> None:
    assert service_figures(Figures({}), timedelta(hours=1)).answered_permille is None


# ---------------------------------------------------------------- whatever comes


@pytest.mark.parametrize("page", [*PAGES, "nonsense", ""])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_page_comes_in_both_themes_and_as_text(screen: Screen, page: str, theme: str) -> None:
    html = screen.calls({"page": page}, theme=theme)
    assert ('class="cwdb-no-default-styles tk dark"' in html) == (theme == "dark")
    assert "<script" not in html
    assert "<" not in screen.reads(page)


def test_records_that_do_not_answer_are_said_and_not_raised(screen: Screen) -> None:
    screen.store.faults = _fail
    for page in PAGES:
        html = screen.opens(page, case="a", brand="white_phone", card="123456")
        assert "did not answer" in html or page == "service"


def _fail(when: When, operation: str) -> None:
    from telekarta.usecases.ports import StoreUnavailable

    if when is When.BEFORE:
        raise StoreUnavailable(operation)


@given(
    st.dictionaries(st.sampled_from(["page", "command", "fixed", "seal", "back", "as", "case"]), st.text()),
    st.one_of(st.none(), st.text(), st.dictionaries(st.text(), st.one_of(st.text(), st.integers()))),
)
def test_no_event_makes_a_page_fail(event: dict[str, Any], forms: object) -> None:
    screen = Screen()
    full = {**event, "widgetContext": {"forms": {"all": forms}}}
    assert entry.widget(full, lambda: screen.front, ENDPOINT)


def test_the_handler_knows_a_widget_from_a_command(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.functions.desk.test_desk import Context

    monkeypatch.setattr(entry, "the_front", lambda: screen.front)
    event: Any = {"page": "cases", "widgetContext": {"theme": "light"}}
    assert "Open cases" in entry.handler(event, Context())  # type: ignore[arg-type]
    asked: Any = {"describe": True, "widgetContext": {"theme": "light"}}
    assert "Operators' commands" in entry.handler(asked, Context())  # type: ignore[arg-type]
