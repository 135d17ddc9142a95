"""A clock for synthetic senders that notes how late it fires."""

import asyncio
import time


class Pacer:
    """Fires every `interval` seconds from a fixed start, without drift."""

    def __init__(self, interval):
        self.interval = interval
        self.next = time.monotonic()
        self.worst = 0.0
        self.late = 0

    async def tick(self):
        self.next += self.interval
        wait = self.next - time.monotonic()
        if wait > 0:
            await asyncio.sleep(wait)
        lateness = time.monotonic() - self.next
        self.worst = max(self.worst, lateness)
        if lateness > 0.02:
            self.late += 1
        if lateness > 1:
            self.next = time.monotonic()
