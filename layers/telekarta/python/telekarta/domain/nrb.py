"""Numbers of Polish bank accounts (NRB): 26 digits, two of them a check (IBAN's mod 97 with `PL`)."""

import re

from telekarta.domain.bank.statements import is_nrb

DIGITS = 26


class NotAnNrb(ValueError):
    """The text is no account number. The message does not repeat it."""


def normalised(text: str) -> str:
    """The 26 digits of what somebody wrote: with or without `PL`, blanks and hyphens. Raises NotAnNrb."""
    digits = re.sub(r"[\s-]", "", text).upper().removeprefix("PL")
    if not re.fullmatch("[0-9]{26}", digits) or not is_nrb(digits):
        raise NotAnNrb("not the number of a bank account in Poland")
    return digits


def bank_of(nrb: str) -> str:
    """The 8 digits of the branch that keeps the account."""
    return nrb[2:10]


def grouped(nrb: str) -> str:
    """As people write it: `75 1090 0004 ...`."""
    return " ".join([nrb[:2], *(nrb[at : at + 4] for at in range(2, DIGITS, 4))])


def masked(nrb: str) -> str:
    """Enough for its owner to know it, too little for anybody else: `75 **** 1010`."""
    return f"{nrb[:2]} **** {nrb[-4:]}"
