"""Production refuses to start on what only a demo may have."""

from typing import Any

import pytest
from pydantic import ValidationError

import demo.persons
from kit.settings import Profile, Settings

SOUND: dict[str, Any] = {
    "profile": "production",
    "master_key": "m" * 32,
    "index_key": "i" * 32,
    "database_url": "postgres://app@db/yijian",
    "redis_url": "redis://valkey",
    "public_url": "https://example.gov.cn",
}


def test_a_sound_production_starts() -> None:
    assert Settings(**SOUND).url == "https://example.gov.cn"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"master_key": Settings().master_key.get_secret_value()}, "MASTER_KEY"),
        ({"index_key": Settings().index_key.get_secret_value()}, "INDEX_KEY"),
        ({"index_key": "m" * 32}, "不得相同"),
        ({"master_key": "short"}, "32"),
        ({"log_retention_days": 364}, "365"),
        ({"database_url": ""}, "DATABASE_URL"),
        ({"redis_url": ""}, "REDIS_URL"),
        ({"public_url": ""}, "PUBLIC_URL"),
        ({"cipher": "rot13"}, "aes"),
        ({"port": 70000}, "65535"),
    ],
)
def test_production_refuses(change: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        Settings(**{**SOUND, **change})


@pytest.mark.parametrize("profile", list(Profile))
async def test_production_refuses_demo_data(province: str, profile: Profile) -> None:
    settings = Settings(**{**SOUND, "profile": profile})
    if profile is Profile.PRODUCTION:
        with pytest.raises(demo.persons.DemoData):
            await demo.persons.refused_in_production(settings)
    else:
        assert await demo.persons.refused_in_production(settings) is None  # type: ignore[func-returns-value]
