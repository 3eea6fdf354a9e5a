"""What the widgets show: each page is facts for its two templates, one of HTML and one of plain text."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, Protocol

from desk import answers
from desk.answers import Json
from desk.commands import SPECS, Invalid, Spec, read
from desk.refund_commands import REFUND_COMMANDS
from desk.widgets import clocks, sealing
from desk.widgets.calls import WidgetCall
from desk.widgets.guides import guide_of
from telekarta.dialog.composer.written import written_money
from telekarta.dialog.language import Language
from telekarta.domain.cards import Card
from telekarta.domain.cases import Case, CaseKind, CaseState
from telekarta.domain.deadlines import day_of
from telekarta.usecases.desk import (
    Answer,
    CardShown,
    CaseShown,
    CasesListed,
    Command,
    Desk,
    HoldsListed,
    ListCases,
    ListOpenHolds,
    ShowCard,
    ShowCase,
    ShowTrialBalance,
    TrialBalanceShown,
    carry_out,
)
from telekarta.usecases.figures import Figures, service_figures
from telekarta.usecases.ports import StoreUnavailable
from telekarta.usecases.refunds import RefundShown, ShowRefund, Verdict

DO = "do"
SIGNATURE = ("who", "why")
_SPEC_OF = {spec.name: spec for spec in SPECS}
# Their `case` is the refund's own, not the desk's.
_OF_REFUNDS = frozenset(name for name, *_ in REFUND_COMMANDS)
_LAST_HOURS = 24


@dataclass(frozen=True, slots=True)
class Control:
    """One field of an action's form, as the page shows it. `key` is its name in the page, which CloudWatch
    keeps once for all forms: who signs is asked once for all actions, what else they ask for is their own."""

    name: str
    key: str
    label: str
    doc: str
    required: bool
    value: str = ""
    problem: str = ""

    @property
    def is_signature(self) -> bool:
        return self.name in SIGNATURE


@dataclass(frozen=True, slots=True)
class Action:
    """A button: the command that it gives, what is fixed of it, and what is asked for. `event` is what
    CloudWatch sends when it is pressed."""

    command: str
    label: str
    does: str
    confirmation: str
    controls: tuple[Control, ...]
    mark: str  # of the state in which it is offered
    event: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Page:
    """`name` names the templates; `said` is what came of the button that led here, `went_well` whether it did
    what it says."""

    name: str
    title: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    actions: tuple[Action, ...] = ()
    said: tuple[str, ...] = ()
    went_well: bool = True

    @property
    def signature(self) -> tuple[Control, ...]:
        """What is asked once for all actions."""
        return tuple(
            {each.key: each for a in self.actions for each in a.controls if each.is_signature}.values()
        )


class Shelf(Protocol):
    """The documents of cases. Raises StoreUnavailable."""

    def keys(self, folder: str) -> tuple[str, ...]: ...

    def link(self, key: str) -> str: ...


@dataclass(frozen=True, slots=True)
class Front:
    """The desk with what the widgets need besides: the key of their seals, the service's figures, and where
    documents lie."""

    desk: Desk
    figures: Figures
    documents: Shelf

    @property
    def now(self) -> datetime:
        return self.desk.clock.now()

    @property
    def key(self) -> bytes:
        return sealing.key_of(self.desk.pepper.pepper())


def show(front: Front, call: WidgetCall) -> Page:
    """The page that is asked for, after the button if one was pressed. Never raises StoreUnavailable."""
    try:
        if call.page == DO:
            return _done(front, call)
        return PAGES.get(call.page, _unknown)(front, call)
    except StoreUnavailable:
        return Page("message", "Not available", said=(answers.unavailable()["message"],), went_well=False)


# ---------------------------------------------------------------------- what was pressed


def _done(front: Front, call: WidgetCall) -> Page:
    """Give the command if its button is still there and was sealed by us; then the page where it was."""
    back = call.params.get("back")
    params = back if isinstance(back, dict) else {}
    here = replace(call, page=str(params.get("page", "")), params=params)
    shown = show(front, here) if here.page != DO else _unknown(front, here)
    offered = next((each for each in shown.actions if _is_same(each, call)), None)
    if offered is None:
        return replace(shown, said=("This is not offered any more: see what has changed.",), went_well=False)
    fixed = offered.event["fixed"]
    refused = sealing.refusal_of(
        front.key, call.asked("seal"), offered.command, fixed, offered.mark, front.now
    )
    if refused is not None:
        said = "The page was open for too long, or has changed since. Look again, then press once more."
        return replace(shown, said=(said,), went_well=False)
    typed = {each.name: call.typed.get(each.key, "").strip() for each in offered.controls}
    command = read(
        {"command": offered.command, **fixed, **{name: text or None for name, text in typed.items()}}
    )
    if isinstance(command, Invalid):
        return _with_problems(shown, offered, typed, command)
    assert isinstance(command, Command)
    answer = answers.to_json(carry_out(front.desk, command))
    went_well = answer["outcome"] not in ("refused", "partly_done")
    return replace(show(front, here), said=_said(offered, answer), went_well=went_well)


def _is_same(action: Action, call: WidgetCall) -> bool:
    return action.command == call.asked("command") and action.event["fixed"] == call.params.get("fixed")


def _said(action: Action, answer: Json) -> tuple[str, ...]:
    message = answer.get("message")
    return (f"{action.label}: {str(answer['outcome']).replace('_', ' ')}.", *((message,) if message else ()))


def _with_problems(shown: Page, pressed: Action, typed: Mapping[str, str], invalid: Invalid) -> Page:
    """The page once more, with what was typed and what is wrong with it; nothing was done."""
    wrong = {each.field: each.message for each in invalid.problems}
    controls = tuple(
        replace(each, value=typed.get(each.name, ""), problem=wrong.get(each.name, ""))
        for each in pressed.controls
    )
    signed = {each.key: each for each in controls if each.is_signature}
    actions = tuple(
        replace(each, controls=controls)
        if each is pressed
        else replace(each, controls=tuple(signed.get(control.key, control) for control in each.controls))
        for each in shown.actions
    )
    said = tuple(f"{name.replace('_', ' ')} {message}" for name, message in wrong.items())
    return replace(
        shown, actions=actions, said=(f"{pressed.label}: nothing was done.", *said), went_well=False
    )


def _action(
    front: Front,
    call: WidgetCall,
    name: str,
    label: str,
    fixed: Mapping[str, str],
    mark: str,
    key: str = "",
) -> Action:
    spec = _SPEC_OF[name]
    keyed = f"{name}.{key}" if key else name
    controls = tuple(
        Control(
            each.name,
            each.name if each.name in SIGNATURE else f"{keyed}.{each.name}",
            each.name.replace("_", " "),
            each.doc.replace("`", ""),
            each.required,
        )
        for each in spec.fields
        if each.name not in fixed
    )
    event = {
        "page": DO,
        "command": name,
        "fixed": dict(fixed),
        "seal": sealing.seal(front.key, name, fixed, mark, front.now),
        "back": {key: value for key, value in call.params.items() if isinstance(value, str)},
    }
    return Action(name, label, _plain(spec), f"{label}?", controls, mark, event)


def _plain(spec: Spec) -> str:
    return spec.does.replace("`", "")


# ---------------------------------------------------------------------- the pages


def _unknown(_front: Front, call: WidgetCall) -> Page:
    return Page("message", "No such page", said=(f"The desk has no page {call.page!r}.",), went_well=False)


def _cases(front: Front, _call: WidgetCall) -> Page:
    """The open cases, the most urgent first."""
    answer = _ask(front, ListCases(CaseState.OPEN))
    assert isinstance(answer, CasesListed)
    today = day_of(answer.now)
    rows = sorted((_row(case, today) for case in answer.cases), key=lambda row: row["clock"].days_left)
    colours = {colour.value: sum(row["clock"].colour is colour for row in rows) for colour in clocks.Colour}
    return Page("cases", "Open cases", {"rows": rows, "colours": colours})


def _row(case: Case, today: date) -> dict[str, Any]:
    return {
        "case": case.id,
        "title": guide_of(case.kind).title,
        "subject": case.subject,
        "opened": day_of(case.opened_at),
        "clock": clock_of(case, today),
        "event": {"page": "case", "case": case.id},
    }


def clock_of(case: Case, today: date) -> clocks.Clock:
    """The law's clock if the case has one (WP §7.10), else our own promise."""
    opened, by_law = day_of(case.opened_at), case.facts.get("decide_by")
    if isinstance(by_law, str):
        return clocks.clock(opened, date.fromisoformat(by_law), today)
    return clocks.promised(opened, guide_of(case.kind).days, today)


