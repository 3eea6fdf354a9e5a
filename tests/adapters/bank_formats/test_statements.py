"""Statement files as banks deliver them: read to the grosz, or refused by name."""

import random
import re
from datetime import date

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from local.processes import ROOT
from telekarta.adapters import bank_formats as statements
from telekarta.adapters.bank_formats import read_statements
from telekarta.domain.bank.statements import NoStatement, StatementDoubt, UnreadableStatement
from telekarta.domain.bank.titles import match_title

UNEVEN_BATCH = StatementDoubt.BATCH_DOES_NOT_ADD_UP
FILES = ROOT / "tests/data" / "statements"
ALL_FILES = sorted(path for path in FILES.iterdir() if path.suffix in {".sta", ".xml"})

OURS = "75109000046599000000001010"
ANNA, JAN, EWA = "75102055610000008200012345", "27114020040000300201355387", "49124044160111001083941985"
ZOFIA, PIOTR, MARIA = (
    "88105014451000009071234567",
    "39160014620000001840123456",
    "30116022020000000060838858",
)
MBANK_PLN = "46114010100000579009004001"
PEKAO_TITLE = "KARTA TELEFONICZNA DLA TATY NR 234-567"
BATCH_TITLE = "Telegrosik 1234567890 doładowanie karty dla Eli"

