"""Logout messages: written as the schema has them, read from what was signed, by POST and in a query."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from lxml import etree

from stelsel import urns
from stelsel.failures import MessageMalformed, SignatureRefused, UnknownIssuer
from stelsel.saml import logout, redirect
from stelsel.saml.logout import LogoutRequest, LogoutResponse
from stelsel.saml.redirect import Redirected
from stelsel.saml.response import Status
from tests.stelsel.saml.factories import BVD, DV, NOON, RD, key_of, keys_of_all
from tests.stelsel.saml.judges import check_schema, xmlsec1_verifies

SLO = "https://rd.test/saml/slo"
NO_MORE = Status(urns.STATUS_RESPONDER, urns.STATUS_PARTIAL_LOGOUT)


def a_logout(**changes: Any) -> LogoutRequest:
    """The DV ends the login that began with `_subject`."""
    values: dict[str, Any] = {
        "id": "_logout",
        "issue_instant": NOON,
        "destination": SLO,
        "issuer": DV,
        "name_id": "_subject",
        "session_index": "_subject",
    }
    return LogoutRequest(**values | changes)


def an_answer(**changes: Any) -> LogoutResponse:
    """The RD says that it is done."""
    values: dict[str, Any] = {
        "id": "_answer",
        "issue_instant": NOON,
        "destination": "https://dv.test/slo",
        "issuer": RD,
        "in_response_to": "_logout",
        "status": Status(urns.STATUS_SUCCESS),
    }
    return LogoutResponse(**values | changes)


def in_a_query(message: bytes, kind: redirect.Kind, signer: Any = DV) -> Redirected:
    """The message by HTTP-Redirect."""
    url = redirect.write_url(SLO, kind, message, "state", key_of(signer))
    return redirect.read_query(urlsplit(url).query.encode())


@pytest.mark.clause("LGO-01", "LGO-03", "C-09")
@pytest.mark.parametrize("session_index", [None, "_subject"])
def test_a_logout_request_stands_in_the_schemas_order_and_is_read_as_it_was_written(session_index: str | None) -> None:
    request = a_logout(session_index=session_index)
    written = logout.write_request(request, key_of(DV))
    check_schema(written)
    assert xmlsec1_verifies(written, key_of(DV))
    order = [etree.QName(child) for child in etree.fromstring(written)]
    assert [each.localname for each in order] == ["Issuer", "Signature", "NameID"] + ["SessionIndex"] * bool(
        session_index
    )
    assert {each.namespace for each in order if each.localname == "SessionIndex"} <= {urns.SAMLP}
    assert logout.read_request(written, keys_of_all()) == request


@pytest.mark.clause("LGO-02", "GEN-15")
@pytest.mark.parametrize("status", [Status(urns.STATUS_SUCCESS), NO_MORE])
def test_a_logout_response_is_read_as_it_was_written(status: Status) -> None:
    answer = an_answer(status=status)
    written = logout.write_response(answer, key_of(RD))
    check_schema(written)
    assert xmlsec1_verifies(written, key_of(RD))
    assert f"<ds:KeyName>{key_of(RD).name}</ds:KeyName>".encode() in written
    assert logout.read_response(written, keys_of_all()) == answer


@pytest.mark.clause("LGO-01", "LGO-02")
def test_both_are_read_out_of_a_query_too() -> None:
    request = logout.write_request(a_logout(), None)
    answer = logout.write_response(an_answer(), None)
    check_schema(request)
    check_schema(answer)
    assert logout.read_request(in_a_query(request, "SAMLRequest"), keys_of_all()) == a_logout()
    assert logout.read_response(in_a_query(answer, "SAMLResponse", RD), keys_of_all()) == an_answer()


@pytest.mark.clause("C-09")
def test_the_standards_own_example_breaks_the_schema_and_is_refused() -> None:
    wrong = b"<saml:SessionIndex>_subject</saml:SessionIndex><saml:NameID>_subject</saml:NameID></samlp:LogoutRequest>"
    message = logout.write_request(a_logout(session_index=None), None)
    with pytest.raises(MessageMalformed):
        logout.read_request(in_a_query(message[: message.index(b"<saml:NameID")] + wrong, "SAMLRequest"), keys_of_all())


@pytest.mark.clause("S15", "S23")
@pytest.mark.parametrize(
    ("read", "message"),
    [
        (logout.read_request, logout.write_request(a_logout(), None)),
        (logout.read_response, logout.write_response(an_answer(), None)),
    ],
    ids=["request", "response"],
)
def test_an_unsigned_logout_message_is_refused(read: Callable[..., object], message: bytes) -> None:
    with pytest.raises(SignatureRefused):
        read(message, keys_of_all())


@pytest.mark.clause("S12", "S23")
def test_a_logout_signed_by_another_party_is_refused() -> None:
    with pytest.raises(SignatureRefused):
        logout.read_request(logout.write_request(a_logout(), key_of(BVD)), keys_of_all())
    with pytest.raises(UnknownIssuer):
        logout.read_request(logout.write_request(a_logout(), key_of(DV)), keys_of_all(RD))


@pytest.mark.clause("S15")
@pytest.mark.parametrize(
    ("old", "new"),
    [(b">_subject</saml:NameID>", b">_other</saml:NameID>"), (b'ID="_logout"', b'ID="_logouT"')],
)
def test_a_logout_changed_after_signing_is_refused(old: bytes, new: bytes) -> None:
    written = logout.write_request(a_logout(), key_of(DV))
    assert old in written
    with pytest.raises(SignatureRefused):
        logout.read_request(written.replace(old, new), keys_of_all())


def test_a_logout_names_one_person_and_one_session() -> None:
    name = b"<saml:NameID>_subject</saml:NameID>"
    index = b"<samlp:SessionIndex>_subject</samlp:SessionIndex>"
    message = logout.write_request(a_logout(name_id_format=None), None)
    assert name in message
    for twice in (message.replace(name, name * 2), message.replace(index, index * 2), message.replace(name, b"")):
        with pytest.raises(MessageMalformed):
            logout.read_request(in_a_query(twice, "SAMLRequest"), keys_of_all())


def test_another_message_than_is_due_is_refused() -> None:
    with pytest.raises(MessageMalformed):
        logout.read_response(logout.write_request(a_logout(), key_of(DV)), keys_of_all())


def test_no_repr_shows_whose_login_it_is() -> None:
    assert "_subject" not in repr(a_logout())
