"""Flow handles in URLs."""

import pytest

from runtime.handles import Handle, Handles

HANDLE = Handle("0f" * 16, "5d1b5b8e-0000-4000-8000-000000000001")


@pytest.mark.parametrize("service", [HANDLE.service, HANDLE.service.upper(), "375b1cb114b7-12e9-3534-16cc-4d8997b0"])
def test_a_handle_tells_where_a_flow_began_without_any_store(service: str) -> None:
    handles = Handles(b"k" * 32)
    handle = Handle(HANDLE.flow, service)
    assert handles.read(handles.write(handle)) == handle


@pytest.mark.clause("DV-REQ-25")
def test_a_handle_fits_in_relay_state() -> None:
    assert len(Handles(b"k" * 32).write(HANDLE).encode()) <= 80


@pytest.mark.parametrize("changed", ["", ".", "a", "a.b", "é.é", "e30.AAAA", "AAAA" * 15])
def test_a_handle_that_nobody_here_wrote_reads_as_none(changed: str) -> None:
    assert Handles(b"k" * 32).read(changed) is None


def test_a_handle_with_one_character_changed_reads_as_none() -> None:
    handles = Handles(b"k" * 32)
    text = handles.write(HANDLE)
    for place in range(len(text)):
        other = "A" if text[place] != "A" else "B"
        assert handles.read(text[:place] + other + text[place + 1 :]) is None


def test_a_handle_of_another_gateway_reads_as_none() -> None:
    assert Handles(b"k" * 32).read(Handles(b"l" * 32).write(HANDLE)) is None


def test_every_flow_has_a_handle_of_its_own() -> None:
    handles = Handles(b"k" * 32)
    assert handles.new(HANDLE.service) != handles.new(HANDLE.service)


def test_what_was_read_once_reads_the_same_again_and_so_does_what_is_not_ours() -> None:
    handles = Handles(b"k" * 32)
    ours, theirs = handles.write(handles.new("here")), Handles(b"x" * 32).write(handles.new("here"))
    long = handles.write(handles.new("x" * 300))
    for _ in range(2):
        for text in (ours, long):
            read = handles.read(text)
            assert read is not None
            assert handles.write(read) == text
        assert handles.read(theirs) is None
        assert handles.read(theirs * 10) is None
