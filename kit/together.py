"""Group commit: what comes while a piece of work is under way is done together, as the next piece.

A round trip and a flush to disk cost the same for one as for a hundred; alone, somebody waits for nobody.
"""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Generic, TypeVar

Given = TypeVar("Given")
Result = TypeVar("Result")


class Together(Generic[Given, Result]):
    """Gives `work` all that waits, one piece of work after the other; it gives a result for each, in their order.

    `patience` is the seconds after which a piece of work is given up, so that a line that died holds nobody up.
    """

    def __init__(
        self, work: Callable[[Sequence[Given]], Coroutine[Any, Any, Sequence[Result]]], patience: float
    ) -> None:
        self._work, self._patience = work, patience
        self._waiting: list[tuple[Given, asyncio.Future[Result]]] = []
        self._carrier: asyncio.Task[None] | None = None
        self._begun: set[asyncio.Task[Sequence[Result]]] = set()

    @property
    def waiting(self) -> int:
        """How many wait for the next piece of work."""
        return len(self._waiting)

    async def settled(self, seconds: float) -> None:
        """Wait so many seconds for what is in hand and what waits, at the end of a process."""
        if self._carrier is not None:
            await asyncio.wait({self._carrier}, timeout=seconds)

    async def done(self, given: Given) -> Result:
        """What became of it; raises what the work raised, or TimeoutError when it was given up: done or not."""
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((given, future))
        if self._carrier is None:
            self._carrier = asyncio.create_task(self._carried())
        return await future

    async def _carried(self) -> None:
        try:
            while self._waiting:
                piece, self._waiting = self._waiting, []
                await self._worked(piece)
        finally:
            self._carrier = None

    async def _worked(self, piece: list[tuple[Given, "asyncio.Future[Result]"]]) -> None:
        work = asyncio.create_task(self._work([given for given, _ in piece]))  # noqa: RUF006  # it is stored
        self._begun.add(work)
        work.add_done_callback(self._ended)
        await asyncio.wait({work}, timeout=self._patience)
        error = work.exception() if work.done() else TimeoutError()
        if not work.done():
            work.cancel()  # and not waited for: on a dead line that may take as long again
        for place, (_, future) in enumerate(piece):
            if future.done():
                continue  # whoever asked has gone
            if error:
                future.set_exception(error)
            else:
                future.set_result(work.result()[place])

    def _ended(self, work: "asyncio.Task[Sequence[Result]]") -> None:
        self._begun.discard(work)
        if not work.cancelled():
            work.exception()  # whoever waited was told; of one that was given up nobody is
