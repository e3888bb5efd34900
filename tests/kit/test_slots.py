"""So many at once and no more, over all processes; whoever is killed frees its place."""

import signal
import subprocess
import sys
from pathlib import Path

from kit.settings import ROOT
from kit.slots import slot

HOLDS = """
import sys
from pathlib import Path
from kit.slots import slot
with slot(Path(sys.argv[1]), "core", 2) as free:
    print(free, flush=True)
    sys.stdin.read()
"""


def test_as_many_as_there_are(tmp_path: Path) -> None:
    folder = tmp_path / "slots"
    with slot(folder, "core", 2) as first, slot(folder, "core", 2) as second, slot(folder, "core", 2) as third:
        assert (first, second, third) == (True, True, False)
        with slot(folder, "other", 1) as another:
            assert another, "each name has its own"
    with slot(folder, "core", 2) as again:
        assert again


def test_over_processes_and_after_a_kill(tmp_path: Path) -> None:
    words = [sys.executable, "-c", HOLDS, str(tmp_path)]
    with subprocess.Popen(words, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "True\n"
        with slot(tmp_path, "core", 2) as first, slot(tmp_path, "core", 2) as second:
            assert (first, second) == (True, False)
        other.send_signal(signal.SIGKILL)
        other.wait()
        with slot(tmp_path, "core", 2) as first, slot(tmp_path, "core", 2) as second:
            assert (first, second) == (True, True)
