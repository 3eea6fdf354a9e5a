"""The commands about refunds of unused money, for the table of commands (WP §7)."""

from collections.abc import Callable, Mapping
from typing import Any

from desk import fields
from desk.fields import Field, Wrong, choice, day, shaped, text, whole
from telekarta.domain.nrb import NotAnNrb, normalised
from telekarta.domain.refunds.application import AnswerBy, Arrival, ProofKind
from telekarta.usecases.refunds.commands import (
    AcceptProof,
    ApplyForRefund,
    CompleteApplication,
    ConfirmPayout,
    DecideRefund,
    GivenProof,
    MarkPayoutReturned,
    ResumeRefund,
    ShowRefund,
    TakeBackProof,
    Verdict,
    WithdrawRefund,
    entered,
)
from telekarta.usecases.refunds.numbers import NUMBER

MOST_PROOFS = 20
_A_REFUND = "refund-wniosek-2026-117"
_SIGNATURE = {"who": "anna.kowalska", "why": "Wniosek z 20 listopada 2026"}
_SIGNED = (fields.who, fields.why)


def flag(value: Any, _before: Mapping[str, Any]) -> bool:
    """True or false; forms say it in words."""
    said = {"true": True, "yes": True, "false": False, "no": False}.get(str(value).lower())
    if said is None or not isinstance(value, bool | str):
        raise Wrong("must be true or false")
    return said


YES_OR_NO = ("yes", "no")
# What is written for an account that can't be one, since the applicant's paper says so.
WRONG_ACCOUNT = "wrong"


def account(value: Any, before: Mapping[str, Any]) -> str:
    """An account whose check digits fit: a slip of ours must not be laid at the applicant's door."""
    written = str(text(60)(value, before))
    if written == WRONG_ACCOUNT:
        return written
    try:
        return normalised(written)
    except NotAnNrb:
        raise Wrong(
            "must be 26 digits whose check digits fit: compare it with the paper. If the paper says so,"
            f' write "{WRONG_ACCOUNT}" here, and the applicant is asked for another'
        ) from None


def proofs(value: Any, _before: Mapping[str, Any]) -> tuple[GivenProof, ...]:
    """A list of `{"posting", "kind", "document"}`; a form gives them as `posting kind document; ...`."""
    given = (
        [_from_form(part) for part in value.split(";") if part.strip()] if isinstance(value, str) else value
    )
    if not isinstance(given, list) or not given or len(given) > MOST_PROOFS:
        raise Wrong(f"must be 1 to {MOST_PROOFS} proofs")
    return tuple(_proof(each) for each in given)


def _from_form(part: str) -> object:
    words = part.split(maxsplit=2)
    return dict(zip(("posting", "kind", "document"), words, strict=False))


def _proof(given: object) -> GivenProof:
    if not isinstance(given, dict) or given.keys() != {"posting", "kind", "document"}:
        raise Wrong("each proof has a posting, a kind and a document")
    return GivenProof(
        fields.posting.read(given["posting"], {}),
        choice(ProofKind)(given["kind"], {}),
        text(200)(given["document"], {}),
    )


_code = shaped("[0-9]{8}|[0-9]{12}", "the 8 or 12 digits of the code", grouped=True)
_refund = Field(
    "case",
    shaped("refund-[A-Za-z0-9._-]{1,64}", "a refund's name"),
    "the refund, as `apply_for_refund` named it",
)
_reference = Field(
    "reference",
    shaped("ZW[0-9A-F]{12}", "a payout's reference"),
    "as in the transfer's title: `ZW` and 12 signs",
)
_amount = Field("amount_grosze", whole(1, 10_000_000), "the amount asked for (WP §7.3.3)", required=False)
_pin = Field("pin", _code, "PIN; compared now, and kept nowhere (WP §7.3.2)", required=False, is_secret=True)
_puk = Field(
    "puk", _code, "PUK, if the card has one; kept nowhere (WP §7.3.2)", required=False, is_secret=True
)
_proofs = Field(
    "proofs",
    proofs,
    "the documents: `posting` of the top-up, `kind` (`transfer`, `voucher`, `purchase`), `document`: where"
    " it is filed. In a form: `posting kind document`, several parted by `;` (WP §7.3.4)",
    required=False,
)
_account = Field(
    "account",
    account,
    f"bank account to pay to, 26 digits; `{WRONG_ACCOUNT}` if the paper names what can't be one (WP §7.3.5)",
    required=False,
    is_secret=True,
)
_owner = Field("owner", text(100), "whose account it is (WP §7.3.5)", required=False, is_secret=True)
_signed_field = Field(
    "signed", flag, "whether a paper is signed (WP §7.3.6)", required=False, choices=YES_OR_NO
)

