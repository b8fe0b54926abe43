"""How logins and answers are kept: nothing twice, no other form read than ours, and what the release before kept."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from pydantic import TypeAdapter

from gateway.interfaces.pending import Pending, read_pending, write_pending
from gateway.login import LOGIN, Login, SealedIdentity
from gateway.stored import Unreadable
from runtime.store_memory import MemoryStore
from stelsel.assurance import LevelOfAssurance
from stelsel.failures import ArtifactUnknown, LoginExpired
from tests.gateway.factories import House
from tests.gateway.test_login import LOGIN as BEGUN
from tests.stelsel.saml.factories import AD, DV, SERVICE

IDENTITY = SealedIdentity(
    acting=(b"<one/>", b"\x00\xff{two}"),
    loa=LevelOfAssurance.SUBSTANTIEEL,
    authority=AD,
    evidence=b"<evidence><one/></evidence>",
    subject="_name",
    copied=(b"",),
)
KNOWN = replace(BEGUN, identity=IDENTITY)
ANSWER = Pending(dv=DV, requester=DV, request_id="_dv", reply="https://dv.test/acs", service=SERVICE, identity=IDENTITY)


def _as_the_former_release_kept(login: Login) -> bytes:
    """JSON alone, with bytes in base64."""
    kept = json.loads(TypeAdapter(Login).dump_json(replace(login, identity=None)))
    kept["identity"] = {
        "acting": ["PG9uZS8-", "AP97dHdvfQ=="],
        "loa": int(IDENTITY.loa),
        "authority": {"value": AD.value},
        "evidence": "PGV2aWRlbmNlPjxvbmUvPjwvZXZpZGVuY2U-",
        "subject": "_name",
        "index": None,
        "legal": [],
        "copied": [""],
    }
    return json.dumps(kept).encode()


@pytest.mark.parametrize("login", [BEGUN, KNOWN], ids=["begun", "known"])
def test_a_login_comes_back_as_it_was(login: Login) -> None:
    assert LOGIN.load(LOGIN.dump(login)) == login


def test_an_answer_comes_back_as_it_was() -> None:
    assert read_pending(write_pending(ANSWER)) == ANSWER


def test_what_is_passed_on_costs_next_to_nothing_beside_the_evidence_that_it_was_cut_out_of() -> None:
    evidence = bytes(range(33, 127)) * 40
    alone = replace(IDENTITY, evidence=evidence, acting=())
    twice = replace(alone, acting=(evidence[500:2500],))
    assert len(LOGIN.dump(replace(BEGUN, identity=twice))) < len(LOGIN.dump(replace(BEGUN, identity=alone))) + 100


def test_a_login_that_the_former_release_kept_goes_on() -> None:
    assert LOGIN.load(_as_the_former_release_kept(KNOWN)) == KNOWN


def _cut(stored: bytes) -> bytes:
    return stored[:-3]


def _lengthened(stored: bytes) -> bytes:
    return stored + b"x"


def _of_a_later_version(stored: bytes) -> bytes:
    return b"\x03" + stored[1:]


def _with_a_head_that_is_too_long(stored: bytes) -> bytes:
    return stored[:1] + (2**31).to_bytes(4) + stored[5:]


def _with_another_pack(stored: bytes) -> bytes:
    end = 5 + int.from_bytes(stored[1:5])
    return stored[:end]


@pytest.mark.parametrize(
    "spoil", [_cut, _lengthened, _of_a_later_version, _with_a_head_that_is_too_long, _with_another_pack]
)
def test_any_other_form_is_read_as_nothing_at_all(spoil: Callable[[bytes], bytes]) -> None:
    with pytest.raises(Unreadable):
        LOGIN.load(spoil(LOGIN.dump(KNOWN)))


async def test_a_login_of_a_release_that_is_not_known_has_expired(house: House) -> None:
    url = await house.begin()
    login = await house.login(url)
    assert isinstance(house.party.store, MemoryStore)
    await house.party.store.put(f"login:{login.id}", b"\x03" + LOGIN.dump(login)[1:], 60)
    with pytest.raises(LoginExpired):
        await house.login(url)


@pytest.mark.parametrize("text", ["", "no base64!", "AwAA", '{"dv": 1}'])
def test_an_artifact_of_a_release_that_is_not_known_stands_for_nothing(text: str) -> None:
    with pytest.raises(ArtifactUnknown):
        read_pending(text)
