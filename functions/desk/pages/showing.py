"""What the widgets show: each page is facts for its two templates, one of HTML and one of plain text."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta

from desk.answers import unavailable
from desk.pages import button_seals, finding
from desk.pages.actions import DO, Choice, command_of, kept, offered
from desk.pages.button_seals import SealRefusal
from desk.pages.calls import WidgetCall
from desk.pages.card_view import card_view
from desk.pages.case_page import case_page
from desk.pages.front import Front
from desk.pages.page import Action, Page
from desk.pages.results import result_of, telling
from desk.registry import REGISTRY
from desk.spec import Invalid
from telekarta.domain.brands import Brand
from telekarta.domain.cards.card import Card
from telekarta.usecases.books.desk import ShowTrialBalance, TrialBalanceShown, show_trial_balance
from telekarta.usecases.calls.open_holds import ListOpenHolds, list_open_holds
from telekarta.usecases.cards.showing import CardShown, ShowCard, show_card
from telekarta.usecases.desk.service_metrics import service_figures
from telekarta.usecases.ports import StoreUnavailable

_LAST_HOURS = 24


def show(front: Front, call: WidgetCall) -> Page:
    """The page that is asked for, after the button if one was pressed. Never raises StoreUnavailable."""
    try:
        if call.page == DO:
            return _done(front, call)
        return PAGES.get(call.page, _unknown)(front, call)
    except StoreUnavailable:
        return Page("message", "Not available", said=(unavailable()["message"],), went_well=False)


# ---------------------------------------------------------------------- what was pressed


_NOT_ANY_MORE = "This is not offered any more: see what has changed. Nothing was done."
_WHY_LOOK_AGAIN: Mapping[SealRefusal, str] = {
    SealRefusal.TOO_OLD: "The page was open for too long. Look again, then press again. Nothing was done.",
    SealRefusal.NOT_OURS: "It has changed meanwhile. Look again, then press again. Nothing was done.",
}


def _done(front: Front, call: WidgetCall) -> Page:
    """Give the command if its button is still there and was sealed by us; then the page where it was. What
    was typed stays in the fields until something is done."""
    back = call.params.get("back")
    params = back if isinstance(back, dict) else {}
    here = replace(call, page=str(params.get("page", "")), params=params)
    shown = show(front, here) if here.page != DO else _unknown(front, here)
    if shown.name == "message":
        return shown
    pressed = next((each for each in shown.actions if _is_same(each, call)), None)
    if pressed is None:
        return _undone(shown, call, _NOT_ANY_MORE)
    fixed = pressed.event["fixed"]
    refused = button_seals.refusal_of(
        front.key, call.asked("seal"), pressed.command, fixed, pressed.mark, front.now
    )
    if refused is not None:
        return _undone(shown, call, _WHY_LOOK_AGAIN[refused])
    command = command_of(pressed, call.typed)
    if isinstance(command, Invalid):
        return _with_problems(shown, pressed, call, command)
    try:
        answer = REGISTRY.carry_out(front.desk, command)
    except StoreUnavailable:
        return _undone(shown, call, unavailable()["message"])
    after = show(front, here)
    # Who works through a case presses several buttons; why is another each time.
    result = result_of(command, answer)
    typed = call.typed if result.outcome == "refused" else {"who": call.typed.get("who", "")}
    return telling(kept(after, typed), pressed, result)


def _is_same(action: Action, call: WidgetCall) -> bool:
    return action.command == call.asked("command") and action.event["fixed"] == call.params.get("fixed")


def _undone(shown: Page, call: WidgetCall, *said: str) -> Page:
    return replace(kept(shown, call.typed), said=said, went_well=False)


def _with_problems(shown: Page, pressed: Action, call: WidgetCall, invalid: Invalid) -> Page:
    """The page once more, with what is wrong with what was typed; nothing was done."""
    by_name = {each.name: each for each in pressed.controls}
    wrong = {by_name[each.field].key: each.message for each in invalid.problems if each.field in by_name}
    labels = {each.field: by_name[each.field].label for each in invalid.problems if each.field in by_name}
    said = (f"{labels.get(each.field, each.field)} {each.message}" for each in invalid.problems)
    page = replace(shown, said=(f"{pressed.label}: nothing was done.", *said), went_well=False)
    return kept(page, call.typed, wrong)


# ---------------------------------------------------------------------- the pages


def _unknown(_front: Front, call: WidgetCall) -> Page:
    return Page("message", "No such page", said=(f"The desk has no page {call.page!r}.",), went_well=False)


def _cases(front: Front, call: WidgetCall) -> Page:
    return finding.closed_cases(front) if call.asked("state") == "closed" else finding.open_cases(front)


def _case(front: Front, call: WidgetCall) -> Page:
    """One case, by its name or by what people call it; or else those that have the text in their names."""
    asked = call.given("case")
    found = finding.case_named(front, asked) if asked else None
    if found is not None:
        return case_page(front, found)
    several = finding.cases_with(front, asked)
    if several is not None:
        return several
    said = ("There is no such case among the open ones and the last hundred closed ones.",) if asked else ()
    return Page("find_case", "Case", {"asked": asked}, said=said, went_well=False)


def _card(front: Front, call: WidgetCall) -> Page:
    """One card or account, and what may be done with it."""
    asked = {"brand": call.given("brand"), "card": call.given("card")}
    command = REGISTRY.read({"command": "show_card", **{name: text or None for name, text in asked.items()}})
    facts = {"asked": asked, "brands": tuple(Brand)}
    if not isinstance(command, ShowCard):
        said = _problems(command) if asked["card"] else ()
        return Page("find_card", "Card", facts, said=said, went_well=False)
    answer = show_card(front.desk, command)
    if not isinstance(answer, CardShown):
        said = (REGISTRY.spec_of(command).told(answer)["message"],)
        return Page("find_card", "Card", facts, said=said, went_well=False)
    known = {"brand": str(command.brand), "card": command.card}
    choices = _choices_for(answer.card)
    actions = offered(front, choices, known, f"{answer.card.status}", {"page": "card", **known})
    return Page("card", "Card", {"card": card_view(answer)}, actions)


def _choices_for(card: Card) -> tuple[Choice, ...]:
    blocking = "unblock_card" if card.status == "blocked" else "block_card"
    names = [blocking, "correct_call", "reverse_posting"]
    if card.ref.brand is Brand.WHITE_PHONE:
        names += ["register_information_line", "remove_information_line"]
    return tuple(map(Choice, names))


def _problems(found: object) -> tuple[str, ...]:
    problems = found.problems if isinstance(found, Invalid) else ()
    return tuple(f"{each.field} {each.message}" for each in problems)


def _money(front: Front, _call: WidgetCall) -> Page:
    """The last trial balance, and the money that is set aside for calls."""
    balance = show_trial_balance(front.desk, ShowTrialBalance())
    holds = list_open_holds(front.desk, ListOpenHolds())
    document = balance.document if isinstance(balance, TrialBalanceShown) else None
    return Page("money", "Money", {"balance": document, "holds": [card for card in holds.cards if card.hold]})


def _service(front: Front, call: WidgetCall) -> Page:
    """Calls, how many were answered, why others were not made, and how fast we were."""
    text = call.asked("hours")
    hours = int(text) if text.isascii() and text.isdigit() and 0 < int(text) <= 24 * 31 else _LAST_HOURS
    figures = service_figures(front.figures, timedelta(hours=hours))
    return Page("service", "Service", {"figures": figures, "hours": hours})


PAGES: Mapping[str, Callable[[Front, WidgetCall], Page]] = {
    "cases": _cases,
    "case": _case,
    "card": _card,
    "money": _money,
    "service": _service,
}
