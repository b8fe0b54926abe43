"""Whatever values a message has, it is written so that everybody reads the same values back."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from stelsel import urns
from stelsel.identifiers import EntityId, ServiceUuid
from stelsel.saml import artifact, assertion, authn_request, response
from stelsel.saml.assertion import Assertion, Attribute
from stelsel.saml.bindings import soap_wrap
from stelsel.saml.response import Status
from tests.stelsel.saml.factories import AD, DV, RD, a_request, a_response, an_artifact_response, key_of, keys_of_all
from tests.stelsel.saml.judges import check_schema

IDS = st.from_regex(r"[A-Za-z_][A-Za-z0-9_.-]{0,40}", fullmatch=True)
INSTANTS = st.datetimes(datetime(2000, 1, 1), datetime(2199, 1, 1), timezones=st.just(UTC)).map(
    lambda at: at.replace(microsecond=at.microsecond // 1000 * 1000)
)
# Everything XML can hold; white space around a value is not part of it.
TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn"), include_characters="\t\n&<>\"'"), max_size=60
).map(str.strip)
URIS = st.from_regex(r"urn:[a-z0-9]{1,20}:[A-Za-z0-9._-]{1,60}", fullmatch=True)
ENTITIES = URIS.map(EntityId)
SERVICES = st.from_regex(r"[0-9A-Za-z-]{8,64}", fullmatch=True).map(ServiceUuid)
INDEXES = st.none() | st.integers(0, 65535)


@settings(max_examples=60, deadline=None)
@given(
    request=st.builds(
        a_request,
        id=IDS,
        issue_instant=INSTANTS,
        destination=st.none() | TEXTS,
        force_authn=st.booleans(),
        is_passive=st.booleans(),
        acs_index=INDEXES,
        acs_url=st.none() | TEXTS,
        protocol_binding=st.none() | TEXTS,
        attribute_index=INDEXES,
        intended_audience=st.none() | ENTITIES,
        service=st.none() | SERVICES,
        idp_list=st.lists(ENTITIES, max_size=3).map(tuple),
        requester_ids=st.lists(ENTITIES, max_size=3).map(tuple),
        has_scoping=st.just(True),
        provider_name=st.none() | TEXTS,
    )
)
def test_any_request_reads_as_it_was_written(request: authn_request.AuthnRequest) -> None:
    assert authn_request.read(authn_request.write(request, key_of(DV)), keys_of_all()) == request


@settings(max_examples=60, deadline=None)
@given(
    written=st.builds(
        Assertion,
        id=IDS,
        issue_instant=INSTANTS,
        issuer=st.just(AD),
        name_id=TEXTS,
        name_id_format=URIS,
        recipient=URIS,
        in_response_to=IDS,
        confirm_until=INSTANTS,
        not_before=INSTANTS,
        not_on_or_after=INSTANTS,
        audiences=st.lists(ENTITIES, min_size=1, max_size=3).map(tuple),
        authn_instant=INSTANTS,
        session_index=st.none() | TEXTS,
        session_until=st.none() | INSTANTS,
        context_class=URIS,
        authorities=st.lists(ENTITIES, max_size=3).map(tuple),
        attributes=st.lists(
            st.builds(Attribute, URIS, st.lists(TEXTS, min_size=1, max_size=3).map(tuple)),
            min_size=1,
            max_size=4,
            unique_by=lambda attribute: attribute.name,
        ).map(tuple),
        advice=st.just(()),
        evidence=st.just(b""),
    )
)
def test_any_assertion_reads_as_it_was_written(written: Assertion) -> None:
    signed = assertion.write(written, key_of(AD))

    check_schema(signed)
    assert assertion.read(signed, keys_of_all()) == written


@settings(max_examples=40, deadline=None)
@given(
    status=st.builds(Status, URIS, st.none() | URIS, st.none() | TEXTS),
    destination=st.none() | TEXTS,
    in_response_to=st.none() | IDS,
    at=INSTANTS,
)
def test_any_answer_reads_as_it_was_written(
    status: Status, destination: str | None, in_response_to: str | None, at: datetime
) -> None:
    inner = a_response(None, status=status, destination=destination, in_response_to=in_response_to, issue_instant=at)
    message = artifact.write_response(an_artifact_response(response.write(inner)), key_of(RD))

    assert artifact.read_artifact_response(soap_wrap(message), keys_of_all()).response == inner


@settings(deadline=None)
@given(handle=st.binary(min_size=20, max_size=20), index=st.integers(0, 65535), issuer=ENTITIES)
def test_any_artifact_reads_as_it_was_made(handle: bytes, index: int, issuer: EntityId) -> None:
    read = artifact.read_artifact(artifact.make_artifact(issuer, index, handle))

    assert (read.handle, read.index, read.source_id) == (handle, index, artifact.source_id(issuer))


def test_an_instant_is_cut_to_milliseconds_and_told_in_utc() -> None:
    at = datetime(2026, 3, 10, 12, 0, 0, 123_999, tzinfo=UTC) - timedelta(hours=1)
    written = authn_request.write(a_request(issue_instant=at), key_of(DV))

    assert b'IssueInstant="2026-03-10T11:00:00.123Z"' in written
    assert urns.SAMLP.encode() in written
