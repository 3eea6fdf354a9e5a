"""The page of one case: its facts and history, whom it is about, what the rules say, what may be done."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from desk.capabilities import refunds
from desk.pages import clocks, refund_stages, transfer_stages
from desk.pages.actions import Choice, label_of, offered, plain
from desk.pages.card_view import CardView, card_view
from desk.pages.front import Front
from desk.pages.guides import BY_STAGE, guide_of
from desk.pages.page import Action, Page
from desk.registry import REGISTRY
from telekarta.dialog.composer.written import written_money
from telekarta.dialog.language import Language
from telekarta.domain.calendar.deadlines import day_of
from telekarta.domain.cases.case import Case, CaseKind, CaseState
from telekarta.domain.refunds.application import CLAUSE_OF_MISSING
from telekarta.domain.refunds.calculation import total
from telekarta.domain.refunds.next_action import next_action
from telekarta.domain.refunds.refund import Refund
from telekarta.usecases.bank.transfers import decision_on
from telekarta.usecases.cards.showing import CardShown, ShowCard, show_card
from telekarta.usecases.desk.closing_cases import why_not_closable
from telekarta.usecases.refunds.commands import RefundShown, ShowRefund
from telekarta.usecases.refunds.desk.telling import show_refund
from telekarta.usecases.refunds.letters import rows

# Their `case` is the refund's own, not the desk's.
_OF_REFUNDS = frozenset(spec.name for spec in refunds.SPECS)
_OF_TRANSFERS = frozenset({CaseKind.TRANSFER_WAITS, CaseKind.TRANSFER_TAKEN_BACK})


@dataclass(frozen=True, slots=True)
class _Todo:
    do: str
    choices: tuple[Choice, ...]


def case_page(front: Front, case: Case) -> Page:
    today, guide = day_of(front.now), guide_of(case.kind)
    refund = refund_of(front, case)
    todo = _todo(front, case, refund)
    back = {"page": "case", "case": case.id}
    facts = {
        **row(case, today, standing_of(case, refund, today)),
        "means": plain(guide.means),
        "do": todo.do,
        "is_open": case.state is CaseState.OPEN,
        "facts": list(_facts(case)),
        "history": case.history,
        "card": _card_of(front, case.subject),
        "refund": refund,
        **(_of_refund(refund, front) if refund else {}),
        "payouts_bucket": front.payouts_bucket,
        "documents": _documents(front, case, refund),
        "words": _words(front, case),
    }
    return Page("case", guide.title, facts, _actions(front, case, refund, todo, back))


def row(case: Case, today: date, standing: refund_stages.Standing | None = None) -> dict[str, Any]:
    """The case in a line of a list. `standing` is of the refund that it is."""
    guide, closing = guide_of(case.kind), case.closing
    return {
        "case": case.id,
        "title": guide.title,
        "stage": standing.word if standing else "",
        "subject": case.subject,
        "opened": day_of(case.opened_at),
        "closed": day_of(closing.at) if closing else None,
        "clock": clock_of(case, today, standing),
        "event": {"page": "case", "case": case.id},
    }


def clock_of(case: Case, today: date, standing: refund_stages.Standing | None = None) -> clocks.Clock:
    """The law's clock if the case has one (WP §7.10), else our own promise."""
    opened, by_law = day_of(case.opened_at), case.facts.get("decide_by")
    if not isinstance(by_law, str):
        return clocks.promised(opened, guide_of(case.kind).days, today)
    found = clocks.clock(opened, date.fromisoformat(by_law), today)
    return clocks.met(found, "decided") if standing and standing.is_decided else found


# ---------------------------------------------------------------------- what is to be done


def standing_of(case: Case, refund: Refund | None, today: date) -> refund_stages.Standing | None:
    """How far the refund is whose case this is; None for other cases."""
    return refund_stages.standing(refund, today) if case.kind is CaseKind.REFUND and refund else None


def _todo(front: Front, case: Case, refund: Refund | None) -> _Todo:
    guide = guide_of(case.kind)
    if case.kind is CaseKind.TRANSFER_WAITS:
        placing = transfer_stages.placing(case.facts, decision_on(front.desk.transfers, case))
        return _Todo(placing.do, placing.choices)
    if case.state is not CaseState.OPEN:
        return _Todo("Nothing: this case is closed.", ())
    if guide.do == BY_STAGE:
        if refund is None:
            return _Todo("Its application is not there: tell the engineers.", ())
        standing = refund_stages.standing(refund, day_of(front.now))
        return _Todo(standing.do, standing.choices)
    return _Todo(plain(guide.do), tuple(map(Choice, guide.commands)))


