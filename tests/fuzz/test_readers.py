"""Readers of what strangers send, fed a fixed number of broken messages; `make fuzz` goes on with others."""

from collections.abc import Mapping

import pytest

from tests.fuzz.readers import Reader, meaning, readers, try_reader

MUTANTS = 300
COSTLY = {"bsnk_identity": 60, "bsnk_pseudonym": 60}  # tens of milliseconds each
# A broken certificate may have a serial number below zero: today a warning, an error of its reader later.
pytestmark = pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")
NAMES = [
    "artifact",
    "artifact_resolve",
    "artifact_response",
    "assertion",
    "authn_request",
    "bsnk_identity",
    "bsnk_pseudonym",
    "bvd_request",
    "cookie",
    "form",
    "form_fields",
    "handle",
    "logout_form",
    "logout_query",
    "logout_request",
    "logout_response",
    "media_type",
    "provider",
    "redirect",
    "response",
    "router",
]


@pytest.fixture(scope="module")
def all_readers(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Reader]:
    return readers(tmp_path_factory.mktemp("fuzz"))


def test_every_reader_is_tried(all_readers: Mapping[str, Reader]) -> None:
    assert sorted(all_readers) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_the_messages_it_begins_with_are_read(name: str, all_readers: Mapping[str, Reader]) -> None:
    reader = all_readers[name]
    assert [meaning(reader.read(message)) is not None for message in reader.genuine] == [True] * len(reader.genuine)


def test_what_a_sender_signs_anew_is_read(all_readers: Mapping[str, Reader]) -> None:
    for reader in all_readers.values():
        if reader.sign is not None:
            assert meaning(reader.read(reader.sign(reader.genuine[0]))) == meaning(reader.read(reader.genuine[0]))


def test_a_message_that_says_something_else_would_be_found(all_readers: Mapping[str, Reader]) -> None:
    two = all_readers["authn_request"]
    assert meaning(two.read(two.genuine[0])) != meaning(two.read(two.genuine[1]))


@pytest.mark.clause("S9")
@pytest.mark.parametrize("name", NAMES)
def test_a_reader_refuses_or_reads_what_was_signed(name: str, all_readers: Mapping[str, Reader]) -> None:
    finds = [find for seed in range(COSTLY.get(name, MUTANTS)) if (find := try_reader(name, all_readers[name], seed))]
    assert [(find.seed, find.what) for find in finds] == []
