"""What the sample DV looks at in a verified assertion: one small check each, in the order it is shown (DV-VAL)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from pilot.sample_dv import xml
from pilot.sample_dv.decryption import EncryptionKey
from pilot.sample_dv.received import AdviceSignature, Check, Name
from pilot.sample_dv.signatures import Signatures

BEARER: Final = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
SKEW: Final = timedelta(seconds=60)
SERVICE_UUID: Final = "urn:nl-eid-gdi:1.0:ServiceUUID"
ACTING: Final = "urn:nl-eid-gdi:1.0:ActingSubjectID"
REPRESENTED: Final = "urn:nl-eid-gdi:1.0:LegalSubjectID"
REPRESENTATION_TYPE: Final = "urn:nl-eid-gdi:1.1:RepresentationType"
INTERMEDIARY: Final = "urn:namens:attribute:IntermediarySubjectID"
SUBJECTS: Final = (ACTING, REPRESENTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the answer must fit: our request, where it was answered, for which service, and when we ask.

    `resolve_id` is our ArtifactResolve; an answer by HTTP-POST has none.
    """

    resolve_id: str = ""
    request_id: str
    consumer: str
    service: str
    minimum: str
    for_other: bool
    at: datetime
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """Whom this DV believes, who it is itself, and with what it opens identifiers.

    `decrypted_there`: of who logged in with eIDAS it has the gateway's word, which opened the evidence on its behalf.
    `slack_seconds` goes to pysaml2 only, whose clock is the system's: the windows are checked here (DESIGN 3.10).
    """

    gateway: str
    entity_id: str
    signatures: Signatures
    key: EncryptionKey = field(repr=False)
    slack_seconds: int
    decrypted_there: bool = False


@dataclass(frozen=True, slots=True)
class Opened:
    """The verified assertion as a dialect reads it. Its people stand under the names of the standard in all of them.

    `named` are those of whom it speaks, `names` those whom we can read. `service` None: the dialect has no place for
    it. `levels` are the words of our settings, and what stands on the wire. `advice` and `evidence`: what is inside.
    `facts`: what else is told of the person.
    """

    assertion: xml.Element
    attributes: Mapping[str, tuple[xml.Element, ...]]
    named: tuple[str, ...]
    names: Mapping[str, tuple[Name, ...]]
    service: str | None
    levels: Mapping[str, str]
    advice: tuple[AdviceSignature, ...] = ()
    evidence: Mapping[str, tuple[Name, ...]] = field(default_factory=dict)
    facts: tuple[Name, ...] = ()


def attributes_of(assertion: xml.Element) -> dict[str, tuple[xml.Element, ...]]:
    """AttributeValues by attribute name; the same name twice is refused (DV-ATT-02, DV-ATT-03)."""
    found: dict[str, tuple[xml.Element, ...]] = {}
    for attribute in xml.children(assertion, "saml:AttributeStatement/saml:Attribute"):
        name = xml.attribute(attribute, "Name")
        if name in found:
            raise xml.Unreadable(f"attribute {name} twice")
        found[name] = tuple(xml.children(attribute, "saml:AttributeValue"))
    return found


def same(name: str, expected: str, received: str, clause: str) -> Check:
    """A check on one value that must be exactly what was expected."""
    return Check(name, expected == received, expected, received, clause)


def texts(attributes: Mapping[str, tuple[xml.Element, ...]], name: str) -> tuple[str, ...]:
    """The trimmed values of an attribute that is not encrypted."""
    return tuple((value.text or "").strip() for value in attributes.get(name, ()))


def level(opened: Opened) -> str:
    """The level of assurance as received (DV-ASR-13)."""
    return xml.text(opened.assertion, "saml:AuthnStatement/saml:AuthnContext/saml:AuthnContextClassRef")


def authorities(opened: Opened) -> tuple[str, ...]:
    """The EntityIDs of the parties that declared this (DV-ASR-14)."""
    path = "saml:AuthnStatement/saml:AuthnContext/saml:AuthenticatingAuthority"
    return tuple((each.text or "").strip() for each in xml.children(opened.assertion, path))


def _confirmation(opened: Opened) -> xml.Element:
    return xml.child(opened.assertion, "saml:Subject/saml:SubjectConfirmation/saml:SubjectConfirmationData")


def _audience(opened: Opened, asked: Asked, trust: Trust) -> Check:
    path = "saml:Conditions/saml:AudienceRestriction/saml:Audience"
    audiences = [(each.text or "").strip() for each in xml.children(opened.assertion, path)]
    return Check("Audience", trust.entity_id in audiences, trust.entity_id, " ".join(audiences), "DV-VAL-05")


def _recipient(opened: Opened, asked: Asked, trust: Trust) -> Check:
    return same("Recipient", asked.consumer, _confirmation(opened).get("Recipient") or "", "DV-VAL-02")


def _bearer(opened: Opened, asked: Asked, trust: Trust) -> Check:
    method = xml.attribute(xml.child(opened.assertion, "saml:Subject/saml:SubjectConfirmation"), "Method")
    return same("SubjectConfirmation", BEARER, method, "DV-ASR-04")


def _in_response_to(opened: Opened, asked: Asked, trust: Trust) -> Check:
    return same("InResponseTo", asked.request_id, _confirmation(opened).get("InResponseTo") or "", "DV-VAL-04")


