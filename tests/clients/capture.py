"""Captures anew what the relying parties of this folder send: `.venv/bin/python -m tests.clients.capture`.

Each logs Bram in and out at a pilot network, and its messages are kept as they were sent, in `tests/messages`, with
the instant and the address that they were for. Only what goes over the wire is kept: no private key is.
"""

import asyncio
import base64
import hashlib
import json
import subprocess
import sys
import tempfile
import threading
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlsplit

import httpx

from pilot.browser import Browser
from pilot.pki import Pki, make_pki
from stelsel.identifiers import EntityId
from tests.clients import test_django_digid_eherkenning, test_node_saml, test_python3_saml
from tests.clients.programs import DJANGO, NODE, NODE_MODULES, OIN, ROOT, RunningPilot, keys_of, pilot_command, running
from tests.clients.walking import walk, wish
from tests.flows.pilots import free_ports

MESSAGES: Final = ROOT / "tests/messages"
POSTED, REDIRECTED, LOGOUT = "authn-request-post.txt", "authn-request-redirect.txt", "logout-request-redirect.txt"
RESOLVE, METADATA, CAPTURED = "artifact-resolve.xml", "metadata.xml", "captured.json"


class Capture:
    """Where one relying party's messages go, and those of its queries that its browser carried."""

    def __init__(self, name: str) -> None:
        self.folder = MESSAGES / name
        self.queries: list[str] = []

    async def see(self, method: str, url: str) -> None:
        """Before each request of the browser."""
        if method == "GET" and "SAMLRequest=" in url:
            self.queries.append(urlsplit(url).query)

    def keep(self, name: str, message: str | bytes) -> None:
        """As it was sent."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / name).write_bytes(message.encode() if isinstance(message, str) else message)

    def describe(self, version: str, gateway: Mapping[str, str]) -> None:
        """What a reader of these messages needs beside them."""
        at = datetime.now(UTC).isoformat(timespec="seconds")
        told = {"version": version, "at": at, "entity_id": gateway["entity_id"], "sso": gateway["sso"]}
        self.keep(CAPTURED, json.dumps(told, indent=2) + "\n")


@asynccontextmanager
async def serving(
    folder: Path, *command: object, env: Mapping[str, str] | None = None, **own: Any
) -> AsyncIterator[str]:
    """The origin of a relying party that runs with these settings."""
    port = own.pop("port", None) or free_ports()
    _prepare(folder, {"port": port, "folder": str(folder), **own})
    async with running(folder / "log", *command, folder / "settings.json", env=env):
        yield f"http://127.0.0.1:{port}"


def _prepare(folder: Path, settings: Mapping[str, Any]) -> None:
    folder.mkdir()
    (folder / "settings.json").write_text(json.dumps(settings))


async def joined(pilot: RunningPilot, capture: Capture, address: str, profile: str, *more: object) -> None:
    """Keeps its metadata and lets it join."""
    async with httpx.AsyncClient() as http:
        capture.keep(METADATA, (await http.get(address)).content)
    asked = ("--saml", capture.folder / METADATA, "--profile", profile, "--service", "bijstand", *more)
    code, answer = await pilot.connect(*asked)
    if code:
        raise SystemExit(f"{capture.folder.name}: {answer}")


async def in_and_out(capture: Capture, login: str, logout: str) -> list[Mapping[str, str]]:
    """Logs Bram in and out; the forms on the way in."""
    async with Browser(capture.see) as browser:
        _, carried = await walk(browser, login, wish("Bram"))
        await walk(browser, logout, wish("Bram"))
    return carried


def pair(pki: Pki, name: str) -> dict[str, str]:
    """Key and certificate as the scripts' settings name them."""
    keys = keys_of(pki, name)
    return {"key": str(keys.key), "certificate": str(keys.certificate)}


async def node_saml(pilot: RunningPilot, pki: Pki, folder: Path) -> None:
    """One that posts its requests, and one that redirects."""
    capture, gateway = Capture("node-saml"), pilot.described["gateway"]
    async with httpx.AsyncClient() as http:
        known = test_node_saml.read_gateway((await http.get(gateway["metadata_generic"])).content)
    own: dict[str, Any] = {
        "entity_id": f"{test_node_saml.ENTITY}/captured",
        "modules": str(NODE_MODULES),
        "gateway": known,
    }
    own |= {"port": free_ports(), **pair(pki, "node")}
    script = (NODE, test_node_saml.SCRIPT)
    async with serving(folder / "redirecting", *script, binding="HTTP-Redirect", **own) as origin:
        await joined(pilot, capture, f"{origin}/metadata", "generic")
        await in_and_out(capture, f"{origin}/login", f"{origin}/logout")
        capture.keep(REDIRECTED, capture.queries[0])
    async with serving(folder / "posting", *script, **own) as origin:
        await joined(pilot, capture, f"{origin}/metadata", "generic")
        capture.queries.clear()
        carried = await in_and_out(capture, f"{origin}/login", f"{origin}/logout")
        capture.keep(POSTED, carried[0]["SAMLRequest"])
        capture.keep(LOGOUT, capture.queries[0])
    lock = json.loads((ROOT / "tests/clients/package-lock.json").read_text())
    capture.describe(lock["packages"]["node_modules/@node-saml/node-saml"]["version"], gateway)


