"""HTTP-Redirect: what pysaml2 writes is read, what we write pysaml2 verifies, and what differs by a byte is refused."""

import base64
import re
import zlib
from dataclasses import replace
from urllib.parse import parse_qsl, quote_plus, unquote_plus, urlencode, urlsplit

import pytest
from lxml import etree
from saml2.pack import http_redirect_message
from saml2.sigver import RSACrypto, verify_redirect_signature

from stelsel import urns
from stelsel.failures import MessageMalformed, MessageTooLarge, SignatureRefused, UnknownIssuer
from stelsel.saml import authn_request, redirect
from stelsel.saml.authn_request import AuthnRequest
from stelsel.saml.signatures import SigningKey, sign_octets
from tests.stelsel.saml.factories import DV, RD, a_key, a_request, key_of, keys_of_all, public
from tests.stelsel.saml.judges import pem

LOCATION = "https://rd.test/sso"
STATE = "één & twee=3 +/"


def unsigned(request: AuthnRequest) -> bytes:
    """The message without a Signature inside, as this binding has it."""
    root = etree.fromstring(authn_request.write(request, key_of(DV)))
    for signature in root.findall(f"{{{urns.DS}}}Signature"):
        root.remove(signature)
    return etree.tostring(root)


def url_of(request: AuthnRequest | None = None, key: SigningKey | None = None, relay_state: str | None = STATE) -> str:
    """A request in a query, signed by the DV."""
    return redirect.write_url(LOCATION, "SAMLRequest", unsigned(request or a_request()), relay_state, key or key_of(DV))


def query_of(url: str) -> bytes:
    """Its raw query."""
    return urlsplit(url).query.encode()


def read(query: bytes) -> AuthnRequest:
    """The request in a query."""
    return authn_request.read_redirected(redirect.read_query(query), keys_of_all())


def by_pysaml2(algorithm: str = urns.RSA_SHA256, relay_state: str = STATE, message: bytes | None = None) -> bytes:
    """The same, written and signed by pysaml2."""
    made = http_redirect_message(
        (message or unsigned(a_request())).decode(),
        LOCATION,
        relay_state=relay_state,
        sigalg=algorithm,
        sign=True,
        backend=RSACrypto(key_of(DV).private),
    )
    return query_of(dict(made["headers"])["Location"])


def spelled(query: bytes, **changes: str | None) -> bytes:
    """The query with other values, encoded anew and not signed anew; None leaves a field out."""
    fields = {**dict(parse_qsl(query.decode(), keep_blank_values=True)), **changes}
    return urlencode({name: value for name, value in fields.items() if value is not None}).encode()


@pytest.mark.parametrize("algorithm", [urns.RSA_SHA256, urns.RSA_SHA384, urns.RSA_SHA512])
def test_what_pysaml2_signs_over_the_query_is_read(algorithm: str) -> None:
    query = by_pysaml2(algorithm)
    assert read(query).issuer == DV
    assert redirect.read_query(query).relay_state == STATE


def test_what_we_sign_over_the_query_pysaml2_verifies() -> None:
    said = dict(parse_qsl(urlsplit(url_of()).query))
    certificate = "".join(pem(key_of(DV)).decode().splitlines()[1:-1])
    assert verify_redirect_signature(said, RSACrypto(None), certificate)
    assert zlib.decompress(base64.b64decode(said["SAMLRequest"]), -15).startswith(b"<samlp:AuthnRequest")


@pytest.mark.parametrize("relay_state", [None, "", STATE])
def test_relay_state_comes_back_as_it_was_given(relay_state: str | None) -> None:
    redirected = redirect.read_query(query_of(url_of(relay_state=relay_state)))
    assert redirected.relay_state == relay_state
    assert authn_request.read_redirected(redirected, keys_of_all()).issuer == DV


def test_a_location_that_has_a_query_keeps_it() -> None:
    url = redirect.write_url(f"{LOCATION}?a=b", "SAMLRequest", unsigned(a_request()), None, key_of(DV))
    assert url.startswith(f"{LOCATION}?a=b&SAMLRequest=")
    assert read(query_of(url)).issuer == DV  # a field of another's is passed by


