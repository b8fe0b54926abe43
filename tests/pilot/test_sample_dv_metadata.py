"""What the sample DV publishes of itself."""

import base64
import ssl
from datetime import datetime

import pytest
from lxml import etree

from metadata.certificates import Anchors
from metadata.descriptors import read_metadata
from pilot.browser import Browser
from pilot.pki import Pki
from stelsel import urns
from tests.pilot.dv_site import BIJSTAND, Site
from tests.pilot.pretend_gateway import DV

CHARLES_THE_FIRST = "999991255"


async def test_the_metadata_of_the_dv_names_its_keys_its_consumer_and_its_indexed_service(site: Site) -> None:
    async with Browser() as browser:
        document = etree.fromstring((await browser.open(f"{site.url}/metadata")).content)
    names = {"md": urns.MD, "ds": urns.DS, "saml": urns.SAML}
    assert document.get("entityID") == DV.value
    assert datetime.fromisoformat(document.get("validUntil", "")) > site.clock.now
    keys = document.findall("md:SPSSODescriptor/md:KeyDescriptor", names)
    assert [key.get("use") for key in keys] == ["signing", "signing", "encryption"]
    assert all(len(key.findtext("ds:KeyInfo/ds:KeyName", "", names)) == 64 for key in keys)
    tls = site.gateway.dv_keys.tls.read_text()
    shown = base64.b64decode(keys[1].findtext("ds:KeyInfo/ds:X509Data/ds:X509Certificate", "", names))
    assert shown == ssl.PEM_cert_to_DER_cert(tls[tls.index("-----BEGIN CERT") : tls.index("-----END CERT") + 25] + "\n")
    consumer = document.find("md:SPSSODescriptor/md:AssertionConsumerService", names)
    assert consumer is not None
    assert (consumer.get("Binding"), consumer.get("Location")) == (urns.HTTP_ARTIFACT, f"{site.url}/acs")
    offered = document.findall("md:SPSSODescriptor/md:AttributeConsumingService", names)
    assert [each.findtext("md:RequestedAttribute/saml:AttributeValue", "", names) for each in offered] == [
        BIJSTAND.uuid
    ]


@pytest.mark.clause("MD-DV-01", "MD-DV-05")
async def test_our_own_reader_takes_the_metadata_that_pysaml2_wrote(site: Site, dv_pki: Pki) -> None:
    async with Browser() as browser:
        document = (await browser.open(f"{site.url}/metadata")).content
    (entity,) = read_metadata(document, Anchors.from_pem(dv_pki.anchors), site.clock.now, loopback=True)
    assert entity.entity_id == DV
    assert entity.consumer(0).location == f"{site.url}/acs"
    assert [each.uuid.value for each in entity.services] == [BIJSTAND.uuid]
    assert (len(entity.signing_keys), len(entity.encryption_keys)) == (2, 1)
