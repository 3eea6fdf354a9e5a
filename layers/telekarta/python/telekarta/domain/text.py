"""Text compared regardless of how somebody's keyboard or bank writes Polish."""

import re
import unicodedata


def plain(text: str) -> str:
    """Capitals without Polish letters and with plain digits and spaces: 'Doładowanie' is 'DOLADOWANIE'."""
    stroked = text.replace("ł", "l").replace("Ł", "L")
    letters = unicodedata.normalize("NFKD", stroked)
    bare = "".join(each for each in letters if not unicodedata.combining(each))
    return re.sub(r"\s", " ", bare.upper())
