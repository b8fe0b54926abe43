"""Signature wrapping: the signed element moved somewhere, a forged one in its place (Somorovsky 2012, XSW1-8, and kin).

Every document here holds a signature that is genuine and still verifies over the element it names. None may be read.
"""

from collections.abc import Callable
from copy import deepcopy

import pytest
from lxml import etree

from stelsel import urns
from stelsel.failures import MessageRefused
from stelsel.identifiers import EntityId
from stelsel.saml import artifact, assertion, authn_request, response
from stelsel.saml.bindings import soap_wrap
from stelsel.saml.xml import Element
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

DS = f"{{{urns.DS}}}"
SAML = f"{{{urns.SAML}}}"
SAMLP = f"{{{urns.SAMLP}}}"
EVIL = EntityId("urn:nl-eid-gdi:1.0:DV:00000009999999999666:entities:9000")


def signed_part(root: Element, tag: str) -> Element:
    """The outermost element of this name."""
    return next(root.iter(tag))


def forged(genuine: Element) -> Element:
    """A copy of a signed element that says something else, with an ID of its own and without its signature."""
    copy = deepcopy(genuine)
    copy.set("ID", "_evil")
    copy.remove(signature_of(copy))
    for text in copy.iter(f"{SAML}NameID", f"{SAML}Audience", f"{SAMLP}Artifact"):
        text.text = EVIL.value
    return copy


def signature_of(element: Element) -> Element:
    """The Signature of an element."""
    found = element.find(f"{DS}Signature")
    assert found is not None
    return found


def replace(genuine: Element, new: Element) -> None:
    """Puts `new` where `genuine` was."""
    parent = genuine.getparent()
    assert parent is not None
    parent.replace(genuine, new)


Wrap = Callable[[Element], Element]


def beside_before(genuine: Element) -> Element:
    """XSW3: forged element in front of the signed one."""
    genuine.addprevious(forged(genuine))
    return genuine.getroottree().getroot()


def beside_after(genuine: Element) -> Element:
    """XSW2: forged element behind the signed one."""
    genuine.addnext(forged(genuine))
    return genuine.getroottree().getroot()


def around_in_signature(genuine: Element) -> Element:
    """XSW1, XSW4: the signed element inside the forged one's Signature."""
    evil, signature = forged(genuine), deepcopy(signature_of(genuine))
    root = genuine.getroottree().getroot()
    replace(genuine, evil)
    evil.insert(1, signature)
    genuine.remove(signature_of(genuine))
    signature.append(genuine)
    return root


def around_as_child(genuine: Element) -> Element:
    """XSW5: the signed element a child of the forged one, whose Signature points at it."""
    evil, signature = forged(genuine), deepcopy(signature_of(genuine))
    root = genuine.getroottree().getroot()
    replace(genuine, evil)
    evil.insert(1, signature)
    evil.append(genuine)
    return root


def in_object(genuine: Element) -> Element:
    """XSW6, XSW8: the signed element in ds:Object."""
    evil, signature = forged(genuine), deepcopy(signature_of(genuine))
    root = genuine.getroottree().getroot()
    replace(genuine, evil)
    evil.insert(1, signature)
    etree.SubElement(signature, f"{DS}Object").append(genuine)
    return root


def in_key_info(genuine: Element) -> Element:
    """The signed element in KeyInfo of the forged one's signature."""
    evil, signature = forged(genuine), deepcopy(signature_of(genuine))
    root = genuine.getroottree().getroot()
    replace(genuine, evil)
    evil.insert(1, signature)
    signature[2].append(genuine)
    return root


def in_extensions(genuine: Element) -> Element:
    """XSW7: the signed element in Extensions of the forged one."""
    return sheltered(genuine, f"{SAMLP}Extensions", 2)


def in_advice(genuine: Element) -> Element:
    """The signed element in Advice of the forged one."""
    return sheltered(genuine, f"{SAML}Advice", 3)


def in_an_unknown_wrapper(genuine: Element) -> Element:
    """The signed element in an element nobody knows."""
    return sheltered(genuine, "{urn:evil}wrapper", 2)


def sheltered(genuine: Element, tag: str, place: int) -> Element:
    """The forged element with a shelter for the signed one, and a copy of its Signature."""
    evil, signature = forged(genuine), deepcopy(signature_of(genuine))
    root = genuine.getroottree().getroot()
    replace(genuine, evil)
    evil.insert(1, signature)
    shelter = etree.Element(tag)
    evil.insert(place, shelter)
    shelter.append(genuine)
    return root


def with_the_same_id(genuine: Element) -> Element:
    """The forged element carries the ID of the signed one, which hides in Advice."""
    root = sheltered(genuine, f"{SAML}Advice", 3)
    signed_part(root, genuine.tag).set("ID", genuine.get("ID", ""))
    return root


def with_the_same_id_in_another_spelling(genuine: Element) -> Element:
    """The forged element has the signed one's ID as `Id`."""
    root = sheltered(genuine, f"{SAML}Advice", 3)
    evil = signed_part(root, genuine.tag)
    evil.set("Id", genuine.get("ID", ""))
    return root


