"""`explain` of what a DV, the router or a BVD receives: each rule of a receiver broken alone, and told."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from stelsel import urns
from stelsel.saml import artifact as artifacts
from stelsel.saml import assertion, authn_request, response
from stelsel.saml.assertion import Attribute
from stelsel.saml.bindings import encode_post, soap_wrap
from stelsel.saml.response import Status
from stelsel.saml.rules.answers import ASSERTION_RULES, RESPONSE_RULES
from stelsel.saml.rules.declarations import AD_RULES, BVD_RULES, EVIDENCE_RULES
from stelsel.saml.rules.resolving import RESOLVE_RULES, RESOLVED_RULES
from stelsel.saml.rules.summary import SUMMARY_RULES
from tests.stelsel.saml.explaining import (
    ABOUT_SERVICE,
    DV_ACS,
    GROUND,
    RD_ACS,
    RD_RESOLVE,
    Explained,
    explaining,
    finding,
    metadata_of,
    of_ad,
    of_bvd,
    resolved,
)
from tests.stelsel.saml.factories import (
    AD,
    BVD,
    DV,
    LC,
    NOON,
    RD,
    SERVICE,
    a_request,
    a_resolve,
    a_response,
    an_encrypted_id,
    key_of,
)

FOR_THE_DV = {"as_": DV.value, "in_response_to": "_request", "resolve_id": "_resolve"}
ACTING = Attribute(urns.ACTING_SUBJECT_ID, (an_encrypted_id(DV),))
LEGAL = Attribute(urns.LEGAL_SUBJECT_ID, (an_encrypted_id(DV),))
BETWEEN_FOR_THE_RD = Attribute(urns.INTERMEDIARY_SUBJECT_ID, (an_encrypted_id(RD),))
CANCELLED = Status(urns.STATUS_RESPONDER, urns.STATUS_AUTHN_FAILED, "Authentication cancelled")
OLD = NOON - timedelta(minutes=6)
Changes = Mapping[str, Any]

# By rule: what breaks it in a resolved login, the clause that is told, and in which part.
RESOLVED: Mapping[str, tuple[Changes, str, str]] = {
    "answers_our_resolve": ({"answer": {"in_response_to": "_other"}}, "DV-ARR-01", ""),
    "freshly_answered": ({"answer": {"issue_instant": OLD}}, "GEN-22", ""),
}
RESPONSES: Mapping[str, tuple[Changes, str, str]] = {
    "answers_our_request": ({"around": {"in_response_to": "_other"}}, "DV-RSP-01", "Response"),
    "arrives_where_meant": ({"around": {"destination": "https://elders.test/"}}, "DV-RSP-02", "Response"),
}
ASSERTIONS: Mapping[str, tuple[Changes, str, str]] = {
    "by_the_responder": ({"summary": {"issuer": AD}}, "DV-ASR-01", "Assertion"),
    "recipient_is_our_consumer": ({"summary": {"recipient": "https://elders.test/"}}, "DV-VAL-02", "Assertion"),
    "in_time": ({"summary": {"confirm_until": NOON}}, "DV-VAL-03", "Assertion"),
    "answers_our_login": ({"summary": {"in_response_to": "_other"}}, "DV-VAL-04", "Assertion"),
    "audience_holds_us": ({"summary": {"audiences": (LC,)}}, "DV-VAL-05", "Assertion"),
}
SUMMARIES: Mapping[str, tuple[Changes, str, str]] = {
    "of_a_transient_subject": ({"summary": {"name_id_format": urns.PERSISTENT}}, "DV-ASR-03", "Assertion"),
    "about_one_service": ({"summary": {"attributes": (ACTING, LEGAL)}}, "DV-ATT-01", "Assertion"),
    "at_a_level": ({"summary": {"context_class": "urn:hoog"}}, "DV-ASR-13", "Assertion"),
    "names_who_acts": ({"summary": {"attributes": (ABOUT_SERVICE, LEGAL, GROUND)}}, "DV-ATT-02", "Assertion"),
    "subjects_are_encrypted": (
        {"summary": {"attributes": (ABOUT_SERVICE, Attribute(urns.ACTING_SUBJECT_ID, ("999990019",)), LEGAL)}},
        "DV-ATT-04",
        "Assertion",
    ),
    "recipients_are_audiences": (
        {
            "summary": {
                "attributes": (ABOUT_SERVICE, Attribute(urns.ACTING_SUBJECT_ID, (an_encrypted_id(DV, RD),)), LEGAL)
            }
        },
        "DV-ATT-05",
        "Assertion",
    ),
    "ground_only_of_somebody_represented": (
        {"summary": {"attributes": (ABOUT_SERVICE, ACTING, GROUND)}},
        "DV-ATT-12",
        "Assertion",
    ),
    "brings_the_evidence": ({"summary": {"advice": (), "authorities": ()}}, "DV-ASR-16", "Assertion"),
    "authorities_gave_the_evidence": ({"summary": {"authorities": (AD,)}}, "DV-ASR-14", "Assertion"),
}
TELLING = {"ad": {"attributes": (ABOUT_SERVICE, ACTING, Attribute(f"{urns.ETOEGANG_PERSONAL}X", ("Anna",)))}}
WITH_LEGAL = {"ad": {"attributes": (ABOUT_SERVICE, ACTING, LEGAL)}}
OF_AD: Mapping[str, tuple[Changes, str, str]] = {
    "about_the_service": ({"ad": {"attributes": (ACTING,)}}, "DV-ATT-01", "Advice, assertion 1"),
    "rests_on_no_other": ({"ad": {"authorities": (BVD,)}}, "RD-ASR-05", "Advice, assertion 1"),
    "of_nobody_represented": (WITH_LEGAL, "RD-ASR-09", "Advice, assertion 1"),
    "at_a_known_level": ({"ad": {"context_class": "urn:hoog"}}, "RD-ASR-03", "Advice, assertion 1"),
    "acting_readable_for_the_dv": (
        {"ad": {"attributes": (ABOUT_SERVICE, Attribute(urns.ACTING_SUBJECT_ID, (an_encrypted_id(BVD),)))}},
        "RD-ASR-06",
        "Advice, assertion 1",
    ),
    "facts_for_the_dv_alone": (TELLING, "DV-ATT-13", "Advice, assertion 1"),
}
OF_BVD: Mapping[str, tuple[Changes, str, str]] = {
    "about_the_service": ({"bvd": {"attributes": (ACTING, LEGAL, GROUND)}}, "DV-ATT-01", "Advice, assertion 2"),
    "at_no_level": ({"bvd": {"context_class": urns.LOA_HIGH}}, "RD-ASR-04", "Advice, assertion 2"),
    "rests_on_no_other": ({"bvd": {"authorities": (AD,)}}, "RD-ASR-05", "Advice, assertion 2"),
    "representative_readable_for_the_dv": (
        {"bvd": {"attributes": (ABOUT_SERVICE, LEGAL, GROUND)}},
        "RD-ASR-07",
        "Advice, assertion 2",
    ),
    "represented_readable_for_the_dv": (
        {"bvd": {"attributes": (ABOUT_SERVICE, ACTING, GROUND)}},
        "RD-ASR-08",
        "Advice, assertion 2",
    ),
    "between_readable_for_the_dv": (
        {"bvd": {"attributes": (ABOUT_SERVICE, ACTING, LEGAL, BETWEEN_FOR_THE_RD, GROUND)}},
        "RD-ASR-08",
        "Advice, assertion 2",
    ),
    "on_some_ground": ({"bvd": {"attributes": (ABOUT_SERVICE, ACTING, LEGAL)}}, "RD-ASR-10", "Advice, assertion 2"),
}
BROKEN = [
    (f"{kind}, {rule}", *told)
    for kind, table in (
        ("ArtifactResponse", RESOLVED),
        ("Response", RESPONSES),
        ("Assertion", ASSERTIONS),
        ("summary", SUMMARIES),
        ("of an AD", OF_AD),
        ("of a BVD", OF_BVD),
    )
    for rule, told in table.items()
]


@pytest.fixture
def explained(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Explained:
    return explaining(tmp_path, capsys)


def test_every_rule_of_a_receiver_is_broken_here() -> None:
    def names(rules: tuple[Any, ...]) -> list[str]:
        return [rule.__name__ for rule in rules]

    # Whom one asked is known to who asked; of a message alone it is who answers (see the tests of `Resolver`).
    assert names(RESOLVED_RULES) == ["by_whose_artifact_it_is", *RESOLVED]
    assert names(RESPONSE_RULES) == ["from_whom_we_asked", *RESPONSES]
    assert names(ASSERTION_RULES) == [*ASSERTIONS]
    assert names(SUMMARY_RULES) == [*SUMMARIES]
    assert names(AD_RULES) == [*OF_AD]
    assert names(BVD_RULES) == [*OF_BVD]
    assert names(EVIDENCE_RULES) == [*EVIDENCE]
    assert names(RESOLVE_RULES) == [*RESOLVES]


def test_a_resolved_login_in_order_has_no_findings_and_shows_nobody(explained: Explained) -> None:
    code, text = explained(resolved(), **FOR_THE_DV)
    assert code == 0, text
    assert text.endswith("\nno findings\n")
    assert text.count("signature:") == 4
    assert "note:" not in text
    for part in ("Response", "Assertion", "Advice, assertion 1", "Advice, assertion 2"):
        assert f"in it:             {part}" in text
    assert f"{urns.ACTING_SUBJECT_ID}: encrypted for {DV.value}" in text
    for secret in ("_transient", "CipherValue", "999990019", "999990020"):
        assert secret not in text


@pytest.mark.parametrize(("changes", "clause", "part"), [each[1:] for each in BROKEN], ids=[each[0] for each in BROKEN])
def test_a_rule_that_is_broken_is_told_with_its_wording_and_its_place(
    explained: Explained, changes: Changes, clause: str, part: str
) -> None:
    code, text = explained(resolved(**changes), **FOR_THE_DV)
    assert code == 1
    told = finding(text, clause)
    for name in ("rule", "expected", "found"):
        assert f"\n    {name}: " in told
    assert (f"    in: {part}\n" in told) == bool(part)
    assert "999990019" not in text


def test_it_goes_on_after_the_first_finding_and_into_each_part(explained: Explained) -> None:
    text = explained(
        resolved(
            answer={"in_response_to": "_a"},
            around={"in_response_to": "_b"},
            summary={"audiences": (LC,)},
            ad={"context_class": "urn:hoog"},
            bvd={"context_class": urns.LOA_HIGH},
        ),
        **FOR_THE_DV,
    )[1]
    for clause in ("DV-ARR-01", "DV-RSP-01", "DV-VAL-05", "RD-ASR-03", "RD-ASR-04"):
        finding(text, clause)


def test_each_signature_is_judged_by_itself(explained: Explained) -> None:
    text = explained(resolved(signer=BVD), **FOR_THE_DV)[1]
    assert "in:" not in finding(text, "GEN-16")
    changed = resolved().replace(urns.LOA_HIGH.encode(), urns.LOA_LOW.encode(), 1)  # the AD's, the first that is met
    code, text = explained(changed, **FOR_THE_DV)
    assert code == 1
    # The AD's own, the summary around it and the message around that no longer say what was signed.
    assert text.count("GEN-10  the content was changed after signing") == 3


def test_of_a_key_that_nobody_gave_it_says_so_for_each_party(explained: Explained) -> None:
    code, text = explained(resolved(), known=(DV, RD), **FOR_THE_DV)
    assert code == 0
    for party in (AD, BVD):
        assert f"note: the key was not judged: give the metadata of {party.value}" in text


def test_without_terms_the_parts_of_an_answer_are_held_against_each_other(explained: Explained) -> None:
    code, text = explained(resolved(), known=())
    assert code == 0, text
    for note in ("InResponseTo was not compared", "the address was not judged", "the audience was not judged"):
        assert note in text
    text = explained(resolved(around={"in_response_to": "_other", "destination": "https://elders.test/"}), known=())[1]
    assert "_request" in finding(text, "DV-VAL-04")
    assert DV_ACS in finding(text, "DV-VAL-02")


def test_an_artifact_that_stood_for_nothing_is_told(explained: Explained) -> None:
    code, text = explained(resolved(answer={"response": None}), **FOR_THE_DV)
    assert (code, "unknown, used, expired" in finding(text, "DV-ARR-04")) == (1, True)


def test_a_login_that_ended_otherwise_is_in_order_without_an_assertion(explained: Explained) -> None:
    ended = response.write(a_response(None, status=CANCELLED))
    code, text = explained(resolved(answer={"response": ended}), **FOR_THE_DV)
    assert (code, "Responder / AuthnFailed" in text, "Authentication cancelled" in text) == (0, True, True)
    failed: Changes = {"around": {"status": CANCELLED}}
    assert "no Assertion" in finding(explained(resolved(**failed), **FOR_THE_DV)[1], "DV-RSP-07")


def test_a_response_by_post_must_be_signed_itself(explained: Explained) -> None:
    made = assertion.write(of_ad(), key_of(AD))
    unsigned = response.write(a_response(made, issuer=AD, destination=RD_ACS))
    assert explained(unsigned, as_=RD.value)[0] == 0
    posted = f"SAMLResponse={encode_post(unsigned)}".replace("+", "%2B").encode()
    finding(explained(posted, as_=RD.value)[1], "GEN-08")
    signed = response.write(a_response(made, issuer=AD, destination=RD_ACS), key_of(AD))
    posted = f"SAMLResponse={encode_post(signed)}".replace("+", "%2B").encode()
    assert explained(posted, as_=RD.value)[0] == 0


@pytest.mark.parametrize("made", [of_ad(), of_bvd()], ids=["of an AD", "of a BVD"])
def test_an_assertion_alone_is_judged_as_the_router_receives_it(explained: Explained, made: Any) -> None:
    message = assertion.write(made, key_of(made.issuer))
    assert explained(message, as_=RD.value, in_response_to="_request")[0] == 0
    finding(explained(message, as_=RD.value, in_response_to="_other")[1], "DV-VAL-04")
    finding(explained(message, as_=RD.value, destination="https://elders.test/")[1], "DV-VAL-02")
    finding(explained(message, as_=RD.value, audience=LC.value)[1], "DV-VAL-05")
    finding(explained(message, as_=RD.value, at="2026-03-10T11:02:00Z")[1], "DV-VAL-03")


EVIDENCE: Mapping[str, tuple[Mapping[str, Any], str]] = {
    "meant_for_us": ({"audiences": (RD, DV)}, "RD-ASR-01"),
    "brought_by_its_recipient": ({"recipient": "https://elders.test/"}, "DV-VAL-02"),
    "in_time": ({"not_on_or_after": NOON}, "DV-VAL-03"),
    "about_this_service": ({"attributes": (Attribute(urns.ACTING_SUBJECT_ID, (an_encrypted_id(BVD),)),)}, "BVD-04"),
    "about_one_person": (
        {"attributes": (ABOUT_SERVICE, GROUND, Attribute(urns.ACTING_SUBJECT_ID, (an_encrypted_id(BVD),)))},
        "RD-ASR-09",
    ),
}


def to_the_bvd(**changes: Any) -> bytes:
    """The router's request with an AD's assertion inside."""
    evidence = assertion.write(of_ad(**changes), key_of(AD))
    asked = a_request(issuer=RD, destination="https://bvd.test/sso", idp_assertion=evidence)
    return authn_request.write(asked, key_of(RD))


@pytest.mark.parametrize("rule", EVIDENCE)
def test_a_routers_request_is_judged_as_the_bvd_does_with_the_evidence_in_it(explained: Explained, rule: str) -> None:
    code, text = explained(to_the_bvd(), as_=BVD.value)
    assert (code, text.count("signature:")) == (0, 2), text
    changes, clause = EVIDENCE[rule]
    assert "the AD's assertion in IdpAssertion" in finding(explained(to_the_bvd(**changes), as_=BVD.value)[1], clause)


def test_a_routers_request_without_dv_or_evidence_is_told_by_the_bvds_rules(explained: Explained) -> None:
    bare = a_request(issuer=RD, destination="https://bvd.test/sso", service=None)
    text = explained(authn_request.write(bare, key_of(RD)), as_=BVD.value)[1]
    assert "found: IntendedAudience alone" in finding(text, "RD-REQ-03")
    finding(text, "RD-REQ-05")


RESOLVES: Mapping[str, tuple[Mapping[str, Any], str]] = {
    "meant_for_us": ({"destination": "https://elders.test/"}, "DV-RSV-02"),
    "fresh": ({"issue_instant": OLD}, "GEN-22"),
}


@pytest.mark.parametrize("rule", RESOLVES)
def test_an_artifact_resolve_is_judged_as_who_is_asked_does(explained: Explained, rule: str) -> None:
    def asked(**changes: Any) -> tuple[int, str]:
        message = artifacts.write_resolve(a_resolve(**changes), key_of(DV))
        return explained(soap_wrap(message), as_=RD.value, destination=RD_RESOLVE)

    assert asked()[0] == 0
    changes, clause = RESOLVES[rule]
    finding(asked(**changes)[1], clause)
    of_another = artifacts.make_artifact(AD, 1, b"h" * 20)
    code, text = asked(artifact=of_another)
    assert (code, AD.value in finding(text, "DV-ART-05"), of_another in text) == (1, True, False)
    assert "one of the metadata's: 1" in finding(
        asked(artifact=artifacts.make_artifact(RD, 9, bytes(20)))[1], "DV-ART-05"
    )


def test_an_lc_speaks_for_the_dvs_of_its_own_document_only(explained: Explained) -> None:
    asked = a_request(issuer=LC, intended_audience=DV, destination="https://rd.test/sso")
    message = authn_request.write(asked, key_of(LC))
    document = f'<md:EntitiesDescriptor xmlns:md="{urns.MD}">%s</md:EntitiesDescriptor>'.encode()
    both = document.replace(b"%s", metadata_of(LC) + metadata_of(DV))
    alone = document.replace(b"%s", metadata_of(LC))
    assert explained(message, known=(RD,), files=(both,), as_=RD.value)[0] == 0
    assert DV.value in finding(explained(message, known=(RD,), files=(alone,), as_=RD.value)[1], "UC-04")


def test_an_index_of_a_service_that_the_metadata_does_not_have_is_told(explained: Explained) -> None:
    asked = a_request(service=None, intended_audience=None, attribute_index=4, destination="https://rd.test/sso")
    assert "one of the metadata's: 3" in finding(explained(authn_request.write(asked, key_of(DV)))[1], "DV-REQ-07")


def test_metadata_and_other_documents_are_no_messages(explained: Explained) -> None:
    assert "python -m metadata check" in explained(metadata_of(DV))[1]
    assert "none of the standard's messages" in finding(explained(b"<a/>")[1], "ERR-09")


def test_service_names_of_an_answer_must_be_those_of_its_evidence(explained: Explained) -> None:
    other = Attribute(urns.SERVICE_UUID, ("0a1b2c3d-0000-4000-8000-000000000002",))
    text = explained(resolved(summary={"attributes": (other, ACTING, LEGAL, GROUND)}), **FOR_THE_DV)[1]
    assert text.count("DV-ATT-01  about another service") == 2
    assert SERVICE.value in text
