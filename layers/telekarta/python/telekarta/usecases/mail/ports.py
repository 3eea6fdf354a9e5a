"""What mail and letters need from outside: the places where documents lie."""

from typing import Protocol

from telekarta.usecases.ports import StoreUnavailable


class DocumentsUnavailable(StoreUnavailable):
    """The bucket or the maker did not answer; asking again makes the same documents."""


class DocumentStore(Protocol):
    def put(self, key: str, content: bytes, content_type: str) -> None: ...


class NoMail(Exception):
    """Too large, or nothing that the standard library can read. It quotes nothing."""
