"""What proves a fact: agreed keys, nothing that nobody knows, and nothing that a database could not hold."""

from hypothesis import given
from hypothesis import strategies as st

from consent.proof import Proof, proof_from
from engine.flows.draft import Grant

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)


@given(TEXT, TEXT, TEXT)
def test_what_is_kept_can_be_read_again(wording: str, page: str, act: str) -> None:
    proof = Proof(wording=wording, page=page, act=act)

    assert proof_from(proof.to_personal()) == proof


def test_the_wording_stands_there_even_where_it_is_unknown() -> None:
    assert Proof().to_personal() == {"wording": ""}
    assert Proof(ip="192.0.2.1").to_personal() == {"wording": "", "ip": "192.0.2.1"}


def test_what_no_database_holds_is_left_out() -> None:
    assert Proof(wording="a\0b\ud800").to_personal() == {"wording": "ab?"}


def test_of_an_erased_fact_nothing_is_known() -> None:
    assert proof_from({}) == Proof()


def test_a_grant_keeps_its_proof_and_not_what_the_columns_tell() -> None:
    assert Grant(channel="email", basis="express", wording="Yes").to_personal() == {"wording": "Yes"}  # type: ignore[arg-type]
