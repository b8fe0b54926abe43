"""An assertion that somebody else signed still verifies inside our messages, or is refused beforehand (C-18)."""

import pytest
from lxml import etree

from stelsel import urns
from stelsel.failures import AnswerRefused
from stelsel.saml import artifact, assertion, authn_request, response
from stelsel.saml.bindings import soap_unwrap, soap_wrap
from stelsel.saml.xml import self_contained
from tests.stelsel.saml.factories import (
    AD,
    RD,
    a_request,
    a_response,
    an_artifact_response,
    an_assertion,
    key_of,
    keys_of_all,
)
from tests.stelsel.saml.foreign_signer import ENVELOPED, Signature, inclusive
from tests.stelsel.saml.judges import xmlsec1_verifies

DIGID = "ds saml samlp xs"
SCHEMA_TYPES = ' xmlns:xs="http://www.w3.org/2001/XMLSchema"'


def unsigned(prefix: str = "saml2") -> str:
    """An assertion without signature in which the prefix of SAML is `prefix`, or SAML is the default namespace."""
    root = etree.fromstring(assertion.write(an_assertion(), key_of(AD)))
    root.remove(root[1])
    text = etree.tostring(root).decode().replace("xmlns:saml=", f"xmlns:{prefix}=" if prefix else "xmlns=")
    return text.replace("<saml:", f"<{prefix}:" if prefix else "<").replace(
        "</saml:", f"</{prefix}:" if prefix else "</"
    )


def foreign_answer(inside: str, prefixes: str) -> bytes:
    """SOAP around an assertion that was signed where it stands: prefixes it counts on are declared further out."""
    method = f'<ds:Transform Algorithm="{urns.EXC_C14N}">{inclusive(prefixes) if prefixes else ""}</ds:Transform>'
    ours = f' xmlns:saml="{urns.SAML}" xmlns:samlp="{urns.SAMLP}"'
    signed = Signature(transforms=ENVELOPED + method, prefixes=prefixes).sign(
        inside.replace(" ID=", f"{ours}{SCHEMA_TYPES} ID=", 1).encode(), key_of(AD)
    )
    placed = signed.replace(f"{ours}{SCHEMA_TYPES}".encode(), b"", 1)
    written = response.write(a_response(placed, issuer=AD)).replace(b" ID=", f"{SCHEMA_TYPES} ID=".encode(), 1)
    return soap_wrap(artifact.write_response(an_artifact_response(written, issuer=AD), key_of(AD)))


@pytest.mark.clause("C-18", "DV-ASR-16")
@pytest.mark.parametrize(
    ("prefix", "prefixes"),
    [
        pytest.param("saml2", "", id="no-prefix-list"),
        pytest.param("saml2", DIGID, id="digid"),
        pytest.param("", "xs", id="default-namespace"),
        pytest.param("ns1", "#default xs", id="generated-prefix"),
    ],
)
def test_foreign_evidence_verifies_in_place_and_taken_out(prefix: str, prefixes: str) -> None:
    soap = foreign_answer(unsigned(prefix), prefixes)
    resolved = artifact.read_artifact_response(soap, keys_of_all())
    assert resolved.assertion is not None
    evidence = resolved.assertion.evidence
    assert xmlsec1_verifies(evidence, key_of(AD))

    asked = authn_request.write(a_request(issuer=RD, idp_assertion=evidence), key_of(RD))
    read = authn_request.read(asked, keys_of_all()).idp_assertion
    assert read is not None
    assert assertion.read(read, keys_of_all()).id == resolved.assertion.id

    summary = assertion.write(an_assertion(issuer=RD, advice=(evidence,)), key_of(RD))
    login = soap_wrap(artifact.write_response(an_artifact_response(response.write(a_response(summary))), key_of(RD)))
    in_place = "//*[local-name()='Advice']/*[local-name()='Assertion']/*[local-name()='Signature']"
    assert xmlsec1_verifies(login, key_of(AD), in_place)
    declared = artifact.read_artifact_response(login, keys_of_all()).assertion
    assert declared is not None
    assert xmlsec1_verifies(declared.advice[0], key_of(AD))


@pytest.mark.clause("C-18")
def test_evidence_that_would_die_inside_our_message_is_refused_before_it_is_sent() -> None:
    """Its PrefixList names `saml`, which it never declares: inside ours that prefix means something."""
    exclusive = f'<ds:Transform Algorithm="{urns.EXC_C14N}">{inclusive(DIGID)}</ds:Transform>'
    signed = Signature(transforms=ENVELOPED + exclusive, prefixes=DIGID).sign(unsigned().encode(), key_of(AD))
    assert xmlsec1_verifies(signed, key_of(AD))
    evidence = assertion.read(signed, keys_of_all()).evidence

    with pytest.raises(AnswerRefused) as refused:
        assertion.write(an_assertion(issuer=RD, advice=(evidence,)), key_of(RD))
    assert refused.value.broken_clause == "C-18"
    with pytest.raises(AnswerRefused):
        authn_request.write(a_request(issuer=RD, idp_assertion=evidence), key_of(RD))


def test_evidence_brings_along_what_its_ancestors_declare() -> None:
    soap = foreign_answer(unsigned(), DIGID)
    answer = soap_unwrap(soap)

    assert b"xmlns:xs=" in self_contained(answer[3][2])
