"""A declaration in claims: chains, flat names and the authentication-context object, never one person for another."""

from dataclasses import replace
from typing import Any

import pytest

from gateway.interfaces.oidc.claims import authentication_context, flat_claims, subject_claims
from gateway.interfaces.oidc.opened import Opened
from gateway.interfaces.oidc.subjects import pairwise
from stelsel import urns
from stelsel.assurance import LevelOfAssurance
from stelsel.failures import AnswerRefused
from stelsel.identifiers import EntityId
from stelsel.saml.encryption import NameId
from tests.gateway.oidc.factories import CLIENT_ID, a_client
from tests.stelsel.saml.factories import AD, DV, SERVICE

ANNA, BRAM = NameId(urns.LEGACY_BSN, "999990019"), NameId(urns.LEGACY_BSN, "999990020")
EMPLOYEE = NameId(urns.ETOEGANG_PSEUDO, "ab" * 32)
COMPANY, ACCOUNTANT = NameId(urns.ETOEGANG_KVK, "68750110"), NameId(urns.ETOEGANG_KVK, "90001354")
KEY = b"k" * 32
ALL = ("openid", "bsn", "kvk", "authentication_context")


def a_declaration(acting: NameId = ANNA, *chain: NameId, **changes: Any) -> Opened:
    """One of level high."""
    opened = Opened(
        dv=DV,
        service=SERVICE,
        means="digid",
        loa=LevelOfAssurance.HOOG,
        at=None,
        acting=acting,
        chain=chain,
        authorities=(AD,),
    )
    return replace(opened, **changes)


@pytest.mark.clause("OIDC-43", "OIDC-44", "OIDC-45", "OIDC-31", "OIDC-32")
def test_a_chain_is_nested_with_the_represented_party_deepest() -> None:
    told = subject_claims(a_declaration(EMPLOYEE, ACCOUNTANT, COMPANY), a_client(), "https://rd.test", KEY)
    middle, deepest = told["represents"], told["represents"]["represents"]
    assert [each["alt_sub"][0]["sub"] for each in (told, middle, deepest)] == [
        EMPLOYEE.value,
        ACCOUNTANT.value,
        COMPANY.value,
    ]
    assert "represents" not in deepest
    assert all(each["sub_id_type"] == urns.OWN_PSEUDONYM and each["sub"] for each in (told, middle, deepest))
    assert all(each["alt_sub"][0]["aud"] == CLIENT_ID for each in (told, middle, deepest))
    assert middle["iss"] == deepest["iss"] == "https://rd.test"


@pytest.mark.clause("OIDC-51", "O17")
def test_a_client_that_is_told_no_identifiers_gets_pseudonyms_alone() -> None:
    client = a_client(identifiers=False)
    told = subject_claims(a_declaration(ANNA, BRAM), client, "https://rd.test", KEY)
    told |= flat_claims(a_declaration(ANNA, BRAM), ALL, client)
    assert ANNA.value not in str(told)
    assert BRAM.value not in str(told)
    assert told["sub"] != told["represents"]["sub"]


@pytest.mark.clause("OIDC-40", "OIDC-41")
def test_two_dvs_know_nobody_by_the_same_name() -> None:
    other = EntityId.of("DV", DV.oin, 9009) if DV.oin else DV
    subs = {pairwise(KEY, dv, name) for dv in (DV, other) for name in (ANNA, BRAM)}
    assert len(subs) == 4
    assert pairwise(KEY, DV, ANNA) == pairwise(KEY, DV, ANNA)
    assert pairwise(b"o" * 32, DV, ANNA) not in subs


@pytest.mark.clause("OIDC-40")
@pytest.mark.parametrize("qualifier", [urns.BSNK_IDENTITY, urns.BSNK_PSEUDONYM])
def test_what_is_encrypted_anew_each_time_names_nobody_for_good(qualifier: str) -> None:
    with pytest.raises(AnswerRefused):
        pairwise(KEY, DV, NameId(qualifier, "AAAA"))


@pytest.mark.clause("OIDC-43")
def test_no_flat_claim_is_of_the_one_without_a_mandate_and_of_the_other_with_one() -> None:
    alone = flat_claims(a_declaration(), ALL, a_client())
    acting = flat_claims(a_declaration(ANNA, BRAM), ALL, a_client())
    assert alone["bsn"] == ANNA.value
    assert "bsn" not in acting
    assert acting[urns.LEGAL_SUBJECT_ID] == BRAM.value
    assert acting[urns.ACTING_SUBJECT_ID] == ANNA.value
    assert urns.LEGAL_SUBJECT_ID not in alone


def test_an_employee_is_told_in_the_names_of_eherkenning() -> None:
    restricted = a_declaration(EMPLOYEE, COMPANY, restrictions={urns.ETOEGANG_VESTIGING: "000037178598"})
    told = flat_claims(restricted, ("openid", "kvk"), a_client())
    assert told == {
        "namequalifier": urns.ETOEGANG_KVK,
        urns.ETOEGANG_LEGAL: COMPANY.value,
        urns.ETOEGANG_ACTING: EMPLOYEE.value,
        urns.ETOEGANG_VESTIGING: "000037178598",
    }


@pytest.mark.clause("R-CHAIN")
def test_a_chain_has_no_flat_form() -> None:
    assert flat_claims(a_declaration(EMPLOYEE, ACCOUNTANT, COMPANY), ALL, a_client()) == {}


@pytest.mark.clause("OIDC-51")
def test_claims_come_with_the_scope_that_asks_them() -> None:
    assert flat_claims(a_declaration(), ("openid",), a_client()) == {}


def test_the_authentication_context_has_the_shapes_of_its_schema() -> None:
    digid = authentication_context(a_declaration(ANNA, BRAM))
    assert digid == {
        "source": "digid",
        "levelOfAssurance": "urn:oasis:names:tc:SAML:2.0:ac:classes:SmartcardPKI",
        "authorizee": {"legalSubject": {"identifierType": "bsn", "identifier": ANNA.value}},
        "representee": {"identifierType": "bsn", "identifier": BRAM.value},
        "mandate": {"services": [{"id": SERVICE.value}]},
    }
    assert authentication_context(a_declaration(EMPLOYEE, COMPANY)) == {
        "source": "eherkenning",
        "levelOfAssurance": "urn:etoegang:core:assurance-class:loa4",
        "authorizee": {
            "legalSubject": {"identifierType": "kvkNummer", "identifier": COMPANY.value},
            "actingSubject": {"identifierType": "opaque", "identifier": EMPLOYEE.value},
        },
    }
    assert authentication_context(a_declaration(EMPLOYEE, ACCOUNTANT, COMPANY)) is None
