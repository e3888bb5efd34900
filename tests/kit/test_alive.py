"""A sign of life: held as long as the process is there, stopped or not, and free at once when it is gone."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from kit.alive import Alive
from kit.settings import ROOT
from tests.processes import until

LIVES = """
import sys
from pathlib import Path
from kit.alive import Alive
alive = Alive(Path(sys.argv[1]))
print(alive.id, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def other(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that gives a sign of life in the same folder."""
    words = [sys.executable, "-c", LIVES, str(tmp_path)]
    with subprocess.Popen(words, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        yield process
        process.kill()


def said(process: subprocess.Popen[str]) -> UUID:
    assert process.stdout is not None
    return UUID(process.stdout.readline().strip())


def test_nothing_is_made_before_it_is_asked_for(tmp_path: Path) -> None:
    alive = Alive(tmp_path / "alive")
    alive.swept()
    alive.close()
    assert not (tmp_path / "alive").exists()
    assert alive.id == alive.id
    assert [path.name for path in (tmp_path / "alive").iterdir()] == [str(alive.id)]


def test_who_was_never_there_has_ended(tmp_path: Path) -> None:
    alive = Alive(tmp_path)
    assert alive.ended(uuid4())
    assert not alive.ended(alive.id)


def test_two_in_one_process_know_of_each_other(tmp_path: Path) -> None:
    one, two = Alive(tmp_path), Alive(tmp_path)
    assert not one.ended(two.id)
    id_of_two = two.id
    two.close()
    assert one.ended(id_of_two)
    assert two.id != id_of_two, "who closed is somebody else afterwards"


def test_a_stopped_process_is_there_and_a_killed_one_is_not(other: subprocess.Popen[str], tmp_path: Path) -> None:
    alive, theirs = Alive(tmp_path), said(other)
    other.send_signal(signal.SIGSTOP)
    assert not alive.ended(theirs)
    alive.swept()
    assert (tmp_path / str(theirs)).exists()
    other.send_signal(signal.SIGKILL)
    other.wait()
    assert alive.ended(theirs)


def test_signs_of_the_dead_are_swept_and_those_of_the_living_stay(other: subprocess.Popen[str], tmp_path: Path) -> None:
    alive, theirs = Alive(tmp_path), said(other)
    assert {path.name for path in tmp_path.iterdir()} == {str(theirs)}
    mine = alive.id
    other.kill()
    until(lambda: other.poll() is not None, "it was killed")
    alive.swept()
    assert {path.name for path in tmp_path.iterdir()} == {str(mine)}


def test_a_child_does_not_keep_its_parents_sign(tmp_path: Path) -> None:
    """Else a decoder that outlived its worker would hold up whoever follows."""
    alive, watcher = Alive(tmp_path), Alive(tmp_path)
    mine = alive.id
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        os.close(alive._file)  # as the end of the process would
        assert watcher.ended(mine)
        child.kill()