def _case(front: Front, call: WidgetCall) -> Page:
    """One case: its facts, its history, whom it is about, what the rules say, and what may be done."""
    asked = call.given("case")
    command = read({"command": "show_case", "case": asked})
    if not isinstance(command, ShowCase):
        return Page("find_case", "Case", {"asked": asked})
    answer = _ask(front, command)
    if not isinstance(answer, CaseShown):
        return Page("find_case", "Case", {"asked": asked}, said=_refusal(answer), went_well=False)
    case, guide = answer.case, guide_of(answer.case.kind)
    here = replace(call, params={"page": "case", "case": case.id})
    is_open = case.state is CaseState.OPEN
    refund = _refund_of(front, case)
    mark = f"{case.state}:{len(case.history)}{_mark_of(refund)}"
    facts = {
        **_row(case, day_of(answer.now)),
        "guide": guide,
        "is_open": is_open,
        "facts": dict(case.facts),
        "history": case.history,
        "card": _card_of(front, case.subject),
        "refund": refund,
        "documents": _documents(front, case, refund),
    }
    fixed = {name: value for name, value in case.facts.items() if isinstance(value, str)}
    offered = (*guide.commands, "close_case") if is_open else ()
    actions = tuple(
        _action(
            front, here, name, choice.label, {**_fixed(name, case, fixed), **choice.fixed}, mark, choice.key
        )
        for name in offered
        for choice in _choices(name, refund)
    )
    return Page("case", guide.title, facts, actions)


