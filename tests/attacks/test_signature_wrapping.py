"""Signature wrapping: the signed element moved somewhere, a forged one in its place (Somorovsky 2012, XSW1-8, and kin).

Every document here holds a Signature that is genuine and still verifies over the element it names.
"""

from collections.abc import Mapping
from typing import Final

import pytest
from lxml import etree

from stelsel.failures import MessageRefused
from stelsel.saml import artifact, assertion, authn_request, response
from stelsel.saml.bindings import soap_wrap
from tests.attacks.kinds import KINDS, written_anew
from tests.attacks.mutations import DOUBLED, EVIL, POLLUTED_IDS, UNSIGNED, WRAPPING, Mutation
from tests.attacks.victim import believed
from tests.stelsel.saml.factories import (
    AD,
    BVD,
    DV,
    RD,
    a_request,
    a_resolve,
    a_resolved_login,
    a_response,
    an_artifact_response,
    an_assertion,
    key_of,
    keys_of_all,
)

# A Response inside an ArtifactResponse need not be signed (DV-RSP-03): what is around it and in it is.
MAY_BE_UNSIGNED: Final = "Response-in-ArtifactResponse"
# These spoil the digest or the XML itself: careless readers refuse them too.
BELIEVED: Final[Mapping[str, Mutation]] = {
    name: mutation
    for name, mutation in {**WRAPPING, **POLLUTED_IDS, **DOUBLED}.items()
    if name != "ID-written-twice"
    and (mutation not in DOUBLED.values() or "SignedInfo" in name or name == "comment-in-DigestValue")
}


@pytest.mark.parametrize("name", KINDS)
def test_a_message_that_nobody_touched_is_read(name: str) -> None:
    kind = KINDS[name]
    assert kind.meaning(kind.around(kind.genuine))
    assert kind.meaning(written_anew(kind))


@pytest.mark.parametrize("attack", BELIEVED)
def test_a_careless_reader_would_believe_the_forged_one(attack: str) -> None:
    kind = KINDS["Assertion-in-ArtifactResponse"]
    read = believed(kind.attacked(BELIEVED[attack]), kind.tag, kind.key)
    assert any(EVIL.encode() in etree.tostring(element) for element in read)


def test_a_careless_reader_believes_the_genuine_one_and_nobody_elses() -> None:
    kind = KINDS["Assertion"]
    assert believed(kind.genuine, kind.tag, kind.key)
    assert not believed(kind.genuine, kind.tag, key_of(BVD))


@pytest.mark.clause("S1", "GEN-10", "GEN-11")
@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("attack", WRAPPING)
def test_a_wrapped_message_is_refused(name: str, attack: str) -> None:
    kind = KINDS[name]
    document = kind.attacked(WRAPPING[attack])
    with pytest.raises(MessageRefused):
        kind.meaning(document)


@pytest.mark.clause("S2", "GEN-11")
@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("attack", POLLUTED_IDS)
def test_a_message_with_a_polluted_id_is_refused(name: str, attack: str) -> None:
    kind = KINDS[name]
    document = kind.attacked(POLLUTED_IDS[attack])
    with pytest.raises(MessageRefused):
        kind.meaning(document)


@pytest.mark.clause("S6", "GEN-06")
@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("attack", DOUBLED)
def test_a_signature_that_says_two_things_is_refused(name: str, attack: str) -> None:
    kind = KINDS[name]
    document = kind.attacked(DOUBLED[attack])
    with pytest.raises(MessageRefused):
        kind.meaning(document)


@pytest.mark.clause("S15", "GEN-08")
@pytest.mark.parametrize(
    ("name", "attack"),
    [(name, attack) for name in KINDS for attack in UNSIGNED if (name, attack) != (MAY_BE_UNSIGNED, "unsigned")],
)
def test_a_message_that_is_not_signed_in_its_own_place_is_refused(name: str, attack: str) -> None:
    kind = KINDS[name]
    document = kind.attacked(UNSIGNED[attack])
    with pytest.raises(MessageRefused):
        kind.meaning(document)


@pytest.mark.clause("S15", "DV-RSP-03")
def test_an_answer_of_which_only_the_inside_is_signed_is_refused() -> None:
    """Partly signed: the assertion is genuine, and nothing says for which question."""
    genuine = assertion.write(an_assertion(issuer=RD), key_of(RD))
    inner = response.write(a_response(genuine), key_of(RD))
    whole = artifact.write_response(an_artifact_response(inner), key_of(RD))
    start, end = whole.index(b"<ds:Signature"), whole.index(b"</ds:Signature>") + len(b"</ds:Signature>")
    assert artifact.read_artifact_response(soap_wrap(whole), keys_of_all()).assertion is not None

    with pytest.raises(MessageRefused):
        artifact.read_artifact_response(soap_wrap(whole[:start] + whole[end:]), keys_of_all())


@pytest.mark.clause("S1", "S16")
def test_a_genuine_assertion_from_advice_is_no_declaration_of_the_rd() -> None:
    """The AD's assertion is genuine; put in place of the summary it would skip everything the RD decided."""
    login = artifact.read_artifact_response(a_resolved_login(), keys_of_all())
    assert login.assertion is not None
    answer = artifact.write_response(
        an_artifact_response(response.write(a_response(login.assertion.advice[0]))), key_of(BVD)
    )

    with pytest.raises(MessageRefused):
        artifact.read_artifact_response(soap_wrap(answer), keys_of_all())


@pytest.mark.clause("S7")
def test_two_messages_in_one_soap_body_are_refused() -> None:
    genuine = artifact.write_resolve(a_resolve(), key_of(DV))
    other = artifact.write_resolve(a_resolve(), key_of(DV))

    with pytest.raises(MessageRefused):
        artifact.read_resolve(soap_wrap(genuine + other), keys_of_all())


@pytest.mark.clause("S1")
def test_a_message_in_the_soap_header_is_never_looked_at() -> None:
    genuine = artifact.write_resolve(a_resolve(), key_of(DV))
    forged_body = genuine.replace(b"https://rd.test/resolve", b"https://rd.test/evil!!!")
    soap = soap_wrap(forged_body.replace(b'ID="_', b'ID="_x')).replace(
        b"<soap11:Body>", b"<soap11:Header>" + genuine + b"</soap11:Header><soap11:Body>"
    )

    with pytest.raises(MessageRefused):
        artifact.read_resolve(soap, keys_of_all())


@pytest.mark.clause("S12", "GEN-10", "GEN-16")
def test_a_party_cannot_sign_in_the_name_of_another() -> None:
    with pytest.raises(MessageRefused):
        authn_request.read(authn_request.write(a_request(issuer=RD), key_of(DV)), keys_of_all())


@pytest.mark.clause("S1", "GEN-10")
def test_an_idp_assertion_that_was_swapped_breaks_the_request_around_it() -> None:
    first, second = (assertion.write(an_assertion(name_id=name), key_of(AD)) for name in ("_one", "_two"))
    signed = authn_request.write(a_request(issuer=RD, idp_assertion=first), key_of(RD))
    assert first in signed

    with pytest.raises(MessageRefused):
        authn_request.read(signed.replace(first, second), keys_of_all())
