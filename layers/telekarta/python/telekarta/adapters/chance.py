"""Chance fit for secrets."""

import secrets

_DIGITS = "0123456789"


class SystemChance:
    """The port `Chance`, from the operating system's source."""

    def digits(self, length: int, *, leading_zero: bool) -> str:
        """That many random digits, the first of them not a zero unless `leading_zero` allows it."""
        first = secrets.choice(_DIGITS if leading_zero else _DIGITS[1:])
        return first + "".join(secrets.choice(_DIGITS) for _ in range(length - 1))

    def token(self) -> str:
        """A random id: 32 hexadecimal digits."""
        return secrets.token_hex(16)