_unfit = Field(
    "unfit",
    flag,
    "whether the documents that came with it do not do, or not for all: more is asked for (WP §7.3.4)",
    required=False,
    choices=YES_OR_NO,
)
_unfit_because = Field("reasons", text(500), "why they do not do, in words for the applicant", required=False)

_answer_by = Field(
    "answer_by",
    choice(AnswerBy),
    "how to answer: `letter` or `email`",
    required=False,
    choices=tuple(AnswerBy),
)
_new_address = Field(
    "address", text(300), "where the answer goes, if not where it was said", required=False, is_secret=True
)

_PROOF = {
    "posting": "topup:bank:2026-11-02/1",
    "kind": "transfer",
    "document": "wnioski/2026/117/potwierdzenie.pdf",
}

REFUND_FIELDS = (
    fields.brand,
    fields.card_of_brand,
    Field(
        "request_id",
        shaped(
            f"(?!{NUMBER}$)[A-Za-z0-9._-]{{1,64}}",
            "1 to 64 letters, digits, dots, dashes or underscores, and no number of the web form",
        ),
        "the application's number in the register: told twice, it is one application",
    ),
    Field(
        "arrived",
        choice(Arrival),
        "`email`, `web`, `letter`, `in_person` or `telephone` (WP §7.2)",
        choices=tuple(Arrival),
    ),
    Field("received_on", day, "the day on which it came: the 30 days are counted from it (WP §7.10)"),
    _amount,
    _pin,
    _puk,
    Field(
        "mail",
        shaped("mail_received:[!-~]{1,180}", "a case `mail_received:...`"),
        "the case of the e-mail that it came by, if its codes were right: they need not be given again",
        required=False,
    ),
    _proofs,
    _account,
    _owner,
    _signed_field,
    Field(
        "same_way",
        flag,
        "whether PayU and Przelewy24 money shall go back that way",
        required=False,
        choices=YES_OR_NO,
    ),
    Field(
        "answer_by",
        choice(AnswerBy),
        "`letter` (as if left out) or `email`",
        required=False,
        choices=tuple(AnswerBy),
    ),
    Field("address", text(300), "where the answer goes: e-mail or postal address"),
    *_SIGNED,
)

# An application is a value of its own within its command.
MADE_BY: Mapping[str, Callable[..., ApplyForRefund]] = {"apply_for_refund": entered}

