"""The result of a button in words: what happened, and what comes next."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from desk.pages.actions import plain
from desk.pages.page import Action, Page
from desk.registry import REGISTRY
from telekarta.domain.refunds.application import AnswerBy
from telekarta.domain.refunds.refund import Refund
from telekarta.usecases.refunds.commands import ApplyForRefund, RefundRefused, RefundShown


@dataclass(frozen=True, slots=True)
class Result:
    """What a command came to: its outcome and the words with it, as every operator gets them. `entered` is
    the refund that is in the register now, `in_the_way` names the one that keeps it out, `unmet` what rules
    a refund out."""

    outcome: str
    message: str
    tells_next: bool
    entered: Refund | None = None
    in_the_way: str = ""
    unmet: Sequence[str] = ()

    @property
    def went_well(self) -> bool:
        return self.outcome not in ("refused", "partly_done")


def result_of(command: object, answer: Any) -> Result:
    """The result of the command that its use case answered so."""
    spec = REGISTRY.spec_of(command)
    told = spec.told(answer)
    result = Result(str(told["outcome"]), plain(str(told.get("message", ""))), spec.tells_next)
    if isinstance(answer, RefundRefused):
        result = replace(result, unmet=answer.unmet)
    if isinstance(command, ApplyForRefund):
        if isinstance(answer, RefundShown):
            return replace(result, entered=answer.refund)
        return replace(result, in_the_way=answer.case)
    return result


def telling(page: Page, pressed: Action, result: Result) -> Page:
    """The page after the button, with its result."""
    said = [f"{pressed.label}: {result.outcome.replace('_', ' ')}."]
    if result.message:
        said.append(result.message)
    if result.unmet:
        said.append(f"Ruled out by: {_words(result.unmet)}.")
    if result.entered:
        said += _entered(result.entered, page.facts)
    if result.went_well and result.tells_next and page.facts.get("do"):
        said.append(f"What to do now: {page.facts['do']}")
    return replace(page, said=tuple(said), links=_links(result), went_well=result.went_well)


def _entered(refund: Refund, facts: Mapping[str, object]) -> list[str]:
    lacks = _words(refund.missing)
    by = "e-mail" if refund.application.answer_by is AnswerBy.EMAIL else "letter"
    asked = f"It lacks: {lacks}. The applicant is asked for it by {by}." if lacks else "Nothing is missing."
    next_ = ["Close this case now."] if facts.get("is_open") else []
    return [f"{refund.id} is in the register. {asked}", *next_]


def _links(result: Result) -> tuple[tuple[str, Mapping[str, str]], ...]:
    """To the refund that was entered, or that is in the way."""
    named = result.entered.id if result.entered else result.in_the_way
    return ((f"Open {named}", {"page": "case", "case": f"refund:{named}"}),) if named else ()


def _words(names: Sequence[str]) -> str:
    return ", ".join(str(each).replace("_", " ") for each in names)
