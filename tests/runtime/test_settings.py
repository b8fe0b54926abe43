"""Settings: from the environment into values, or a start that stops and says why."""

import base64
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import pytest

from runtime.settings import Secret, StoreSettings, read_settings
from stelsel.failures import Misconfigured
from stelsel.identifiers import EntityId, Oin

KEY = base64.b64encode(bytes(range(32))).decode()


class Colour(Enum):
    """A choice of two."""

    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True, slots=True, kw_only=True)
class Inner:
    """Settings of a part."""

    key: Secret
    size: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Outer:
    """Settings of a service, one of each kind."""

    url: str
    inner: Inner
    entity_id: EntityId | None = None
    folder: Path = Path("run")
    loopback: bool = False
    ratio: float = 0.5
    colour: Colour = Colour.RED
    partners: tuple[Oin, ...] = ()

    def __post_init__(self) -> None:
        if self.ratio > 1:
            raise ValueError("ratio is at most 1")


def test_what_is_not_set_has_the_default_of_the_dataclass() -> None:
    settings = read_settings(Outer, "gateway", {"GATEWAY_URL": "http://localhost:8000", "GATEWAY_INNER_KEY": KEY})
    assert settings == Outer(url="http://localhost:8000", inner=Inner(key=Secret(bytes(range(32)))))


def test_every_kind_of_value_is_read() -> None:
    settings = read_settings(
        Outer,
        "GATEWAY",
        {
            "GATEWAY_URL": "",
            "GATEWAY_INNER_KEY": KEY,
            "GATEWAY_INNER_SIZE": "7",
            "GATEWAY_ENTITY_ID": "urn:a",
            "GATEWAY_FOLDER": "/var/lib/namens",
            "GATEWAY_LOOPBACK": "True",
            "GATEWAY_RATIO": "0.25",
            "GATEWAY_COLOUR": "blue",
            "GATEWAY_PARTNERS": "00000004000000012000, 00000004000000013000",
            "PATH": "not ours",
        },
    )
    assert settings == Outer(
        url="",
        inner=Inner(key=Secret(bytes(range(32))), size=7),
        entity_id=EntityId("urn:a"),
        folder=Path("/var/lib/namens"),
        loopback=True,
        ratio=0.25,
        colour=Colour.BLUE,
        partners=(Oin("00000004000000012000"), Oin("00000004000000013000")),
    )


def test_all_that_is_missing_is_named_at_once() -> None:
    with pytest.raises(Misconfigured, match="GATEWAY_URL is missing; GATEWAY_INNER_KEY is missing"):
        read_settings(Outer, "gateway", {})


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("INNER_SIZE", "many", "GATEWAY_INNER_SIZE must be a whole number"),
        ("RATIO", "half", "GATEWAY_RATIO must be a number"),
        ("LOOPBACK", "perhaps", "GATEWAY_LOOPBACK must be true or false"),
        ("INNER_KEY", "s3cr3t!", "GATEWAY_INNER_KEY must be base64"),
        ("PARTNERS", "12", "GATEWAY_PARTNERS is no"),
        ("COLOUR", "green", "GATEWAY_COLOUR"),
        ("RATIO", "2", "GATEWAY: ratio is at most 1"),
    ],
)
def test_a_wrong_value_stops_the_start_and_is_not_repeated(name: str, value: str, says: str) -> None:
    environ = {"GATEWAY_URL": "", "GATEWAY_INNER_KEY": KEY, f"GATEWAY_{name}": value}
    with pytest.raises(Misconfigured, match=says) as caught:
        read_settings(Outer, "gateway", environ)
    assert "s3cr3t" not in str(caught.value)


def test_a_value_may_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(KEY + "\n")
    settings = read_settings(StoreSettings, "store", {"STORE_KEY_FILE": str(tmp_path / "key")})
    assert settings.key == Secret(bytes(range(32)))


def test_a_file_that_is_not_there_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="STORE_KEY_FILE names no readable file"):
        read_settings(StoreSettings, "store", {"STORE_KEY_FILE": str(tmp_path / "key")})


def test_a_secret_is_in_no_repr() -> None:
    settings = read_settings(StoreSettings, "store", {"STORE_KEY": base64.b64encode(b"s3cr3t" * 6).decode()})
    assert "s3cr3t" not in repr(settings)
    assert "s3cr3t" not in f"{settings.key}"


def test_without_a_mapping_the_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NAMENS_TEST_KEY", KEY)
    assert read_settings(Inner, "namens_test").size == 3