# name, command, fields, what it does, the example's values
REFUND_COMMANDS: tuple[tuple[str, type[Any], tuple[Field, ...], str, Mapping[str, Any]], ...] = (
    (
        "apply_for_refund",
        ApplyForRefund,
        REFUND_FIELDS,
        "Enters an application for unused money. The money asked for leaves the card at once and is held for"
        " the case; what is missing is asked for by one letter or e-mail. A card has one application at"
        " a time: `refund_is_open` names it. (WP §7.1, WP §7.2, WP §7.3)",
        {
            "brand": "white_phone",
            "card": "123456",
            "request_id": "wniosek-2026-117",
            "arrived": "letter",
            "received_on": "2026-11-16",
            "amount_grosze": 5000,
            "pin": "12345678",
            "proofs": [_PROOF],
            "account": "61 1090 1014 0000 0712 1981 2874",
            "owner": "Jan Kowalski",
            "signed": True,
            "answer_by": "letter",
            "address": "Jan Kowalski, ul. Polna 1, 00-001 Warszawa",
            **_SIGNATURE,
        },
    ),
    (
        "complete_application",
        CompleteApplication,
        (
            _refund,
            _amount,
            _pin,
            _puk,
            _proofs,
            _account,
            _owner,
            _signed_field,
            _unfit,
            _unfit_because,
            _answer_by,
            _new_address,
            *_SIGNED,
        ),
        "Adds to an application what came later. After a transfer came back it names another account, and the"
        " money is sent there. (WP §7.3)",
        {"case": _A_REFUND, "owner": "Jan Kowalski", **_SIGNATURE},
    ),
    (
        "accept_proof",
        AcceptProof,
        (
            _refund,
            fields.posting,
            Field("document", text(200), "where the document lies that was read"),
            *_SIGNED,
        ),
        "Notes that a document proves a top-up: the money of that posting can be refunded. The page of the"
        " case has a button for each document and each top-up that no proof is about. (WP §7.3.4, WP §7.4)",
        {
            "case": _A_REFUND,
            "posting": "topup:bank:2026-11-02/1",
            "document": "wnioski/2026/117/potwierdzenie.pdf",
            **_SIGNATURE,
        },
    ),
    (
        "take_back_proof",
        TakeBackProof,
        (_refund, fields.posting, *_SIGNED),
        "Undoes a proof that was accepted by mistake: its document waits to be read again. (WP §7.4)",
        {"case": _A_REFUND, "posting": "topup:bank:2026-11-02/1", **_SIGNATURE},
    ),
    (
        "decide_refund",
        DecideRefund,
        (
            _refund,
            Field("decision", choice(Verdict), "`grant` or `refuse`", choices=tuple(Verdict)),
            Field(
                "reasons",
                text(1000),
                "words for the applicant, in Polish; needed to refuse what the terms do not rule out",
                required=False,
            ),
            *_SIGNED,
        ),
        "Grants or refuses a refund. What the terms rule out can't be granted: `unmet` names the conditions."
        " A refusal names them to the applicant by itself. The day is 30 days from arrival; a later decision"
        " counts all the same. (WP §7.4 to §7.10)",
        {"case": _A_REFUND, "decision": "grant", **_SIGNATURE},
    ),
    (
        "withdraw_refund",
        WithdrawRefund,
        (_refund, *_SIGNED),
        "Ends an application that its applicant takes back, before it is decided; the money goes back on the"
        " card. After a transfer came back it puts that money back on the card. (WP §7.1)",
        {"case": _A_REFUND, **_SIGNATURE},
    ),
    (
        "resume_refund",
        ResumeRefund,
        (_refund, *_SIGNED),
        "Starts the workflow of a refund anew, after a case `refund_stuck`: it goes on from what is kept, and"
        " does nothing twice.",
        {"case": _A_REFUND, **_SIGNATURE},
    ),
    (
        "confirm_payout",
        ConfirmPayout,
        (_reference, *_SIGNED),
        "Notes that a payout is on the bank's statement, or that the provider has given the money back."
        " Statements that are read in do it by themselves.",
        {"reference": "ZW0123456789AB", **_SIGNATURE},
    ),
    (
        "mark_payout_returned",
        MarkPayoutReturned,
        (_reference, *_SIGNED),
        "Notes that a transfer came back: its case is open again, until another account is named"
        " (`complete_application`) or the money is put back on the card (`withdraw_refund`).",
        {"reference": "ZW0123456789AB", **_SIGNATURE},
    ),
    (
        "show_refund",
        ShowRefund,
        (_refund,),
        "Shows an application, what is missing, the calculation line by line with its clauses, the payouts,"
        " the days and the history. The account is shown masked; owner and address are not shown.",
        {"case": _A_REFUND},
    ),
)
