"""One message, two readings: comments, DTDs, encodings, several roots; and what would make a reader fetch something."""

import socket

import pytest
from lxml import etree

from stelsel import urns
from stelsel.failures import MessageRefused
from stelsel.saml import assertion, authn_request
from stelsel.saml.signatures import sign
from tests.attacks.canary import Canary
from tests.attacks.confusions import DIFFERENTIALS, HIDDEN_IN_TEXTS, SEVERAL, inside, leaves, reaching_out
from tests.attacks.kinds import KINDS
from tests.attacks.mutations import unsigned
from tests.attacks.victim import believed
from tests.stelsel.saml.factories import AD, DV, a_request, an_assertion, key_of, keys_of_all


def test_the_canary_counts_who_comes() -> None:
    listening = Canary()
    host, port = listening.url.split("/")[2].split(":")
    with socket.create_connection((host, int(port))) as visitor:
        visitor.sendall(b"GET /canary HTTP/1.0\r\n\r\n")
    assert listening.close() == 1


@pytest.mark.clause("S5", "S6")
@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("hidden", HIDDEN_IN_TEXTS)
def test_a_text_in_which_something_hides_is_refused(name: str, hidden: str) -> None:
    """In every Issuer, NameID, Audience, value, digest and signature of the message, one at a time."""
    kind = KINDS[name]
    taken = []
    for leaf in leaves(kind.genuine):
        document = kind.attacked(inside(leaf, HIDDEN_IN_TEXTS[hidden]))
        try:
            kind.meaning(document)
        except MessageRefused:
            continue
        taken.append(leaf)
    assert taken == []
    assert b"ds:DigestValue" in leaves(kind.genuine)


@pytest.mark.clause("S5")
@pytest.mark.parametrize("leaf", [b"saml:NameID", b"saml:Issuer", b"saml:Audience"])
def test_a_careless_reader_would_read_half_a_name(leaf: bytes) -> None:
    kind = KINDS["Assertion"]
    read = believed(inside(leaf, b"<!---->")(kind.genuine), kind.tag, kind.key)[0]
    whole = etree.fromstring(kind.genuine)
    tag = f"{{{urns.SAML}}}{leaf.decode().partition(':')[2]}"
    short, full = (next(root.iter(tag)).text or "" for root in (read, whole))
    assert full.startswith(short)
    assert short != full


@pytest.mark.clause("S5")
def test_the_text_of_a_cdata_section_is_read_whole() -> None:
    """CDATA is a spelling, and canonical form knows none: the same signature, the same meaning."""
    genuine = assertion.write(an_assertion(name_id="_first_second"), key_of(AD))
    spelled = genuine.replace(b"_first_second", b"_first<![CDATA[_second]]>")
    assert spelled != genuine
    assert assertion.read(spelled, keys_of_all()).name_id == "_first_second"


@pytest.mark.clause("S3", "S4", "ERR-09")
@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("spelling", DIFFERENTIALS)
def test_a_message_that_parsers_read_differently_is_refused(name: str, spelling: str) -> None:
    kind = KINDS[name]
    document = kind.attacked(DIFFERENTIALS[spelling])
    with pytest.raises(MessageRefused):
        kind.meaning(document)


@pytest.mark.clause("S7")
@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("how", SEVERAL)
def test_several_messages_in_the_place_of_one_are_refused(name: str, how: str) -> None:
    kind = KINDS[name]
    document = kind.attacked(SEVERAL[how])
    with pytest.raises(MessageRefused):
        kind.meaning(document)


@pytest.mark.clause("S8")
@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("how", reaching_out(""))
def test_a_message_that_would_have_something_fetched_is_refused_and_nothing_is(
    name: str, how: str, canary: Canary
) -> None:
    kind = KINDS[name]
    document = kind.attacked(reaching_out(canary.url)[how])
    with pytest.raises(MessageRefused):
        kind.meaning(document)


@pytest.mark.clause("S8")
@pytest.mark.parametrize("how", ["xinclude", "schema-location"])
def test_a_sender_that_signs_such_a_wish_gets_nothing_fetched_either(how: str, canary: Canary) -> None:
    request = unsigned(authn_request.write(a_request(), key_of(DV)))
    wish = reaching_out(canary.url)[how](request)
    if how == "xinclude":  # where unknown elements are let be (GEN-26)
        start, end = wish.index(b"<xi:include"), wish.index(b"/>") + 2
        wish = request.replace(b"<samlp:Extensions>", b"<samlp:Extensions>" + wish[start:end])
        assert authn_request.read(sign(wish, key_of(DV)), keys_of_all()).issuer == DV
        return
    with pytest.raises(MessageRefused):
        authn_request.read(sign(wish, key_of(DV)), keys_of_all())