# file: for each statement (account, number, currency, opening, closing, problems,
#       entries of (day, grosze, title, sender, sender's account, what behind the account names it))
EXPECTED = {
    "pko_tilde_cp1250.sta": [
        ("44102055581111110000000017", "231", "PLN", 120050, 126800, (), [
            ("2026-11-20", 5000, "Doładowanie karty White Phone nr 123456",
             "ANNA WIŚNIEWSKA UL. ŁĄCZNA 12/3, 00-950 WARSZAWA", ANNA, "6460500500000513/5000"),
            ("2026-11-20", 2000, "dla syna, karta 654 321", "ZOFIA ŻÓŁĆ", ZOFIA, "6460500500000514/2000"),
            ("2026-11-20", -250, "OPŁATA ZA PRZELEW", "PKO BP S.A.", "44102055581111110000000017",
             "6460500500000515/-250"),
        ]),
    ],
    "pekao_caret_cp852.sta": [
        ("12124010371111001045285562", "00231", "PLN", 10000, 16000, (), [
            ("2026-11-20", 3000, PEKAO_TITLE, "EWA GÓRSKA", EWA, "~"),
            ("2026-11-20", 3000, PEKAO_TITLE, "EWA GÓRSKA", EWA, "~/2"),
        ]),
    ],
    "ing_less_than_utf8.sta": [
        ("91105000861000002300000001", "118", "PLN", 0, 3500, (), [
            ("2026-11-20", 2500, "Telegrosik 1234567890 Ela", "ELŻBIETA MAŁA UL. POLNA 7", JAN, "~"),
            ("2026-11-20", 1000, "seria 98765 43210", "JAN NOWAK", JAN, "~"),
        ]),
    ],
    "mbank_named_iso8859-2.sta": [
        (MBANK_PLN, "231/1", "PLN", 50025, 51527, (), [
            ("2026-11-20", 2414, "DOŁADOWANIE WP 345678 W DNIU 20.11.2026",
             "MARIA ŚLIWA UL. KWIATOWA 3 96-300 ŚWINOUJŚCIE", MARIA, "EL002363000001/2414"),
            ("2026-11-20", -662, "843 OPŁATA POCZTOWA: NORM; TNR: 145411008025459.000001", "", None,
             "BR07296102000003/-662"),
            ("2026-11-20", -250, "839 OPŁATA ZA PRZEKAZ POCZTOWY; TNR: 145411008025459.000002", "", None,
             "BR07296102000003/-250"),
        ]),
        ("89114010100000579009004003", "231/1", "EUR", -1294, 227, (), [
            ("2026-11-20", 1521, "KARTA 123456", "KLIENT TESTOWY SP. Z O.O.", MBANK_PLN,
             "BR07296102000021/1521"),
        ]),
    ],
    "bnp_plus_cp1250.sta": [
        ("26160011270002000000001010", "00231/00001", "PLN", 0, 10550, (), [
            # The sender's own "+20" is no subfield.
            ("2026-11-20", 10000, "za kartę+20zł gratis nr 456789", "PIOTR ŁOŚ UL. DŁUGA 4", PIOTR,
             "BNP26111900077/10000"),
            ("2026-11-20", 550, "456789", "PIOTR ŁOŚ", PIOTR, "BNP26111900078/550"),
        ]),
    ],
    "santander_envelope_utf8_bom.sta": [
        (OURS, "231/1", "PLN", 100000, 111500, (), [
            ("2026-11-20", 5000, "karta 123456", "ANNA WISNIEWSKA", ANNA, "WBK2611200000041/5000"),
            ("2026-11-20", 5000, "karta 123456", "ANNA WISNIEWSKA", ANNA, "WBK2611200000042/5000"),
            ("2026-11-20", 1500, "Dla Pawła, 12 34 56 lub 654321", "JAN NOWAK", JAN, "~"),
        ]),
    ],
    "santander_week_cp1250.sta": [
        (OURS, "47/1", "PLN", 99000, 111500, (), [
            ("2026-11-19", 1000, "doladowanie 777888", "ZOFIA ZOLC", ZOFIA, "WBK2611190000007/1000"),
            ("2026-11-20", 5000, "karta 123456", "ANNA WISNIEWSKA", ANNA, "WBK2611200000041/5000"),
            ("2026-11-20", 5000, "karta 123456", "ANNA WISNIEWSKA", ANNA, "WBK2611200000042/5000"),
            ("2026-11-20", 1500, "Dla Pawła, 12 34 56 lub 654321", "JAN NOWAK", JAN, "~"),
        ]),
    ],
    "santander_camt_v02.xml": [
        (OURS, "231", "PLN", 100000, 111500, (), [
            ("2026-11-20", 5000, "karta 123456", "ANNA WIŚNIEWSKA", ANNA, "WBK2611200000041/5000"),
            ("2026-11-20", 5000, "karta 123456", "ANNA WIŚNIEWSKA", ANNA, "WBK2611200000042/5000"),
            ("2026-11-20", 1500, "Dla Pawła, 12 34 56 lub 654321", "NOWAK JAN", JAN, "~"),
        ]),
    ],
    "millennium_plain_text.sta": [
        ("64116022020000000000001010", "1/2026", "PLN", 0, 5700, (), [
            ("2026-11-20", 5000, "PRZELEW PRZYCHODZACY KARTA WHITE PHONE 567890 OD BARBARA NOWICKA", "",
             None, "~"),
            ("2026-11-20", 700, "WPLATA GOTOWKI", "", None, "M0099/700"),
        ]),
    ],
    "credit_agricole_reversals.sta": [
        ("64194010760000002000001010", "1/1", "PLN", 30000, 32500, (), [
            ("2027-01-02", 4000, "123456", "ANNA WISNIEWSKA", ANNA, "CA0000000000101/4000"),
            ("2027-01-02", -4000, "123456", "ANNA WISNIEWSKA", ANNA, "CA0000000000101/-4000"),
            ("2026-12-31", 2500, "ZWROT KARTA 654321", "JAN NOWAK", JAN, "CA0000000000099/2500"),
        ]),
    ],
    "bnp_pages_trailing_garbage.sta": [
        ("26160011270002000000001010", "00232/00001", "PLN", 1000, 5000, (), [
            ("2026-11-21", 2000, "111222", "WPŁACAJĄCY", None, "~"),
            ("2026-11-21", 2000, "111222", "WPŁACAJĄCY", None, "~/2"),
        ]),
    ],
    "ing_codewords.sta": [
        ("91105000861000002300000001", "00000", "PLN", 3500, 9500, (), [
            ("2026-11-20", 6000, "TELEGROSIK 1234567890", "ZOFIA ZOLC", ZOFIA, "26112012345678/6000"),
        ]),
    ],
    "ing_camt_v08_batch.xml": [
        ("91105000861000002300000001", "S-8", "PLN", 9500, 15500, (), [
            ("2026-11-20", 3000, BATCH_TITLE, "ELŻBIETA MAŁA", JAN, "ING2026112000000777/3000"),
            ("2026-11-20", 3000, BATCH_TITLE, "ELŻBIETA MAŁA", JAN, "ING2026112000000777/3000/2"),
            ("2026-11-20", 1000, "9876543210", "JAN NOWAK", JAN, "ING2026112000000778/1000"),
            ("2026-11-20", -1000, "STORNO 9876543210", "", None, "ING2026112000000777/-1000"),
        ]),
    ],
    "mbank_camt_v04_eur_cp1250.xml": [
        ("89114010100000579009004003", "EUR-12", "EUR", -227, 4773, (), [
            ("2026-11-20", 5000, "123456", "Łukasz Müller", None, "SEPA2026112000001/5000"),
        ]),
    ],
    "pekao_camt_v02_mislabelled.xml": [
        ("12124010371111001045285562", "ŻÓŁW-1", "PLN", 16000, 23000, (UNEVEN_BATCH,), [
            ("2026-11-21", 7000, "za styczeń 234567 gość 345678", "", None, "~"),
        ]),
    ],
    "does_not_add_up.sta": [
        (OURS, "232/1", "PLN", 111500, 121500, (StatementDoubt.DOES_NOT_ADD_UP,), [
            ("2026-11-21", 5000, "karta 123456", "ANNA WISNIEWSKA", ANNA, "WBK2611210000001/5000"),
        ]),
    ],
    "broken_off.sta": [
        (OURS, "232/1", "PLN", 111500, None, (StatementDoubt.NO_CLOSING_BALANCE,), [
            ("2026-11-21", 5000, "karta 123456", "", None, "WBK2611210000001/5000"),
        ]),
    ],
}  # fmt: skip


