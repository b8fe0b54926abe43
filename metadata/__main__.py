"""`python -m metadata`: check a file before it is sent in; import, list and refresh what others sent."""

import argparse
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from metadata.certificates import Anchors
from metadata.check import check
from metadata.commands import carry_out
from metadata.descriptors.findings import PINNED_FOR
from runtime.settings import system_clock
from stelsel.failures import Misconfigured

STANDARD: Final = "st-saml"
PROFILES: Final = (STANDARD, "digid-legacy", "etoegang", "generic")  # as the catalogue has them (clients 5.1)


def main(arguments: Sequence[str] | None = None) -> int:
    """0 without findings, 1 with them; 2 when a file cannot be read or the command is not understood."""
    parser = argparse.ArgumentParser(prog="python -m metadata")
    commands = parser.add_subparsers(required=True, metavar="command", dest="command")
    checking = commands.add_parser("check", help="list every finding in a metadata file, with its clause")
    checking.add_argument("file", type=Path, metavar="FILE")
    checking.add_argument(
        "--trust", type=Path, metavar="PEM", help="the authorities that may have made its certificates"
    )
    checking.add_argument("--at", type=_instant, metavar="INSTANT", help="judge it as at this moment (default: now)")
    checking.add_argument(
        "--profile", choices=PROFILES, default=STANDARD, help="how the DV is, or will be, connected (default: st-saml)"
    )
    _add_operators_commands(commands)
    options = parser.parse_args(arguments)
    if options.command != "check":
        return carry_out(options, print)
    try:
        anchors = Anchors.from_pem(options.trust) if options.trust else None
        data = options.file.read_bytes()
    except (Misconfigured, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    pinned_for = None if options.profile == STANDARD else PINNED_FOR
    report = check(data, options.at or system_clock(), anchors, pinned_for)
    print("\n".join(report.lines()))
    return 0 if report.is_clean else 1


def _add_operators_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    importing = commands.add_parser("import", help="verify a document, show what it changes, and keep it")
    importing.add_argument("place", metavar="FILE|URL", help="from an address it is fetched again in the background")
    importing.add_argument("--publisher", metavar="ENTITYID", help="whose it must be")
    importing.add_argument("--even-if-smaller", action="store_true", help="though far fewer parties stand in it")
    importing.add_argument("--even-if-older", action="store_true", help="though it was replaced, or ends sooner")
    importing.add_argument("--dry-run", action="store_true", help="show what it would change, and keep nothing")
    listing = commands.add_parser("list", help="every document and revocation list, and how the last fetch went")
    refreshing = commands.add_parser("refresh", help="fetch everything that has an address, now")
    for command in (importing, listing, refreshing):
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
