"""`python -m metadata check FILE` says everything that is wrong, each with its clause."""

import asyncio
import io
import json
import re
from pathlib import Path

import pytest
from starlette.responses import RedirectResponse

from metadata.__main__ import main
from metadata.certificates import Anchors, Certificate
from metadata.check import check
from metadata.descriptors.advice import advice
from metadata.entities import Endpoint
from tests.metadata.factories import NOW, OINS, Network, a_certificate, a_key, a_list
from tests.metadata.sites import a_site

AT = ("--at", NOW.isoformat())


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where a test puts its metadata."""
    return tmp_path / "metadata.xml"


def test_good_metadata_has_no_findings(network: Network, file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_bytes(network.written(network.provider()))
    assert main(["check", str(file), "--trust", str(network.pki.anchors), *AT]) == 0
    assert capsys.readouterr().out == "no findings\n"


def test_every_finding_is_a_line_with_its_clause(
    network: Network, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_bytes(network.written(network.provider(encryption_keys=(), valid_until=NOW)))
    assert main(["check", str(file), "--trust", str(network.pki.anchors), *AT]) == 1
    lines = [line for line in capsys.readouterr().out.splitlines() if not line.startswith(" ")]
    assert [line.split()[0] for line in lines] == ["MD-GEN-03", "MD-DV-02", "2"]
    assert all(network.provider().entity_id.value in line for line in lines[:2])


def test_a_finding_says_where_it_stands_what_was_expected_and_what_to_do(
    network: Network, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = network.written(network.provider()).decode().replace("<md:KeyDescriptor", "\n<md:KeyDescriptor")
    file.write_text(data.replace(' use="encryption"', ""))
    main(["check", str(file), *AT])
    lines = capsys.readouterr().out.splitlines()
    at = lines.index(f"MD-DV-02  {network.provider().entity_id.value}: KeyDescriptor without use")
    assert lines[at + 1] == "    where: EntityDescriptor/SPSSODescriptor/KeyDescriptor[3], line 4"
    assert lines[at + 2] == '    mend: write use="signing" or use="encryption"; a key for both stands there twice'
    count = lines.index(f"MD-DV-02  {network.provider().entity_id.value}: keys for encryption")
    assert lines[count + 2 : count + 4] == ["    expected: 1 to 2", "    found: 0"]


def test_programs_read_the_same_as_json(network: Network, file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_bytes(network.written(network.provider(encryption_keys=())))
    assert main(["check", str(file), "--trust", str(network.pki.anchors), *AT, "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    (finding,) = told["findings"]
    assert not told["clean"]
    assert (finding["clause"], finding["found"], finding["where"]) == (
        "MD-DV-02",
        "0",
        "EntityDescriptor/SPSSODescriptor",
    )
    assert finding["defect"] == "encryption_keys"
    assert finding["mend"]


@pytest.mark.parametrize(("profile", "role", "clauses"), [("st-saml", "AD", {"MD-GEN-01"}), ("st-saml", "DV", set())])
def test_a_party_is_judged_as_what_it_should_be(
    profile: str, role: str, clauses: set[str], network: Network, anchors: Anchors
) -> None:
    report = check(network.written(network.provider()), NOW, anchors, profile, role=role)
    assert {each.clause for each in report.findings} == clauses


UNREADABLE: dict[str, tuple[tuple[str, str], str, int, str]] = {
    "not well-formed": (("</md:SPSSODescriptor>", "\n</md:SPSSO>"), "ERR-09", 2, "Opening and ending tag mismatch"),
    "a comment": (("<md:SPSSO", "\n\n<!-- x --><md:SPSSO"), "ERR-09", 3, "<!--"),
    "an entity": (("<md:EntityDescriptor", "<!DOCTYPE x>\n<md:EntityDescriptor"), "ERR-09", 1, "<!DOCTYPE"),
    "an instruction": (("<md:SPSSO", "\n<?php x ?><md:SPSSO"), "ERR-09", 2, "<?php"),
    "a namespace": (("<md:SPSSO", '\n<x xmlns="a"/><md:SPSSO'), "ERR-09", 2, 'xmlns="a"'),
    "an ID twice": (("<md:SPSSODescriptor", '\n<md:SPSSODescriptor ID="_1"'), "ERR-09", 2, "_1"),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_the_parser_refuses_is_told_with_its_line(name: str, network: Network, anchors: Anchors) -> None:
    (old, new), clause, line, found = UNREADABLE[name]
    data = network.written(network.provider()).decode()
    text = re.sub(r'^(<md:EntityDescriptor[^>]*) ID="[^"]*"', r'\1 ID="_1"', data).replace(old, new, 1)
    (finding,) = check(text.encode(), NOW, anchors).findings
    assert (finding.clause, finding.where[1]) == (clause, line), finding
    assert found in finding.found
    assert finding.defect
    assert advice(finding)


def test_several_things_that_cannot_be_read_are_told_at_once_with_the_rest(network: Network, anchors: Anchors) -> None:
    data = network.written(network.provider(valid_until=NOW)).decode()
    for old, new in (
        ('index="0" isDefault="true"/>', 'index="zero" isDefault="true"/>'),
        ("<md:ServiceName xml:lang=", "<md:ServiceName lang="),
        ("<md:SPSSODescriptor ", '<md:SPSSODescriptor authnRequestsSigned="true" '),
        ("</md:SPSSODescriptor>", "<md:NoSuchThing/></md:SPSSODescriptor>"),
        (' use="encryption"', ""),
    ):
        assert old in data
        data = data.replace(old, new)
    found = check(data.encode(), NOW, anchors).findings
    assert [(each.clause, each.why) for each in found] == [
        ("ERR-09", "an attribute out of place"),
        ("ERR-09", "an element out of place"),
        ("ERR-09", "index: no index"),
        ("ERR-09", "ServiceName without {http://www.w3.org/XML/1998/namespace}lang"),
        ("MD-GEN-03", "expired"),
        ("MD-DV-02", "KeyDescriptor without use"),
    ]
    assert all(advice(each) for each in found)
    assert found[2].where[0] == "EntityDescriptor/SPSSODescriptor/AssertionConsumerService"


async def test_an_address_is_judged_as_a_file_is(network: Network) -> None:
    async with a_site() as site:
        site.pages["/dv"] = network.written(network.provider())
        site.pages["/elsewhere"] = RedirectResponse(site.url("/dv"))
        asked = ("--trust", str(network.pki.anchors), *AT)
        assert await asyncio.to_thread(main, ["check", site.url("/dv"), "--loopback", *asked]) == 0
        assert await asyncio.to_thread(main, ["check", site.url("/elsewhere"), "--loopback", *asked]) == 2
        assert site.sent == ["/dv", "/elsewhere"]
        assert await asyncio.to_thread(main, ["check", site.url("/dv"), *asked]) == 2
        assert site.sent == ["/dv", "/elsewhere"]


@pytest.mark.clause("GEN-12")
async def test_a_revoked_certificate_is_found_and_a_list_that_cannot_be_had_is_told(
    network: Network, capsys: pytest.CaptureFixture[str]
) -> None:
    async with a_site() as site:
        der = a_certificate(network, OINS["gemeente"], points=(site.url("/crl"),))
        dv = network.provider(signing_keys=(*network.provider().signing_keys, a_key(der)))
        site.pages["/dv"] = network.written(dv)
        asked = ["check", site.url("/dv"), "--trust", str(network.pki.anchors), "--loopback", *AT]
        assert await asyncio.to_thread(main, asked) == 0
        assert "note  GEN-12: whether certificates were revoked could not be determined" in capsys.readouterr().out
        site.pages["/crl"] = a_list(network.pki.issuing, Certificate.read(der).parsed.serial_number)
        assert await asyncio.to_thread(main, asked) == 1
        assert capsys.readouterr().out.startswith(f"GEN-12  {dv.entity_id.value}: signing certificate: revoked\n")
        assert await asyncio.to_thread(main, [*asked, "--without-revocation"]) == 0


def test_what_comes_in_is_judged_without_a_file(
    network: Network, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(network.written(network.provider()))))
    assert main(["check", "-", *AT]) == 0
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"")))
    assert main(["check", "-", *AT]) == 2


def test_each_profile_asks_what_it_needs(network: Network, anchors: Anchors) -> None:
    data = network.written(network.provider(encryption_keys=()))
    assert check(data, NOW, anchors, "generic").is_clean
    (finding,) = check(data, NOW, anchors, "etoegang").findings
    assert finding.clause == "MD-DV-02"
    posts = Endpoint("urn:oasis:names:tc:SAML:2.0:bindings:PAOS", "https://gemeente.example/acs", 0, True)
    data = network.written(network.provider(assertion_consumers=(posts,)))
    assert [each.clause for each in check(data, NOW, anchors, "generic").findings] == ["MD-DV-04"]


def test_an_unsigned_file_is_named_so(network: Network, file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_bytes(network.written(network.provider()).replace(b"gemeente.example", b"x.example"))
    assert main(["check", str(file), *AT]) == 1
    assert capsys.readouterr().out.startswith("GEN-10  ")


def test_without_authorities_a_note_says_what_was_not_judged(
    network: Network, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_bytes(network.written(network.provider()))
    assert main(["check", str(file), *AT]) == 0
    assert "note  GEN-12" in capsys.readouterr().out


def test_what_is_no_metadata_is_one_finding(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text("<html/>")
    assert main(["check", str(file)]) == 1
    assert capsys.readouterr().out.startswith("MD-GEN-01  the document: ")


@pytest.mark.parametrize("arguments", [["check", "/nowhere"], ["check", "/dev/null", "--trust", "/dev/null"]])
def test_a_file_that_cannot_be_read_is_another_matter(arguments: list[str]) -> None:
    assert main(arguments) == 2
