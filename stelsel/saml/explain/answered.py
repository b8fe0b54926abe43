"""Explains what answers: ArtifactResponse, Response, Assertion with its Advice, and LogoutResponse."""

from functools import partial
from typing import Final

from stelsel import urns
from stelsel.failures import AnswerRefused, Failure
from stelsel.identifiers import EntityId, ServiceUuid
from stelsel.saml import artifact as artifacts
from stelsel.saml import assertion as assertions
from stelsel.saml import header, logout
from stelsel.saml import response as responses
from stelsel.saml.assertion import ASSERTION, Assertion
from stelsel.saml.encryption import EncryptedId
from stelsel.saml.explain.signed import issuer_of, judge_signature
from stelsel.saml.explain.told import Explanation, Terms
from stelsel.saml.response import RESPONSE, Response, Status
from stelsel.saml.rules import answers, logouts, resolving
from stelsel.saml.rules.declarations import AD_RULES, BVD_RULES, Login
from stelsel.saml.rules.summary import SUMMARY_RULES, Advised
from stelsel.saml.signatures import has_signature
from stelsel.saml.xml import Element, parse, self_contained

_SOME_DV: Final = EntityId("the-DV-that-asked")
_OF_ETOEGANG: Final = "urn:etoegang:"


def explain_artifact_response(told: Explanation, element: Element, terms: Terms) -> bool:
    """An ArtifactResponse, and the Response in it. False where its shape is not the standard's."""
    readable = told.judge(lambda: artifacts.answer_of(header.unsigned(_copy(element))))
    if readable:
        answer = artifacts.answer_of(header.unsigned(_copy(element)))
        _say_status(told, answer.status)
        resolve_id = terms.resolve_id or answer.in_response_to or "the ID of the ArtifactResolve"
        if terms.resolve_id is None:
            told.note("InResponseTo was not compared: give the ID of the ArtifactResolve with --resolve-id")
        for rule in resolving.RESOLVED_RULES:
            told.judge(partial(rule, answer, resolving.Resolving(answer.issuer, resolve_id, terms.at)))
        if answer.status.code == urns.STATUS_SUCCESS and not _inside(element, RESPONSE):
            told.find(
                AnswerRefused(
                    "the artifact stands for nothing: unknown, used, expired, or of another party",
                    clause="DV-ARR-04",
                    expected="a Response",
                    found="none",
                )
            )
    for inner in _inside(element, RESPONSE):
        with told.within("Response"):
            say_header(told, inner)
            if has_signature(inner):
                judge_signature(told, inner, terms)
            explain_response(told, inner, terms)
    return readable


def explain_response(told: Explanation, element: Element, terms: Terms) -> bool:
    """A Response, its own signature aside, and the Assertion in it."""
    readable = told.judge(lambda: _response(element))
    inner = _inside(element, ASSERTION)
    if readable:
        response = _response(element)
        _say_status(told, response.status)
        expected = _expected(terms, response.issuer, response.in_response_to, response.destination)
        _note_what_is_missing(told, terms)
        for rule in answers.RESPONSE_RULES:
            told.judge(partial(rule, response, expected))
        told.judge(lambda: answers.check_success(response, has_assertion=bool(inner)))
    for each in inner:
        with told.within("Assertion"):
            explain_assertion(told, each, terms, _response(element) if readable else None)
    return readable


def explain_assertion(told: Explanation, element: Element, terms: Terms, around: Response | None = None) -> bool:
    """An Assertion, by the rules of whoever asked for it, and what stands in its Advice.

    What is not given is taken from the Response around it: the two must agree.
    """
    if around is not None:
        say_header(told, element)
        judge_signature(told, element, terms)
    if not told.judge(lambda: assertions.unproven(_copy(element))):
        return False
    assertion = assertions.unproven(_copy(element))
    say_assertion(told, assertion)
    if around is None:
        expected = _expected(terms, assertion.issuer, assertion.in_response_to, assertion.recipient)
        _note_what_is_missing(told, terms)
    else:
        expected = _expected(terms, around.issuer, around.in_response_to, around.destination)
    audience = terms.audience or terms.receiver
    if audience is None:
        told.note("the audience was not judged: say who receives it with --as or --audience")
    wanted = answers.Expected(
        expected.authority, expected.request_id, expected.consumer, audience or assertion.audiences[0]
    )
    for rule in answers.ASSERTION_RULES:
        told.judge(partial(rule, assertion, wanted, terms.at))
    judge_assertion(told, assertion, _dv_of(assertion, terms), None)
    _explain_advice(told, assertion, terms)
    return True


def judge_assertion(told: Explanation, assertion: Assertion, dv: EntityId | None, service: ServiceUuid | None) -> None:
    """What it declares, by the rules for who declares it: AD, BVD or RD."""
    login = Login(dv or _SOME_DV, service)
    of_etd = any(attribute.name.startswith(_OF_ETOEGANG) for attribute in assertion.attributes)
    if of_etd and assertion.issuer.role != "AD":
        told.note("an assertion in the words of eTD: what it declares was not judged")
        return
    match assertion.issuer.role:
        case "AD":
            for rule in AD_RULES:
                told.judge(partial(rule, assertion, login))
        case "BVD":
            for rule in BVD_RULES:
                told.judge(partial(rule, assertion, login))
        case "RD":
            for of_summary in SUMMARY_RULES:
                told.judge(partial(of_summary, assertion, _advised(assertion)))