async def python3_saml(pilot: RunningPilot, pki: Pki, folder: Path) -> None:
    """One that redirects."""
    capture, gateway = Capture("python3-saml"), pilot.described["gateway"]
    async with httpx.AsyncClient() as http:
        known = (await http.get(gateway["metadata_generic"])).text
    own: dict[str, Any] = {"entity_id": "https://python.example/saml", "gateway": known, **pair(pki, "python")}
    async with serving(folder / "python3-saml", DJANGO, test_python3_saml.SCRIPT, **own) as origin:
        await joined(pilot, capture, f"{origin}/metadata", "generic")
        await in_and_out(capture, f"{origin}/login", f"{origin}/logout")
        first, last = capture.queries
        capture.keep(REDIRECTED, first)
        capture.keep(LOGOUT, last)
    capture.describe(version_of("maykin-python3-saml"), gateway)


async def django(pilot: RunningPilot, pki: Pki, folder: Path) -> None:
    """One at the network, and one whose back channel ends here."""
    capture, gateway = Capture("django-digid-eherkenning"), pilot.described["gateway"]
    script = (DJANGO, test_django_digid_eherkenning.SCRIPT)
    names = {name: EntityId.of("DV", OIN, index).value for name, index in test_django_digid_eherkenning.PARTS.items()}
    own: dict[str, Any] = {"entity_ids": names, "oin": OIN.value, **pair(pki, "django")}
    env = {"REQUESTS_CA_BUNDLE": pilot.described["ca"]}
    async with serving(
        folder / "django", *script, env=env, gateway_metadata=gateway["metadata_generic"], **own
    ) as origin:
        await joined(pilot, capture, f"{origin}/metadata/digid", "digid-legacy", "--trust", pki.anchors)
        carried = await in_and_out(capture, f"{origin}/digid/login/?next=/", f"{origin}/digid/logout/")
        capture.keep(POSTED, carried[0]["SAMLRequest"])
        capture.keep(LOGOUT, capture.queries[0])
    async with httpx.AsyncClient() as http:
        published = (await http.get(gateway["metadata_generic"])).content
    with catching(published, gateway) as (address, caught):
        async with serving(folder / "resolving", *script, env=env, gateway_metadata=address, **own) as origin:
            source = hashlib.sha1(gateway["entity_id"].encode(), usedforsecurity=False).digest()
            artifact = base64.b64encode(b"\0\4\0\0" + source + bytes(20)).decode()
            async with httpx.AsyncClient() as http:
                await http.get(f"{origin}/digid/acs/?SAMLart={quote(artifact)}", follow_redirects=False)
    capture.keep(RESOLVE, caught[0])
    capture.describe(version_of("django-digid-eherkenning"), gateway)


@contextmanager
def catching(metadata: bytes, gateway: Mapping[str, str]) -> Iterator[tuple[str, list[bytes]]]:
    """The address of metadata whose back channel ends here, and what was sent to it. Nothing is answered."""
    caught: list[bytes] = []

    class Door(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(elsewhere)

        def do_POST(self) -> None:
            caught.append(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(500)
            self.end_headers()

        def log_message(self, *told: Any) -> None:
            """Nothing."""

    with HTTPServer(("127.0.0.1", 0), Door) as server:
        here = f"http://127.0.0.1:{server.server_port}/"
        elsewhere = metadata.replace(f"{gateway['backchannel']}/saml/artifact".encode(), here.encode())
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield here, caught
        server.shutdown()


def version_of(package: str) -> str:
    """What is installed in the venv of the relying parties."""
    asked = f"import importlib.metadata as m; print(m.version({package!r}))"
    return subprocess.run([DJANGO, "-c", asked], check=True, capture_output=True, text=True).stdout.strip()


async def main() -> None:
    """All of them, at one network."""
    with tempfile.TemporaryDirectory() as name:
        folder, port = Path(name), free_ports()
        async with running(folder / "pilot.log", sys.executable, "-m", "pilot", "run", env={"PORT": str(port)}):
            _, described = await pilot_command(port, "network", "--json")
            described["gateway"]["backchannel"] = described["backchannel"]
            pilot, pki = RunningPilot(port, described), make_pki(folder / "pki", datetime.now(UTC))
            for client in (node_saml, python3_saml, django):
                await client(pilot, pki, folder)


if __name__ == "__main__":
    asyncio.run(main())
