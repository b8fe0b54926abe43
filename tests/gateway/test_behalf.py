"""What BSNk encrypted for a DV and the gateway decrypts on its behalf: what the DV gets, and what is refused.

The AD signs all of it with its own key: no signature around an identity is wrong here.
"""

import base64
from collections.abc import Mapping
from datetime import date
from typing import Final

import pytest

from catalog.identities import BsnkKeys, Holder, IdentityType, PersonalFact
from catalog.services import Entries
from gateway.behalf import OnBehalf
from gateway.login import SealedIdentity
from metadata.held import HeldKeys, folder_of
from pilot.bsnk import Bsnk
from stelsel import urns
from stelsel.bsnk.keys import write_key
from stelsel.bsnk.scheme import SchemeKeys, read_scheme_keys
from stelsel.failures import AnswerRefused, EncryptedIdRefused, Misconfigured
from stelsel.identifiers import Bsn, Oin
from stelsel.saml.assertion import Attribute, read_attributes
from stelsel.saml.encryption import DecryptionKey, EncryptedId, NameId, Recipient, decrypt_id, encrypt_id
from stelsel.saml.ids import new_id
from stelsel.saml.sealed_attributes import seal, unseal
from stelsel.saml.signatures import SigningKey
from tests.catalog.factories import a_provider, a_service
from tests.exchange.factories import encryption_key_of
from tests.gateway.factories import OF_AD, House, hold
from tests.stelsel.saml.factories import AD, DV, SERVICE, a_key, public

ANNA: Final = Bsn("999990019")
OTHER: Final = Oin("00000009999999999077")
OLD, NEW, CLOSED = 20240101, 20260101, 20200101
MAY: Final = date(2026, 5, 1)
assert DV.oin is not None
OIN: Final = DV.oin
HELD: Final = "held for the DV"


@pytest.fixture(scope="module")
def bsnk() -> Bsnk:
    return Bsnk()


@pytest.fixture(scope="module")
def scheme(bsnk: Bsnk) -> SchemeKeys:
    return read_scheme_keys(bsnk.published())


class Desk:
    """A gateway that decrypts for its DV, and the AD of the means."""

    def __init__(self, house: House, bsnk: Bsnk, scheme: SchemeKeys | None) -> None:
        self.house = house
        self.bsnk = bsnk
        self.means = OnBehalf(house.means_at(AD), house.party, house.catalog, HeldKeys(house.held), scheme)

    async def offers(self, holder: Holder = Holder.GATEWAY, *taken: IdentityType) -> None:
        """Puts DV and service into the catalogue."""
        provider = a_provider(entity_id=DV, oin=OIN, bsnk=BsnkKeys(key_set=NEW, holder=holder))
        service = a_service(
            uuid=SERVICE,
            provider=DV,
            means=frozenset({"digid", "eidas"}),
            eherkenning_minimum=None,
            eidas=taken or (IdentityType.BSN, IdentityType.PSEUDONYM),
            attributes={PersonalFact.FIRST_NAME: {"nl": "Aanhef", "en": "Salutation"}},
        )
        await self.house.catalog.store(Entries((provider,), (service,)))

    def keeps(self, *key_sets: int) -> None:
        """Has the DV's keys of these sets at BSNk, and the key that ADs encrypt for."""
        hold(self.house.held, DV, a_key(HELD))
        for key_set in key_sets:
            for key in self.bsnk.issue(OIN, key_set):
                path = folder_of(self.house.held, DV) / f"bsnk-{key_set}-{key.name.purpose.name.lower()}.pem"
                path.write_text(write_key(key))

    def identity(self, recipient: Oin = OIN, key_set: int = NEW) -> NameId:
        """An EI about Anna."""
        structure = self.bsnk.transform_identity(self.bsnk.activate(ANNA), recipient, key_set, MAY)
        return NameId(urns.BSNK_IDENTITY, base64.b64encode(structure).decode())

    def pseudonym(self, recipient: Oin = OIN, key_set: int = NEW) -> NameId:
        """An EP about somebody without a BSN."""
        person = self.bsnk.activate_from_abroad("XA/NL/1")
        structure = self.bsnk.transform_pseudonym(person, recipient, key_set, MAY)
        return NameId(urns.BSNK_PSEUDONYM, base64.b64encode(structure).decode())

    async def read(
        self, *names: NameId, reader: SigningKey | None = None, facts: Mapping[str, str] | None = None
    ) -> SealedIdentity:
        """What the gateway carries on, of an assertion with these values of ActingSubjectID."""
        url = await self.house.flow.choose(await self.house.login(await self.house.begin(id=new_id())), "self")
        request = await self.house.passed_on(url)
        recipient = Recipient(DV, (public(reader or a_key(HELD)),))
        values = tuple(encrypt_id(name, [recipient]) for name in names)
        about = Attribute(urns.SERVICE_UUID, (SERVICE.value,))
        copied = tuple(seal(name, (value,), recipient).xml for name, value in (facts or {}).items())
        self.house.ad_says(request, attributes=(about, Attribute(urns.ACTING_SUBJECT_ID, values)), copied=copied)
        return await self.means.read(await self.house.login(url), OF_AD)


