"""E-mails of customers: draft cases, codes that are compared and forgotten, names that do no harm."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telekarta.adapters.mail_formats.messages import read_mail
from telekarta.domain.brands import Brand
from telekarta.domain.cards.card import Ref
from telekarta.domain.cards.codes import puk_digest, white_phone_pin_digest
from telekarta.domain.cards.issuing import issue
from telekarta.domain.mail.incoming import Attachment, Mail, codes_in
from telekarta.usecases.mail.incoming import InboxDeps, safe_name, take_mail
from telekarta.usecases.ports import StoreUnavailable
from tests.kit.memory_store import MemoryStore, When

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

    def gets(
        self,
        text: str = APPLICATION,
        *attachments: Attachment,
        message_id: str = "<1@x>",
        received_at: datetime | None = None,
    ) -> str:
        mail = Mail(message_id, "jan@example.pl", "Zwrot", text, attachments, received_at=received_at)
        return take_mail(InboxDeps(self.store, self, self, self), mail)

    def fact(self, case: str, name: str) -> str | int:
        return self.store.found[case].facts[name]

    def words(self, case: str) -> str:
        return self.kept[f"{self.fact(case, 'documents')}/message.txt"].decode()


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


@pytest.mark.rule("WP §7.10")
@pytest.mark.parametrize(
    ("received_at", "day", "said"),
    [
        (None, "2026-11-21", "Received: 2026-11-21, 13:00 in Warsaw\n"),
        # Past midnight in Warsaw it is the next day, whatever UTC says.
        (datetime(2026, 11, 19, 23, 30, tzinfo=UTC), "2026-11-20", "Received: 2026-11-20, 00:30 in Warsaw\n"),
        (datetime(2026, 7, 1, 21, 59, tzinfo=UTC), "2026-07-01", "Received: 2026-07-01, 23:59 in Warsaw\n"),
        # Nothing came later than it was taken.
        (NOW + timedelta(days=2), "2026-11-21", "Received: 2026-11-21, 13:00 in Warsaw\n"),
    ],
)
def test_a_mail_counts_from_when_it_came_and_not_from_when_it_was_taken(
    office: Office, received_at: datetime | None, day: str, said: str
) -> None:
    case = office.gets(received_at=received_at)
    assert office.fact(case, "received_on") == day
    assert said in office.words(case)


@pytest.mark.rule("WP §7.3.5", "WP §9.1")
def test_the_account_and_the_days_in_a_mail_are_kept_and_its_codes_are_not(office: Office) -> None:
    told = "konto PL61 1090 1014 0000 0712 1981 2874, doładowanie 2026-11-02"
    case = office.gets(
        f"Karta 123456, PIN {PIN[:4]} {PIN[4:]}, {told}", Attachment("a", "text/plain", told.encode())
    )
    assert f"PIN **** ****, {told}" in office.words(case)
    assert office.kept[f"{office.fact(case, 'documents')}/1-attachment.txt"].decode() == told
    assert office.fact(case, "codes") == "right"


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
        ("karta 123456, doładowanie 2026-11-02 i 3.11.2026", "none"),
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


BY_SES = "Received: from mail.example.pl ([192.0.2.7])\r\n by inbound-smtp.eu-central-1.amazonaws.com"
BY_OTHERS = "Received: from laptop by mail.example.pl; Fri, 20 Nov 2026 10:00:00 +0000"


@pytest.mark.rule("WP §7.10")
@pytest.mark.parametrize(
    ("head", "received_at"),
    [
        (f"{BY_SES} with SMTP id x;\r\n Sat, 21 Nov 2026 10:24:05 +0000 (UTC)\r\n{BY_OTHERS}", (21, 10)),
        (f"{BY_SES}; Sat, 21 Nov 2026 12:24:05 +0100", (21, 11)),
        (f"{BY_SES}; Sat, 21 Nov 2026 10:24:05 -0000", (21, 10)),
        # Whoever sent it may have written this one: it is below another.
        (f"{BY_OTHERS}\r\n{BY_SES}; Sat, 21 Nov 2026 10:24:05 +0000", None),
        (f"{BY_SES}; yesterday", None),
        (BY_SES, None),
        ("Date: Sat, 21 Nov 2026 10:24:05 +0000", None),
    ],
)
def test_when_a_message_came_only_ses_can_say(head: str, received_at: tuple[int, int] | None) -> None:
    found = read_mail(f"{head}\r\nMessage-ID: <1>\r\n\r\nx".encode()).received_at
    assert (found and (found.astimezone(UTC).day, found.astimezone(UTC).hour)) == received_at


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