def test_the_bytes_are_checked_and_not_their_meaning() -> None:
    """Escapes in small letters mean the same and are other bytes: then it is their signer's spelling that counts."""
    key, kind = key_of(DV), "SAMLRequest"
    message = zlib.compress(unsigned(a_request()))[2:-4]
    lower = re.sub(r"%..", lambda escape: escape[0].lower(), quote_plus(base64.b64encode(message).decode()))
    signed = f"{kind}={lower}&SigAlg={quote_plus(urns.RSA_SHA256)}"
    value = quote_plus(base64.b64encode(sign_octets(signed.encode(), key)).decode())
    assert read(f"{signed}&Signature={value}".encode()).issuer == DV
    with pytest.raises(SignatureRefused, match="another key, or changed"):
        read(f"{signed}&Signature={value}".replace(lower, quote_plus(unquote_plus(lower))).encode())


def test_a_space_that_was_signed_as_another_spelling_is_refused_and_the_sender_told_so() -> None:
    query = query_of(url_of(relay_state="hier daar"))
    signed, _, _ = query.partition(b"&Signature=")
    value = base64.b64encode(sign_octets(signed.replace(b"+", b"%20"), key_of(DV))).decode()
    with pytest.raises(SignatureRefused, match="spelled before it was sent") as refused:
        read(signed + b"&Signature=" + quote_plus(value).encode())
    assert refused.value.broken_clause == "GEN-10"


@pytest.mark.clause("GEN-08")
@pytest.mark.parametrize("missing", ["SigAlg", "Signature"])
def test_an_unsigned_query_is_refused(missing: str) -> None:
    with pytest.raises(SignatureRefused, match="not signed"):
        read(spelled(query_of(url_of()), **{missing: None}))


@pytest.mark.clause("GEN-10", "S15")
def test_a_message_changed_after_signing_is_refused() -> None:
    other = redirect.read_query(query_of(url_of(replace(a_request(), force_authn=True)))).message
    deflated = base64.b64encode(zlib.compress(other)[2:-4]).decode()
    with pytest.raises(SignatureRefused, match="another key, or changed"):
        read(spelled(query_of(url_of()), SAMLRequest=deflated))


@pytest.mark.clause("GEN-10", "S22")
@pytest.mark.parametrize("relay_state", [None, "elsewhere"])
def test_a_relay_state_changed_after_signing_is_refused(relay_state: str | None) -> None:
    with pytest.raises(SignatureRefused, match="another key, or changed"):
        read(spelled(query_of(url_of()), RelayState=relay_state))


@pytest.mark.clause("S22")
def test_a_relay_state_added_after_signing_is_refused() -> None:
    with pytest.raises(SignatureRefused, match="another key, or changed"):
        read(query_of(url_of(relay_state=None)) + b"&RelayState=https://elsewhere.test/")


@pytest.mark.clause("S12")
def test_a_query_signed_by_another_party_is_refused() -> None:
    with pytest.raises(SignatureRefused, match="another key, or changed"):
        read(query_of(url_of(key=key_of(RD))))
    with pytest.raises(UnknownIssuer):
        authn_request.read_redirected(redirect.read_query(query_of(url_of())), keys_of_all(RD))


@pytest.mark.clause("GEN-02", "S13", "S14")
@pytest.mark.parametrize(
    "algorithm",
    [
        "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
        "http://www.w3.org/2000/09/xmldsig#hmac-sha1",
        "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256",
        "http://www.w3.org/2001/04/xmldsig-more#rsa-md5",
        "http://www.w3.org/2000/09/xmldsig#dsa-sha1",
        "none",
    ],
)
def test_other_algorithms_are_refused(algorithm: str) -> None:
    with pytest.raises(SignatureRefused, match="signature algorithm"):
        read(spelled(query_of(url_of()), SigAlg=algorithm))


def test_a_genuine_sha1_signature_of_pysaml2_is_refused() -> None:
    with pytest.raises(SignatureRefused, match="signature algorithm"):
        read(by_pysaml2("http://www.w3.org/2000/09/xmldsig#rsa-sha1"))


