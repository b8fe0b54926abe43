"""Explains what asks: AuthnRequest, ArtifactResolve and LogoutRequest, by the rules of whoever receives them."""

from functools import partial

from stelsel.failures import ArtifactUnknown, ReplyAddressUnknown, ServiceUnknown, UnknownIssuer
from stelsel.saml import artifact as artifacts
from stelsel.saml import assertion as assertions
from stelsel.saml import authn_request, header, logout
from stelsel.saml.authn_request import AuthnRequest
from stelsel.saml.explain.answered import say_assertion, say_header
from stelsel.saml.explain.signed import judge_signature
from stelsel.saml.explain.told import Explanation, Situation, Terms
from stelsel.saml.rules import logouts, requests, resolving
from stelsel.saml.rules.declarations import EVIDENCE_RULES, Brought, acting_for_the_bvd, level_of
from stelsel.saml.senders import Sender
from stelsel.saml.xml import Element, parse, self_contained

NO_ADDRESS = "the address was not judged: give the one it goes to with --destination"


def explain_request(told: Explanation, element: Element, terms: Terms) -> bool:
    """An AuthnRequest, as RD, AD or BVD takes it. False where its shape is not the standard's."""
    if not told.judge(lambda: authn_request.unproven(_copy(element))):
        return False
    request = authn_request.unproven(_copy(element))
    _say_request(told, request)
    role = _asked_role(request, terms)
    told.say("judged as at", f"{role or 'AD'} (--as says otherwise)" if terms.role is None else role)
    situation = _situation(told, terms, "SingleSignOnService", request.destination)
    of_this_door = {"BVD": requests.TO_A_BVD, "AD": requests.FROM_THE_ROUTER}.get(role, requests.FROM_A_DV)
    for rule in (*requests.AT_ANY_DOOR, *of_this_door):
        told.judge(partial(rule, request, situation))
    sender = terms.sender(request.issuer.value)
    if sender is not None:
        told.judge(lambda: _check_registered(request, sender))
    if role == "BVD" and request.idp_assertion is not None:
        with told.within("the AD's assertion in IdpAssertion"):
            _explain_evidence(told, request, request.idp_assertion, terms)
    return True


def explain_resolve(told: Explanation, element: Element, terms: Terms) -> bool:
    """An ArtifactResolve, as RD, AD or BVD takes it."""
    if not told.judge(lambda: artifacts.resolve_of(header.unsigned(_copy(element)))):
        return False
    asked = artifacts.resolve_of(header.unsigned(_copy(element)))
    explain_artifact(told, asked.artifact, terms)
    situation = _situation(told, terms, "ArtifactResolutionService", asked.destination)
    for rule in resolving.RESOLVE_RULES:
        told.judge(partial(rule, asked, situation))
    told.note("whether the artifact is known, and of whom, and the TLS certificate are for the party that is asked")
    return True


def explain_logout(told: Explanation, element: Element, terms: Terms) -> bool:
    """A LogoutRequest, as RD or AD takes it."""
    if not told.judge(lambda: logout.request_of(header.unsigned(_copy(element)))):
        return False
    request = logout.request_of(header.unsigned(_copy(element)))
    told.say("NotOnOrAfter", request.not_on_or_after)
    told.say("names", "a NameID and a SessionIndex" if request.session_index else "a NameID")
    situation = _situation(told, terms, "SingleLogoutService", request.destination)
    for rule in logouts.REQUEST_RULES:
        told.judge(partial(rule, request, situation))
    told.note("whether such a session is open is for the party that is asked")
    return True


def explain_artifact(told: Explanation, text: str, terms: Terms) -> None:
    """Whose artifact it is; the handle in it is a secret for a minute, and not shown."""
    if not told.judge(lambda: artifacts.read_artifact(text)):
        return
    named = artifacts.read_artifact(text)
    told.say("type", 4)
    told.say("endpoint index", named.index)
    told.say("SourceID", named.source_id.hex())
    maker = next((each for each in terms.senders if each.source_id == named.source_id), None)
    told.say("made by", maker and maker.entity_id)
    if maker is None:
        told.note("whose it is is not known: SourceID is the SHA-1 of an EntityID; give metadata with --metadata")
    elif maker.resolution and str(named.index) not in maker.resolution:
        told.find(
            ArtifactUnknown(
                "its maker has no ArtifactResolutionService with this index",
                clause="DV-ART-05",
                expected=f"one of the metadata's: {', '.join(maker.resolution)}",
                found=named.index,
            )
        )
    if terms.receiver is not None and named.source_id != artifacts.source_id(terms.receiver):
        told.find(
            ArtifactUnknown(
                "not an artifact of the party that is asked",
                clause="DV-ART-05",
                expected=terms.receiver,
                found=maker.entity_id if maker else "another SourceID",
            )
        )