@pytest.fixture
async def desk(house: House, bsnk: Bsnk, scheme: SchemeKeys) -> Desk:
    """One that has what it needs."""
    made = Desk(house, bsnk, scheme)
    await made.offers()
    made.keeps(NEW)
    return made


def opened_by(key: SigningKey, identity: SealedIdentity) -> list[NameId]:
    """What the holder of a key reads in an identity."""
    keys = [DecryptionKey(public(key).name, key.private)]
    return [decrypt_id(EncryptedId(xml, (DV,)), DV, keys) for xml in identity.acting]


@pytest.mark.clause("TYP-03")
async def test_a_bsn_that_bsnk_encrypted_reaches_the_dv_as_text_under_the_dvs_own_key(desk: Desk) -> None:
    identity = await desk.read(desk.identity())
    assert ANNA.value not in repr(identity)
    (name,) = opened_by(encryption_key_of(DV), identity)
    assert (name.qualifier, name.value) == (urns.LEGACY_BSN, ANNA.value)
    with pytest.raises(AnswerRefused):
        opened_by(a_key(HELD), identity)


@pytest.mark.clause("DV-ATT-13")
async def test_what_the_service_is_told_of_the_person_reaches_the_dv_under_its_own_key(desk: Desk) -> None:
    identity = await desk.read(desk.pseudonym(), facts={PersonalFact.FIRST_NAME.urn: "Luca"})
    _, (sealed,) = read_attributes(identity.copied)
    key = encryption_key_of(DV)
    fact = unseal(sealed, DV, [DecryptionKey(public(key).name, key.private)])
    assert (fact.name, fact.values, sealed.recipients) == (PersonalFact.FIRST_NAME.urn, ("Luca",), (DV,))
    assert b"Luca" not in b"".join(identity.copied)


@pytest.mark.clause("DV-ATT-13")
@pytest.mark.parametrize("name", [PersonalFact.DATE_OF_BIRTH.urn, urns.ACTING_SUBJECT_ID])
async def test_what_the_service_is_not_to_be_told_is_refused(desk: Desk, name: str) -> None:
    with pytest.raises(AnswerRefused):
        await desk.read(desk.pseudonym(), facts={name: "1992-10-11"})


@pytest.mark.clause("TYP-03")
async def test_somebody_without_a_bsn_is_the_same_pseudonym_each_time_also_after_the_keys_rolled_over(
    desk: Desk,
) -> None:
    (before,) = opened_by(encryption_key_of(DV), await desk.read(desk.pseudonym()))
    desk.keeps(OLD, NEW)
    desk.means = Desk(desk.house, desk.bsnk, read_scheme_keys(desk.bsnk.published())).means
    (old,) = opened_by(encryption_key_of(DV), await desk.read(desk.pseudonym(key_set=OLD)))
    (new,) = opened_by(encryption_key_of(DV), await desk.read(desk.pseudonym(key_set=NEW)))
    assert before.qualifier == new.qualifier == urns.ETOEGANG_PSEUDO
    assert old.value == new.value


async def test_a_bsn_as_text_is_passed_on_under_the_dvs_own_key(desk: Desk) -> None:
    await desk.offers(Holder.GATEWAY, IdentityType.LEGACY_BSN)
    (name,) = opened_by(encryption_key_of(DV), await desk.read(NameId(urns.LEGACY_BSN, ANNA.value)))
    assert name == NameId(urns.LEGACY_BSN, ANNA.value)