@pytest.mark.clause("GEN-13", "S14")
def test_a_short_key_is_refused() -> None:
    short = a_key("short", 1024)
    query = query_of(url_of(key=short))
    with pytest.raises(SignatureRefused, match="short key"):
        redirect.read(redirect.read_query(query), lambda _: (public(short),))


@pytest.mark.clause("S15")
def test_a_sender_without_keys_signs_nothing() -> None:
    with pytest.raises(SignatureRefused, match="no key"):
        redirect.read(redirect.read_query(query_of(url_of())), lambda _: ())


@pytest.mark.clause("S1")
def test_a_signature_inside_as_well_is_refused() -> None:
    signed = authn_request.write(a_request(), key_of(DV))
    query = query_of(redirect.write_url(LOCATION, "SAMLRequest", signed, None, key_of(DV)))
    with pytest.raises(SignatureRefused, match="inside as well"):
        read(query)


@pytest.mark.clause("S1", "S22")
@pytest.mark.parametrize("name", ["SAMLRequest", "RelayState", "SigAlg", "Signature"])
@pytest.mark.parametrize("spelling", ["{0}", "%{1:02x}{2}"])
def test_a_field_that_comes_twice_or_under_another_spelling_is_refused(name: str, spelling: str) -> None:
    again = spelling.format(name, ord(name[0]), name[1:])
    with pytest.raises(MessageMalformed, match="twice"):
        read(query_of(url_of()) + f"&{again}=x".encode())


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"SAMLRequest": None}, "SAMLRequest or SAMLResponse"),
        ({"SAMLResponse": "eA=="}, "SAMLRequest or SAMLResponse"),
        ({"SAMLEncoding": "urn:other"}, "another encoding"),
        ({"SAMLRequest": "not base64!"}, "no base64 in message"),
        ({"SAMLRequest": "bm90IGRlZmxhdGVk"}, "not deflated"),
        ({"Signature": "not base64!"}, "no base64 in Signature"),
    ],
)
def test_a_query_of_another_shape_is_refused(changes: dict[str, str | None], why: str) -> None:
    with pytest.raises(MessageMalformed, match=why):
        read(spelled(query_of(url_of()), **changes))


@pytest.mark.parametrize("query", [b"SAMLRequest=\xff", b"RelayState=%ff&SAMLRequest=eA==&SigAlg=a&Signature=eA=="])
def test_what_is_no_text_is_refused(query: bytes) -> None:
    with pytest.raises(MessageMalformed):
        redirect.read_query(query)


@pytest.mark.clause("S10")
def test_a_deflate_bomb_is_not_inflated() -> None:
    bomb = zlib.compress(b"<a>" + b" " * 40_000_000, 9)[2:-4]
    with pytest.raises(MessageTooLarge, match="inflated"):
        read(spelled(query_of(url_of()), SAMLRequest=base64.b64encode(bomb).decode()))


@pytest.mark.clause("S9")
@pytest.mark.parametrize("query", [b"a=" + b"b" * 70_000, b"&".join(b"a=b" for _ in range(60))])
def test_a_query_beyond_bounds_is_refused(query: bytes) -> None:
    with pytest.raises(MessageTooLarge):
        redirect.read_query(query)


@pytest.mark.clause("S4")
@pytest.mark.parametrize("change", [lambda data: data + b"more", lambda data: data[:-1]])
def test_a_stream_with_something_behind_it_or_cut_short_is_refused(change: object) -> None:
    assert callable(change)
    whole = zlib.compress(unsigned(a_request()))[2:-4]
    with pytest.raises(MessageMalformed, match="no whole deflate stream"):
        read(spelled(query_of(url_of()), SAMLRequest=base64.b64encode(change(whole)).decode()))


def test_another_message_than_is_due_is_refused() -> None:
    message = f'<samlp:Other xmlns:samlp="{urns.SAMLP}"><saml:Issuer xmlns:saml="{urns.SAML}">{DV.value}</saml:Issuer>'
    url = redirect.write_url(LOCATION, "SAMLRequest", f"{message}</samlp:Other>".encode(), None, key_of(DV))
    with pytest.raises(MessageMalformed, match="another message"):
        read(query_of(url))
