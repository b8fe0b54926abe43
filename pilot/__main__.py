"""`python -m pilot`: starts a pilot network, and asks or uses one that runs (CONTRACT)."""

import argparse
import asyncio
import json
import os
import sys
from datetime import datetime
from pathlib import Path
from typing import Final

from pilot.login import KnownNetwork, Misused, exit_code, list_choices, log_in
from pilot.loopback import NetworkAway
from pilot.places import Places
from pilot.running import Running, port
from pilot.steps import Wish
from stelsel.failures import Misconfigured

SUCCESS, REFUSED, USAGE = 0, 1, 2
USES: Final = ("signing", "encryption", "tls")
MANDATE_STEPS: Final = {
    "ask": "ask for a voluntary mandate; prints its code",
    "activate": "put one in force, with its code",
    "withdraw": "withdraw one, or turn a request down",
}
_TOLD: Final = {
    "network": "its addresses",
    "people": "who is in it, and for whom they may act now",
    "calls": "what its registers were asked",
    "told": "what the register of voluntary mandates told: events, messages to people, letters",
}


def main() -> int:
    """The exit code: 0, 1 for a login that gave no declaration, 2 for a usage error or no network."""
    arguments = _parser().parse_args()
    try:
        if arguments.command == "run":
            return _run(arguments)
        code = asyncio.run(_ask(arguments))
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        # Whoever reads this has enough (`| head`). Python would say so once more when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return REFUSED
    except (Misused, NetworkAway, Misconfigured) as error:
        print(f"pilot: {error}", file=sys.stderr)
        return USAGE


def _run(arguments: argparse.Namespace) -> int:
    # Every party's code is behind this one, and the other commands need none of it: they start in half the time.
    from pilot.serve import serve_world

    return serve_world(arguments.world, arguments.at, arguments.set, verbose=arguments.verbose)


async def _ask(arguments: argparse.Namespace) -> int:
    running = Running(Places(port()))
    try:
        if arguments.command in ("network", "people", "calls", "told"):
            print(json.dumps(await running.get(f"/{arguments.command}"), indent=2, ensure_ascii=False))
            return SUCCESS
        if arguments.command == "revoke":
            return await _revoke(running, arguments)
        if arguments.command in MANDATE_STEPS:
            return await _step(running, arguments)
        if arguments.command == "connect":
            return await _connect(running, arguments)
        network = KnownNetwork.read(await running.get("/network"), await running.get("/names"))
        wish = _wish(arguments)
        represented = network.identifier(wish.for_whom) if wish.for_whom else None

        async def decision_of(trace: str) -> tuple[str | None, str | None]:
            return await running.decision(trace, represented)

        if arguments.command == "choices":
            print(json.dumps(await list_choices(wish, network), indent=2, ensure_ascii=False))
            return SUCCESS
        outcome = await log_in(wish, network, decision_of)
        print(json.dumps(outcome, indent=2, ensure_ascii=False))
        return exit_code(outcome)
    finally:
        await running.close()


async def _connect(running: Running, arguments: argparse.Namespace) -> int:
    try:
        trust = arguments.trust.read_text(encoding="utf-8") if arguments.trust else None
        asked = {
            "interface": "saml" if arguments.saml else "oidc",
            "metadata": (arguments.saml or arguments.oidc).read_text(encoding="utf-8"),
            "profile": arguments.profile,
            "service": arguments.service,
            "trust": trust,
            "response": arguments.response,
        }
    except (OSError, UnicodeDecodeError) as error:
        raise Misused(str(error)) from error
    let_in, told = await running.connect(asked)
    print(json.dumps(told, indent=2, ensure_ascii=False))
    return SUCCESS if let_in else REFUSED


async def _revoke(running: Running, arguments: argparse.Namespace) -> int:
    revoked, told = await running.revoke(arguments.party, arguments.use or USES)
    print(json.dumps(told, indent=2, ensure_ascii=False))
    return SUCCESS if revoked else REFUSED


async def _step(running: Running, arguments: argparse.Namespace) -> int:
    given = vars(arguments)
    wanted = {"step": given["command"], "from": given["giver"], "to": given["receiver"], "service": given["service"]}
    taken, told = await running.mandate({**wanted, "code": given.get("code")})
    print(told["code"] if taken and arguments.command == "ask" else json.dumps(told, indent=2, ensure_ascii=False))
    return SUCCESS if taken else REFUSED


