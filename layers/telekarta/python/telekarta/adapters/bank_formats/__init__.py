"""Bank statements from files: MT940 with the Polish banks' dialects, and CAMT.053 (WP §4.1.1, TG §2.6).

What a file is, and in which characters it is written, is told from the file itself: banks say neither
reliably. A file is read as a whole or not at all, so that what was credited from it is never in doubt.
"""

import codecs

from telekarta.adapters.bank_formats import camt053, mt940
from telekarta.adapters.bank_formats.characters import decoded
from telekarta.domain.bank.statements import NoStatement, Statement, UnreadableStatement
from telekarta.domain.rules import rule

# A year of a busy account is a few megabytes.
LARGEST_FILE_BYTES = 16 * 1024 * 1024

_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@rule("WP §4.1.1", "TG §2.6")
def read_statements(raw: bytes) -> tuple[Statement, ...]:
    """The statements in a file, at least one, in its order.

    UnreadableStatement: it is no statement, or some part of it can't be read; nothing of it counts then.
    """
    if len(raw) > LARGEST_FILE_BYTES:
        raise UnreadableStatement(NoStatement.TOO_LARGE)
    if not raw.strip(b"\x00\x01\x03\x1a \t\r\n"):
        raise UnreadableStatement(NoStatement.EMPTY)
    if raw.startswith(_UTF16) or raw.removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"<"):
        return camt053.read(raw)
    return mt940.read(decoded(raw))
