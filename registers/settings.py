"""What an adapter needs to reach its source, and the defaults of it."""

from collections.abc import Callable
from dataclasses import dataclass

from runtime.http import HttpClient


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterSettings:
    """`url` is the source's address without a slash at the end; `monotonic` a clock in seconds for the circuit.

    `at_once` bounds how many questions are under way at this source, so that a slow one cannot take all connections.
    """

    url: str
    http: HttpClient
    monotonic: Callable[[], float]
    deadline_seconds: float = 2.0
    at_once: int = 32
    max_bytes: int = 4 * 1024 * 1024
