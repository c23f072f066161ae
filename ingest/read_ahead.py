"""The next chunk is read while the one at hand is worked on: reading and judging a large file keep two cores busy.

In: an iterator. Out: the same items in the same order, one read ahead. A fault of the reading appears where the item would.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from typing import Generic, TypeVar

Item = TypeVar("Item")
LOOKS_A_SECOND = 10


class _End:
    """What stands after the last item: nothing, or the fault that ended the reading."""

    def __init__(self, fault: BaseException | None) -> None:
        self.fault = fault


class ReadAhead(Generic[Item]):
    """Items that are read in a thread of their own; at most one waits. To be closed when it isn't read to the end."""

    def __init__(self, items: Iterator[Item]) -> None:
        self._items = items
        self._waiting: queue.Queue[Item | _End] = queue.Queue(maxsize=1)
        self._is_closed = threading.Event()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def __iter__(self) -> Iterator[Item]:
        while True:
            item = self._waiting.get()
            if isinstance(item, _End):
                if item.fault is not None:
                    raise item.fault
                return
            yield item

    def close(self) -> None:
        """Stop reading; returns when the thread has ended, so that nothing of the file is held any more."""
        self._is_closed.set()
        self._thread.join()

    def _read(self) -> None:
        fault: BaseException | None = None
        try:
            for item in self._items:
                if not self._put(item):
                    return
        except BaseException as error:
            fault = error
        self._put(_End(fault))

    def _put(self, item: Item | _End) -> bool:
        while not self._is_closed.is_set():
            try:
                self._waiting.put(item, timeout=1 / LOOKS_A_SECOND)
            except queue.Full:
                continue
            return True
        return False
