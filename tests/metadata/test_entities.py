"""A party is asked by what messages name: an index, a binding, a certificate."""

import pytest

from metadata.entities import Endpoint, OfferedService
from stelsel import urns
from stelsel.failures import AnswerRefused, Misconfigured, ReplyAddressUnknown
from tests.metadata.factories import SERVICE, Network, a_consumer, a_resolution, a_sign_on


@pytest.mark.clause("DV-REQ-04")
def test_a_consumer_is_found_by_its_index_and_not_by_its_place(network: Network) -> None:
    seven, one = a_consumer("seven.example", 7, is_default=False), a_consumer("one.example", 1)
    party = network.provider(assertion_consumers=(seven, one))
    assert (party.consumer(1), party.consumer(7)) == (one, seven)


@pytest.mark.clause("DV-REQ-04")
def test_an_index_that_is_not_in_the_metadata_is_refused(network: Network) -> None:
    with pytest.raises(ReplyAddressUnknown) as refused:
        network.provider().consumer(1)
    assert refused.value.broken_clause == "DV-REQ-04"


@pytest.mark.clause("MD-DV-04")
def test_the_default_consumer_is_the_one_that_is_marked(network: Network) -> None:
    first, marked = a_consumer("a.example", 0, is_default=False), a_consumer("b.example", 1)
    assert network.provider(assertion_consumers=(first, marked)).consumer() == marked


def test_without_a_mark_the_first_consumer_is_the_default(network: Network) -> None:
    first, second = (a_consumer("a.example", index, is_default=False) for index in (3, 4))
    assert network.provider(assertion_consumers=(first, second)).consumer() == first


def test_an_authority_takes_no_answers(network: Network) -> None:
    with pytest.raises(ReplyAddressUnknown):
        network.authority().consumer()


@pytest.mark.clause("MD-DV-05", "DV-REQ-07")
def test_a_service_is_found_by_its_index(network: Network) -> None:
    nine = OfferedService(9, SERVICE)
    party = network.provider(services=(nine, OfferedService(2, SERVICE, is_default=True)))
    assert party.service(9) == nine
    assert party.service(1) is None
    default = party.service()
    assert default is not None
    assert default.index == 2


@pytest.mark.clause("MD-AD-03")
def test_requests_go_to_the_address_for_http_post(network: Network) -> None:
    redirect = Endpoint(urns.HTTP_REDIRECT, "https://x.example/redirect")
    party = network.authority(single_sign_on=(redirect, a_sign_on("digid.example")))
    assert party.sso_location() == "https://digid.example/sso"


def test_a_dv_takes_no_requests(network: Network) -> None:
    with pytest.raises(Misconfigured):
        network.provider().sso_location()


@pytest.mark.clause("DV-ART-05", "MD-RD-02")
def test_an_artifact_resolves_where_its_index_says(network: Network) -> None:
    party = network.authority(artifact_resolution=(a_resolution("b.example", 11), a_resolution("a.example", 0)))
    assert party.resolution(11).location == "https://b.example/resolve"
    with pytest.raises(AnswerRefused):
        party.resolution(1)


@pytest.mark.clause("GEN-21")
def test_a_tls_certificate_is_a_partys_when_it_is_in_its_metadata_for_signing(network: Network) -> None:
    dv = network.provider()
    assert all(dv.accepts_tls(key.certificate) for key in dv.signing_keys)
    assert not dv.accepts_tls(dv.encryption_keys[0].certificate)
    assert not dv.accepts_tls(network.provider("ziekenhuis").signing_keys[0].certificate)
    assert not dv.accepts_tls(b"")


@pytest.mark.clause("DV-ATT-07")
def test_a_recipient_has_all_encryption_keys(network: Network) -> None:
    two = network.provider().encryption_keys + network.provider("ziekenhuis").encryption_keys
    recipient = network.provider(encryption_keys=two).recipient()
    assert recipient.entity == network.provider().entity_id
    assert recipient.keys == two


def test_a_party_is_called_by_its_name_in_the_readers_language(network: Network) -> None:
    party = network.provider(names={"en": "Municipality", "nl": "Gemeente"})
    assert (party.name("en"), party.name("fy")) == ("Municipality", "Gemeente")
    assert network.provider().name("nl") == network.provider().entity_id.value
