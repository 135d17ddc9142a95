"""What every engine's program shares: reading commands, writing events."""

import asyncio
import json
import os
import sys


def first_in_line():
    """Before other work of the machine, once the costly start is over: a late sender would look like jitter of the network.

    Not real-time: that is for line and recorders alone, which must never wait."""
    try:
        os.setpriority(os.PRIO_PROCESS, 0, -12)
    except OSError:
        pass


class Endpoint:
    """Commands from standard input as coroutine calls `on_NAME(message)`."""

    def __init__(self, options):
        self.options = options
        self.ended = asyncio.Event()

    def emit(self, event, **fields):
        if event == "ready":
            first_in_line()
        print(json.dumps({"event": event, **fields}), flush=True)

    def signal(self, **fields):
        """To the other end of the call."""
        self.emit("signal", data=fields)

    async def _commands(self):
        reader = asyncio.StreamReader(limit=1 << 20)
        await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        while line := await reader.readline():
            message = json.loads(line)
            handler = getattr(self, "on_" + message.pop("do"), None)
            if handler:
                task = asyncio.create_task(handler(message))
                task.add_done_callback(self._done)
        self.ended.set()

    def _done(self, task):
        if not task.cancelled() and task.exception():
            self.emit("error", text=repr(task.exception())[:300])

    async def start(self):
        raise NotImplementedError

    async def finish(self):
        pass

    async def main(self):
        task = asyncio.create_task(self._commands())
        try:
            await self.start()
            await self.ended.wait()
        finally:
            task.cancel()
            await self.finish()

    @classmethod
    def run(cls):
        async def go():
            await cls(json.loads(sys.argv[1])).main()
        try:
            asyncio.run(go())
        finally:
            sys.stdout.flush()
            os._exit(0)
