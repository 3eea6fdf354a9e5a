"""Chance that is the same in every run: what fails once fails again, and nothing fails by bad luck."""

from random import Random

_DIGITS = "0123456789"


class SeededChance:
    """The port `Chance`: draws that look random and follow from the seed alone."""

    def __init__(self, seed: str) -> None:
        self._random = Random(seed)

    def digits(self, length: int, *, leading_zero: bool) -> str:
        first = self._random.choice(_DIGITS if leading_zero else _DIGITS[1:])
        return first + "".join(self._random.choice(_DIGITS) for _ in range(length - 1))

    def token(self) -> str:
        return f"{self._random.getrandbits(128):032x}"