@dataclass(frozen=True, slots=True)
class _Choice:
    """A button of a command that has several: what it fixes besides what the case says. `key` keeps the
    fields of the buttons apart."""

    label: str
    fixed: dict[str, str] = field(default_factory=dict)
    key: str = ""


def _mark_of(refund: Json | None) -> str:
    """What an operator has seen of an application: a document that came since was not."""
    if refund is None:
        return ""
    return ":".join(["", *(str(len(refund[name])) for name in ("history", "enclosed", "proofs"))])


def _choices(name: str, refund: Json | None) -> Iterable[_Choice]:
    if name == "decide_refund":
        yield _Choice("Grant the refund", {"decision": Verdict.GRANT.value}, "grant")
        yield _Choice("Refuse the refund", {"decision": Verdict.REFUSE.value}, "refuse")
    elif name == "accept_proof":
        yield from _proofs_to_accept(refund)
    else:
        yield _Choice(_LABELS.get(name, name))


def _proofs_to_accept(refund: Json | None) -> Iterable[_Choice]:
    """A button for each document that came and each top-up that it may prove."""
    if refund is None:
        return
    came = (*refund["enclosed"], *(each["document"] for each in refund["proofs"]))
    documents = dict.fromkeys(each for each in came if each.startswith(_FOLDERS))
    for lot in refund["unproven"]:
        what = f"{written_money(lot['amount_grosze'], Language.PL)} ({lot['source'].replace('_', ' ')},"
        for document in documents:
            label = f"{what} {lot['since'][:10]}) is proven by {document.rpartition('/')[2]}"
            yield _Choice(label, {"posting": lot["posting"], "document": document})


def _fixed(name: str, case: Case, facts: Mapping[str, str]) -> dict[str, str]:
    """What of a command the case itself says."""
    about = refund_id(case) if name in _OF_REFUNDS else case.id
    known = {**facts, "case": about, **_ref_of(case.subject)}
    if case.kind is CaseKind.MAIL_RECEIVED and case.facts.get("codes") == "right":
        known["mail"] = case.id
    return {each.name: known[each.name] for each in _SPEC_OF[name].fields if each.name in known}


def refund_id(case: Case) -> str:
    """The refund that the case is about; "" for none."""
    if case.kind is CaseKind.REFUND:
        return case.id.removeprefix(f"{CaseKind.REFUND}:")
    return str(case.facts.get("refund", ""))


def _refund_of(front: Front, case: Case) -> Json | None:
    command = read({"command": "show_refund", "case": refund_id(case)})
    answer = _ask(front, command) if isinstance(command, ShowRefund) else None
    return answers.to_json(answer) if isinstance(answer, RefundShown) else None


# Where documents lie in their bucket: letters of ours, what came with an application, mails of customers.
_FOLDERS = ("letters/", "refunds/", "mail/")


