"""Numbers of Polish bank accounts (NRB): 26 digits, two of them a check (IBAN's mod 97 with `PL`)."""

import re

DIGITS = 26


class NotAnNrb(ValueError):
    """The text is no account number. The message does not repeat it."""


def is_nrb(text: str) -> bool:
    """Whether this is a Polish account number: 26 digits that pass the check of modulo 97, 'PL' or not."""
    nrb = re.sub(r"[ -]", "", text).removeprefix("PL")
    return re.fullmatch("[0-9]{26}", nrb) is not None and int(nrb[2:] + "2521" + nrb[:2]) % 97 == 1


def normalised(text: str) -> str:
    """The 26 digits of what somebody wrote: with or without `PL`, blanks and hyphens. Raises NotAnNrb."""
    digits = re.sub(r"[\s-]", "", text).upper().removeprefix("PL")
    if not re.fullmatch("[0-9]{26}", digits) or not is_nrb(digits):
        raise NotAnNrb("not the number of a bank account in Poland")
    return digits


def nrb_in(text: str) -> str | None:
    """The Polish account number that a field holds, as 26 digits, or None.

    A bank's sort code and account without check digits (24 digits) get the check digits that belong to them.
    """
    digits = re.sub(r"[ /-]", "", text).removeprefix("PL")
    if re.fullmatch("[0-9]{24}", digits):
        digits = f"{98 - int(digits + '252100') % 97:02}{digits}"
    return digits if is_nrb(digits) else None


def bank_of(nrb: str) -> str:
    """The 8 digits of the branch that keeps the account."""
    return nrb[2:10]


def grouped(nrb: str) -> str:
    """As people write it: `75 1090 0004 ...`."""
    return " ".join([nrb[:2], *(nrb[at : at + 4] for at in range(2, DIGITS, 4))])


def masked(nrb: str) -> str:
    """Enough for its owner to know it, too little for anybody else: `75 **** 1010`."""
    return f"{nrb[:2]} **** {nrb[-4:]}"
