"""For the tests of `explain`: metadata of the test parties, and a resolved login that breaks what a test says."""

import base64
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from stelsel import urns
from stelsel.identifiers import EntityId
from stelsel.saml import assertion, response
from stelsel.saml.__main__ import main
from stelsel.saml.artifact import write_response
from stelsel.saml.assertion import Assertion, Attribute
from stelsel.saml.bindings import soap_wrap
from tests.stelsel.saml.factories import (
    AD,
    BVD,
    DV,
    LC,
    NOON,
    RD,
    SERVICE,
    a_response,
    an_artifact_response,
    an_assertion,
    an_encrypted_id,
    key_of,
)

DV_ACS = "https://dv.test/acs"
RD_ACS = "https://rd.test/acs"
RD_SSO = "https://rd.test/sso"
RD_RESOLVE = "https://rd.test/resolve"
RD_SLO = "https://rd.test/saml/slo"
ABOUT_SERVICE = Attribute(urns.SERVICE_UUID, (SERVICE.value,))
GROUND = Attribute(urns.REPRESENTATION_TYPE, ("urn:namens:rt:BEWIND",))
# `md` elements of each party, beside its keys.
_ENDPOINTS: Mapping[EntityId, str] = {
    DV: (
        f'<md:AssertionConsumerService index="0" Location="{DV_ACS}"/>'
        '<md:SingleLogoutService Location="https://dv.test/slo"/>'
        '<md:AttributeConsumingService index="3"/>'
    ),
    RD: (
        f'<md:ArtifactResolutionService index="1" Location="{RD_RESOLVE}"/>'
        f'<md:SingleLogoutService Location="{RD_SLO}"/><md:SingleSignOnService Location="{RD_SSO}"/>'
        f'<md:AssertionConsumerService index="0" Location="{RD_ACS}"/>'
    ),
    AD: '<md:SingleSignOnService Location="https://ad.test/sso"/>',
    BVD: '<md:SingleSignOnService Location="https://bvd.test/sso"/>',
    LC: '<md:AssertionConsumerService index="0" Location="https://lc.test/acs"/>',
}


def metadata_of(entity: EntityId) -> bytes:
    """What a party says of itself, as little as explaining needs."""
    key = key_of(entity)
    certificate = base64.b64encode(key.certificate).decode()
    role = "SPSSODescriptor" if entity in (DV, LC) else "IDPSSODescriptor"
    return (
        f'<md:EntityDescriptor xmlns:md="{urns.MD}" xmlns:ds="{urns.DS}" entityID="{entity.value}">'
        f'<md:{role}><md:KeyDescriptor use="signing"><ds:KeyInfo>'
        f"<ds:KeyName>{key.name}</ds:KeyName>"
        f"<ds:X509Data><ds:X509Certificate>{certificate}</ds:X509Certificate></ds:X509Data>"
        f"</ds:KeyInfo></md:KeyDescriptor>{_ENDPOINTS[entity]}</md:{role}></md:EntityDescriptor>"
    ).encode()


Explained = Callable[..., tuple[int, str]]
EVERYBODY = (DV, RD, AD, BVD)


def finding(text: str, clause: str) -> str:
    """What is told of one clause."""
    found = [part for part in text.split("\n\n") if part.startswith(f"{clause}  ")]
    assert len(found) == 1, text
    return found[0]


def explaining(folder: Path, capsys: pytest.CaptureFixture[str]) -> Explained:
    """Runs the command as a developer would: its exit code, and what it prints.

    `files` are documents of metadata; every option is one of the command, `as_` for `--as`.
    """

    def run(data: bytes, known: tuple[EntityId, ...] = EVERYBODY, files: tuple[bytes, ...] = (), **options: str) -> Any:
        (folder / "message").write_bytes(data)
        arguments = ["explain", str(folder / "message"), "--at", options.pop("at", NOON.isoformat())]
        for number, document in enumerate((*map(metadata_of, known), *files)):
            (folder / f"metadata-{number}.xml").write_bytes(document)
            arguments += ["--metadata", str(folder / f"metadata-{number}.xml")]
        for name, value in options.items():
            arguments += [f"--{name.strip('_').replace('_', '-')}", value]
        code = main(arguments)
        written = capsys.readouterr()
        return code, written.out + written.err

    return run


def of_ad(**changes: Any) -> Assertion:
    """What the AD declares to the RD, for DV and BVD."""
    acting = Attribute(urns.ACTING_SUBJECT_ID, (an_encrypted_id(DV, BVD),))
    values = {"audiences": (RD, BVD), "recipient": RD_ACS, "attributes": (ABOUT_SERVICE, acting)}
    return an_assertion(**values | changes)


def of_bvd(**changes: Any) -> Assertion:
    """What the BVD declares to the RD."""
    acting = Attribute(urns.ACTING_SUBJECT_ID, (an_encrypted_id(DV),))
    legal = Attribute(urns.LEGAL_SUBJECT_ID, (an_encrypted_id(DV, value="999990020"),))
    values = {
        "issuer": BVD,
        "recipient": RD_ACS,
        "context_class": urns.UNSPECIFIED_CONTEXT,
        "attributes": (ABOUT_SERVICE, acting, legal, GROUND),
    }
    return an_assertion(**values | changes)


def of_rd(**changes: Any) -> Assertion:
    """The router's summary for the DV."""
    acting = Attribute(urns.ACTING_SUBJECT_ID, (an_encrypted_id(DV),))
    legal = Attribute(urns.LEGAL_SUBJECT_ID, (an_encrypted_id(DV, value="999990020"),))
    values = {
        "issuer": RD,
        "audiences": (DV,),
        "recipient": DV_ACS,
        "authorities": (AD, BVD),
        "attributes": (ABOUT_SERVICE, acting, legal, GROUND),
    }
    return an_assertion(**values | changes)


def resolved(
    *,
    answer: Mapping[str, Any] | None = None,
    around: Mapping[str, Any] | None = None,
    summary: Mapping[str, Any] | None = None,
    ad: Mapping[str, Any] | None = None,
    bvd: Mapping[str, Any] | None = None,
    signer: EntityId = RD,
) -> bytes:
    """SOAP > ArtifactResponse > Response > summary > Advice, in order but for the changes of each part."""
    advice = tuple(assertion.write(each, key_of(each.issuer)) for each in (of_ad(**(ad or {})), of_bvd(**(bvd or {}))))
    made = of_rd(**{"advice": advice} | dict(summary or {}))
    inner = a_response(assertion.write(made, key_of(made.issuer)))
    written = response.write(replace(inner, **(around or {})))
    return soap_wrap(write_response(replace(an_artifact_response(written), **(answer or {})), key_of(signer)))