def _actions(
    front: Front, case: Case, refund: Refund | None, todo: _Todo, back: Mapping[str, str]
) -> tuple[Action, ...]:
    if case.state is not CaseState.OPEN:
        return ()
    closing = () if why_not_closable(front.desk, case) else (Choice("close_case"),)
    mark = f"{case.state}:{refund_stages.mark_of(refund) if refund else ''}"
    return tuple(
        action
        for choices in (todo.choices, closing)
        for name, of_command in _grouped(choices)
        for action in offered(front, of_command, _known(name, case), mark, back)
    )


def _grouped(choices: Iterable[Choice]) -> Iterable[tuple[str, list[Choice]]]:
    """The buttons of each command together: what it does is said once."""
    groups: dict[str, list[Choice]] = {}
    for choice in choices:
        groups.setdefault(choice.command, []).append(choice)
    return groups.items()


def _known(command: str, case: Case) -> dict[str, str]:
    """What of a command's fields the case itself says."""
    facts = {name: value for name, value in case.facts.items() if isinstance(value, str)}
    about = refund_id(case) if command in _OF_REFUNDS else case.id
    known = {**facts, "case": about, **ref_of(case.subject)}
    if case.kind is CaseKind.MAIL_RECEIVED and case.facts.get("codes") == "right":
        known["mail"] = case.id
    return {each.name: known[each.name] for each in REGISTRY[command].fields if each.name in known}


# ---------------------------------------------------------------------- what is known


def _facts(case: Case) -> Iterable[tuple[str, str]]:
    """The facts as people read them. Of a transfer's names only the bank's own means anything to a bank."""
    if case.kind in _OF_TRANSFERS:
        yield "at the bank", transfer_stages.banks_reference(case.facts)
    for name, value in case.facts.items():
        if case.kind in _OF_TRANSFERS and name in ("origin", "fingerprint"):
            continue
        label = "our name for it" if case.kind in _OF_TRANSFERS and name == "reference" else label_of(name)
        is_money = name.endswith("_grosze") and isinstance(value, int)
        yield label, written_money(int(value), Language.PL) if is_money else str(value)


def refund_id(case: Case) -> str:
    """The refund that the case is about; "" for none."""
    if case.kind is CaseKind.REFUND:
        return case.id.removeprefix(f"{CaseKind.REFUND}:")
    return str(case.facts.get("refund", ""))


def refund_of(front: Front, case: Case) -> Refund | None:
    """The refund that the case is about; None if it is about none."""
    named = refund_id(case)
    answer = show_refund(front.desk.refunds, ShowRefund(named)) if named else None
    return answer.refund if isinstance(answer, RefundShown) else None


def _of_refund(refund: Refund, front: Front) -> Mapping[str, Any]:
    """What follows from the refund, for its page."""
    return {
        "next_step": next_action(refund, front.now).do,
        "missing": [(each, CLAUSE_OF_MISSING[each]) for each in refund.missing],
        "unmet": refund.calculation.unmet if refund.calculation else (),
        "calculation": rows(refund),
        "put_back_grosze": total(refund.put_back),
    }


def _documents(front: Front, case: Case, refund: Refund | None) -> list[tuple[str, str]]:
    """Each document's name and a link to it that soon ends."""
    named = [str(value) for value in case.facts.values()]
    if refund is not None:
        application = refund.application
        named += [*application.enclosed, *(each.document for each in application.proofs)]
    keys: list[str] = []
    for name in dict.fromkeys(named):
        if name == case.facts.get("documents"):
            keys += front.documents.keys(name)
        elif name.startswith(refund_stages.FOLDERS):
            keys.append(name)
    return [(key, front.documents.link(key)) for key in keys]


def _words(front: Front, case: Case) -> str:
    """What a customer wrote by e-mail. It is read when it is looked at, and kept nowhere else."""
    if case.kind is not CaseKind.MAIL_RECEIVED:
        return ""
    return front.documents.words(f"{case.facts.get('documents', '')}/message.txt")


def ref_of(subject: str) -> dict[str, str]:
    """`card:white_phone:123456` -> brand and card; nothing for what is no card or account."""
    kind, _, rest = subject.partition(":")
    brand, _, number = rest.partition(":")
    return {"brand": brand, "card": number} if kind in ("card", "account") and number else {}


def _card_of(front: Front, subject: str) -> CardView | None:
    command = REGISTRY.read({"command": "show_card", **ref_of(subject)})
    answer = show_card(front.desk, command) if isinstance(command, ShowCard) else None
    return card_view(answer) if isinstance(answer, CardShown) else None
