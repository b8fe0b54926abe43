"""A circuit breaker per source: a register that fails is left alone for a moment, so that nobody waits for it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

FAILURES_TO_OPEN: Final = 5
RETRY_SECONDS: Final = 5.0  # mandates 6: tried again within 10 s


class CircuitOpen(Exception):
    """The source failed too often just now; it was not asked."""


class Circuit:
    """Opens after `failures` in a row; from `retry_seconds` later on one attempt at a time may try to close it.

    `monotonic` is a clock in seconds. Belongs to one event loop; holds no lock, for nothing in it waits.
    """

    def __init__(
        self,
        monotonic: Callable[[], float],
        *,
        failures: int = FAILURES_TO_OPEN,
        retry_seconds: float = RETRY_SECONDS,
    ) -> None:
        self._monotonic = monotonic
        self._limit = failures
        self._retry_seconds = retry_seconds
        self._failures = 0
        self._opened_at: float | None = None
        self._trying = False

    @property
    def is_open(self) -> bool:
        """Whether an attempt would be refused now."""
        if self._opened_at is None:
            return False
        return self._trying or self._monotonic() - self._opened_at < self._retry_seconds

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Wraps one call: an exception inside it is a failure of the source, none a success.

        Who stops waiting (cancellation) says nothing of the source and counts as neither, or five impatient users
        would shut it for all. Raises `CircuitOpen`.
        """
        if self.is_open:
            raise CircuitOpen
        self._trying = self._opened_at is not None
        try:
            yield
        except Exception:
            self._failures += 1
            if self._failures >= self._limit:
                self._opened_at = self._monotonic()
            raise
        else:
            self._failures = 0
            self._opened_at = None
        finally:
            self._trying = False