@pytest.mark.clause("DV-ATT-14")
async def test_what_a_dv_decrypts_itself_is_passed_on_as_it_came(desk: Desk) -> None:
    await desk.offers(Holder.DV)
    sent = desk.identity()
    identity = await desk.read(sent, reader=encryption_key_of(DV))
    assert opened_by(encryption_key_of(DV), identity) == [sent]


@pytest.mark.clause("TYP-03", "S17")
@pytest.mark.parametrize("made", ["for-another-recipient", "of-a-closed-key-set", "by-another-bsnk", "not-base64"])
async def test_a_structure_that_is_not_for_these_keys_of_this_dv_is_refused(desk: Desk, made: str) -> None:
    elsewhere = Desk(desk.house, Bsnk(), None)
    name = {
        "for-another-recipient": desk.identity(recipient=OTHER),
        "of-a-closed-key-set": desk.identity(key_set=CLOSED),
        "by-another-bsnk": elsewhere.identity(),
        "not-base64": NameId(urns.BSNK_IDENTITY, "<EI>"),
    }[made]
    with pytest.raises(EncryptedIdRefused):
        await desk.read(name)


@pytest.mark.clause("TYP-03")
async def test_a_key_set_whose_files_are_gone_opens_nothing_any_more(desk: Desk) -> None:
    for path in folder_of(desk.house.held, DV).glob("bsnk-*.pem"):
        path.unlink()
    with pytest.raises(EncryptedIdRefused):
        await desk.read(desk.identity())


@pytest.mark.clause("TYP-03", "S17")
@pytest.mark.parametrize("at", [20, 90, 200, 330, -1])
async def test_a_structure_of_which_a_bit_was_changed_is_refused(desk: Desk, at: int) -> None:
    changed = bytearray(base64.b64decode(desk.identity().value))
    changed[at] ^= 1
    with pytest.raises(EncryptedIdRefused):
        await desk.read(NameId(urns.BSNK_IDENTITY, base64.b64encode(changed).decode()))


@pytest.mark.clause("TYP-03")
async def test_an_identity_that_is_called_a_pseudonym_is_refused_and_the_other_way_round(desk: Desk) -> None:
    for qualifier, name in ((urns.BSNK_PSEUDONYM, desk.identity()), (urns.BSNK_IDENTITY, desk.pseudonym())):
        with pytest.raises(EncryptedIdRefused):
            await desk.read(NameId(qualifier, name.value))


@pytest.mark.clause("TYP-03")
async def test_a_type_that_the_service_does_not_take_is_refused(desk: Desk) -> None:
    await desk.offers(Holder.GATEWAY, IdentityType.LEGACY_BSN)
    for name in (desk.identity(), desk.pseudonym(), NameId("urn:etoegang:1.9:X", "1")):
        with pytest.raises(AnswerRefused):
            await desk.read(name)


async def test_a_number_that_is_no_bsn_is_refused(desk: Desk) -> None:
    await desk.offers(Holder.GATEWAY, IdentityType.LEGACY_BSN)
    with pytest.raises(AnswerRefused):
        await desk.read(NameId(urns.LEGACY_BSN, "999990018"))


@pytest.mark.clause("RD-ASR-06")
async def test_of_two_values_the_login_stands_on_both(desk: Desk) -> None:
    with pytest.raises(EncryptedIdRefused):
        await desk.read(desk.identity(), desk.pseudonym(recipient=OTHER))


async def test_without_a_key_for_this_dv_or_the_keys_of_the_scheme_nothing_is_decrypted(
    house: House, bsnk: Bsnk, scheme: SchemeKeys
) -> None:
    keyless = Desk(house, bsnk, scheme)
    await keyless.offers()
    with pytest.raises(Misconfigured):
        await keyless.read(keyless.identity())
    blind = Desk(house, bsnk, None)
    blind.keeps(NEW)
    with pytest.raises(Misconfigured):
        await blind.read(blind.identity())


async def test_a_dv_without_a_certificate_of_its_own_gets_nothing(desk: Desk) -> None:
    desk.house.knows(encryption_keys=())
    with pytest.raises(Misconfigured):
        await desk.read(desk.identity())
