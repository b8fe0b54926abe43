"""Programs of their own beside the test: the pilot network, and relying parties that nobody here wrote."""

import asyncio
import json
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509 import load_pem_x509_certificate

from pilot.pki import Pki
from stelsel.identifiers import Oin

ROOT = Path(__file__).parents[2]
NODE = ROOT / "build/node/bin/node"
NODE_MODULES = ROOT / "build/clients-node/package.json"
DJANGO = ROOT / "build/clients-venv/bin/python"
OIN = Oin("00000099000000077000")


@asynccontextmanager
async def running(log: Path, *command: object, env: Mapping[str, str] | None = None) -> AsyncIterator[Process]:
    """A program that prints `ready` once it serves; ended with the block, by its own id."""
    with log.open("wb") as errors:
        process = await asyncio.create_subprocess_exec(
            *map(str, command), stdin=DEVNULL, stdout=PIPE, stderr=errors, cwd=ROOT, env={**os.environ, **(env or {})}
        )
    try:
        if not await _is_ready(process):
            said = await asyncio.to_thread(log.read_text)
            raise AssertionError(f"it did not start (was `make setup` run?):\n{said[-2000:]}")
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await process.communicate()


async def _is_ready(process: Process) -> bool:
    if process.stdout is not None:
        async for line in process.stdout:
            if line.strip() == b"ready":
                return True
    return False


@dataclass(frozen=True)
class RunningPilot:
    """A pilot network in a process of its own, asked as anybody asks it."""

    port: int
    described: Mapping[str, Any] = field(repr=False)

    async def connect(self, *arguments: object) -> tuple[int, Any]:
        """`python -m pilot connect`: its exit code, and what it prints."""
        return await pilot_command(self.port, "connect", *arguments)


async def pilot_command(port: int, *arguments: object) -> tuple[int, Any]:
    """One `python -m pilot` command against the network at this port."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "pilot", *map(str, arguments)),
        stdout=PIPE,
        stderr=PIPE,
        cwd=ROOT,
        env={**os.environ, "PORT": str(port)},
    )
    out, err = await process.communicate()
    return process.returncode or 0, json.loads(out) if out else err.decode()


@dataclass(frozen=True)
class Keys:
    """PEM files of one relying party: one key for everything, as products have it, and who made its certificate."""

    key: Path
    certificate: Path
    authority: Path


def keys_of(pki: Pki, name: str) -> Keys:
    """Made by an authority that the network does not know."""
    made = (pki.issue(name, OIN, uses=("tls",)) / "tls-1.pem").read_bytes()
    key, certificate = pki.folder / f"{name}.key", pki.folder / f"{name}.crt"
    private = load_pem_private_key(made, None)
    key.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    certificate.write_bytes(load_pem_x509_certificate(made).public_bytes(Encoding.PEM))
    return Keys(key, certificate, pki.anchors)
