"""Money is a whole number of grosze; a float never gets in."""


class NotMoney(TypeError):
    """An amount that is not a whole number of grosze."""


def grosze(amount: object) -> int:
    """The amount itself if it is a whole number of grosze.

    Raises NotMoney for anything else: a float would bring 474.995, a bool would bring 1.
    """
    if type(amount) is not int:
        raise NotMoney(f"whole grosze wanted, got {type(amount).__name__}")
    return amount