def read(name):
    return read_statements((FILES / name).read_bytes())


def summary(each):
    entries = [
        (
            entry.booked_on.isoformat(),
            entry.amount_grosze,
            entry.title,
            entry.sender_name,
            entry.sender_nrb,
            entry.reference.removeprefix(f"{entry.account_nrb}/").replace(entry.fingerprint, ""),
        )
        for entry in each.entries
    ]
    return (
        each.account_nrb,
        each.number,
        each.currency,
        each.opening_grosze,
        each.closing_grosze,
        each.problems,
        entries,
    )


def test_every_file_has_its_expectation():
    assert {path.name for path in ALL_FILES} == EXPECTED.keys()


@pytest.mark.rule("WP §4.1.1", "TG §2.6")
@pytest.mark.parametrize("name", EXPECTED)
def test_a_file_is_read_to_the_grosz_and_the_letter(name):
    assert [summary(each) for each in read(name)] == EXPECTED[name]


def test_a_reversal_and_other_money_top_up_nothing():
    top_ups = {path.name: [e.is_top_up for s in read(path.name) for e in s.entries] for path in ALL_FILES}
    assert top_ups["credit_agricole_reversals.sta"] == [True, False, False]
    assert top_ups["ing_camt_v08_batch.xml"] == [True, True, True, False]
    assert top_ups["mbank_camt_v04_eur_cp1250.xml"] == [False]


def all_references(name):
    return [entry.reference for each in read(name) for entry in each.entries]


