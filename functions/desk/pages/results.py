"""What came of a button, in words: what happened, and what comes next."""

from collections.abc import Mapping
from dataclasses import replace

from desk.answers import Json
from desk.pages.actions import plain
from desk.pages.page import Action, Page

# The pages that follow tell what to do now: after these commands that is worth saying at once.
_WITH_NEXT = frozenset(
    {
        "accept_proof",
        "assign_transfer",
        "complete_application",
        "confirm_payout",
        "decide_refund",
        "mark_payout_returned",
        "resume_refund",
        "return_transfer",
        "take_back_proof",
        "withdraw_refund",
    }
)


def telling(page: Page, pressed: Action, answer: Json) -> Page:
    """The page after the button, with what came of it."""
    outcome = str(answer["outcome"])
    went_well = outcome not in ("refused", "partly_done")
    said = [f"{pressed.label}: {outcome.replace('_', ' ')}."]
    if message := answer.get("message"):
        said.append(plain(str(message)))
    if unmet := answer.get("unmet") if not went_well else None:
        said.append(f"Ruled out by: {_words(unmet)}.")
    if went_well:
        said += _entered(answer, page.facts) if pressed.command == "apply_for_refund" else []
        if pressed.command in _WITH_NEXT and page.facts.get("do"):
            said.append(f"What to do now: {page.facts['do']}")
    return replace(page, said=tuple(said), links=_links(pressed, answer), went_well=went_well)


def _entered(answer: Json, facts: Mapping[str, object]) -> list[str]:
    lacks = _words([each["what"] for each in answer["missing"]])
    by = "e-mail" if answer["answer_by"] == "email" else "letter"
    asked = f"It lacks: {lacks}. The applicant is asked for it by {by}." if lacks else "Nothing is missing."
    next_ = ["Close this case now."] if facts.get("is_open") else []
    return [f"{answer['case']} is in the register. {asked}", *next_]


def _links(pressed: Action, answer: Json) -> tuple[tuple[str, Mapping[str, str]], ...]:
    """To a refund that the answer names, if the page is not its own."""
    named = str(answer.get("case", ""))
    is_elsewhere = pressed.command == "apply_for_refund" and named.startswith("refund-")
    return ((f"Open {named}", {"page": "case", "case": f"refund:{named}"}),) if is_elsewhere else ()


def _words(names: list[str]) -> str:
    return ", ".join(str(each).replace("_", " ") for each in names)
