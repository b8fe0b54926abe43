"""Every reader of what strangers send, with genuine messages to begin from, and what must hold of any answer.

A reader takes a message and says what it means, or raises a `Failure`. Anything else is a find: another exception, a
meaning that nobody signed, or seconds of work. Every other message is broken first and signed by its true sender
afterwards: so the readers are tried behind the signature too.
"""

import dataclasses
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from cryptography.hazmat import asn1
from starlette.requests import Request

from exchange.logout import from_form, from_query
from metadata.certificates import Anchors
from metadata.descriptors import read_metadata
from pilot.bsnk import KEY_SET, Bsnk
from pilot.bsnk_structures import signer as signer_of
from pilot.pki import make_pki
from runtime.handles import Handles
from runtime.web.binding import check_browser, hashed
from runtime.web.cookies import BrowserCookie, with_flow
from runtime.web.forms import check_media_type, parse_form
from stelsel import urns
from stelsel.bsnk.decryption import decrypt_identity, decrypt_pseudonym
from stelsel.bsnk.encrypted import read as read_encrypted
from stelsel.bsnk.keys import KeyName, KeysInMemory, Purpose
from stelsel.bsnk.scheme import SchemeKeyName, read_scheme_keys
from stelsel.bsnk.structures import Algorithm, Envelope, Signature, SignatureValue
from stelsel.failures import ArtifactUnknown, Failure
from stelsel.identifiers import Bsn, Oin
from stelsel.saml import artifact, assertion, logout, redirect, response
from stelsel.saml.authn_request import read as read_request
from stelsel.saml.authn_request import read_redirected
from stelsel.saml.authn_request import write as write_request
from stelsel.saml.bindings import decode_post, encode_post, soap_wrap
from stelsel.saml.response import Status
from stelsel.saml.sealed_attributes import seal
from stelsel.saml.signatures import SigningKey, sign
from tests.fuzz.mutants import mutant
from tests.metadata.factories import HOLDERS, NOW, Network
from tests.stelsel.saml.factories import (
    AD,
    BVD,
    DV,
    NOON,
    RD,
    a_recipient,
    a_request,
    a_resolve,
    a_resolved_login,
    a_response,
    an_assertion,
    key_of,
    keys_of_all,
)