def explain_logout_response(told: Explanation, element: Element, terms: Terms) -> bool:
    """A LogoutResponse, by the rules of whoever asked to log out."""
    if not told.judge(lambda: logout.response_of(header.unsigned(_copy(element)))):
        return False
    answer = logout.response_of(header.unsigned(_copy(element)))
    _say_status(told, answer.status)
    _note_what_is_missing(told, terms)
    known = terms.addresses("SingleLogoutService")
    location = answer.destination if answer.destination in known else next(iter(known), answer.destination)
    asked = terms.in_response_to or answer.in_response_to or "the ID of the LogoutRequest"
    ending = logouts.Ending(answer.issuer, asked, location or "an address", terms.at)
    for rule in logouts.RESPONSE_RULES:
        told.judge(partial(rule, answer, ending))
    return True


def say_header(told: Explanation, element: Element) -> None:
    """Whose it says it is, and the attributes that messages share."""
    issuer_of(told, element)
    for name in ("ID", "Version", "IssueInstant", "Destination", "InResponseTo"):
        told.say(name, element.get(name))


def say_assertion(told: Explanation, assertion: Assertion) -> None:
    """What may be read of it: for whom, until when, how surely, and which attributes; never the value of a subject."""
    told.say("Recipient", assertion.recipient)
    told.say("InResponseTo", assertion.in_response_to)
    told.say("delivered until", f"{assertion.confirm_until:%FT%TZ}")
    told.say("holds", f"{assertion.not_before:%FT%TZ} to {assertion.not_on_or_after:%FT%TZ}")
    told.say("session until", assertion.session_until and f"{assertion.session_until:%FT%TZ}")
    told.say("Audience", ", ".join(each.value for each in assertion.audiences))
    told.say("level", assertion.context_class)
    told.say("authorities", ", ".join(each.value for each in assertion.authorities))
    told.say("ServiceUUID", assertion.service and assertion.service.value)
    told.say("RepresentationType", ", ".join(assertion.representation_types))
    for attribute in assertion.attributes:
        if attribute.name not in (urns.SERVICE_UUID, urns.REPRESENTATION_TYPE):
            told.say("attribute", f"{attribute.name}: {_closed(attribute.values)}")
    for number, _ in enumerate(assertion.encrypted_attributes, 1):
        told.say("attribute", f"encrypted whole ({number})")
    if assertion.advice:
        told.say("Advice", f"{len(assertion.advice)} assertion(s)")


def _closed(values: tuple[str | EncryptedId, ...]) -> str:
    """How a value is closed, and for whom; in clear it is not shown."""
    recipients = {each.value for value in values if isinstance(value, EncryptedId) for each in value.recipients}
    in_clear = sum(isinstance(value, str) for value in values)
    told = [f"encrypted for {', '.join(sorted(recipients))}"] if recipients else []
    return "; ".join([*told, *([f"{in_clear} value(s) in clear, not shown"] if in_clear else [])]) or "no value"


def _explain_advice(told: Explanation, assertion: Assertion, terms: Terms) -> None:
    """Evidence for the DV to keep: whether it still verifies, and declares what its maker may (DV-ASR-16, C-18)."""
    for number, evidence in enumerate(assertion.advice, 1):
        element = parse(evidence)
        with told.within(f"Advice, assertion {number}"):
            say_header(told, element)
            judge_signature(told, element, terms)
            if told.judge(partial(_unproven, evidence)):
                inner = _unproven(evidence)
                say_assertion(told, inner)
                judge_assertion(told, inner, _dv_of(assertion, terms), assertion.service)


def _unproven(evidence: bytes) -> Assertion:
    return assertions.unproven(parse(evidence))


def _advised(assertion: Assertion) -> Advised:
    issuers = []
    for evidence in assertion.advice:
        try:
            issuers.append(header.sender(parse(evidence)))
        except Failure:  # told where the evidence itself is explained
            continue
    return Advised(tuple(issuers))


def _dv_of(assertion: Assertion, terms: Terms) -> EntityId | None:
    """The DV that it is about in the end, as far as the message tells."""
    candidates = [terms.receiver, terms.audience, *assertion.audiences]
    readers = [each for value in (*assertion.acting, *assertion.legal) for each in value.recipients]
    return next((each for each in (*candidates, *readers) if each is not None and each.role == "DV"), None)


def _expected(terms: Terms, issuer: EntityId, asked: str | None, arrived: str | None) -> answers.Expected:
    """What it must fit; by its own word where nothing was given. Absent it fits nothing."""
    known = terms.addresses("AssertionConsumerService")
    location = arrived if arrived in known else next(iter(known), arrived)
    return answers.Expected(
        authority=issuer,
        request_id=terms.in_response_to or asked or "the ID of the AuthnRequest",
        consumer=location or "an AssertionConsumerService of the receiver's metadata",
        audience=terms.audience or terms.receiver or issuer,
    )


def _response(element: Element) -> Response:
    return responses.read_signed(header.unsigned(_copy(element)), None)


def _note_what_is_missing(told: Explanation, terms: Terms) -> None:
    if terms.in_response_to is None:
        told.note("InResponseTo was not compared: give the ID of the message it answers with --in-response-to")
    if not terms.addresses("AssertionConsumerService") and terms.destination is None:
        told.note("the address was not judged: give the one it goes to with --destination")


def _say_status(told: Explanation, status: Status) -> None:
    told.say("status", " / ".join(each.rpartition(":")[2] for each in (status.code, status.sub) if each))
    told.say("StatusMessage", status.message)


def _inside(element: Element, tag: str) -> list[Element]:
    return [child for child in element if child.tag == tag]


def _copy(element: Element) -> Element:
    return parse(self_contained(element))
