"""`explain` of logout messages: each rule of who is asked, and of who asked, broken alone, and told."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from stelsel.saml import logout
from stelsel.saml.rules.logouts import REQUEST_RULES, RESPONSE_RULES
from tests.stelsel.saml.explaining import RD_SLO, Explained, explaining, finding
from tests.stelsel.saml.factories import DV, NOON, RD, key_of
from tests.stelsel.saml.test_logout import a_logout, an_answer

OLD = NOON - timedelta(minutes=6)

# By rule: what breaks it, and the clause that is told.
LOGOUTS: Mapping[str, tuple[Mapping[str, Any], str]] = {
    "meant_for_us": ({"destination": "https://elders.test/"}, "LGO-01"),
    "fresh": ({"issue_instant": OLD}, "GEN-22"),
    "not_over": ({"not_on_or_after": NOON}, "GEN-22"),
}
LOGOUT_ANSWERS: Mapping[str, tuple[Mapping[str, Any], str]] = {
    "answers_our_request": ({"in_response_to": "_other"}, "LGO-02"),
    "arrives_where_meant": ({"destination": "https://elders.test/"}, "LGO-02"),
    "freshly_answered": ({"issue_instant": OLD}, "GEN-22"),
}


@pytest.fixture
def explained(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Explained:
    return explaining(tmp_path, capsys)


def test_every_rule_of_a_logout_is_broken_here() -> None:
    assert [rule.__name__ for rule in REQUEST_RULES] == [*LOGOUTS]
    # Whom one asked is known to who asked; of a message alone it is who answers.
    assert [rule.__name__ for rule in RESPONSE_RULES] == ["by_whom_we_asked", *LOGOUT_ANSWERS]


@pytest.mark.parametrize("rule", LOGOUTS)
def test_a_logout_request_is_judged_as_who_is_asked_does(explained: Explained, rule: str) -> None:
    def asked(**changes: Any) -> tuple[int, str]:
        return explained(logout.write_request(a_logout(**changes), key_of(DV)), as_=RD.value)

    code, text = asked()
    assert (code, "_subject" in text) == (0, False)
    changes, clause = LOGOUTS[rule]
    told = finding(asked(**changes)[1], clause)
    assert "expected: " in told
    assert "found: " in told
    assert RD_SLO in finding(asked(destination=None)[1], "LGO-01")


@pytest.mark.parametrize("rule", LOGOUT_ANSWERS)
def test_a_logout_response_is_judged_as_who_asked_does(explained: Explained, rule: str) -> None:
    def answered(**changes: Any) -> tuple[int, str]:
        message = logout.write_response(an_answer(**changes), key_of(RD))
        return explained(message, as_=DV.value, in_response_to="_logout")

    assert answered()[0] == 0
    changes, clause = LOGOUT_ANSWERS[rule]
    finding(answered(**changes)[1], clause)
