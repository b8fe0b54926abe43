"""ID tokens of any shape, a fixed number of them; `make fuzz` goes on with others."""

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.id_tokens import GOOD, SIGNERS, Judge, Shape, search

IN_ORDER = Shape({}, frozenset(), {}, SIGNERS[0], False, 0)
EXAMPLES = 150


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Judge:
    return Judge(tmp_path_factory.mktemp("tokens"))


def test_the_token_that_others_are_made_from_is_read(judge: Judge) -> None:
    for is_sealed in (False, True):
        token = judge.written(dataclasses.replace(IN_ORDER, is_sealed=is_sealed))
        assert judge.read(token, is_sealed=is_sealed) == GOOD


def test_a_token_that_was_read_wrongly_would_be_found(judge: Judge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.fuzz.id_tokens.RULES", ())
    with pytest.raises((AssertionError, KeyError)):
        judge.try_shape(dataclasses.replace(IN_ORDER, claims={"nonce": "another"}))


@pytest.mark.clause("O1", "O2", "O3", "O4", "O5", "O8", "O11", "O15")
def test_a_token_of_any_shape_is_refused_or_the_providers_for_this_login(judge: Judge) -> None:
    search(judge, EXAMPLES, start=0)


@pytest.mark.clause("O4", "O6")
@settings(max_examples=EXAMPLES, derandomize=True, database=None, deadline=None)
@given(text=st.text(max_size=60) | st.lists(st.text("eyJhbGciOiJub25lIn0_-=", max_size=20), max_size=6).map(".".join))
def test_text_of_any_kind_is_no_token(judge: Judge, text: str) -> None:
    for is_sealed in (False, True):
        assert judge.read(text, is_sealed=is_sealed) is None


@pytest.mark.clause("O6")
def test_claims_without_end_are_refused_and_deep_ones_are_no_trouble(judge: Judge) -> None:
    deep: object = {}
    for _ in range(400):
        deep = [deep]
    for is_sealed in (False, True):
        for claims in ({"bsn": "9" * 20_000}, {"acr": deep}, {"aud": deep}):
            shape = dataclasses.replace(IN_ORDER, claims=claims, is_sealed=is_sealed)
            assert judge.read(judge.written(shape), is_sealed=is_sealed) is None