def _documents(front: Front, case: Case, refund: Json | None) -> list[tuple[str, str]]:
    """Each document's name and a link to it that soon ends."""
    named = [str(value) for value in case.facts.values()]
    if refund is not None:
        named += [*refund["enclosed"], *(each["document"] for each in refund["proofs"])]
    keys: list[str] = []
    for name in dict.fromkeys(named):
        if name == case.facts.get("documents"):
            keys += front.documents.keys(name)
        elif name.startswith(_FOLDERS):
            keys.append(name)
    return [(key, front.documents.link(key)) for key in keys]


def _ref_of(subject: str) -> dict[str, str]:
    """`card:white_phone:123456` -> brand and card; nothing for what is no card or account."""
    kind, _, rest = subject.partition(":")
    brand, _, number = rest.partition(":")
    return {"brand": brand, "card": number} if kind in ("card", "account") and number else {}


def _card_of(front: Front, subject: str) -> Json | None:
    command = read({"command": "show_card", **_ref_of(subject)})
    answer = _ask(front, command) if isinstance(command, ShowCard) else None
    return answers.to_json(answer) if isinstance(answer, CardShown) else None


_LABELS = {
    "apply_for_refund": "Enter an application for a refund",
    "complete_application": "Complete the application",
    "confirm_payout": "Confirm the payout",
    "mark_payout_returned": "The payout came back",
    "resume_refund": "Go on with the refund",
    "withdraw_refund": "The applicant withdraws",
    "assign_transfer": "Put the money on a card",
    "block_card": "Block the card",
    "close_case": "Close the case",
    "correct_call": "Correct the call",
    "register_information_line": "Register an information line",
    "return_transfer": "Return the money to its sender",
    "reverse_posting": "Reverse the posting",
    "suspend_card": "Suspend the card",
    "unblock_card": "Unblock the card",
}


def _card(front: Front, call: WidgetCall) -> Page:
    """One card or account, and what may be done with it."""
    asked = {"brand": call.given("brand"), "card": call.given("card")}
    command = read({"command": "show_card", **{name: text or None for name, text in asked.items()}})
    if not isinstance(command, ShowCard):
        said = _problems(command) if any(asked.values()) else ()
        return Page("find_card", "Card", {"asked": asked}, said=said, went_well=False)
    answer = _ask(front, command)
    if not isinstance(answer, CardShown):
        return Page("find_card", "Card", {"asked": asked}, said=_refusal(answer), went_well=False)
    here = replace(call, params={"page": "card", **asked})
    actions = tuple(
        _action(front, here, name, _LABELS[name], asked, f"{answer.card.version}")
        for name in _commands_for(answer.card)
    )
    return Page("card", "Card", {"card": answers.to_json(answer)}, actions)


def _commands_for(card: Card) -> Sequence[str]:
    return ("unblock_card",) if card.status == "blocked" else ("block_card",)


def _problems(found: object) -> tuple[str, ...]:
    problems = found.problems if isinstance(found, Invalid) else ()
    return tuple(f"{each.field} {each.message}" for each in problems)


def _refusal(answer: Answer) -> tuple[str, ...]:
    return (str(answers.to_json(answer).get("message", "")),)


def _money(front: Front, _call: WidgetCall) -> Page:
    """The last trial balance, and the money that is set aside for calls."""
    balance = _ask(front, ShowTrialBalance())
    holds = _ask(front, ListOpenHolds())
    assert isinstance(holds, HoldsListed)
    document = balance.document if isinstance(balance, TrialBalanceShown) else None
    return Page("money", "Money", {"balance": document, "holds": answers.to_json(holds)["holds"]})


def _service(front: Front, call: WidgetCall) -> Page:
    """Calls, how many were answered, why others were not made, and how fast we were."""
    text = call.asked("hours")
    hours = int(text) if text.isascii() and text.isdigit() and 0 < int(text) <= 24 * 31 else _LAST_HOURS
    figures = service_figures(front.figures, timedelta(hours=hours))
    return Page("service", "Service", {"figures": figures, "hours": hours})


def _ask(front: Front, command: Command) -> Answer:
    return carry_out(front.desk, command)


PAGES: Mapping[str, Callable[[Front, WidgetCall], Page]] = {
    "cases": _cases,
    "case": _case,
    "card": _card,
    "money": _money,
    "service": _service,
}