SECONDS = 1.0
RECIPIENT = Oin("00000099000000000001")
SIGNATURE = re.compile(rb"<ds:Signature .*?</ds:Signature>", re.DOTALL)
ENVELOPED = re.compile(rb"<soap11:Body>(.*)</soap11:Body>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Reader:
    """`read` on a mutant of one of `genuine` answers what that one means, or refuses; `sign` is their senders' hand."""

    read: Callable[[bytes], object]
    genuine: tuple[bytes, ...]
    sign: Callable[[bytes], bytes] | None = None


@dataclass(frozen=True, slots=True)
class Find:
    """What a reader should not have done with `message`."""

    reader: str
    seed: int
    message: bytes
    what: str


def readers(folder: Path) -> Mapping[str, Reader]:
    """All of them, by name; their keys are made anew, in `folder` where they need files."""
    pki = make_pki(folder, NOW, clock=lambda: NOW)
    pki.issue_all(HOLDERS)
    network = Network(pki)
    anchors: Anchors = network.anchors
    keys_of = keys_of_all()
    fact = seal("urn:etoegang:1.9:attribute:FirstName", ("Anna",), a_recipient(DV))
    ad_assertion = assertion.write(an_assertion(audiences=(RD, BVD), copied=(fact.xml,)), key_of(AD))
    requests = (
        write_request(a_request(), key_of(DV)),
        write_request(a_request(requester_ids=(BVD,), idp_list=(AD, BVD), has_scoping=True), key_of(DV)),
    )
    to_bvd = write_request(
        a_request(issuer=RD, idp_assertion=assertion.read(ad_assertion, keys_of).evidence), key_of(RD)
    )
    resolving = soap_wrap(artifact.write_resolve(a_resolve(), key_of(DV)))
    provider = network.written(network.provider())
    group = network.group(network.router(), network.provider())

    def request(data: bytes) -> object:
        return read_request(data, keys_of)

    def description(data: bytes) -> object:
        return read_metadata(data, anchors, NOW)

    def redirected(data: bytes) -> object:
        received = redirect.read_query(data)
        return received.relay_state, read_redirected(received, keys_of)

    bare = SIGNATURE.sub(b"", requests[0])
    in_query = redirect.write_url("", "SAMLRequest", bare, "état & more", key_of(DV)).lstrip("?").encode()
    form_body = urlencode({"SAMLRequest": encode_post(requests[0]), "RelayState": "here"}).encode()
    posted = response.write(a_response(assertion.write(an_assertion(issuer=RD), key_of(RD))), key_of(RD))
    ending, ended = (
        logout.write_request(
            logout.LogoutRequest(
                id="_ends", issue_instant=NOON, destination="https://rd.test/slo", issuer=DV, name_id="_transient"
            ),
            key_of(DV),
        ),
        logout.write_response(
            logout.LogoutResponse(
                id="_ended",
                issue_instant=NOON,
                destination="https://dv.test/slo",
                issuer=RD,
                in_response_to="_ends",
                status=Status(urns.STATUS_SUCCESS),
            ),
            key_of(RD),
        ),
    )

    handles = Handles(b"k" * 32)
    handle = handles.new("7d7b0a7c-9a5e-4c0e-8f25-0e1f6d2f9c09")
    made = artifact.make_artifact(RD, 0, bytes(range(20)))
    cookie = BrowserCookie("gateway", "https://gateway.test")
    token = "t" * 27
    sent = f'other=1; __Host-gateway={with_flow(with_flow(None, "a" * 27), token)}; x="y"'.encode()

    def cookie_of(data: bytes) -> object:
        request = Request({"type": "http", "headers": [(b"cookie", data)]})
        return check_browser(hashed(token), cookie.read(request))

    def given_out(data: bytes) -> object:
        """As the resolver and the store know it: by whose it is, and by its text."""
        text = data.decode("latin-1")
        read = artifact.read_artifact(text)
        if read.source_id != artifact.source_id(RD) or text != made:
            raise ArtifactUnknown("not one of ours")
        return read

    def media_type(data: bytes) -> object:
        check_media_type(data.decode("latin-1"))
        return True

    def logout_in_a_form(data: bytes) -> object:
        incoming = from_form(parse_form(data))
        return logout.read_request(incoming.message, keys_of)

    def logout_in_a_query(data: bytes) -> object:
        incoming = from_query(data)
        return incoming.relay_state, logout.read_request(incoming.message, keys_of)

    leaving = urlencode({"SAMLRequest": encode_post(ending), "RelayState": "here"}).encode()
    leaving_by_query = redirect.write_url("", "SAMLRequest", SIGNATURE.sub(b"", ending), "here & there", key_of(DV))
    return {
        "artifact": Reader(given_out, (made.encode(),)),
        "cookie": Reader(cookie_of, (sent,)),
        "handle": Reader(lambda data: handles.read(data.decode("latin-1")), (handles.write(handle).encode(),)),
        "logout_form": Reader(logout_in_a_form, (leaving,)),
        "logout_query": Reader(logout_in_a_query, (leaving_by_query.lstrip("?").encode(),)),
        "media_type": Reader(media_type, (b"application/x-www-form-urlencoded; charset=utf-8",)),
        "authn_request": Reader(request, requests, signer(key_of(DV))),
        "bvd_request": Reader(request, (to_bvd,), signer(key_of(RD))),
        "form": Reader(lambda data: request(decode_post(data.decode("latin-1"))), (encode_post(requests[0]).encode(),)),
        "assertion": Reader(lambda data: assertion.read(data, keys_of), (ad_assertion,), signer(key_of(AD))),
        "artifact_response": Reader(
            lambda data: artifact.read_artifact_response(data, keys_of), (a_resolved_login(),), signer(key_of(RD))
        ),
        "artifact_resolve": Reader(lambda data: artifact.read_resolve(data, keys_of), (resolving,), signer(key_of(DV))),
        "response": Reader(lambda data: response.read(data, keys_of), (posted,), signer(key_of(RD))),
        "logout_request": Reader(lambda data: logout.read_request(data, keys_of), (ending,), signer(key_of(DV))),
        "logout_response": Reader(lambda data: logout.read_response(data, keys_of), (ended,), signer(key_of(RD))),
        "redirect": Reader(redirected, (in_query,)),
        "form_fields": Reader(lambda data: request(decode_post(parse_form(data).get("SAMLRequest", ""))), (form_body,)),
        "provider": Reader(description, (provider,), signer(network.key("gemeente"))),
        "router": Reader(description, (group,), signer(network.key("gateway"))),
        **bsnk_readers(),
    }


def bsnk_readers() -> Mapping[str, Reader]:
    """A recipient's way with BSNk's structures, whose sender may sign whatever came of them."""
    bsnk, key_set = Bsnk(), 20260101
    scheme, keys = read_scheme_keys(bsnk.published()), KeysInMemory(bsnk.issue(RECIPIENT, key_set))
    person = bsnk.activate(Bsn("999990019"))
    identity = bsnk.transform_identity(person, RECIPIENT, key_set, NOW.date())
    roles = (("Function", "Controller"), ("Group", "Finance"))
    pseudonyms = (
        bsnk.transform_pseudonym(person, RECIPIENT, key_set, NOW.date()),
        bsnk.transform_pseudonym(person, RECIPIENT, key_set, NOW.date(), diversifier=roles),
    )
    return {
        "bsnk_identity": Reader(
            lambda data: decrypt_identity(read_encrypted(data, scheme), keys),
            (identity,),
            bsnk_signer(bsnk, KeyName(Purpose.IDENTITY, RECIPIENT, KEY_SET, key_set), SchemeKeyName.IDENTITY),
        ),
        "bsnk_pseudonym": Reader(
            lambda data: decrypt_pseudonym(read_encrypted(data, scheme), keys),
            pseudonyms,
            bsnk_signer(bsnk, KeyName(Purpose.PSEUDONYM, RECIPIENT, KEY_SET, key_set), SchemeKeyName.PSEUDONYM),
        ),
    }


def bsnk_signer(bsnk: Bsnk, name: KeyName, scheme: SchemeKeyName) -> Callable[[bytes], bytes]:
    """Signs a structure for this recipient anew, as whoever re-keyed it could."""
    sign_body = signer_of(Algorithm.EC_SDSA, bsnk.factor(name), bsnk.scheme_points[scheme])

    def resigned(data: bytes) -> bytes:
        envelope = asn1.decode_der(Envelope, data)
        r, s = sign_body(asn1.encode_der(envelope.body))
        envelope.signature = Signature(algorithm=envelope.signature.algorithm, value=SignatureValue(r=r, s=s))
        return asn1.encode_der(envelope)

    return resigned


def signer(key: SigningKey) -> Callable[[bytes], bytes]:
    """Signs the message anew, in its SOAP envelope when it has one, as whoever holds the key could."""

    def resigned(data: bytes) -> bytes:
        bare = SIGNATURE.sub(b"", data, count=1)
        inner = ENVELOPED.search(bare)
        if inner is None:
            return sign(bare, key)
        return bare[: inner.start(1)] + sign(inner[1], key) + bare[inner.end(1) :]

    return resigned


def broken(reader: Reader, seed: int) -> tuple[bytes, bytes, bool]:
    """The mutant of this number, the genuine message it comes from, and whether it was signed anew."""
    genuine = reader.genuine[seed // 2 % len(reader.genuine)]
    if reader.sign is None or seed % 2:
        return mutant(seed, genuine), genuine, False
    try:
        return reader.sign(mutant(seed, SIGNATURE.sub(b"", genuine, count=1))), genuine, True
    except Exception:  # what cannot even be signed: the reader still gets it, as it is
        return mutant(seed, genuine), genuine, False


def try_reader(name: str, reader: Reader, seed: int) -> Find | None:
    """What goes wrong with the mutant of this number, if anything does."""
    message, genuine, signed_anew = broken(reader, seed)
    began = time.perf_counter()
    try:
        answer = reader.read(message)
    except Failure:
        answer = None
    except Exception as error:
        return Find(name, seed, message, f"raised {type(error).__name__}: {error}")
    took = time.perf_counter() - began
    if took > SECONDS:
        return Find(name, seed, message, f"took {took:.1f} s")
    if answer is not None and not signed_anew and meaning(answer) != meaning(reader.read(genuine)):
        return Find(name, seed, message, "read something that nobody signed")
    return None


def meaning(value: object) -> object:
    """A value without the bytes it was read from: those may differ where nothing that is signed does."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: meaning(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, tuple | list):
        return [meaning(each) for each in value]
    return None if isinstance(value, bytes) else value
