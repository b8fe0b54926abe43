"""Flow handles in URLs."""

import pytest

from runtime.handles import Handle, Handles

HANDLE = Handle(
    "f" * 32, "urn:nl-eid-gdi:1.0:DV:00000099000000010000:entities:9001", "5d1b5b8e-0000-4000-8000-000000000001"
)


def test_a_handle_tells_where_a_flow_began_without_any_store() -> None:
    handles = Handles(b"k" * 32)
    assert handles.read(handles.write(HANDLE)) == HANDLE


@pytest.mark.parametrize("changed", ["", ".", "a", "a.b", "é.é", "e30.AAAA"])
def test_a_handle_that_nobody_here_wrote_reads_as_none(changed: str) -> None:
    assert Handles(b"k" * 32).read(changed) is None


def test_a_handle_with_one_character_changed_reads_as_none() -> None:
    handles = Handles(b"k" * 32)
    text = handles.write(HANDLE)
    for place in range(0, len(text), 7):
        other = "A" if text[place] != "A" else "B"
        assert handles.read(text[:place] + other + text[place + 1 :]) is None


def test_a_handle_of_another_gateway_reads_as_none() -> None:
    assert Handles(b"k" * 32).read(Handles(b"l" * 32).write(HANDLE)) is None
