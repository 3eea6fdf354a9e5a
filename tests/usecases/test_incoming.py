"""E-mails of customers: draft cases, codes that are compared and forgotten, names that do no harm."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telekarta.adapters.mail_reader import read_mail
from telekarta.domain.brands import Brand
from telekarta.domain.cards import Ref
from telekarta.domain.codes import puk_digest, white_phone_pin_digest
from telekarta.domain.incoming_mail import Attachment, Mail, codes_in
from telekarta.domain.issuing import issue
from telekarta.usecases.incoming import InboxDeps, safe_name, take_mail
from telekarta.usecases.ports import StoreUnavailable
from tests.memory_store import MemoryStore, When

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
CARD = Ref.card(Brand.WHITE_PHONE, "123456")
PEPPER, PIN, PUK = b"grains", "40271950", "11223344"
APPLICATION = f"Proszę o zwrot 50 zł z karty 123456. PIN {PIN}. Dzwoniłem 12.11.2026. Jan"


@dataclass
class Office:
    store: MemoryStore = field(default_factory=MemoryStore)
    kept: dict[str, bytes] = field(default_factory=dict)
    moment: datetime = NOW

    def __post_init__(self) -> None:
        digest = white_phone_pin_digest(PEPPER, CARD.number, PIN)
        assert self.store.issue(*issue(CARD, 2000, digest, "A", None, NOW))

    def now(self) -> datetime:
        return self.moment

    def pepper(self) -> bytes:
        return PEPPER

    def put(self, key: str, content: bytes, content_type: str) -> None:
        self.kept[key] = content

    def gets(self, text: str = APPLICATION, *attachments: Attachment, message_id: str = "<1@x>") -> str:
        mail = Mail(message_id, "jan@example.pl", "Zwrot", text, attachments)
        return take_mail(InboxDeps(self.store, self, self, self), mail)

    def fact(self, case: str, name: str) -> str | int:
        return self.store.found[case].facts[name]


@pytest.fixture
def office() -> Office:
    return Office()


@pytest.mark.rule("WP §7.2.1", "WP §8.1")
def test_a_mail_is_a_case_with_its_words_and_attachments(office: Office) -> None:
    case = office.gets(APPLICATION, Attachment("potwierdzenie.pdf", "application/pdf", b"%PDF"))
    assert office.store.found[case].subject == str(CARD)
    folder = str(office.fact(case, "documents"))
    assert office.kept[f"{folder}/1-potwierdzenie.pdf"] == b"%PDF"
    assert "Proszę o zwrot 50 zł" in office.kept[f"{folder}/message.txt"].decode()


@pytest.mark.rule("WP §7.3.2", "WP §9.1")
def test_a_right_pin_is_known_and_kept_nowhere(office: Office) -> None:
    case = office.gets(APPLICATION, Attachment("dane.txt", "text/plain", f"PIN: {PIN}".encode()))
    assert office.fact(case, "codes") == "right"
    everything = repr(office.store.found) + repr(office.kept)
    assert PIN not in everything
    assert "********" in everything


def test_a_card_with_a_puk_wants_both(office: Office) -> None:
    office.store.propose_puk(CARD, puk_digest(PEPPER, CARD.number, PUK))
    assert office.store.confirm_puk(CARD, puk_digest(PEPPER, CARD.number, PUK))
    assert office.fact(office.gets(message_id="<1>"), "codes") == "wrong"
    assert office.fact(office.gets(f"{APPLICATION} PUK 1122-3344", message_id="<2>"), "codes") == "right"


def test_a_wrong_pin_counts_as_a_wrong_try_once(office: Office) -> None:
    wrong = APPLICATION.replace(PIN, "99999999")
    for _ in range(2):
        case = office.gets(wrong)
        assert office.fact(case, "codes") == "wrong"
    assert office.store.cards[CARD].pin_tries.count == 1


def test_who_guesses_by_mail_is_slowed_down_as_by_telephone(office: Office) -> None:
    for number in range(4):
        office.gets(APPLICATION.replace(PIN, f"9999999{number}"), message_id=f"<{number}>")
    assert office.fact(office.gets(message_id="<right>"), "codes") == "not_checked"
    office.moment += timedelta(hours=1)
    assert office.fact(office.gets(message_id="<later>"), "codes") == "right"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Dzień dobry, kiedy będzie działać?", "none"),
        ("karta 123456", "none"),
        (f"karta 999999, PIN {PIN}", "wrong"),
        (f"karty 123456 i 654321, PIN {PIN}", "none"),
        (f"karta 123456: {PIN} 11112222 33334444", "none"),
        (f"karta 123456 PIN {PIN[:4]} {PIN[4:]}", "right"),
    ],
)
def test_codes_are_read_only_where_it_is_clear_whose_they_are(office: Office, text: str, told: str) -> None:
    assert office.fact(office.gets(text), "codes") == told


def test_a_mail_that_comes_twice_is_one_case(office: Office) -> None:
    assert office.gets() == office.gets()
    assert len(office.store.found) == 1


def test_a_store_that_fails_leaves_it_to_the_next_telling(office: Office) -> None:
    def fails(when: When, operation: str) -> None:
        if (when, operation) == (When.BEFORE, "open_case"):
            raise StoreUnavailable(operation)

    office.store.faults = fails
    with pytest.raises(StoreUnavailable):
        office.gets()
    office.store.faults = lambda *_: None
    assert office.gets() in office.store.found


# ---------------------------------------------------------------- reading


RAW = (
    "From: =?utf-8?q?Jan_Kowalski?= <jan@example.pl>\r\n"
    "Subject: =?iso-8859-2?q?Zwrot_=B6rodk=F3w?=\r\nMessage-ID: <7@example.pl>\r\n"
    'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
    "--b\r\nContent-Type: text/html; charset=windows-1250\r\n"
    "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    "<style>p{}</style><p>Prosz=EA o zwrot</p><script>x</script>\r\n"
    "--b\r\nContent-Type: image/jpeg\r\nContent-Disposition: attachment;"
    ' filename="../../zdj\u0119cie.jpg"\r\nContent-Transfer-Encoding: base64\r\n\r\n/9j/\r\n--b--\r\n'
).encode()


def test_a_message_is_read_as_its_writer_meant_it() -> None:
    mail = read_mail(RAW)
    assert (mail.subject, mail.message_id) == ("Zwrot środków", "<7@example.pl>")
    assert mail.text.strip() == "Proszę o zwrot"
    (photo,) = mail.attachments
    assert photo.content == b"\xff\xd8\xff"
    assert safe_name(photo).endswith(".jpg")
    assert "/" not in safe_name(photo)
    assert not mail.is_automatic


@pytest.mark.parametrize("header", ["Auto-Submitted: auto-replied", "Precedence: bulk", "Return-Path: <>"])
def test_an_automatic_message_is_marked(header: str) -> None:
    assert read_mail(f"{header}\r\nMessage-ID: <1>\r\n\r\nNie ma mnie".encode()).is_automatic


@pytest.mark.parametrize(
    "raw", [b"", b"\x00\xff\xfe", b"Subject: x", b"Content-Type: multipart/mixed\r\n\r\n--"]
)
def test_nonsense_is_a_mail_without_words(raw: bytes) -> None:
    mail = read_mail(raw)
    assert mail.message_id
    assert read_mail(raw) == mail


@given(st.binary(max_size=400), st.sampled_from(["text/plain", "text/html", "multipart/mixed; boundary=b"]))
def test_no_bytes_break_the_reader(raw: bytes, content_type: str) -> None:
    mail = read_mail(f"Content-Type: {content_type}; charset=utf-7\r\n\r\n--b\r\n".encode() + raw)
    codes_in(mail)
    assert mail.cleaned


@given(st.text(), st.sampled_from(["application/pdf", "text/html", "x/y"]))
def test_a_name_does_no_harm(name: str, content_type: str) -> None:
    plain = safe_name(Attachment(name, content_type, b""))
    assert plain.isascii()
    assert not set(plain) & set("/\\<>\"' \n")
    assert plain[0] not in ".-"
