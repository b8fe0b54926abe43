"""What every login means must do, whatever its ADs speak: a kind's tests subclass `MeansContract` and give a `Bench`.

All of it goes over HTTP to an AD on loopback that answers in the kind's own protocol, with keys of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, Protocol
from urllib.parse import urlsplit

import pytest

from exchange.ask import Posted
from gateway.login import Login, Outstanding
from gateway.means.contract import Means
from stelsel.assurance import LevelOfAssurance
from stelsel.failures import (
    ArtifactUnknown,
    AssuranceTooLow,
    AuthenticationFailed,
    Cancelled,
    Failure,
    LoginOvertaken,
    MeansRefused,
    MessageRefused,
    PartyUnavailable,
    UnknownIssuer,
)
from stelsel.identifiers import EntityId
from stelsel.saml.encryption import EncryptedId, decrypt_id
from tests.conftest import SettableClock
from tests.stelsel.saml.factories import BVD, DV, LC, NOON, SERVICE, decryption_key

NOBODY_KNOWS = EntityId("urn:example:an-ad-that-nobody-imported")


class Outcome(StrEnum):
    """How a visit to an AD ends, in the words of the failure that it must become here."""

    SOMEBODY = "somebody logged in"
    CANCELLED = "the user stopped"
    FAILED = "the user was not recognised"
    TOO_LOW = "the level cannot be reached"
    UNSUPPORTED = "the request is not supported"
    AWAY = "the AD does not answer on the back channel"
    NONSENSE = "the AD answers something that is no message"


FAILURES: Final[Mapping[Outcome, type[Failure]]] = {
    Outcome.CANCELLED: Cancelled,
    Outcome.FAILED: AuthenticationFailed,
    Outcome.TOO_LOW: AssuranceTooLow,
    Outcome.UNSUPPORTED: MeansRefused,
    Outcome.AWAY: PartyUnavailable,
    Outcome.NONSENSE: PartyUnavailable,
}


class Fault(StrEnum):
    """What is wrong with an answer that must be refused."""

    OTHER_AUTHORITY = "another AD of this gateway answers"
    OTHER_REQUEST = "it answers another request"
    OTHER_AUDIENCE = "it is meant for another gateway"
    OTHER_KEY = "it is signed with a key that is not the AD's"
    TOO_OLD = "it was made an hour ago"
    UNKNOWN_LEVEL = "its level is none that anybody agreed"
    NOBODY = "it names nobody that the DV could read"


@dataclass(frozen=True)
class Said:
    """What an AD answers: somebody at a high level and nothing wrong with it, unless changed."""

    outcome: Outcome = Outcome.SOMEBODY
    level: LevelOfAssurance = LevelOfAssurance.HOOG
    fault: Fault | None = None


class Bench(Protocol):
    """A means with one AD on loopback. `person` is who logs in there, as the DV reads it once it is decrypted.

    `levels` are those that the kind can tell apart.
    """

    @property
    def means(self) -> Means:
        """The means."""

    @property
    def authority(self) -> EntityId:
        """Its AD."""

    @property
    def person(self) -> str:
        """Who logs in."""

    @property
    def levels(self) -> tuple[LevelOfAssurance, ...]:
        """What the AD can tell apart."""

    async def says(self, form: Posted, said: Said) -> str:
        """Makes the AD answer to `form`; what the browser brings to our consumer, as `Means.read` takes it."""

    def asks_anew(self, form: Posted) -> bool:
        """Whether the request in `form` keeps the AD from answering out of a session of its own (SSO-02)."""

    def forget(self) -> None:
        """From now on nothing is known of the AD: its metadata ended."""


LOGIN = Login(
    id="1",
    handle="handle",
    started_at=NOON,
    interface="saml",
    dv=DV,
    requester=DV,
    request_id="_dv",
    reply="https://dv.test/acs",
    relay_state=None,
    service=SERVICE,
    whom=(False,),
)


async def asked(bench: Bench, login: Login = LOGIN, *, represent: bool = False) -> tuple[Login, Posted]:
    """A login whose browser is at the AD, and the form that brought it there."""
    form = await bench.means.ask(login, bench.authority, BVD if represent else None, silent=False)
    return replace(login, outstanding=Outstanding(form.request_id, form.party)), form


async def ended(bench: Bench, said: Said) -> Failure:
    """The failure that this answer of the AD becomes."""
    login, form = await asked(bench)
    brought = await bench.says(form, said)
    with pytest.raises(Failure) as failed:
        await bench.means.read(login, brought)
    assert bench.person not in str(failed.value.facts())
    return failed.value


class MeansContract:
    """Subclass this and give a fixture `bench`."""

    def test_there_is_an_ad_and_it_is_known(self, bench: Bench) -> None:
        assert bench.authority in bench.means.authorities
        assert bench.means.is_known(bench.authority, NOON)

    async def test_an_ad_that_nobody_knows_is_not_known_and_nobody_is_sent_there(self, bench: Bench) -> None:
        assert not bench.means.is_known(NOBODY_KNOWS, NOON)
        with pytest.raises(UnknownIssuer):
            await bench.means.ask(LOGIN, NOBODY_KNOWS, None, silent=False)

    @pytest.mark.clause("P1", "MD-GEN-03")
    async def test_an_ad_whose_metadata_ended_is_known_no_more(self, bench: Bench) -> None:
        bench.forget()
        assert not bench.means.is_known(bench.authority, NOON)
        with pytest.raises(UnknownIssuer):
            await bench.means.ask(LOGIN, bench.authority, None, silent=False)

    async def test_the_browser_is_sent_to_the_ad_with_a_request_of_its_own(self, bench: Bench) -> None:
        _, one = await asked(bench)
        _, two = await asked(bench)
        assert one.party == two.party == bench.authority
        assert urlsplit(one.action).scheme in ("http", "https")
        assert one.request_id != two.request_id

    @pytest.mark.clause("SSO-02")
    async def test_only_when_it_may_the_ad_answers_from_a_session_of_its_own(self, bench: Bench) -> None:
        for silent in (True, False):
            form = await bench.means.ask(LOGIN, bench.authority, None, silent=silent)
            assert bench.asks_anew(form) is not silent

    @pytest.mark.clause("UC-01", "DV-ATT-14")
    async def test_who_logged_in_is_read_by_the_dv_and_by_nobody_else(self, bench: Bench) -> None:
        login, form = await asked(bench)
        identity = await bench.means.read(login, await bench.says(form, Said()))
        assert (identity.authority, identity.loa) == (bench.authority, LevelOfAssurance.HOOG)
        for value in identity.acting:
            read = decrypt_id(EncryptedId(value, (DV,)), DV, [decryption_key(DV.value)])
            assert read.value == bench.person
        assert identity.acting
        assert bench.person not in repr(identity)
        assert bench.person.encode() not in b"".join((*identity.acting, identity.evidence))

    @pytest.mark.clause("RD-REQ-07", "RD-ASR-06")
    async def test_a_bvd_can_read_it_too_where_somebody_may_be_represented(self, bench: Bench) -> None:
        login, form = await asked(bench, represent=bool(bench.means.grounds))
        identity = await bench.means.read(login, await bench.says(form, Said()))
        assert identity.evidence or not bench.means.grounds

    @pytest.mark.clause("TYP-09")
    async def test_the_level_is_told_as_it_was_reached(self, bench: Bench) -> None:
        for level in bench.levels:
            login, form = await asked(bench)
            assert (await bench.means.read(login, await bench.says(form, Said(level=level)))).loa is level

    @pytest.mark.clause("ERR-02", "ERR-03", "ERR-07", "P1")
    async def test_a_visit_that_ends_otherwise_is_told_as_what_it_was(self, bench: Bench) -> None:
        for outcome, failure in FAILURES.items():
            assert isinstance(await ended(bench, Said(outcome)), failure), outcome

    @pytest.mark.clause("RD-ASR-12", "S19", "S21")
    async def test_an_answer_that_does_not_fit_is_refused(self, bench: Bench) -> None:
        for fault in Fault:
            assert isinstance(await ended(bench, Said(fault=fault)), MessageRefused), fault

    @pytest.mark.clause("S21")
    async def test_what_is_no_answer_at_all_is_refused(self, bench: Bench) -> None:
        login, _ = await asked(bench)
        for brought in ("", "nonsense", "AAQAAA==", "code=1&state=2", "%00", "é"):
            with pytest.raises((MessageRefused, ArtifactUnknown)):
                await bench.means.read(login, brought)

    @pytest.mark.clause("P1")
    async def test_an_ad_that_is_away_is_down_and_one_that_answers_nonsense_may_be_so_for_one_browser(
        self, bench: Bench
    ) -> None:
        for outcome in (Outcome.AWAY, Outcome.NONSENSE):
            failure = await ended(bench, Said(outcome))
            assert isinstance(failure, PartyUnavailable)
            assert failure.is_down == (outcome is Outcome.AWAY)

    @pytest.mark.clause("GEN-24")
    async def test_an_answer_counts_once(self, bench: Bench) -> None:
        login, form = await asked(bench)
        brought = await bench.says(form, Said())
        await bench.means.read(login, brought)
        with pytest.raises((MessageRefused, ArtifactUnknown)):
            await bench.means.read(login, brought)

    @pytest.mark.clause("S21", "M9")
    async def test_the_answer_of_another_login_is_refused(self, bench: Bench) -> None:
        _, form = await asked(bench)
        brought = await bench.says(form, Said())
        mine, _ = await asked(bench, replace(LOGIN, id="2", handle="mine"))
        with pytest.raises(MessageRefused):
            await bench.means.read(mine, brought)

    async def test_a_login_that_waits_for_no_ad_of_this_means_is_overtaken(self, bench: Bench) -> None:
        login, form = await asked(bench)
        brought = await bench.says(form, Said())
        for waiting in (None, Outstanding(form.request_id, LC)):
            with pytest.raises(LoginOvertaken):
                await bench.means.read(replace(login, outstanding=waiting), brought)

    @pytest.mark.clause("GEN-22")
    async def test_an_answer_that_waited_too_long_is_refused(self, bench: Bench, clock: SettableClock) -> None:
        login, form = await asked(bench)
        brought = await bench.says(form, Said())
        clock.advance(minutes=10)
        with pytest.raises(MessageRefused):
            await bench.means.read(login, brought)
