"""DigiD's own SAML: the Subject is the BSN with its sector code, and there is nobody else (clients 2)."""

from typing import Final

from pilot.sample_dv import xml
from pilot.sample_dv.checks import ACTING, ADDRESSED, ALONE, PEOPLE, Opened, Trust
from pilot.sample_dv.dialects.contract import Dialect
from pilot.sample_dv.received import Message, Name

SECTOR_BSN: Final = "s00000000:"
LEVELS: Final = {
    word: f"urn:oasis:names:tc:SAML:2.0:ac:classes:{name}"
    for word, name in (
        ("basis", "PasswordProtectedTransport"),
        ("midden", "MobileTwoFactorContract"),
        ("substantieel", "Smartcard"),
        ("hoog", "SmartcardPKI"),
    )
}


def read(assertion: xml.Element, trust: Trust, messages: list[Message]) -> Opened:
    """Who logged in; for another sector the name stays unread, and no attribute counts."""
    subject = xml.text(assertion, "saml:Subject/saml:NameID")
    names = {}
    if subject.startswith(SECTOR_BSN):
        names[ACTING] = (Name("legacy-BSN", subject.removeprefix(SECTOR_BSN)),)
    return Opened(assertion, {}, named=(ACTING,), names=names, service=None, levels=LEVELS)


DIALECT: Final = Dialect(read=read, checks=(*ADDRESSED, *PEOPLE, *ALONE), levels=LEVELS, names_level=True)
