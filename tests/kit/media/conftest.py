"""Honest clips and a honeypot, made once."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kit.media import clips as made_clips
from tests.kit.media.clips import Clips
from tests.kit.media.honeypot import Honeypot, honeypot


@pytest.fixture(scope="session")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Clips:
    return made_clips.made(tmp_path_factory.mktemp("clips"))


@pytest.fixture(scope="session")
def pot() -> Iterator[Honeypot]:
    with honeypot() as pot:
        yield pot


@pytest.fixture
def into(tmp_path: Path) -> Path:
    """An empty folder that a decoder may write to."""
    folder = tmp_path / "into"
    folder.mkdir()
    return folder
