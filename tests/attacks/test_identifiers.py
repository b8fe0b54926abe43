"""Identifiers that look like others or break out of a line: other digits, invisible signs, line ends (S26)."""

import io
import logging
from typing import Final

import pytest

from pilot.places import BVD, GATEWAY
from runtime.telemetry import JsonLines
from stelsel.failures import MessageRefused
from stelsel.saml import authn_request
from stelsel.saml.signatures import sign
from tests.attacks.confusions import inside, leaves
from tests.attacks.doors import DOORS, evidence, posted, request_to
from tests.attacks.kinds import KINDS
from tests.attacks.mutations import unsigned
from tests.attacks.parties import DV, Attacked, Party, sealed

HOSTILE: Final = {
    "arabic-digit": "\u0663",
    "full-width-digit": "\uff13",
    "superscript": "\u00b3",
    "zero-width-space": "\u200b",
    "zero-width-joiner": "\u200d",
    "byte-order-mark": "\ufeff",
    "soft-hyphen": "\u00ad",
    "right-to-left": "\u202e",
    "no-break-space": "\u00a0",
    "line-separator": "\u2028",
    "cyrillic-letter": "\u0430",
    "combining-accent": "\u0301",
    "line-feed": "&#10;",
    "carriage-return": "&#13;&#10;",
    "tab": "&#9;",
    "next-line": "\u0085",
    "delete": "\u007f",
}
# Texts that are an identifier of a party, as they stand in our messages.
IDENTIFIERS: Final = (b"saml:Issuer", b"saml:Audience", b"samlp:RequesterID", b"saml:AuthenticatingAuthority")


@pytest.mark.clause("S26")
@pytest.mark.parametrize("name", ["AuthnRequest", "ArtifactResolve", "Assertion-in-Response", "IdpAssertion"])
@pytest.mark.parametrize("sign_of", HOSTILE)
def test_an_identifier_with_such_a_sign_is_refused_though_its_sender_signed_it(name: str, sign_of: str) -> None:
    kind = KINDS[name]
    kind.meaning(kind.around(sign(unsigned(kind.genuine), kind.key)))
    present = [leaf for leaf in IDENTIFIERS if leaf in leaves(kind.genuine)]
    assert b"saml:Issuer" in present
    for leaf in present:
        document = kind.around(sign(inside(leaf, HOSTILE[sign_of].encode())(unsigned(kind.genuine)), kind.key))
        with pytest.raises(MessageRefused):
            kind.meaning(document)


NUMBERS: Final = {
    "arabic-digits": "٩٩٩٩٩٠٠١٩",
    "full-width-digits": "９９９９９００１９",
    "one-arabic-digit": "99999001٩",
    "zero-width": "9999\u200b90019",
    "right-to-left": "\u202e999990019",
    "line-end": "999990019\n",
    "trailing-space": "999990019 ",
    "no-break-space": "999990019\u00a0",
    "eight-digits": "99990019",
    "ten-digits": "0999990019",
    "fails-the-11-test": "999990018",
    "zeroes": "000000000",
    "sign": "+99990019",
    "two": "999990019 999990020",
    "sql": "999990019'--",
    "markup": "<b>999990019</b>",
    "nothing": "",
}
# White space around a value is indentation (`shape.leaf`): taken off, not believed.
INDENTED: Final = {"line-end", "trailing-space"}


@pytest.mark.clause("S26", "R-REQ", "BVD-05")
@pytest.mark.parametrize("name", NUMBERS)
async def test_a_bsn_that_is_none_is_refused_though_an_ad_declared_it(attacked: Attacked, name: str) -> None:
    pilot = attacked.pilot
    acting = sealed(pilot, Party(pilot, DV).entity, Party(pilot, BVD).entity, value=NUMBERS[name])
    request = request_to(pilot, BVD, GATEWAY, evidence(pilot, acting))
    answer = await posted(pilot, BVD, authn_request.write(request, Party(pilot, GATEWAY).key))
    assert answer.status_code == (303 if name in INDENTED else 400)


EVERY_DOOR = ("gateway-sso", "gateway-slo", "gateway-artifact", "bvd-sso", "bvd-artifact", "gateway-ad-Assertion")


@pytest.mark.clause("S26")
async def test_an_identifier_with_a_line_end_forges_no_line_in_the_log(attacked: Attacked) -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines("test"))
    logging.getLogger().addHandler(handler)
    try:
        forging = inside(b"saml:Issuer", b'&#10;{"level": "INFO", "message": "all is well"}&#10;')
        for door in EVERY_DOOR:
            verdict = await DOORS[door].knock(attacked, lambda key: lambda m: sign(forging(unsigned(m)), key))
            assert not verdict.taken
    finally:
        logging.getLogger().removeHandler(handler)
    lines = stream.getvalue().splitlines()
    assert len(lines) >= len(EVERY_DOOR)
    assert not any(line.startswith('{"level": "INFO", "message": "all is well"}') for line in lines)
    assert all(line.startswith("{") and line.endswith("}") for line in lines)
