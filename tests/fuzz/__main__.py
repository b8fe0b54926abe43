"""`python -m tests.fuzz [--seconds N]`: breaks messages until stopped, or for N seconds; keeps what it finds.

Beside them it changes each bit of the structures of BSNk once, 16 a round, and tries 20 ID tokens of any shape.
Prints a line for each find and at the end how much was tried. Exit 1 when something was found.
"""

import argparse
import secrets
import sys
import tempfile
import time
from itertools import count, islice
from pathlib import Path

from tests.fuzz.bits import every_bit, try_bit
from tests.fuzz.id_tokens import Judge, search
from tests.fuzz.readers import Find, readers, try_reader

KEPT = Path("build") / "fuzz"
BITS_A_ROUND = 16
TOKENS_A_ROUND = 20


def keep(find: Find) -> Path:
    """Writes the message that did it, to read it and to make a test of it."""
    KEPT.mkdir(parents=True, exist_ok=True)
    path = KEPT / f"{find.reader}-{find.seed}.bin"
    path.write_bytes(find.message)
    return path


def main() -> int:
    """Exit code: 1 when something was found."""
    arguments = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    arguments.add_argument("--seconds", type=float, default=0, help="stop after this long; 0 goes on until stopped")
    seconds = arguments.parse_args().seconds
    until = time.monotonic() + seconds if seconds else float("inf")
    tried = found = flipped = shapes = 0
    bits = every_bit()
    try:
        with tempfile.TemporaryDirectory() as folder:
            everyone = readers(Path(folder))
            judge = Judge(Path(folder))
            for seed in count(secrets.randbits(48)):
                if time.monotonic() > until:
                    break
                for name, reader in everyone.items():
                    tried += 1
                    if find := try_reader(name, reader, seed):
                        found += 1
                        print(f"{find.reader}: {find.what}: {keep(find)}", flush=True)
                try:
                    search(judge, TOKENS_A_ROUND, seed)
                except Exception as error:
                    found += 1
                    print(f"id_token: {error!r}: seed {seed}", flush=True)
                shapes += TOKENS_A_ROUND
                for name, bit in islice(bits, BITS_A_ROUND):
                    flipped += 1
                    if find := try_bit(name, bit):
                        found += 1
                        print(f"{find.reader}: {find.what}: {keep(find)}", flush=True)
    except KeyboardInterrupt:
        print()
    left = sum(1 for _ in bits)
    print(f"{tried} messages, {flipped} of {flipped + left} changed bits, {shapes} ID tokens, {found} finds")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
