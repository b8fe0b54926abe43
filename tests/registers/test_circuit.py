"""The circuit breaker of a source."""

import asyncio
from contextlib import suppress

import pytest

from registers.circuit import FAILURES_TO_OPEN, RETRY_SECONDS, Circuit, CircuitOpen
from tests.registers.factories import Ticks


def fail(circuit: Circuit, times: int = 1) -> None:
    """Calls that end in an error."""
    for _ in range(times):
        with pytest.raises(ValueError), circuit.attempt():
            raise ValueError


def succeed(circuit: Circuit) -> None:
    """A call that does not."""
    with circuit.attempt():
        pass


def test_it_opens_after_five_failures_in_a_row() -> None:
    circuit = Circuit(Ticks())
    fail(circuit, FAILURES_TO_OPEN - 1)
    succeed(circuit)
    fail(circuit, FAILURES_TO_OPEN - 1)
    assert not circuit.is_open
    fail(circuit)
    with pytest.raises(CircuitOpen), circuit.attempt():
        pass


def test_one_at_a_time_tries_again_and_success_closes_it() -> None:
    ticks = Ticks()
    circuit = Circuit(ticks)
    fail(circuit, FAILURES_TO_OPEN)
    ticks.now += RETRY_SECONDS
    with circuit.attempt(), pytest.raises(CircuitOpen), circuit.attempt():
        pass
    succeed(circuit)
    fail(circuit)
    assert not circuit.is_open


def test_a_failed_retry_opens_it_anew() -> None:
    ticks = Ticks()
    circuit = Circuit(ticks)
    fail(circuit, FAILURES_TO_OPEN)
    ticks.now += RETRY_SECONDS
    fail(circuit)
    assert circuit.is_open
    ticks.now += RETRY_SECONDS
    assert not circuit.is_open


def test_who_stops_waiting_says_nothing_of_the_source() -> None:
    ticks = Ticks()
    circuit = Circuit(ticks)
    for _ in range(FAILURES_TO_OPEN):
        with suppress(asyncio.CancelledError), circuit.attempt():
            raise asyncio.CancelledError
    assert not circuit.is_open
    fail(circuit, FAILURES_TO_OPEN)
    ticks.now += RETRY_SECONDS
    with suppress(asyncio.CancelledError), circuit.attempt():
        raise asyncio.CancelledError
    assert not circuit.is_open
