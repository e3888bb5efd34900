"""Group commit: what comes while a piece of work is under way is done together, as the next piece.

A round trip and a flush to disk cost the same for one as for a hundred; alone, somebody waits for nobody.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Given = TypeVar("Given")
Result = TypeVar("Result")


class Together(Generic[Given, Result]):
    """Gives `work` all that waits, one piece of work after the other; it gives a result for each, in their order.

    `patience` is the seconds after which a piece of work is given up, so that a line that died holds nobody up.
    """

    def __init__(self, work: Callable[[Sequence[Given]], Awaitable[Sequence[Result]]], patience: float) -> None:
        self._work, self._patience = work, patience
        self._waiting: list[tuple[Given, asyncio.Future[Result]]] = []
        self._carrier: asyncio.Task[None] | None = None

    async def done(self, given: Given) -> Result:
        """What became of it; raises what the work raised, or TimeoutError when it was given up: done or not."""
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((given, future))
        if self._carrier is None:
            self._carrier = asyncio.create_task(self._carried())
        return await future

    async def _carried(self) -> None:
        while self._waiting:
            piece, self._waiting = self._waiting, []
            work = asyncio.ensure_future(self._work([given for given, _ in piece]))
            await asyncio.wait({work}, timeout=self._patience)
            waiting = [future for _, future in piece if not future.done()]  # else whoever asked has gone
            if not work.done():
                work.cancel()  # and not waited for: on a dead line that may take as long again
                work.add_done_callback(_left)
                _fail(waiting, TimeoutError())
            elif error := work.exception():
                _fail(waiting, error)
            else:
                for (_, future), result in zip(piece, work.result(), strict=True):
                    if not future.done():
                        future.set_result(result)
        self._carrier = None


def _fail(waiting: list["asyncio.Future[Result]"], error: BaseException) -> None:
    for future in waiting:
        future.set_exception(error)


def _left(work: "asyncio.Future[object]") -> None:
    """What it came to in the end is nobody's concern."""
    if not work.cancelled():
        work.exception()
