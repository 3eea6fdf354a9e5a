"""An application for unused money: what it says, and what it still lacks (WP §7.1 to §7.3).

What it is due is in `calculation`, how the money moves in `movements`, what becomes of it in `refund`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from telekarta.domain.brands import Brand
from telekarta.domain.cards.card import Ref
from telekarta.domain.ledger.postings import Lot, Source
from telekarta.domain.nrb import NotAnNrb, normalised
from telekarta.domain.refunds.policy import Policy
from telekarta.domain.refunds.terms import POLICIES
from telekarta.domain.rules import rule

ONLINE = frozenset({Source.PAYU, Source.PRZELEWY24})
TOP_UPS = frozenset(
    {*ONLINE, Source.BANK, Source.PLUS_VOUCHER, Source.CARD_TRANSFER, Source.LAJT},
)


class Arrival(StrEnum):
    """How an application came (WP §7.2); also by the form on our pages, and with Telegrosik by telephone."""

    EMAIL = "email"
    WEB = "web"
    LETTER = "letter"
    IN_PERSON = "in_person"
    TELEPHONE = "telephone"


class AnswerBy(StrEnum):
    EMAIL = "email"
    LETTER = "letter"


class CodeCheck(StrEnum):
    """What came of a code. The code itself is compared when it comes, and kept nowhere."""

    NOT_NEEDED = "not_needed"
    NOT_GIVEN = "not_given"
    WRONG = "wrong"
    RIGHT = "right"


class ProofKind(StrEnum):
    TRANSFER = "transfer"  # a bank's confirmation, also of a payment by PayU or Przelewy24
    VOUCHER = "voucher"  # a scan or a photograph on which the Plus code can be read
    PURCHASE = "purchase"  # the receipt of a Telegrosik card


PROVES: Mapping[ProofKind, frozenset[Source]] = {
    ProofKind.TRANSFER: frozenset({Source.BANK, *ONLINE}),
    ProofKind.VOUCHER: frozenset({Source.PLUS_VOUCHER}),
    ProofKind.PURCHASE: frozenset({Source.RETAIL}),
}


@dataclass(frozen=True, slots=True)
class Proof:
    """A document that proves one top-up: the posting by which it came, and its source.

    Money keeps both wherever it goes (a correction, an account), so they tell whether a lot is proven."""

    posting: str
    kind: ProofKind
    document: str  # where the operator filed it
    source: Source

    def covers(self, lot: Lot) -> bool:
        return (lot.source, lot.top_up) == (self.source, self.posting)


@rule("WP §7.1", "WP §7.2", "WP §7.2.1", "WP §7.2.2", "WP §7.2.3", "WP §7.3")
@dataclass(frozen=True, slots=True)
class Application:
    """What is applied for. `received_on` is the day of its arrival (WP §7.10). `pin` and `puk` are not the
    codes but what came of comparing them, `proofs` what operators have read.

    `nrb` is the 26 digits or "", `nrb_is_wrong` says that one was given which is none. `same_way` asks for
    money from PayU and Przelewy24 to go back the way it came; the rest goes to the account. `enclosed` names
    the documents that came with it and that no operator has read yet: `proofs` come of them."""

    ref: Ref
    arrived: Arrival
    received_on: date
    asked_grosze: int | None
    pin: CodeCheck = CodeCheck.NOT_GIVEN
    puk: CodeCheck = CodeCheck.NOT_GIVEN
    proofs: tuple[Proof, ...] = ()
    nrb: str = field(default="", repr=False)
    nrb_is_wrong: bool = False
    owner: str = field(default="", repr=False)
    signed: bool = False
    same_way: bool = False
    answer_by: AnswerBy = AnswerBy.EMAIL
    address: str = field(default="", repr=False)
    enclosed: tuple[str, ...] = ()
    language: str = "pl"  # of the pages on which it was made

    @property
    @rule("WP §7.3.2", "WP §9.1")
    def knows_codes(self) -> bool:
        """Whether the applicant has shown that they know the card's codes."""
        return not {self.pin, self.puk} & set(_CODE_MISSING)


# Of an application that was sent by the form.
MOST_ENCLOSED = 10


class Missing(StrEnum):
    """What an application lacks; the one call to complete names all of it."""

    PIN = "pin"
    PIN_WRONG = "pin_wrong"
    PUK = "puk"
    PUK_WRONG = "puk_wrong"
    AMOUNT = "amount"
    PROOF = "proof"
    ACCOUNT = "account"
    ACCOUNT_WRONG = "account_wrong"
    OWNER = "owner"
    SIGNATURE = "signature"


CLAUSE_OF_MISSING: Mapping[Missing, str] = {
    Missing.PIN: "WP §7.3.2",
    Missing.PIN_WRONG: "WP §7.3.2",
    Missing.PUK: "WP §7.3.2",
    Missing.PUK_WRONG: "WP §7.3.2",
    Missing.AMOUNT: "WP §7.3.3",
    Missing.PROOF: "WP §7.3.4",
    Missing.ACCOUNT: "WP §7.3.5",
    Missing.ACCOUNT_WRONG: "WP §7.3.5",
    Missing.OWNER: "WP §7.3.5",
    Missing.SIGNATURE: "WP §7.3.6",
}
_CODE_MISSING = {
    CodeCheck.NOT_GIVEN: (Missing.PIN, Missing.PUK),
    CodeCheck.WRONG: (Missing.PIN_WRONG, Missing.PUK_WRONG),
}


def read_account(text: str) -> tuple[str, bool]:
    """The account's 26 digits, and whether something was given that is no account."""
    try:
        return (normalised(text), False) if text.strip() else ("", False)
    except NotAnNrb:
        return "", True


@rule("WP §7.3.1", "WP §7.3.2", "WP §7.3.3", "WP §7.3.4", "WP §7.3.5", "WP §7.3.6", "WP §7.4")
def missing(application: Application) -> tuple[Missing, ...]:
    """What has to be asked for, in the order of the clause. The card is named by the application's `ref`."""
    lacks: list[Missing] = []
    for number, check in enumerate((application.pin, application.puk)):
        if check in _CODE_MISSING:
            lacks.append(_CODE_MISSING[check][number])
    if not application.asked_grosze:
        lacks.append(Missing.AMOUNT)
    if not application.proofs and not application.enclosed:
        lacks.append(Missing.PROOF)
    # Money that all goes back the way it came needs no account: the provider knows its payer.
    by_provider_only = application.same_way and all(proof.source in ONLINE for proof in application.proofs)
    if application.nrb_is_wrong:
        lacks.append(Missing.ACCOUNT_WRONG)
    elif not application.nrb and not by_provider_only:
        lacks.append(Missing.ACCOUNT)
    if not application.owner and not by_provider_only:
        lacks.append(Missing.OWNER)
    if application.arrived in (Arrival.LETTER, Arrival.IN_PERSON) and not application.signed:
        lacks.append(Missing.SIGNATURE)
    return tuple(lacks)


def policy_for(brand: Brand, day: date) -> Policy:
    """The brand's policy on that day; the first one for earlier days."""
    own = sorted((each for each in POLICIES if each.brand is brand), key=lambda each: each.since)
    return max((each for each in own if each.since <= day), key=lambda each: each.since, default=own[0])