def in_status_detail(genuine: Element) -> Element:
    """The signed element in StatusDetail of the answer around it, the forged one in its place."""
    root = genuine.getroottree().getroot()
    evil = forged(genuine)
    replace(genuine, evil)
    detail = etree.SubElement(signed_part(root, f"{SAMLP}Status"), f"{SAMLP}StatusDetail")
    detail.append(genuine)
    evil.insert(1, deepcopy(signature_of(genuine)))
    return root


WRAPS: list[Wrap] = [
    beside_before,
    beside_after,
    around_in_signature,
    around_as_child,
    in_object,
    in_key_info,
    in_extensions,
    in_advice,
    in_an_unknown_wrapper,
    with_the_same_id,
    with_the_same_id_in_another_spelling,
]


@pytest.mark.clause("GEN-10", "GEN-11")
@pytest.mark.parametrize(
    ("wrap", "part"),
    [(wrap, part) for wrap in WRAPS for part in (f"{SAMLP}ArtifactResponse", f"{SAML}Assertion")]
    + [(in_status_detail, f"{SAML}Assertion")],
)
def test_a_wrapped_answer_is_refused(wrap: Wrap, part: str) -> None:
    root = etree.fromstring(a_resolved_login())
    document = etree.tostring(wrap(signed_part(root, part)))

    with pytest.raises(MessageRefused):
        artifact.read_artifact_response(document, keys_of_all())


@pytest.mark.clause("GEN-10", "GEN-11")
@pytest.mark.parametrize("wrap", WRAPS)
def test_a_wrapped_artifact_resolve_is_refused(wrap: Wrap) -> None:
    root = etree.fromstring(soap_wrap(artifact.write_resolve(a_resolve(), key_of(DV))))
    document = etree.tostring(wrap(signed_part(root, f"{SAMLP}ArtifactResolve")))

    with pytest.raises(MessageRefused):
        artifact.read_resolve(document, keys_of_all())


@pytest.mark.clause("GEN-10", "GEN-11")
@pytest.mark.parametrize("wrap", [wrap for wrap in WRAPS if wrap not in (beside_before, beside_after)])
def test_a_wrapped_request_is_refused(wrap: Wrap) -> None:
    holder = etree.Element("holder")
    holder.append(etree.fromstring(authn_request.write(a_request(), key_of(DV))))
    document = etree.tostring(wrap(holder[0])[0])

    with pytest.raises(MessageRefused):
        authn_request.read(document, keys_of_all())


@pytest.mark.clause("GEN-10", "GEN-11")
@pytest.mark.parametrize("wrap", [wrap for wrap in WRAPS if wrap not in (beside_before, beside_after)])
def test_a_wrapped_assertion_is_refused_when_it_stands_alone(wrap: Wrap) -> None:
    holder = etree.Element("holder")
    holder.append(etree.fromstring(assertion.write(an_assertion(), key_of(AD))))
    document = etree.tostring(wrap(holder[0])[0])

    with pytest.raises(MessageRefused):
        assertion.read(document, keys_of_all())


def test_a_genuine_assertion_from_advice_is_no_declaration_of_the_rd() -> None:
    """The AD's assertion is genuine; put in place of the summary it would skip everything the RD decided."""
    login = artifact.read_artifact_response(a_resolved_login(), keys_of_all())
    assert login.assertion is not None
    answer = artifact.write_response(
        an_artifact_response(response.write(a_response(login.assertion.advice[0]))), key_of(BVD)
    )

    with pytest.raises(MessageRefused):
        artifact.read_artifact_response(soap_wrap(answer), keys_of_all())


def test_two_messages_in_one_soap_body_are_refused() -> None:
    genuine = artifact.write_resolve(a_resolve(), key_of(DV))
    other = artifact.write_resolve(a_resolve(), key_of(DV))

    with pytest.raises(MessageRefused):
        artifact.read_resolve(soap_wrap(genuine + other), keys_of_all())


def test_a_message_in_the_soap_header_is_never_looked_at() -> None:
    genuine = artifact.write_resolve(a_resolve(), key_of(DV))
    forged_body = genuine.replace(b"https://rd.test/resolve", b"https://rd.test/evil!!!")
    soap = soap_wrap(forged_body.replace(b'ID="_', b'ID="_x')).replace(
        b"<soap11:Body>", b"<soap11:Header>" + genuine + b"</soap11:Header><soap11:Body>"
    )

    with pytest.raises(MessageRefused):
        artifact.read_resolve(soap, keys_of_all())


@pytest.mark.clause("GEN-10", "GEN-16")
def test_a_party_cannot_sign_in_the_name_of_another() -> None:
    with pytest.raises(MessageRefused):
        authn_request.read(authn_request.write(a_request(issuer=RD), key_of(DV)), keys_of_all())


@pytest.mark.clause("GEN-10")
def test_an_idp_assertion_that_was_swapped_breaks_the_request_around_it() -> None:
    first, second = (assertion.write(an_assertion(name_id=name), key_of(AD)) for name in ("_one", "_two"))
    signed = authn_request.write(a_request(issuer=RD, idp_assertion=first), key_of(RD))
    assert first in signed

    with pytest.raises(MessageRefused):
        authn_request.read(signed.replace(first, second), keys_of_all())