def _situation(told: Explanation, terms: Terms, kind: str, stated: str | None) -> Situation:
    """What is known of where it came in; a party with several addresses may be asked at each."""
    known = terms.addresses(kind)
    if not known:
        told.note(NO_ADDRESS)
    return Situation(stated if stated in known else next(iter(known), stated or "an address"), terms.at)


def _asked_role(request: AuthnRequest, terms: Terms) -> str:
    """Whose rules count: those of `--as`, else what the message makes likely."""
    if terms.role is not None:
        return terms.role
    if request.issuer.role != "RD":
        return "RD"
    return "BVD" if request.idp_assertion is not None else "AD"


def _say_request(told: Explanation, request: AuthnRequest) -> None:
    told.say("ACS index", request.acs_index)
    told.say("ACS URL", request.acs_url)
    told.say("service index", request.attribute_index)
    told.say("ServiceUUID", request.service and request.service.value)
    told.say("IntendedAudience", request.intended_audience and request.intended_audience.value)
    told.say("IDPList", ", ".join(each.value for each in request.idp_list))
    told.say("RequesterID", ", ".join(each.value for each in request.requester_ids))


def _check_registered(request: AuthnRequest, sender: Sender) -> None:
    """What the request points at is in the sender's own metadata (DV-REQ-04, DV-REQ-07, UC-04)."""
    if request.issuer.role == "RD" and not sender.consumers:
        return  # its document for DVs, which does not tell where answers come in
    if request.acs_index is not None and str(request.acs_index) not in sender.consumers:
        raise ReplyAddressUnknown(
            "no AssertionConsumerService with this index",
            expected=f"one of the metadata's: {', '.join(sender.consumers) or 'none'}",
            found=request.acs_index,
        )
    if request.attribute_index is not None and str(request.attribute_index) not in sender.services:
        raise ServiceUnknown(
            "no AttributeConsumingService with this index",
            clause="DV-REQ-07",
            expected=f"one of the metadata's: {', '.join(sender.services) or 'none'}",
            found=request.attribute_index,
        )
    dv = request.intended_audience
    if request.issuer.is_supplier and dv is not None and dv.value not in sender.connects:
        raise ServiceUnknown(
            "the DV is not in the LC's metadata",
            clause="UC-04",
            expected=", ".join(sender.connects) or "a DV in the LC's document: it has none",
            found=dv,
        )


def _explain_evidence(told: Explanation, request: AuthnRequest, evidence: bytes, terms: Terms) -> None:
    """The AD's assertion that a router brings, by the rules of the BVD."""
    element = parse(evidence)
    say_header(told, element)
    judge_signature(told, element, terms)
    if not told.judge(lambda: assertions.unproven(parse(evidence))):
        return
    assertion = assertions.unproven(parse(evidence))
    say_assertion(told, assertion)
    if assertion.issuer.role not in ("AD", None):
        found = assertion.issuer
        told.find(UnknownIssuer("not of an authentication service", clause="BVD-04", expected="an AD", found=found))
    router = terms.sender(request.issuer.value)
    consumers = tuple(router.consumers.values()) if router is not None else ()
    if not consumers:
        told.note("Recipient was not judged: give what the router publishes for AD and BVD with --metadata")
        consumers = (assertion.recipient,)
    bvd = terms.receiver or next((each for each in assertion.audiences if each != request.issuer), request.issuer)
    brought = Brought(bvd, request.issuer, frozenset(consumers), request.service, terms.at)
    for rule in EVIDENCE_RULES:
        told.judge(partial(rule, assertion, brought))
    told.judge(lambda: level_of(assertion))
    told.judge(lambda: acting_for_the_bvd(assertion, bvd))


def _copy(element: Element) -> Element:
    return parse(self_contained(element))
