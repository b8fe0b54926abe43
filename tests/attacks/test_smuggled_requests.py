"""A validly signed request that carries what it may not: it is refused, and never quietly believed (S22, S25)."""

from collections.abc import Mapping
from typing import Final

import pytest

from stelsel import urns
from stelsel.saml.signatures import sign
from tests.attacks.doors import DOORS, Change, refused
from tests.attacks.mutations import unsigned
from tests.attacks.parties import Attacked

SSO: Final = ("gateway-sso", "bvd-sso", "digid-sso")
NAME_ID: Final = f'<saml:NameID Format="{urns.PERSISTENT}">999990019</saml:NameID>'
LEVELS: Final = f"<saml:AuthnContextClassRef>{urns.LOA_BASIC}</saml:AuthnContextClassRef>"
CONFIRMED: Final = f'<saml:SubjectConfirmation Method="{urns.BEARER}"/>'


def element(text: str, *, before: bytes = b"<samlp:Scoping") -> Change:
    """One more element behind Extensions, in the order of the schema, signed by the sender."""

    def put(message: bytes) -> bytes:
        bare = unsigned(message)
        end = bare.find(before)
        end = end if end >= 0 else bare.index(b"</samlp:AuthnRequest>")
        return bare[:end] + text.encode() + bare[end:]

    return lambda key: lambda message: sign(put(message), key)


def extension(text: str) -> Change:
    """One more element in Extensions, signed by the sender."""

    def put(message: bytes) -> bytes:
        return unsigned(message).replace(b"<samlp:Extensions>", b"<samlp:Extensions>" + text.encode(), 1)

    return lambda key: lambda message: sign(put(message), key)


def attribute(text: str) -> Change:
    """One more attribute of the request, signed by the sender."""

    def put(message: bytes) -> bytes:
        return unsigned(message).replace(b"<samlp:AuthnRequest ", f"<samlp:AuthnRequest {text} ".encode(), 1)

    return lambda key: lambda message: sign(put(message), key)


def exchanged(old: str, new: str) -> Change:
    """Another text, signed by the sender."""

    def put(message: bytes) -> bytes:
        assert old.encode() in message, old
        return unsigned(message).replace(old.encode(), new.encode(), 1)

    return lambda key: lambda message: sign(put(message), key)


def _contexts(comparison: str) -> str:
    said = f' Comparison="{comparison}"' if comparison else ""
    return f"<samlp:RequestedAuthnContext{said}>{LEVELS}</samlp:RequestedAuthnContext>"


def _attribute_of(name: str, value: str = "x") -> str:
    return f'<saml:Attribute Name="{name}"><saml:AttributeValue>{value}</saml:AttributeValue></saml:Attribute>'


SMUGGLED: Final[Mapping[str, tuple[str, Change]]] = {
    "subject-with-a-person": ("S25", element(f"<saml:Subject>{NAME_ID}</saml:Subject>")),
    "subject-with-a-confirmation": ("S25", element(f"<saml:Subject>{CONFIRMED}</saml:Subject>")),
    "empty-subject": ("S25", element("<saml:Subject/>")),
    "conditions": ("S25", element('<saml:Conditions NotOnOrAfter="2099-01-01T00:00:00Z"/>')),
    **{
        f"comparison-{comparison or 'unsaid'}": ("S25", element(_contexts(comparison)))
        for comparison in ("", "exact", "minimum", "maximum", "better")
    },
    "passive": ("S25", attribute('IsPassive="true"')),
    "passive-as-1": ("S25", attribute('IsPassive="1"')),
    "consumer-url-of-the-attacker": ("S22", attribute('AssertionConsumerServiceURL="https://evil.test/acs"')),
    "consumer-url-that-is-a-script": ("S22", attribute('AssertionConsumerServiceURL="javascript:alert(1)"')),
    "binding": ("S22", attribute(f'ProtocolBinding="{urns.HTTP_POST}"')),
    "unregistered-index": ("S22", exchanged('ServiceIndex="', 'ServiceIndex="9')),
    "index-below-zero": ("S22", exchanged('ServiceIndex="', 'ServiceIndex="-')),
    "index-in-other-digits": ("S22", exchanged('ServiceIndex="', 'ServiceIndex="\u0660')),
    "service-twice": ("S25", extension(_attribute_of(urns.SERVICE_UUID))),
    "audience-twice": ("S25", extension(_attribute_of(urns.INTENDED_AUDIENCE, "urn:evil"))),
    "idp-assertion-of-nothing": ("S25", extension(_attribute_of(urns.IDP_ASSERTION))),
    "saml-in-extensions": ("S25", extension(NAME_ID)),
    "a-signature-in-extensions": ("S25", extension(f'<ds:Signature xmlns:ds="{urns.DS}"/>')),
    "two-extensions": ("S25", element("<samlp:Extensions/>", before=b"<samlp:Extensions>")),
    "destination-another": ("S16", exchanged("/saml/sso", "/saml/SSO")),
    "destination-with-a-query": ("S16", exchanged("/saml/sso", "/saml/sso?x")),
    "destination-in-capitals": ("S16", exchanged('Destination="http', 'Destination="HTTP')),
    "version-1.1": ("S16", exchanged('Version="2.0"', 'Version="1.1"')),
    "unknown-attribute": ("S25", attribute('Evil="1"')),
}
PASSED_BY: Final[Mapping[str, Change]] = {
    "name-id-policy": element(f'<samlp:NameIDPolicy Format="{urns.PERSISTENT}" AllowCreate="true"/>'),
    "provider-name": attribute('ProviderName="&lt;script&gt;"'),
    "consent": attribute('Consent="urn:oasis:names:tc:SAML:2.0:consent:obtained"'),
    "unknown-extension": extension('<x xmlns="urn:x" LegalSubjectID="999990020"/>'),
    "identity-in-extensions": extension(_attribute_of(urns.LEGAL_SUBJECT_ID, "999990020")),
    "force-authn": attribute('ForceAuthn="true"'),
}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.clause(threat)) for name, (threat, _) in SMUGGLED.items()]
)
@pytest.mark.parametrize("door", SSO)
async def test_a_request_that_says_more_than_it_may_is_refused(
    attacked: Attacked, caplog: pytest.LogCaptureFixture, door: str, name: str
) -> None:
    async with DOORS[door].opened(attacked) as knock:
        assert await refused(caplog, knock, {name: SMUGGLED[name][1]}) == []


@pytest.mark.clause("S25", "GEN-26")
@pytest.mark.parametrize("name", PASSED_BY)
@pytest.mark.parametrize("door", SSO)
async def test_what_changes_nothing_is_passed_by(attacked: Attacked, door: str, name: str) -> None:
    assert (await DOORS[door].knock(attacked, PASSED_BY[name])).taken
