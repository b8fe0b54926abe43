"""Sealing: who has the value but not the key, or not the place, has nothing."""

import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.sealing import SealBroken, Sealer
from stelsel.failures import Misconfigured

SEALER = Sealer(bytes(range(32)))


@given(value=st.binary(max_size=2_000), about=st.binary(max_size=50))
def test_what_was_sealed_opens_where_it_was_put(value: bytes, about: bytes) -> None:
    assert SEALER.open(SEALER.seal(value, about), about) == value


@given(position=st.integers(min_value=0), change=st.integers(min_value=1, max_value=255))
def test_no_byte_can_be_changed(position: int, change: int) -> None:
    sealed = bytearray(SEALER.seal(b"anna", b"login:1"))
    sealed[position % len(sealed)] ^= change
    with pytest.raises(SealBroken):
        SEALER.open(bytes(sealed), b"login:1")


@given(length=st.integers(min_value=0, max_value=52))
def test_nothing_can_be_cut_off(length: int) -> None:
    sealed = SEALER.seal(b"anna", b"login:1")
    with pytest.raises(SealBroken):
        SEALER.open(sealed[:length], b"login:1")


def test_a_value_that_was_moved_does_not_open() -> None:
    with pytest.raises(SealBroken, match="moved"):
        SEALER.open(SEALER.seal(b"anna", b"login:1"), b"login:2")


def test_the_same_value_is_sealed_differently_each_time() -> None:
    assert SEALER.seal(b"anna", b"") != SEALER.seal(b"anna", b"")


def test_a_new_key_seals_and_an_old_one_still_opens() -> None:
    old, new = secrets.token_bytes(32), secrets.token_bytes(32)
    sealed = Sealer(old).seal(b"anna", b"1")
    both = Sealer(new, old)
    assert both.open(sealed, b"1") == b"anna"
    assert Sealer(new).open(both.seal(b"bram", b"1"), b"1") == b"bram"
    with pytest.raises(SealBroken, match="key of ours"):
        Sealer(new).open(sealed, b"1")


def test_names_stay_while_the_old_key_is_held() -> None:
    old, new = secrets.token_bytes(32), secrets.token_bytes(32)
    assert Sealer(new, old).digest(b"1") == Sealer(old).digest(b"1") != Sealer(new).digest(b"1")


def test_a_mark_proves_the_text_and_the_key() -> None:
    old, new = secrets.token_bytes(32), secrets.token_bytes(32)
    mark = Sealer(old).mark(b"text")
    assert Sealer(new, old).is_marked(b"text", mark)
    assert not Sealer(new, old).is_marked(b"other", mark)
    assert not Sealer(new).is_marked(b"text", mark)


@pytest.mark.parametrize("length", [0, 16, 31, 33])
def test_a_key_of_another_length_stops_the_start(length: int) -> None:
    with pytest.raises(Misconfigured):
        Sealer(bytes(length))


def test_the_key_is_in_no_repr() -> None:
    assert repr(SEALER) == "Sealer(...)"


def test_two_processes_derive_keys_of_their_own_and_open_what_the_other_sealed() -> None:
    key = secrets.token_bytes(32)
    one, other = Sealer(key), Sealer(key)
    sealed = one.seal(b"value", b"place"), other.seal(b"value", b"place")
    assert sealed[0][5:21] != sealed[1][5:21]
    assert [other.open(sealed[0], b"place"), one.open(sealed[1], b"place")] == [b"value", b"value"]