def _times(opened: Opened, asked: Asked, trust: Trust) -> Check:
    """Every window by the network's clock; the skew is for clocks that differ (DV-VAL-03, GEN-22)."""
    conditions = xml.child(opened.assertion, "saml:Conditions")
    first = xml.attribute(conditions, "NotBefore")
    ends = [
        xml.attribute(conditions, "NotOnOrAfter"),
        xml.attribute(_confirmation(opened), "NotOnOrAfter"),
    ]
    session = xml.child(opened.assertion, "saml:AuthnStatement").get("SessionNotOnOrAfter")
    holds = xml.instant(first) - SKEW <= asked.at and all(asked.at < xml.instant(end) + SKEW for end in ends)
    if session is not None:  # a mandate that ended is not used for one more minute
        holds = holds and asked.at < xml.instant(session)
    return Check("tijden", holds, f"{asked.at:%Y-%m-%dT%H:%M:%SZ}", f"{first} - {min(ends)}", "DV-VAL-03")


def _service(opened: Opened, asked: Asked, trust: Trust) -> Check:
    return same("ServiceUUID", asked.service, opened.service or "", "DV-ATT-01")


def _assurance(opened: Opened, asked: Asked, trust: Trust) -> Check:
    """The level is at least the service's own minimum (DV-VAL-07)."""
    order = [uri.lower() for uri in opened.levels.values()]
    received = level(opened)
    ok = received.lower() in order and order.index(received.lower()) >= list(opened.levels).index(asked.minimum)
    return Check("betrouwbaarheidsniveau", ok, f"ten minste {opened.levels[asked.minimum]}", received, "DV-VAL-07")


def _decrypted(opened: Opened, asked: Asked, trust: Trust) -> Check:
    """Every person named is one that we can read (DV-ATT-04)."""
    named = opened.named
    ok = ACTING in named and all(opened.names.get(name) for name in named)
    found = " ".join(name.rsplit(":", 1)[-1] for name in named if opened.names.get(name))
    return Check("ontsleuteling", ok, " ".join(name.rsplit(":", 1)[-1] for name in named), found, "DV-ATT-04")


def _as_asked(opened: Opened, asked: Asked, trust: Trust) -> Check:
    """Whoever pressed "for somebody else" is never logged in for himself (divergence C-08)."""
    represents = REPRESENTED in opened.named
    return Check(
        "vertegenwoordiging",
        represents or not asked.for_other,
        "iemand anders" if asked.for_other else "vrij",
        "iemand anders" if represents else "zichzelf",
        "DV-REQ-22",
    )


def _representation_type(opened: Opened, asked: Asked, trust: Trust) -> Check:
    """A type without a represented person says nothing; without a type a mandate is a voluntary one (DV-ATT-12)."""
    types = texts(opened.attributes, REPRESENTATION_TYPE)
    ok = REPRESENTED in opened.named or not types
    return Check("RepresentationType", ok, "alleen bij vertegenwoordiging", " ".join(types), "DV-VAL-08")


def _alone(opened: Opened, asked: Asked, trust: Trust) -> Check:
    """One word, and nobody else's inside (clients 2)."""
    inside = bool(xml.children(opened.assertion, "saml:Advice"))
    return Check("Advice", not inside, "geen", "een" if inside else "geen", "DV-ASR-16")


def _by_the_router_alone(opened: Opened) -> bool:
    """Whether somebody logged in for himself at a provider that signs nothing for DVs: one that is named by its URL.

    There is no evidence then, and the router answers for it; a DV gets such a login only for services of its own that
    name that means.
    """
    named = authorities(opened)
    provider = len(named) == 1 and named[0].startswith(("https://", "http://"))
    return provider and not opened.advice and REPRESENTED not in opened.named


def _advice(opened: Opened, asked: Asked, trust: Trust) -> Check:
    """Each assertion in Advice still bears its own party's signature (DV-ASR-16)."""
    ok = all(each.ok for each in opened.advice) and (bool(opened.advice) or _by_the_router_alone(opened))
    found = " ".join(f"{each.issuer}: {'goed' if each.ok else 'fout'}" for each in opened.advice)
    return Check("handtekeningen in Advice", ok, "alle goed", found, "DV-ASR-16")


def _same_authorities(opened: Opened, asked: Asked, trust: Trust) -> Check:
    """Who is named as authority is who gave evidence (DV-ASR-14)."""
    issuers, named = {each.issuer for each in opened.advice}, set(authorities(opened))
    ok = issuers == named or _by_the_router_alone(opened)
    return Check("AuthenticatingAuthority", ok, " ".join(sorted(issuers)), " ".join(sorted(named)), "DV-ASR-14")


def _same_people(opened: Opened, asked: Asked, trust: Trust) -> Check:
    """The summary names the people of the evidence, and all evidence names one (DV-ATT-04, DV-ATT-14).

    Where the gateway decrypted on our behalf there may be no evidence that we can open ourselves.
    The values are not shown: this table is also read where the login failed.
    """
    ok = True
    for name in (ACTING, REPRESENTED):
        evidence = set(opened.evidence.get(name, ()))
        decrypted_there = name == ACTING and not evidence and trust.decrypted_there
        if decrypted_there or _by_the_router_alone(opened):
            continue
        ok = ok and set(opened.names.get(name, ())) <= evidence
        ok = ok and len({each.type for each in evidence}) == len(evidence)
    return Check("personen in Advice", ok, "dezelfde", "dezelfde" if ok else "andere", "DV-ATT-14")


Checks = tuple[Callable[[Opened, Asked, Trust], Check], ...]
ADDRESSED: Final[Checks] = (_audience, _recipient, _bearer, _in_response_to, _times)
SERVICE: Final[Checks] = (_service,)
PEOPLE: Final[Checks] = (_assurance, _decrypted, _as_asked, _representation_type)
ALONE: Final[Checks] = (_alone,)
EVIDENCE: Final[Checks] = (_advice, _same_authorities, _same_people)
