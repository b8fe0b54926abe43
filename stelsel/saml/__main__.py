"""`python -m stelsel.saml explain FILE`: what a message says and which clauses it breaks, for whoever wrote it."""

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from stelsel.failures import Failure
from stelsel.saml.explain import Terms, explain
from stelsel.saml.senders import Sender, read_senders


def main(arguments: Sequence[str] | None = None) -> int:
    """0 without findings, 1 with them; 2 when a file cannot be read or is no message."""
    parser = argparse.ArgumentParser(prog="python -m stelsel.saml")
    commands = parser.add_subparsers(required=True, metavar="command")
    explaining = commands.add_parser("explain", help="say what a message is and list every clause that it breaks")
    explaining.add_argument("file", type=Path, metavar="FILE", help="XML, base64, a query, a form, or an artifact")
    explaining.add_argument(
        "--metadata", type=Path, action="append", default=[], metavar="FILE", help="the sender's; may be repeated"
    )
    explaining.add_argument("--destination", metavar="URL", help="the address that the message goes to")
    explaining.add_argument("--at", type=_instant, metavar="INSTANT", help="judge it as at this moment (default: now)")
    options = parser.parse_args(arguments)
    try:
        senders: list[Sender] = [each for path in options.metadata for each in read_senders(path.read_bytes())]
        data = options.file.read_bytes()
        told = explain(data, Terms(options.at or datetime.now(UTC), options.destination, senders))
    except (Failure, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    print("\n".join(told.lines()))
    return 1 if told.findings else 0


def _instant(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("an instant carries an offset")
    return at


if __name__ == "__main__":
    sys.exit(main())
