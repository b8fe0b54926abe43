"""What `docs/connect/other.md` has a developer copy does what it says."""

import re
from pathlib import Path
from typing import Any

from lxml import etree

from stelsel import urns
from stelsel.saml.encryption import NameId, encrypt_id
from tests.stelsel.saml.factories import DV, a_key, a_recipient

PAGE = Path(__file__).parents[2] / "docs/connect/other.md"


def test_the_recipe_opens_an_encrypted_id() -> None:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    made: dict[str, Any] = {}
    exec(code, made)
    sealed = encrypt_id(NameId(urns.ETOEGANG_BSN, "999991127"), [a_recipient(DV)])
    opened = made["open_id"](etree.fromstring(sealed.xml), a_key(f"{DV.value} encryption").private)
    assert (opened.get("NameQualifier"), opened.text) == (urns.ETOEGANG_BSN, "999991127")
