"""What the letters, the pages and the desk say of refunds in the same way: what a policy allows, in figures,
and which lines of a calculation are worth showing."""

from collections.abc import Mapping
from datetime import datetime

from telekarta.dialog.composer import plural, written_date, written_money
from telekarta.dialog.language import Language
from telekarta.domain.brands import Brand
from telekarta.domain.calendar.deadlines import day_of
from telekarta.domain.cards.card import Kind
from telekarta.domain.refunds.calculation import Calculation, Line, LineKind, Unmet, last_day_to_apply
from telekarta.domain.refunds.policy import Policy

# "in", "of" and "onto" what has the money: what was refunded of, or what it came back to.
_PLACES: Mapping[Language, Mapping[Kind, Mapping[str, str]]] = {
    Language.PL: {
        Kind.CARD: {"on": "na karcie", "of": "karty", "onto": "na kartę"},
        Kind.ACCOUNT: {"on": "na koncie", "of": "konta", "onto": "na konto"},
    },
    Language.EN: {
        Kind.CARD: {"on": "on the card", "of": "card", "onto": "on the card"},
        Kind.ACCOUNT: {"on": "on the account", "of": "account", "onto": "on the account"},
    },
}
_MONTHS = {Language.PL: ("miesiąca", "miesięcy", "miesięcy"), Language.EN: ("month", "months")}

_DEDUCTIONS = frozenset({LineKind.SPENT_BONUS, LineKind.FEE, LineKind.VOUCHER_FEE, LineKind.PAYABLE})


def place_words(kind: Kind, language: Language) -> Mapping[str, str]:
    """`on`, `of` and `onto` the card or the account."""
    return _PLACES[language][kind]


def policy_words(policy: Policy, last_top_up_at: datetime | None, language: Language) -> Mapping[str, str]:
    """`minimum`, `months` (after "within"), `percent`, and the days `last_top_up` and `last_day` of applying;
    what the brand's terms or the card do not know is ""."""
    months = policy.within_months
    last_day = last_day_to_apply(policy, last_top_up_at) if last_top_up_at else None
    return {
        "minimum": written_money(policy.minimum_grosze, language),
        "months": f"{months} {plural(months, *_MONTHS[language], language=language)}" if months else "",
        "percent": str(policy.voucher_fee_percent),
        "last_top_up": written_date(day_of(last_top_up_at), language) if last_top_up_at else "",
        "last_day": written_date(last_day, language) if last_day else "",
    }


def unmet_name(unmet: Unmet, policy: Policy) -> str:
    """The name of the condition's words: where any grosz is enough, a card below the minimum is empty."""
    is_empty = unmet is Unmet.BELOW_MINIMUM and policy.minimum_grosze <= 1
    return "empty" if is_empty else unmet.value


def clause_number(brand: Brand, clause: str) -> str:
    """`7.9` of `WP §7.9`; "" where there is none, as in Telegrosik's terms."""
    return clause.partition("§")[2] if brand is Brand.WHITE_PHONE else ""


def lines_shown(found: Calculation, *, refused: bool) -> tuple[Line, ...]:
    """The lines of the calculation. Where nothing is paid out no fee is taken either; both are shown only to
    say that they would leave nothing."""
    if not refused or Unmet.NOTHING_LEFT in found.unmet:
        return found.lines
    return tuple(line for line in found.lines if line.kind not in _DEDUCTIONS)
