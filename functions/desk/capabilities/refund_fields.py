"""The fields that commands about refunds of unused money ask for (WP §7.3)."""

from collections.abc import Mapping
from typing import Any

from desk import fields
from desk.fields import SIGNED, Field, Wrong, choice, day, shaped, text, whole
from telekarta.domain.nrb import NotAnNrb, normalised
from telekarta.domain.refunds.application import AnswerBy, Arrival, ProofKind
from telekarta.usecases.refunds.commands import GivenProof
from telekarta.usecases.refunds.numbers import NUMBER

MOST_PROOFS = 20


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
refund = Field(
    "case",
    shaped("refund-[A-Za-z0-9._-]{1,64}", "a refund's name"),
    "the refund, as `apply_for_refund` named it",
)
reference = Field(
    "reference",
    shaped("ZW[0-9A-F]{12}", "a payout's reference"),
    "as in the transfer's title: `ZW` and 12 signs",
)
amount = Field("amount_grosze", whole(1, 10_000_000), "the amount asked for (WP §7.3.3)", required=False)
pin = Field("pin", _code, "PIN; compared now, and kept nowhere (WP §7.3.2)", required=False, is_secret=True)
puk = Field(
    "puk", _code, "PUK, if the card has one; kept nowhere (WP §7.3.2)", required=False, is_secret=True
)
given_proofs = Field(
    "proofs",
    proofs,
    "the documents: `posting` of the top-up, `kind` (`transfer`, `voucher`, `purchase`), `document`: where"
    " it is filed. In a form: `posting kind document`, several parted by `;` (WP §7.3.4)",
    required=False,
)
account_to_pay = Field(
    "account",
    account,
    f"bank account to pay to, 26 digits; `{WRONG_ACCOUNT}` if the paper names what can't be one (WP §7.3.5)",
    required=False,
    is_secret=True,
)
owner = Field("owner", text(100), "whose account it is (WP §7.3.5)", required=False, is_secret=True)
signed = Field("signed", flag, "whether a paper is signed (WP §7.3.6)", required=False, choices=YES_OR_NO)

unfit = Field(
    "unfit",
    flag,
    "whether the documents that came with it do not do, or not for all: more is asked for (WP §7.3.4)",
    required=False,
    choices=YES_OR_NO,
)
unfit_because = Field("reasons", text(500), "why they do not do, in words for the applicant", required=False)

answer_by = Field(
    "answer_by",
    choice(AnswerBy),
    "how to answer: `letter` or `email`",
    required=False,
    choices=tuple(AnswerBy),
)
new_address = Field(
    "address", text(300), "where the answer goes, if not where it was said", required=False, is_secret=True
)

OF_APPLICATION = (
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
    amount,
    pin,
    puk,
    Field(
        "mail",
        shaped("mail_received:[!-~]{1,180}", "a case `mail_received:...`"),
        "the case of the e-mail that it came by, if its codes were right: they need not be given again",
        required=False,
    ),
    given_proofs,
    account_to_pay,
    owner,
    signed,
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
    *SIGNED,
)
