"""TLS as the back channel needs it: who may connect, with which protocols, and whose certificate a name shows.

Parameters are those that the NCSC calls good, with 1.2 beside 1.3 (spec/security 7).
"""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from stelsel.failures import Misconfigured

# TLS 1.2: forward secrecy and authenticated encryption only. Those of 1.3 are all good.
CIPHERS: Final = ":".join(
    (
        "ECDHE-ECDSA-AES256-GCM-SHA384",
        "ECDHE-RSA-AES256-GCM-SHA384",
        "ECDHE-ECDSA-CHACHA20-POLY1305",
        "ECDHE-RSA-CHACHA20-POLY1305",
        "ECDHE-ECDSA-AES128-GCM-SHA256",
        "ECDHE-RSA-AES128-GCM-SHA256",
    )
)


@dataclass(frozen=True, slots=True)
class TlsIdentity:
    """PEM files: a certificate, with those between it and its authority, and its key.

    `name` tells it from another that stood in the same files before.
    """

    certificate: Path
    key: Path
    name: str = ""


class ServerTls:
    """Whose certificate a TLS port shows: each connection gets the one that is shown when it begins.

    With `ca`, a client without a certificate of those authorities is not let in (GEN-20). The keys of a context that is
    in use are never changed, for OpenSSL may be reading them: the next connection gets another. Raises `Misconfigured`.
    """

    def __init__(self, identity: TlsIdentity, ca: Path | None) -> None:
        self._ca = ca
        self._also: tuple[str, ...] = ()
        self._first = self._shown = self.made(identity)

    def context(self, names: Mapping[str, "ServerTls"] | None = None) -> ssl.SSLContext:
        """What the port is given, once. `names` are host names on it that show something else."""
        named = {name.lower(): own for name, own in (names or {}).items()}

        def choose(connection: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
            connection.context = named.get((name or "").lower(), self)._shown

        self._first.sni_callback = choose
        return self._first

    def made(self, identity: TlsIdentity) -> ssl.SSLContext:
        """What `show` takes. Reads files: call it in `offload`. Raises `Misconfigured`."""
        context = _server_context(identity, self._ca)
        for pem in self._also:
            context.load_verify_locations(cadata=pem)
        return context

    def show(self, context: ssl.SSLContext) -> None:
        """What the next connection gets."""
        self._shown = context

    def trust(self, pem: str) -> None:
        """Clients of these authorities are let in as well, from the next connection on. Adding to what a context trusts
        is the one change that OpenSSL guards by a lock of its own."""
        self._shown.load_verify_locations(cadata=pem)
        self._also = (*self._also, pem)


def server_context(
    identity: TlsIdentity, ca: Path | None, names: Mapping[str, TlsIdentity] | None = None
) -> ssl.SSLContext:
    """What a TLS port needs whose certificates stay what they are, as `ServerTls` has it. Raises `Misconfigured`."""
    return ServerTls(identity, ca).context({name: ServerTls(own, ca) for name, own in (names or {}).items()})


def client_context(ca: Path | None, identity: TlsIdentity | None = None) -> ssl.SSLContext:
    """What our side of a connection needs: `ca` (None: the public ones) signs them, `identity` shows us.

    The name in the certificate is always checked. Raises `Misconfigured`.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    _harden(context)
    if ca is None:
        context.load_default_certs(ssl.Purpose.SERVER_AUTH)
    else:
        _trust(context, ca)
    if identity is not None:
        _show(context, identity)
    return context


def fetching_context(ca: Path) -> ssl.SSLContext:
    """For what is signed and fetched from web sites: public authorities and our own, and nobody is shown."""
    context = client_context(None)
    _trust(context, ca)
    return context


def _server_context(identity: TlsIdentity, ca: Path | None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    _harden(context)
    context.options |= ssl.OP_CIPHER_SERVER_PREFERENCE | ssl.OP_SINGLE_ECDH_USE
    _show(context, identity)
    if ca is not None:
        _trust(context, ca)
        context.verify_mode = ssl.CERT_REQUIRED
        # No resumption: each connection shows its certificate, so that one which was withdrawn ends with it.
        context.options |= ssl.OP_NO_TICKET
        context.num_tickets = 0
    return context


def _harden(context: ssl.SSLContext) -> None:
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(CIPHERS)
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
    context.set_alpn_protocols(["http/1.1"])


def _trust(context: ssl.SSLContext, ca: Path) -> None:
    try:
        context.load_verify_locations(cafile=ca)
    except (OSError, ssl.SSLError) as error:
        raise Misconfigured(f"{ca} holds no certificates of authorities") from error


def _show(context: ssl.SSLContext, identity: TlsIdentity) -> None:
    try:
        context.load_cert_chain(identity.certificate, identity.key)
    except (OSError, ssl.SSLError) as error:
        raise Misconfigured(f"{identity.certificate} and {identity.key} are no certificate and its key") from error
