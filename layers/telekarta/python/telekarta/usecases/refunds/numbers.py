"""The number of an application that the web form sent, and the page that it names.

16 random digits: too many to be guessed, few enough to be read to somebody over the telephone. The cases that
operators enter have other numbers, and no page (docs/decisions/0020-refund-form.md).
"""

import re

HOME = "/refund"
NUMBER = "[0-9]{4}(?:-[0-9]{4}){3}"
_PAGE = re.compile(f"{HOME}/application/({NUMBER})")
_CASE = re.compile(f"refund-({NUMBER})")


def number_of(digits: str) -> str:
    """`1234-5678-9012-3456` of the 16 digits."""
    return "-".join(re.findall("....", digits))


def page_of(number: str, language: str) -> str:
    """The path of the application's page, in that language."""
    return f"{HOME}/application/{number}?lang={language}"


def number_in_path(path: str) -> str:
    """The application whose page this is; "" for another path."""
    found = _PAGE.fullmatch(path)
    return found[1] if found else ""


def number_of_case(case_id: str) -> str:
    """The application of this case; "" for a case that has no page."""
    found = _CASE.fullmatch(case_id)
    return found[1] if found else ""
