"""Rows of one file about the same person become one; a stop on any copy holds for all."""

from hypothesis import given
from hypothesis import strategies as st

from engine.leadfile import read
from engine.leadfile.duplicates import merge_duplicates
from engine.leadfile.row import Row


def test_the_same_email_is_the_same_person() -> None:
    leadfile = read(b"Email,Name,Company\nAnn@Acme.test,Ann,\nann@acme.test,,Acme\n")

    (row,) = leadfile.rows
    assert (row.email, row.first_name, row.company) == ("ann@acme.test", "Ann", "Acme")
    assert [error.line for error in leadfile.errors] == [3]
    assert "line 2" in leadfile.errors[0].problem


def test_the_same_number_is_the_same_person_unless_email_and_name_differ() -> None:
    leadfile = read(
        b"Email,Phone,Name\nann@acme.test,+12015550123,Ann\n,(201) 555-0123,Ann\nbob@acme.test,+12015550123,Bob\n",
        country="US",
    )

    assert [row.email for row in leadfile.rows] == ["ann@acme.test", "bob@acme.test"]
    assert [error.line for error in leadfile.errors] == [3, 4]


def test_a_stop_on_any_copy_holds_for_all() -> None:
    before = read(b"Email,Unsubscribed\nann@acme.test,yes\nann@acme.test,no\n").rows
    after = read(b"Email,Unsubscribed\nann@acme.test,no\nann@acme.test,yes\n").rows

    assert [row.suppress_email for row in (*before, *after)] == [True, True]


def test_a_stop_on_a_shared_line_holds_for_everybody_on_it() -> None:
    leadfile = read(
        b"Email,Phone,Name,Do not call,Unsubscribed\n"
        b"ann@acme.test,+12015550123,Ann,,\nbob@acme.test,+12015550123,Bob,yes,yes\n"
    )

    assert [row.suppress_voice for row in leadfile.rows] == [True, True]
    assert [row.suppress_email for row in leadfile.rows] == [False, True]


def test_nothing_known_of_a_person_is_lost() -> None:
    (row,) = read(
        b"Email,Phone,Notes,Tags\nann@acme.test,+12015550123,likes tea,a\nann@acme.test,+12015550124,called,b\n"
    ).rows

    assert (row.phone_e164, row.other_phones) == ("+12015550123", ("+12015550124",))
    assert (row.notes, row.tags) == ("likes tea\ncalled", ("a", "b"))


EMAILS = st.sampled_from([None, "a@acme.test", "b@acme.test", "c@acme.test"])
PHONES = st.sampled_from([None, "+12015550121", "+12015550122", "+12015550123"])
ROWS = st.lists(
    st.builds(
        Row,
        line=st.integers(2, 99),
        email=EMAILS,
        phone_e164=PHONES,
        first_name=st.sampled_from([None, "Ann", "Bob"]),
        suppress_email=st.booleans(),
        suppress_sms=st.booleans(),
        suppress_voice=st.booleans(),
    ).filter(lambda row: row.email is not None or row.phone_e164 is not None)
)


@given(ROWS)
def test_no_address_and_no_stop_is_ever_lost(rows: list[Row]) -> None:
    kept, errors = merge_duplicates(rows)

    emails = [address for row in kept for address in (row.email, *row.other_emails) if address]
    phones = {address for row in kept for address in (row.phone_e164, *row.other_phones) if address}
    assert {row.email for row in rows if row.email} == set(emails)
    assert {row.phone_e164 for row in rows if row.phone_e164} == phones
    assert len([row for row in kept if row.email]) == len({row.email for row in kept if row.email})
    for row in rows:
        assert not row.suppress_email or all(one.suppress_email for one in kept if row.email and one.email == row.email)
        holders = [one for one in kept if row.phone_e164 and one.phone_e164 == row.phone_e164]
        assert not row.suppress_sms or all(one.suppress_sms for one in holders)
        assert not row.suppress_voice or all(one.suppress_voice for one in holders)
    assert len(rows) <= len(kept) + len(errors)