def test_the_same_day_in_other_files_and_formats_has_the_same_references():
    day = all_references("santander_envelope_utf8_bom.sta")
    assert all_references("santander_camt_v02.xml") == day
    assert all_references("santander_week_cp1250.sta")[1:] == day


@pytest.mark.parametrize("path", ALL_FILES, ids=lambda path: path.name)
def test_a_file_delivered_twice_or_twice_in_one_has_the_same_references(path):
    raw = path.read_bytes()
    once = [entry.reference for each in read_statements(raw) for entry in each.entries]
    assert [entry.reference for each in read_statements(raw) for entry in each.entries] == once
    assert len(set(once)) == len(once)
    if path.suffix == ".sta":
        twice = [entry.reference for each in read_statements(raw + b"\r\n" + raw) for entry in each.entries]
        assert twice == once + once


@pytest.mark.parametrize("newline", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize("path", ALL_FILES, ids=lambda path: path.name)
def test_line_ends_do_not_matter(path, newline):
    raw = re.sub(b"\r\n|\n", newline, path.read_bytes())
    assert [summary(each) for each in read_statements(raw)] == EXPECTED[path.name]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1250", "iso8859-2", "cp852"])
def test_polish_letters_are_read_in_every_code_page(encoding):
    text = (FILES / "mbank_named_iso8859-2.sta").read_bytes().decode("iso8859-2")
    name = "mbank_named_iso8859-2.sta"
    assert [summary(each) for each in read_statements(text.encode(encoding))] == EXPECTED[name]


def mt940(*entries, opening="C261119PLN0,00", closing="C261120PLN0,00", account=OURS):
    lines = [":20:1", f":25:{account}", ":28C:1", f":60F:{opening}", *entries, f":62F:{closing}", "-"]
    return "\r\n".join(lines).encode()


def camt(entries="", version="02", head="", account=f"<IBAN>PL{OURS}</IBAN>", closing="0.00"):
    balance = (
        "<Bal><Tp><CdOrPrtry><Cd>{}</Cd></CdOrPrtry></Tp><Amt Ccy='PLN'>{}</Amt><CdtDbtInd>CRDT</CdtDbtInd>"
        "<Dt><Dt>2026-11-20</Dt></Dt></Bal>"
    )
    return (
        f"<?xml version='1.0'?>{head}<Document xmlns='urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}'>"
        f"<BkToCstmrStmt><Stmt><Acct><Id>{account}</Id></Acct>{balance.format('OPBD', '0.00')}"
        f"{balance.format('CLBD', closing)}{entries}</Stmt></BkToCstmrStmt></Document>"
    ).encode()


def ntry(amount="1.00", sign="CRDT", day="<BookgDt><Dt>2026-11-20</Dt></BookgDt>", more=""):
    return f"<Ntry><Amt Ccy='PLN'>{amount}</Amt><CdtDbtInd>{sign}</CdtDbtInd>{day}{more}</Ntry>"


@pytest.mark.parametrize("version", [f"{number:02}" for number in range(2, 9)])
def test_every_version_of_camt_053_is_read(version):
    (only,) = read_statements(camt(ntry(), version, closing="1.00"))
    assert (only.problems, only.entries[0].amount_grosze) == ((), 100)


@pytest.mark.parametrize(
    ("written", "grosze"),
    [
        ("1234,56", 123456),
        ("1234,", 123400),
        ("1234", 123400),
        ("0,5", 50),
        ("000007,00", 700),
        ("7.25", 725),
    ],
)
def test_an_amount_is_read_as_it_is_written(written, grosze):
    raw = mt940(f":61:261120C{written}NTRFNONREF", closing=f"C261120PLN{written}")
    (only,) = read_statements(raw)
    assert (only.entries[0].amount_grosze, only.problems) == (grosze, ())


@pytest.mark.parametrize(
    ("line", "day", "grosze"),
    [
        ("2611201119C1,00NTRF", "2026-11-19", 100),
        ("261120C1,00", "2026-11-20", 100),
        ("2701021231C1,00NTRF", "2026-12-31", 100),
        ("2612310102C1,00NTRF", "2027-01-02", 100),
        ("2803010229C1,00NTRF", "2028-02-29", 100),
        ("2611201120CN1,00NTRF", "2026-11-20", 100),
        ("2611201120DN1,00NTRF", "2026-11-20", -100),
        ("2611201120RC1,00NTRF", "2026-11-20", -100),
        ("2611201120RDN1,00NTRF", "2026-11-20", 100),
    ],
)
def test_a_booking_line_is_read_in_all_its_forms(line, day, grosze):
    (only,) = read_statements(mt940(f":61:{line}"))
    (entry,) = only.entries
    assert (entry.booked_on, entry.amount_grosze) == (date.fromisoformat(day), grosze)
    assert entry.is_reversal is line[10:].startswith("R")


@pytest.mark.parametrize(
    ("raw", "reason", "line"),
    [
        (b"", NoStatement.EMPTY, 0),
        (b"\xef\xbb\xbf", NoStatement.NOT_A_STATEMENT, 0),
        (b" \r\n\x1a", NoStatement.EMPTY, 0),
        (b"%PDF-1.7 ...", NoStatement.NOT_A_STATEMENT, 0),
        (b"data;kwota;tytul\r\n2026-11-20;50,00;123456", NoStatement.NOT_A_STATEMENT, 0),
        (b":61:261120C1,00NTRF", NoStatement.NOT_A_STATEMENT, 1),
        (b":20:1\n:60F:C261120PLN0,\n:62F:C261120PLN0,", NoStatement.NO_ACCOUNT, 1),
        (b":20:1\n:25:/\n", NoStatement.NO_ACCOUNT, 2),
        (mt940(opening="C261119PLN"), NoStatement.BAD_BALANCE, 4),
        (mt940(opening="X261119PLN0,00"), NoStatement.BAD_BALANCE, 4),
        (mt940(closing="C261399PLN0,00"), NoStatement.BAD_DATE, 5),
        (mt940(":61:2611C1,00"), NoStatement.BAD_ENTRY, 5),
        (mt940(":61:261120X1,00NTRF"), NoStatement.BAD_ENTRY, 5),
        (mt940(":61:261120C,50NTRF"), NoStatement.BAD_ENTRY, 5),
        (mt940(":61:261120C1,005NTRF"), NoStatement.BAD_AMOUNT, 5),
        (mt940(":61:261320C1,00NTRF"), NoStatement.BAD_DATE, 5),
        (mt940(":61:2611200230C1,00NTRF"), NoStatement.BAD_DATE, 5),
        (mt940(":34F:PLN0,"), NoStatement.NOT_A_STATEMENT, 5),
        (b"<html><body>Zaloguj</body></html>", NoStatement.NOT_A_STATEMENT, 1),
        (camt().replace(b"camt.053", b"camt.052"), NoStatement.NOT_A_STATEMENT, 1),
        (
            b"<Document xmlns='urn:iso:std:iso:20022:tech:xsd:camt.053.001.02'/>",
            NoStatement.NOT_A_STATEMENT,
            0,
        ),
        (camt()[:-20], NoStatement.MALFORMED_XML, 1),
        (
            camt().replace(b"version='1.0'", b"version='1.0' encoding='x-no'"),
            NoStatement.MALFORMED_XML,
            1,
        ),
        (
            camt().replace(b"version='1.0'", b"version='1.0' encoding='idna'"),
            NoStatement.MALFORMED_XML,
            1,
        ),
        (camt(account="<IBAN></IBAN>"), NoStatement.NO_ACCOUNT, 1),
        (camt(ntry(amount="1,00")), NoStatement.BAD_AMOUNT, 1),
        (camt(ntry(amount="-1.00")), NoStatement.BAD_AMOUNT, 1),
        (camt(ntry(amount="1.001")), NoStatement.BAD_AMOUNT, 1),
        (camt(ntry(sign="")), NoStatement.BAD_ENTRY, 1),
        (camt(ntry(day="")), NoStatement.BAD_DATE, 1),
        (camt("\n\n" + ntry(day="<BookgDt><Dt>2026-02-30</Dt></BookgDt>")), NoStatement.BAD_DATE, 3),
    ],
)
def test_what_can_not_be_read_is_named_and_located(raw, reason, line):
    with pytest.raises(UnreadableStatement) as refused:
        read_statements(raw)
    assert (refused.value.reason, refused.value.line) == (reason, line)


@pytest.mark.parametrize(
    "head",
    [
        "<!DOCTYPE Document>",
        "<!DOCTYPE Document SYSTEM 'file:///etc/passwd'>",
        "<!DOCTYPE Document [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;&a;&a;'>]>",
        "<!DOCTYPE Document [<!ENTITY passwords SYSTEM 'file:///etc/passwd'>]>",
        "<!DOCTYPE Document [<!ENTITY % remote SYSTEM 'http://127.0.0.1/x'> %remote;]>",
    ],
)
def test_entities_and_bombs_are_refused(head):
    with pytest.raises(UnreadableStatement) as refused:
        read_statements(camt(ntry(), head=head))
    assert refused.value.reason is NoStatement.FORBIDDEN_XML


def test_endless_nesting_and_endless_files_are_refused(monkeypatch):
    deep = camt("<a>" * 100_000)
    with pytest.raises(UnreadableStatement) as refused:
        read_statements(deep)
    assert refused.value.reason is NoStatement.FORBIDDEN_XML
    monkeypatch.setattr(statements, "LARGEST_FILE_BYTES", 10)
    with pytest.raises(UnreadableStatement) as refused:
        read_statements(deep)
    assert refused.value.reason is NoStatement.TOO_LARGE


def test_a_second_account_without_a_heading_is_never_taken_for_the_first():
    two = mt940(":61:261120C1,00NTRF", closing="C261120PLN1,00").replace(b"-", b"") + mt940(account=ANNA)[7:]
    first, second = read_statements(two)
    assert (first.account_nrb, first.problems) == (OURS, ())
    assert (second.account_nrb, second.entries) == (ANNA, ())


def test_a_booking_that_a_sender_writes_into_a_title_breaks_the_sum():
    forged = mt940(
        ":61:261120C1,00NTRFNONREF", ":86:na urodziny", ":61:261120C300,00NTRFNONREF", ":86:karta 123456",
        closing="C261120PLN1,00",
    )  # fmt: skip
    (only,) = read_statements(forged)
    assert only.problems == (StatementDoubt.DOES_NOT_ADD_UP,)


@pytest.mark.parametrize(
    ("words", "title"),
    [
        ([":86:020?00PRZELEW?20KARTA 123?21456"], "KARTA 123 456"),
        ([":86:020~00B062", "~20KARTA 123456", "~21ÿ", "~32JAN"], "KARTA 123456"),
        ([":86:020^20" + "DOLADOWANIE KARTY NR 123456"[:27] + "^21789"], "DOLADOWANIE KARTY NR 123456789"),
        ([":86:TYTUL KARTA", "123456"], "TYTUL KARTA 123456"),
        ([":86:" + "X" * 62 + "123", "456"], "X" * 62 + "123456"),
        ([":86:karta", ":86:123456"], "karta 123456"),
        ([":86:KARTA TYT.: 123456"], "KARTA TYT.: 123456"),
        ([], ""),
    ],
)
def test_a_title_is_put_together_from_its_pieces(words, title):
    (only,) = read_statements(mt940(":61:261120C1,00NTRFNONREF", *words))
    assert only.entries[0].title == title


RAW_FILES = [path.read_bytes() for path in ALL_FILES]


@settings(max_examples=300)
@given(st.binary(max_size=300) | st.text(max_size=200).map(str.encode))
@example(b":20:1\n:25:1\n:60F:C261120PLN" + b"9" * 5000 + b",00")
@example(b"\xff\xfe<\x00")
def test_no_bytes_break_the_reader(raw):
    try_to_read(raw)


def try_to_read(raw):
    try:
        return read_statements(raw)
    except UnreadableStatement:
        return ()


@settings(max_examples=400)
@given(st.sampled_from(RAW_FILES), st.randoms(use_true_random=False), st.integers(1, 6))
def test_a_damaged_file_is_refused_doubted_or_brings_no_more_than_was_sent(raw, chance: random.Random, blows):
    """Damage to the money in a file breaks its sum, so it is seen, unless the balances changed to match."""
    damaged = bytearray(raw)
    for _ in range(blows):
        at = chance.randrange(len(damaged))
        match chance.randrange(4):
            case 0:
                damaged[at] = chance.randrange(256)
            case 1:
                del damaged[at : at + chance.randrange(1, 40)]
            case 2:
                damaged[at:at] = damaged[at : at + chance.randrange(1, 40)]
            case _:
                damaged[at:at] = bytes([chance.randrange(256)])
    for each in try_to_read(bytes(damaged)):
        references = [entry.reference for entry in each.entries]
        assert len(set(references)) == len(references)
        for entry in each.entries:
            match_title(entry.title)
        if not each.problems:
            moved_grosze = sum(entry.amount_grosze for entry in each.entries)
            assert each.opening_grosze + moved_grosze == each.closing_grosze


@settings(max_examples=200)
@given(st.sampled_from([path for path in ALL_FILES if path.suffix == ".sta"]), st.data())
def test_one_changed_digit_of_a_booking_is_always_seen(path, data):
    """What `:61:` lines bring can't be changed alone without the statement saying so."""
    raw = path.read_bytes()
    amounts = list(re.finditer(rb":61:[0-9]{6,10}R?[CD][A-Z]?([0-9]+,[0-9]*)", raw))
    amount = data.draw(st.sampled_from(amounts))
    places = [at for at in range(amount.start(1), amount.end(1)) if raw[at : at + 1] != b","]
    at = data.draw(st.sampled_from(places))
    digit = data.draw(st.sampled_from([each for each in b"0123456789" if each != raw[at]]))
    changed = raw[:at] + bytes([digit]) + raw[at + 1 :]
    assert any(each.problems for each in read_statements(changed))


@given(
    st.lists(st.tuples(st.sampled_from(["C", "D", "RC", "RD"]), st.integers(1, 10**9)), max_size=8),
    st.sampled_from("?<+~^"),
    st.sampled_from(["utf-8", "cp1250", "iso8859-2", "cp852"]),
)
def test_what_is_written_is_read_back(bookings, separator, encoding):
    signs = {"C": 1, "D": -1, "RC": -1, "RD": 1}
    lines, expected = [], []
    for number, (mark, grosze) in enumerate(bookings):
        title = f"żółta karta {number:06}"
        lines.append(f":61:2611201120{mark}{grosze // 100},{grosze % 100:02}NTRFNONREF//B{number}")
        lines.append(f":86:020{separator}00PRZELEW{separator}20{title}{separator}32JAŚ")
        expected.append((signs[mark] * grosze, title, "JAŚ", f"{OURS}/B{number}/{signs[mark] * grosze}"))
    total = sum(grosze for grosze, *_ in expected)
    closing = f"{'D' if total < 0 else 'C'}261120PLN{abs(total) // 100},{abs(total) % 100:02}"
    raw = mt940(*lines, closing=closing).decode().encode(encoding)
    (only,) = read_statements(raw)
    assert only.problems == ()
    assert [(e.amount_grosze, e.title, e.sender_name, e.reference) for e in only.entries] == expected
