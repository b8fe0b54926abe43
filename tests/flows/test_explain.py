"""`python -m stelsel.saml explain` of what a running network says: in order it finds nothing, spoiled it finds that."""

from pathlib import Path

import httpx
import pytest

from pilot.loopback import LoopbackTransport
from pilot.places import BVD, DIGID, GATEWAY, entity_of
from stelsel.saml.__main__ import main
from tests.flows.outcomes import who
from tests.flows.pilots import Pilot
from tests.flows.sent import Sent, all_in


async def files_of(pilot: Pilot, folder: Path) -> list[str]:
    """What everybody publishes, as arguments."""
    async with httpx.AsyncClient(transport=LoopbackTransport(), trust_env=False) as client:
        for_authorities = await client.get(pilot.places.front(GATEWAY) + "/metadata/sp")
    found = []
    for name, document in {**pilot.network.documents, "router": for_authorities.content}.items():
        (folder / f"{name}.xml").write_bytes(document)
        found += ["--metadata", str(folder / f"{name}.xml")]
    return found


def receiver_of(message: Sent, dv: str) -> str:
    """Who got it: the DV sends to the gateway, whose own go to AD or BVD."""
    if message.name == "AuthnRequest" and message.issuer != dv:
        return entity_of(BVD if b"IdpAssertion" in message.xml else DIGID).value
    return dv if message.name == "ArtifactResponse" and message.issuer == entity_of(GATEWAY).value else ""


@pytest.mark.clause("ERR-09")
async def test_every_message_of_a_login_is_explained_without_a_finding_or_a_citizens_number(
    scenarios: Pilot, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    known = await files_of(scenarios, tmp_path)
    before = len(scenarios.wire)
    assert who(await scenarios.log_in("F1", "S1", "C2"))[1] == scenarios.bsn("C2")
    dv = scenarios.world.dv("gemeente").entity_id.value
    numbers = [member.bsn.value for member in scenarios.world.persons]
    explained = []
    for number, message in enumerate(all_in(scenarios.wire[before:])):
        path = tmp_path / f"{number}.xml"
        path.write_bytes(message.xml)
        receiver = receiver_of(message, dv)
        options = [*known, "--at", scenarios.clock().isoformat(), *(["--as", receiver] if receiver else [])]
        code = main(["explain", str(path), *options])
        text = capsys.readouterr().out
        assert code == 0, text
        assert "the key was not judged" not in text
        assert not any(each in text for each in numbers)
        late = main(["explain", str(path), *options[:-1], options[-1], "--at", "2026-03-10T12:30:00+01:00"])
        assert (late, "GEN-22" in capsys.readouterr().out) == (1, True)
        explained.append(message.name)
    assert sorted(set(explained)) == ["ArtifactResolve", "ArtifactResponse", "AuthnRequest"]
    assert len(explained) == 9


async def test_the_address_with_an_artifact_is_explained_with_whose_it_is(
    scenarios: Pilot, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    known = await files_of(scenarios, tmp_path)
    before = len(scenarios.wire)
    await scenarios.log_in("F1", "S1", "C2")
    (arrived,) = [each for each in scenarios.wire[before:] if each.path.startswith("/acs?SAMLart=")]
    (tmp_path / "address").write_text(arrived.path)
    assert main(["explain", str(tmp_path / "address"), *known]) == 0
    assert f"made by:           {entity_of(GATEWAY).value}" in capsys.readouterr().out
