"""Which characters a Polish bank's bytes mean."""

import codecs

_POLISH = frozenset("ąćęłńóśźżĄĆĘŁŃÓŚŹŻ")
_LEGACY = ("cp1250", "iso8859-2", "cp852")


def decoded(raw: bytes) -> str:
    """The text: UTF-8 where the bytes are that, or else whichever of CP1250, ISO-8859-2 and CP852 makes them
    look most Polish.

    Bytes that mean nothing become U+FFFD: for a broken letter no money is turned away.
    """
    try:
        return raw.removeprefix(codecs.BOM_UTF8).decode("utf-8")
    except UnicodeDecodeError:
        return max((raw.decode(each, "replace") for each in _LEGACY), key=_polishness)


def _polishness(text: str) -> int:
    # Other letters and signs are what one code page makes of another's letters.
    return sum(1 if each in _POLISH else -2 for each in text if each > "\x7f")
