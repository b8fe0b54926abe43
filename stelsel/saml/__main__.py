"""`python -m stelsel.saml explain FILE`: what a message says and which clauses it breaks, for whoever wrote it."""

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from stelsel.clauses import read_wordings
from stelsel.failures import Failure
from stelsel.identifiers import EntityId
from stelsel.saml.explain import Terms, explain
from stelsel.saml.senders import Sender, merged, read_senders

ROLES: Final = ("DV", "LC", "RD", "AD", "BVD")


def main(arguments: Sequence[str] | None = None) -> int:
    """0 without findings, 1 with them; 2 when a file cannot be read or is no message."""
    parser = argparse.ArgumentParser(prog="python -m stelsel.saml")
    commands = parser.add_subparsers(required=True, metavar="command")
    explaining = commands.add_parser("explain", help="say what a message is and list every clause that it breaks")
    explaining.add_argument("file", type=Path, metavar="FILE", help="XML, base64, a query, a form, or an artifact")
    explaining.add_argument(
        "--metadata", type=Path, action="append", default=[], metavar="FILE", help="a party's; may be repeated"
    )
    explaining.add_argument(
        "--as", dest="receiver", metavar="WHO", help=f"who receives it: an EntityID, or one of {', '.join(ROLES)}"
    )
    explaining.add_argument("--destination", metavar="URL", help="the address that the message goes to")
    explaining.add_argument("--in-response-to", metavar="ID", help="the AuthnRequest or LogoutRequest that it answers")
    explaining.add_argument("--resolve-id", metavar="ID", help="the ArtifactResolve that it answers")
    explaining.add_argument("--audience", type=EntityId, metavar="ENTITYID", help="for whom it is (default: --as)")
    explaining.add_argument("--at", type=_instant, metavar="INSTANT", help="judge it as at this moment (default: now)")
    options = parser.parse_args(arguments)
    try:
        told = explain(options.file.read_bytes(), _terms(options))
        wordings = read_wordings()
    except (Failure, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    print("\n".join(told.lines(wordings)))
    return 1 if told.findings else 0


def _terms(options: argparse.Namespace) -> Terms:
    senders: list[Sender] = [each for path in options.metadata for each in read_senders(path.read_bytes())]
    named = options.receiver
    receiver = None if named is None or named.upper() in ROLES else EntityId(named)
    return Terms(
        at=options.at or datetime.now(UTC),
        destination=options.destination,
        senders=merged(senders),
        receiver=receiver,
        role=receiver.role if receiver is not None else named and named.upper(),
        in_response_to=options.in_response_to,
        resolve_id=options.resolve_id,
        audience=options.audience,
    )


def _instant(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("an instant carries an offset")
    return at


if __name__ == "__main__":
    sys.exit(main())
