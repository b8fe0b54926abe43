"""ST-SAML: identities are EncryptedIDs for this DV's own key, and the words of AD and BVD stand in Advice."""

from collections.abc import Mapping
from typing import Final

from pilot.sample_dv import xml
from pilot.sample_dv.checks import (
    ACTING,
    ADDRESSED,
    EVIDENCE,
    INTERMEDIARY,
    PEOPLE,
    REPRESENTED,
    SERVICE,
    SERVICE_UUID,
    SUBJECTS,
    Opened,
    Trust,
    attributes_of,
    texts,
)
from pilot.sample_dv.decryption import EncryptionKey, NotForUs
from pilot.sample_dv.dialects.contract import Dialect
from pilot.sample_dv.envelope import check_signature
from pilot.sample_dv.received import AdviceSignature, Message, Name
from pilot.sample_dv.settings import LEVELS
from pilot.sample_dv.signatures import NotSigned, Signatures

# What an HM calls them in its own assertion, and the intermediary that the gateway copies (DV-ATT-13).
CORE: Final = "urn:etoegang:core:"
ETOEGANG: Final = {
    f"{CORE}ActingSubjectID": ACTING,
    f"{CORE}LegalSubjectID": REPRESENTED,
    f"{CORE}IntermediateSubjectID": INTERMEDIARY,
}


def read(assertion: xml.Element, trust: Trust, messages: list[Message]) -> Opened:
    """Decrypts what is for us in the summary, and in the assertions that Advice holds as evidence."""
    attributes = attributes_of(assertion)
    names = {ETOEGANG.get(name, name): found for name, found in opened_names(attributes, trust.key).items()}
    advice: list[AdviceSignature] = []
    evidence: dict[str, tuple[Name, ...]] = {}
    for inner in xml.children(assertion, "saml:Advice/saml:Assertion"):
        issuer = xml.text(inner, "saml:Issuer")
        messages.append(Message(f"Advice: {issuer}", xml.source(inner).decode()))
        sound = _is_signed(inner, issuer, trust.signatures)
        advice.append(AdviceSignature(issuer, sound))
        if sound:
            for name, found in opened_names(attributes_of(inner), trust.key).items():
                ours = ETOEGANG.get(name, name)
                evidence[ours] = (*evidence.get(ours, ()), *found)
    return Opened(
        assertion,
        attributes,
        named=tuple(
            name for name in (*SUBJECTS, INTERMEDIARY) if name in {ETOEGANG.get(each, each) for each in attributes}
        ),
        names=names,
        service=" ".join(texts(attributes, SERVICE_UUID)),
        levels=LEVELS,
        advice=tuple(advice),
        evidence=evidence,
        facts=opened_facts(assertion, trust.key),
    )


def opened_names(attributes: Mapping[str, tuple[xml.Element, ...]], key: EncryptionKey) -> dict[str, tuple[Name, ...]]:
    """What our key opens, by attribute name; values that are for others are left out (DV-VAL-09)."""
    opened: dict[str, tuple[Name, ...]] = {}
    for name, values in attributes.items():
        for encrypted in (each for value in values for each in xml.children(value, "saml:EncryptedID")):
            try:
                opened[name] = (*opened.get(name, ()), key.open(encrypted))
            except NotForUs:
                continue
    return opened


def opened_facts(assertion: xml.Element, key: EncryptionKey) -> tuple[Name, ...]:
    """What stands in EncryptedAttributes that our key opens; others are left out (DV-VAL-09)."""
    opened: list[Name] = []
    for encrypted in xml.children(assertion, "saml:AttributeStatement/saml:EncryptedAttribute"):
        try:
            opened.extend(key.open_attribute(encrypted))
        except NotForUs:
            continue
    return tuple(opened)


def _is_signed(element: xml.Element, issuer: str, signatures: Signatures) -> bool:
    try:
        check_signature(element, "Assertion", issuer, signatures)
    except NotSigned:
        return False
    return True


DIALECT: Final = Dialect(read=read, checks=(*ADDRESSED, *SERVICE, *PEOPLE, *EVIDENCE), levels=LEVELS, by_url=False)
