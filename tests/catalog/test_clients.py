"""Clients in the catalogue: what is refused when it is read, and that they come back as they went in."""

from pathlib import Path
from typing import Any

import pytest

from catalog.clients import Client, Policy
from catalog.loader import read_file
from catalog.repository import Catalog
from catalog.services import Entries, Inconsistent
from runtime.database import Database
from stelsel.failures import Misconfigured
from tests.catalog.factories import BIJSTAND, GEMEENTE, SERVICE_ROW, ZIEKENHUIS, a_file, a_provider, a_service
from tests.stelsel.saml.factories import NOON


def a_client(**changes: Any) -> Client:
    """The municipality's."""
    values: dict[str, Any] = {
        "client_id": "balie",
        "dv": GEMEENTE,
        "redirect_uris": ("https://dv.test/cb",),
        "key_set_url": "https://dv.test/jwks",
    }
    return Client(**values | changes)


@pytest.mark.clause("OIDC-05", "OIDC-21", "OIDC-26", "OIDC-61", "OIDC-70", "OAU-02", "SEC-10", "FAPI-05")
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"client_id": "999990019"}, "name"),
        ({"client_id": "a b"}, "name"),
        ({"redirect_uris": ()}, "redirect_uris"),
        ({"redirect_uris": ("http://dv.test/cb",)}, "redirect_uris"),
        ({"redirect_uris": ("https://dv.test/cb#x",)}, "redirect_uris"),
        ({"redirect_uris": ("https://*.dv.test/cb",)}, "redirect_uris"),
        ({"redirect_uris": ("https://u@dv.test/cb",)}, "redirect_uris"),
        ({"redirect_uris": ("app:/cb",)}, "redirect_uris"),
        ({"key_set": "{}"}, "jwks_uri"),
        ({"key_set_url": ""}, "jwks"),
        ({"key_set_url": "file:///keys"}, "jwks_uri"),
        ({"secret_digest": "a" * 64}, "secret_digest"),
        ({"policy": Policy.COMPAT, "secret_digest": "geheim"}, "secret_digest"),
        ({"policy": Policy.FAPI2, "signing": "RS256"}, "signing"),
        ({"policy": Policy.FAPI2, "signed_with": "RS256"}, "signed_with"),
        ({"signing": "HS256"}, "signing"),
        ({"signed_with": "ES256"}, "signed_with"),
        ({"encrypted": False}, "identifiers"),
        ({"services": frozenset()}, "services"),
        ({"services": frozenset({BIJSTAND}), "default_service": type(BIJSTAND)("a" * 36)}, "default_service"),
    ],
    ids=str,
)
def test_a_client_that_contradicts_itself_is_none(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(Inconsistent) as refused:
        a_client(**changes)
    assert refused.value.field == field


async def test_a_client_comes_back_as_it_went_in_and_does_not_move(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    catalog = Catalog(database)
    kept = a_client(services=frozenset({BIJSTAND}), default_service=BIJSTAND, represents=False, signing="ES256")
    hospital = a_provider(entity_id=ZIEKENHUIS, oin=ZIEKENHUIS.oin, name="ziekenhuis")
    await catalog.store(Entries((a_provider(), hospital), (a_service(),), clients=(kept,)))
    assert await catalog.client("balie") == kept
    assert await catalog.clients() == (kept,)
    assert await catalog.client("ander") is None
    with pytest.raises(Misconfigured):
        await catalog.store(Entries((), (), clients=(a_client(dv=ZIEKENHUIS),)))
    await database.close()


ROWS = """
[[dv]]
name = "gemeente"
oin = "00000099000000010000"
entity = "9001"
interfaces = ["oidc"]

[[client]]
name = "balie"
dv = "gemeente"
redirect_uris = ["https://dv.test/cb"]
jwks_uri = "https://dv.test/jwks"
services = ["bijstand"]
"""


def test_a_file_has_clients_of_dvs_that_have_the_interface(tmp_path: Path) -> None:
    entries = read_file(a_file(tmp_path, ROWS + SERVICE_ROW), NOON)
    assert entries.clients == (a_client(services=frozenset({BIJSTAND})),)
    with pytest.raises(Misconfigured, match=r"clients\[0\]\.dv"):
        read_file(a_file(tmp_path, ROWS.replace('["oidc"]', '["saml"]') + SERVICE_ROW), NOON)
