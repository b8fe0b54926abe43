"""A service provider on python3-saml, run by another Python than ours: asks by HTTP-Redirect, is answered by HTTP-POST.

All it knows stands in a JSON file. What it asks for beside that are the defaults of the library: a level that no means
here has (PasswordProtectedTransport, exact), and logout by HTTP-Redirect.
"""

import json
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from onelogin.saml2.auth import OneLogin_Saml2_Auth
from onelogin.saml2.idp_metadata_parser import OneLogin_Saml2_IdPMetadataParser
from onelogin.saml2.settings import OneLogin_Saml2_Settings

OWN = json.loads(Path(sys.argv[1]).read_text())
ORIGIN = f"http://127.0.0.1:{OWN['port']}"
BINDINGS = "urn:oasis:names:tc:SAML:2.0:bindings:"
SETTINGS = {
    "strict": True,
    "sp": {
        "entityId": OWN["entity_id"],
        "assertionConsumerService": {"url": f"{ORIGIN}/acs", "binding": f"{BINDINGS}HTTP-POST"},
        "singleLogoutService": {"url": f"{ORIGIN}/slo", "binding": f"{BINDINGS}HTTP-Redirect"},
        "x509cert": Path(OWN["certificate"]).read_text(),
        "privateKey": Path(OWN["key"]).read_text(),
    },
    "security": {
        "authnRequestsSigned": True,
        "logoutRequestSigned": True,
        "wantMessagesSigned": True,
        "wantAssertionsSigned": True,
        "wantAssertionsEncrypted": True,
        "signatureAlgorithm": "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
        "digestAlgorithm": "http://www.w3.org/2001/04/xmlenc#sha256",
    },
}
KNOWN: dict[str, Any] = {}


class Site(BaseHTTPRequestHandler):
    """One user's site."""

    def do_GET(self) -> None:  # the library of the interpreter names it so
        """Its pages."""
        page, _, query = self.path.partition("?")
        if page == "/metadata":
            described = OneLogin_Saml2_Settings(SETTINGS, sp_validation_only=True).get_sp_metadata()
            return self._answer(described, "application/samlmetadata+xml")
        if page == "/login":
            return self._lead(self._auth().login(return_to=dict(parse_qsl(query)).get("to")))
        if page == "/logout":
            return self._lead(self._auth().logout(name_id=KNOWN["name_id"], session_index=KNOWN["session"]))
        auth = self._auth(query)
        auth.process_slo(delete_session_cb=KNOWN.clear)
        return self._tell({"logged_out": not auth.get_errors(), "errors": auth.get_errors()})

    def do_POST(self) -> None:
        """Its consumer."""
        form = dict(parse_qsl(self.rfile.read(int(self.headers["content-length"])).decode()))
        auth = self._auth(form=form)
        auth.process_response()
        if not auth.is_authenticated():
            return self._tell({"refused": auth.get_last_error_reason()})
        KNOWN.update(name_id=auth.get_nameid(), session=auth.get_session_index())
        return self._tell({"attributes": auth.get_attributes(), "relay_state": form.get("RelayState")})

    def _auth(self, query: str = "", form: dict[str, str] | None = None) -> Any:
        request = {
            "https": "off",
            "http_host": f"127.0.0.1:{OWN['port']}",
            "script_name": urlsplit(self.path).path,
            "get_data": dict(parse_qsl(query)),
            "query_string": query,
            "post_data": form or {},
        }
        gateway = OneLogin_Saml2_IdPMetadataParser.parse(OWN["gateway"])
        return OneLogin_Saml2_Auth(request, OneLogin_Saml2_IdPMetadataParser.merge_settings(gateway, SETTINGS))

    def _lead(self, url: str) -> None:
        self.send_response(302)
        self.send_header("location", url)
        self.end_headers()

    def _tell(self, told: dict[str, Any]) -> None:
        self._answer(json.dumps(told).encode(), "application/json")

    def _answer(self, body: str | bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("content-type", kind)
        self.end_headers()
        self.wfile.write(body.encode() if isinstance(body, str) else body)


with HTTPServer(("127.0.0.1", OWN["port"]), Site) as server:
    print("ready", flush=True)
    server.serve_forever()
