"""What a client is told is all of a declaration: nothing that lengthens or narrows a mandate is left out."""

from dataclasses import replace

import pytest

from gateway.interfaces.oidc.opened import Opened, opened
from gateway.login import SealedIdentity
from gateway.mandates import SealedMandate
from stelsel import urns
from stelsel.assurance import LevelOfAssurance
from stelsel.failures import AnswerRefused, Misconfigured
from tests.stelsel.saml.factories import AD, BVD, DV, SERVICE, an_encrypted_id, decryption_key

IDENTITY = SealedIdentity(
    acting=(an_encrypted_id(DV).xml,), loa=LevelOfAssurance.HOOG, authority=AD, evidence=b"<evidence/>"
)
MANDATE = SealedMandate((an_encrypted_id(DV, value="999990020").xml,), ("urn:namens:rt:BEWIND",), BVD, b"", None)
OFFICE = an_encrypted_id(DV, value="69599068").xml


def read(mandate: SealedMandate | None, identity: SealedIdentity = IDENTITY) -> Opened:
    """In clear, with the DV's key."""
    return opened(DV, SERVICE, "digid", identity, mandate, (decryption_key(DV.value),))


@pytest.mark.clause("OIDC-44", "R-CHAIN")
def test_an_office_stands_between_who_acts_and_the_client() -> None:
    assert [name.value for name in read(replace(MANDATE, between=(OFFICE,))).chain] == ["69599068", "999990020"]
    assert [name.value for name in read(MANDATE).chain] == ["999990020"]
    assert read(None).represented is None


@pytest.mark.clause("R-RESTR")
def test_a_mandate_for_a_part_of_an_organisation_says_for_which() -> None:
    part = "000037178598"
    assert read(replace(MANDATE, restrictions=(part,))).restrictions == {urns.ETOEGANG_VESTIGING: part}
    with pytest.raises(AnswerRefused):
        read(replace(MANDATE, restrictions=(part, "000037178601")))


@pytest.mark.clause("R-CHAIN", "R-RESTR", "DV-ATT-13")
def test_what_cannot_be_told_whole_is_not_told_at_all() -> None:
    for broken in (replace(IDENTITY, links=1), replace(IDENTITY, restricted=True)):
        with pytest.raises(AnswerRefused):
            read(None, broken)
    with pytest.raises(Misconfigured):
        opened(DV, SERVICE, "digid", IDENTITY, None, ())
