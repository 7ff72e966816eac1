"""The garbage collector runs on the window's thread alone."""

from __future__ import annotations

import gc
import threading

from nnstudio.gui.collector import Collector


class Knot:
    """A value that only the collector can free, and that notes on which thread it went."""

    went: list[int]

    def __init__(self, went: list[int]) -> None:
        self.went = went
        self.self = self

    def __del__(self) -> None:
        self.went.append(threading.get_ident())


def test_another_thread_never_collects(qtbot, qapp):
    collector = Collector(qapp)
    went: list[int] = []
    try:
        Knot(went)
        kept: list[list[int]] = []
        busy = threading.Thread(target=lambda: kept.extend([i] for i in range(200_000)))
        busy.start()
        busy.join()
        assert went == []
        qtbot.waitUntil(lambda: went == [threading.get_ident()], timeout=5000)
    finally:
        collector.stop()
    assert gc.isenabled()
