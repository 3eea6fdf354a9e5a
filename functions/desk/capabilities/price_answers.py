"""What a price list changes, as JSON for operators."""

from collections.abc import Mapping
from enum import StrEnum

from desk.answers import Json, grosze_per_min, outcome_of
from telekarta.domain.prices.changes import Change, ChangeKind, PriceListRefusal, Warned, WarningKind
from telekarta.usecases.commands import Outcome
from telekarta.usecases.prices.publishing import (
    PriceListDrafted,
    PriceListLookedAt,
    PriceListRefused,
    Publication,
)

WHY_PRICES_REFUSED: Mapping[StrEnum, str] = {
    PriceListRefusal.UNKNOWN_DRAFT: "There is no such file below drafts/ in the bucket of price lists.",
    PriceListRefusal.DRAFT_TAKEN: "There is a file of that name below drafts/ already. Choose another name.",
    PriceListRefusal.DRAFT_UNREADABLE: "The file is no price list: `wrong_rows` names what is wrong.",
    PriceListRefusal.TOO_SOON: "Thirty whole days must lie between publishing and the day from which the list"
    " holds (WP §6.5, TG §6.11): give it a later day.",
    PriceListRefusal.VERSION_TAKEN: "The brand has another list of this version, and published lists never"
    " change. Choose another version.",
    PriceListRefusal.NOT_AS_CHECKED: "The draft, or what it is compared with, is not what was checked. Check"
    " it again, and give the new mark.",
    PriceListRefusal.WARNINGS_NOT_ACCEPTED: "The check has warnings. If all of them are meant, give their"
    " number as `warnings`.",
}
WHAT_WARNED: Mapping[WarningKind, str] = {
    WarningKind.REPLACES_ANNOUNCED: "another list is announced for that day, and would never hold",
    WarningKind.LONG_AHEAD: "the day is more than a year ahead",
    WarningKind.NOT_CONNECTED: "would no longer be connected",
    WarningKind.NOW_FREE: "would cost nothing",
    WarningKind.NO_LONGER_FREE: "costs nothing now",
    WarningKind.DEARER_TENFOLD: "would cost more than ten times as much",
    WarningKind.CHEAPER_TENFOLD: "would cost less than a tenth",
}
# More rows than that nobody reads; their number is told all the same.
MOST_SHOWN = 500
_IN_A_MESSAGE = 3


def answered(answer: PriceListLookedAt | PriceListRefused) -> Json:
    """What the check or the publication found; for a refusal the message names the first of what is wrong,
    since a runbook's execution shows the message only."""
    if isinstance(answer, PriceListRefused):
        return {"outcome": Outcome.REFUSED, **_refused(answer)}
    return {"outcome": outcome_of(answer.publication is not Publication.DONE_BEFORE), **_looked_at(answer)}


def drafted(answer: PriceListDrafted | PriceListRefused) -> Json:
    if isinstance(answer, PriceListRefused):
        return {"outcome": Outcome.REFUSED, **_refused(answer)}
    return {
        "outcome": Outcome.DONE,
        "brand": answer.copied.brand,
        "draft": answer.draft,
        "copied_from": answer.copied.version,
        "valid_from": answer.copied.valid_from.isoformat(),
    }


def _refused(answer: PriceListRefused) -> Json:
    told: Json = {"reason": answer.reason, "message": WHY_PRICES_REFUSED[answer.reason]}
    if answer.problems:
        first = "; ".join(map(str, answer.problems[:_IN_A_MESSAGE]))
        told["message"] += f" {_counted(len(answer.problems), 'problem')}: {first}"
        shown = answer.problems[:MOST_SHOWN]
        told["wrong_rows"] = [{"row": each.row, "message": each.message} for each in shown]
    if answer.looked_at:
        check = answer.looked_at.check
        if answer.reason is PriceListRefusal.TOO_SOON:
            told["message"] += f" Today's earliest is {check.earliest}."
        if answer.reason is PriceListRefusal.WARNINGS_NOT_ACCEPTED:
            first = "; ".join(map(_in_words, check.warnings[:_IN_A_MESSAGE]))
            told["message"] += f" {_counted(len(check.warnings), 'warning')}: {first}"
        told |= _looked_at(answer.looked_at)
    return told


def _looked_at(answer: PriceListLookedAt) -> Json:
    check = answer.check
    was_published = answer.publication is not Publication.NOT_YET
    # What was published before may have been replaced since: then it never holds.
    on_its_day = "replaced_by" if answer.publication is Publication.DONE_BEFORE else "replaces"
    return {
        "brand": check.prices.brand,
        "version": check.prices.version,
        "valid_from": check.prices.valid_from.isoformat(),
        "published": was_published,
        "why_not": answer.refusal,
        "earliest_valid_from": check.earliest.isoformat(),
        "compared_with": check.before.version,
        on_its_day: check.replaces.version if check.replaces else None,
        "followed_by": check.followed_by.version if check.followed_by else None,
        "mark": answer.mark,
        "warnings": len(check.warnings),
        "warned_of": [
            {"warning": each.kind, "prefix": each.prefix, "message": WHAT_WARNED[each.kind]}
            for each in check.warnings[:MOST_SHOWN]
        ],
        "rows": len(check.prices.rates) + len(check.prices.never_connected),
        "rows_added": list(check.rows_added),
        "rows_removed": list(check.rows_removed),
        "changes": {kind: sum(each.kind is kind for each in check.changes) for kind in ChangeKind},
        **{
            kind: [_change(each) for each in check.changes if each.kind is kind][:MOST_SHOWN]
            for kind in ChangeKind
        },
    }


def _change(change: Change) -> Json:
    named = change.after or change.before
    return {
        "prefix": change.prefix,
        "name_en": named.name_en if named else "",
        "before": grosze_per_min(change.before) if change.before else None,
        "after": grosze_per_min(change.after) if change.after else None,
    }


def _in_words(warned: Warned) -> str:
    return f"{warned.prefix} {WHAT_WARNED[warned.kind]}".strip()


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
