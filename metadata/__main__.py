"""`python -m metadata check FILE`: what is wrong with a metadata file, for whoever is about to connect."""

import argparse
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from metadata.certificates import Anchors
from metadata.check import check
from runtime.settings import system_clock
from stelsel.failures import Misconfigured


def main(arguments: Sequence[str] | None = None) -> int:
    """0 without findings, 1 with them; 2 when a file cannot be read or the command is not understood."""
    parser = argparse.ArgumentParser(prog="python -m metadata")
    commands = parser.add_subparsers(required=True, metavar="command")
    checking = commands.add_parser("check", help="list every finding in a metadata file, with its clause")
    checking.add_argument("file", type=Path, metavar="FILE")
    checking.add_argument(
        "--trust", type=Path, metavar="PEM", help="the authorities that may have made its certificates"
    )
    checking.add_argument("--at", type=_instant, metavar="INSTANT", help="judge it as at this moment (default: now)")
    options = parser.parse_args(arguments)
    try:
        anchors = Anchors.from_pem(options.trust) if options.trust else None
        data = options.file.read_bytes()
    except (Misconfigured, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    report = check(data, options.at or system_clock(), anchors)
    print("\n".join(report.lines()))
    return 0 if report.is_clean else 1


def _instant(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("an instant carries an offset")
    return at


if __name__ == "__main__":
    sys.exit(main())