def _wish(arguments: argparse.Namespace) -> Wish:
    given = vars(arguments)
    return Wish(
        person=given["as_whom"],
        dv=given["dv"],
        service=given["service"],
        for_whom=given["for_whom"],
        means=given.get("means", "digid"),
        level=given.get("loa") or "",
        ground=given.get("ground"),
        interface=given["interface"],
        cancel=given.get("cancel"),
        resolve_after=given.get("resolve_after", 0.0),
        resolve_twice=given.get("resolve_twice", False),
        userinfo_after=given.get("userinfo_after"),
        browser=given.get("browser"),
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m pilot", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    start = commands.add_parser("run", help="start a network from a world and serve it until Ctrl-C")
    start.add_argument("--world", default="demo", metavar="FILE", help="a world file, or the name of one of ours")
    start.add_argument("--at", type=_instant, metavar="INSTANT", help="what its clock reads when it is ready")
    start.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="lay a value over the world")
    start.add_argument("--verbose", action="store_true", help="every log line, not only warnings")
    for name, told in _TOLD.items():
        commands.add_parser(name, help=told).add_argument("--json", action="store_true", required=True)
    _connect_arguments(commands.add_parser("connect", help="let an outside relying party join, without a restart"))
    revoke = commands.add_parser("revoke", help="have the authority take back a party's certificates")
    revoke.add_argument("--party", required=True, metavar="NAME", help="gateway, bvd, digid, or the name of a DV or LC")
    revoke.add_argument("--use", action="append", choices=USES, help="of this use only; may be repeated")
    for name, told in MANDATE_STEPS.items():
        step = commands.add_parser(name, help=told)
        step.add_argument("--from", dest="giver", required=True, metavar="NAME", help="who is represented")
        step.add_argument("--to", dest="receiver", required=True, metavar="NAME", help="who will act")
        step.add_argument("--service", required=True, metavar="NAME_OR_UUID")
        if name == "activate":
            step.add_argument("--code", required=True)
    login = _login_arguments(commands.add_parser("login", help="one headless login"))
    login.add_argument("--ground", metavar="G")
    login.add_argument("--cancel", choices=("means", "ad", "bvd"))
    login.add_argument("--resolve-after", type=float, default=0.0, metavar="SECONDS")
    login.add_argument("--resolve-twice", action="store_true")
    login.add_argument("--userinfo-after", type=float, metavar="SECONDS", help="OpenID Connect only")
    login.add_argument("--browser", type=Path, metavar="FILE", help="keep the browser's cookies in a file")
    _login_arguments(commands.add_parser("choices", help="the choice page as data"))
    return parser


def _connect_arguments(parser: argparse.ArgumentParser) -> None:
    file = parser.add_mutually_exclusive_group(required=True)
    file.add_argument("--saml", type=Path, metavar="FILE", help="its SAML metadata")
    file.add_argument("--oidc", type=Path, metavar="FILE", help="its client metadata in JSON")
    profiles = "st-saml, digid-legacy, etoegang or generic; with --oidc nlgov, fapi2 or compat"
    parser.add_argument("--profile", required=True, metavar="P", help=profiles)
    parser.add_argument("--service", required=True, metavar="NAME_OR_UUID", help="the service of which it gets a copy")
    parser.add_argument("--trust", type=Path, metavar="CA", help="PEM: who made its TLS client certificate")
    parser.add_argument("--response", choices=("artifact", "post"), help="SAML: where its metadata lists both")


def _login_arguments(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    parser.add_argument("--as", dest="as_whom", required=True, metavar="NAME")
    parser.add_argument("--service", required=True, metavar="NAME_OR_UUID")
    parser.add_argument("--dv", required=True, metavar="NAME")
    parser.add_argument("--for", dest="for_whom", metavar="NAME|BSN")
    parser.add_argument("--means", default="digid")
    parser.add_argument("--loa", metavar="LEVEL", help="basis, midden, substantieel, hoog, or loa2 to loa4")
    parser.add_argument("--interface", choices=("saml", "oidc"), default="saml")
    return parser


def _instant(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise argparse.ArgumentTypeError("an instant has an offset, as 2026-03-10T12:00:00+01:00")
    return instant


sys.exit(main())
