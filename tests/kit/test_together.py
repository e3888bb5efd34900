"""What comes while work is under way is done together, and nobody waits for work that does not end."""

import asyncio
from collections.abc import Sequence

import pytest

from kit.together import Together


class Work:
    """Doubles numbers, each piece when it is let go."""

    def __init__(self) -> None:
        self.pieces: list[list[int]] = []
        self.begun, self.let = asyncio.Semaphore(0), asyncio.Semaphore(0)

    async def done(self, given: Sequence[int]) -> list[int]:
        self.pieces.append(list(given))
        self.begun.release()
        await self.let.acquire()
        if 13 in given:
            raise ValueError("13")
        return [2 * one for one in given]


async def test_alone_nobody_waits_and_meanwhile_others_gather() -> None:
    work = Work()
    together = Together(work.done, 5)
    first = asyncio.create_task(together.done(1))
    await work.begun.acquire()
    others = [asyncio.create_task(together.done(number)) for number in (2, 3, 4)]
    while together.waiting < 3:  # how long that takes is not asked
        await asyncio.sleep(0)
    others[1].cancel()
    work.let.release()
    work.let.release()
    assert await first == 2
    assert [await others[0], await others[2]] == [4, 8], "whoever has gone is no trouble to the others"
    assert work.pieces == [[1], [2, 3, 4]]
    work.let.release()
    assert await together.done(5) == 10, "it begins again after a rest"


async def test_a_failure_is_told_to_those_it_met_and_to_nobody_else() -> None:
    work = Work()
    together = Together(work.done, 5)
    first = [asyncio.create_task(together.done(number)) for number in (1, 13)]
    await work.begun.acquire()
    second = asyncio.create_task(together.done(3))
    work.let.release()
    work.let.release()
    told = await asyncio.gather(*first, return_exceptions=True)
    assert [type(one) for one in told] == [ValueError, ValueError]
    assert await second == 6


async def test_work_that_does_not_end_is_given_up() -> None:
    work = Work()
    together = Together(work.done, 0.01)
    with pytest.raises(TimeoutError):
        await together.done(1)
    work.let.release()
    assert await together.done(2) == 4
