"""`python -m metadata`: check a file before it is sent in; import, list and refresh what others sent."""

import argparse
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from metadata.commands import carry_out
from metadata.descriptors.findings import PROFILES, STANDARD
from metadata.descriptors.kinds import ROLES
from metadata.inspection import inspect


def main(arguments: Sequence[str] | None = None) -> int:
    """0 without findings, 1 with them or when it was refused; 2 when there is nothing to judge, or no such command."""
    parser = argparse.ArgumentParser(prog="python -m metadata")
    commands = parser.add_subparsers(required=True, metavar="command", dest="command")
    _add_check(commands)
    _add_operators_commands(commands)
    options = parser.parse_args(arguments)
    return inspect(options, print) if options.command == "check" else carry_out(options, print)


def _add_check(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    checking = commands.add_parser("check", help="list every finding in metadata: its clause, its place, what to do")
    checking.add_argument(
        "place", metavar="FILE|URL|-", help="`-` is what comes in; an address is fetched as at import"
    )
    checking.add_argument(
        "--trust", type=Path, metavar="PEM", help="the authorities that may have made its certificates"
    )
    checking.add_argument("--at", type=_instant, metavar="INSTANT", help="judge it as at this moment (default: now)")
    checking.add_argument(
        "--profile", choices=PROFILES, default=STANDARD, help="how the DV is, or will be, connected (default: st-saml)"
    )
    checking.add_argument("--role", choices=ROLES, help="what the party should be (default: what its entityID names)")
    checking.add_argument("--json", action="store_true", help="findings, deviations and notes for programs")
    checking.add_argument("--loopback", action="store_true", help="addresses on this machine too: a pilot network")
    checking.add_argument("--without-revocation", action="store_true", help="fetch no revocation lists")


def _add_operators_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    importing = commands.add_parser("import", help="verify a document, show what it changes, and keep it")
    importing.add_argument("place", metavar="FILE|URL", help="from an address it is fetched again in the background")
    importing.add_argument("--publisher", metavar="ENTITYID", help="whose it must be")
    importing.add_argument(
        "--profile", choices=PROFILES, default=STANDARD, help="other than st-saml: a DV's file on your word alone"
    )
    importing.add_argument("--approve", metavar="CHANGE", help="keep this change, as --dry-run named it, and no other")
    importing.add_argument("--even-if-smaller", action="store_true", help="though far fewer parties stand in it")
    importing.add_argument("--even-if-older", action="store_true", help="though it was replaced, or ends sooner")
    importing.add_argument("--dry-run", action="store_true", help="show what it would change, and keep nothing")
    removing = commands.add_parser("remove", help="forget a document and its parties")
    removing.add_argument("publisher", metavar="ENTITYID")
    listing = commands.add_parser("list", help="every document and revocation list, and how the last fetch went")
    refreshing = commands.add_parser("refresh", help="fetch everything that has an address, now")
    for command in (importing, removing, listing, refreshing):
        command.add_argument("--database", required=True, metavar="URL", help="of the service that is to know them")
        command.add_argument("--trust", required=True, type=Path, metavar="PEM", help="the authorities we take")
        command.add_argument("--at", type=_instant, metavar="INSTANT", help="judge as at this moment (default: now)")
        command.add_argument("--loopback", action="store_true", help="addresses on this machine too: a pilot network")
        command.add_argument(
            "--without-revocation", action="store_true", help="take certificates whose list cannot be had"
        )


def _instant(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("an instant carries an offset")
    return at


if __name__ == "__main__":
    sys.exit(main())
