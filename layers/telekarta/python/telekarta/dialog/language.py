"""The languages that a caller may hear (``TK on-demand``: a choice between Polish and English)."""

from enum import StrEnum


class Language(StrEnum):
    """The value is the ISO 639 code, as it rides in URLs and markup."""

    PL = "pl"
    EN = "en"
