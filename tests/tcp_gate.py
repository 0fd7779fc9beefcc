"""A door between a client and a server, which a test opens, narrows and shuts while they talk."""

import asyncio
import contextlib
import dataclasses
import socket
import struct
import threading

from processes import free_port

TO_SERVER = "to_server"
FROM_SERVER = "from_server"
BOTH = (TO_SERVER, FROM_SERVER)

CHUNK = 65536
MOST_CHUNKS = 16  # what a direction holds back before it stops reading, as a network would
RESET = struct.pack("ii", 1, 0)  # SO_LINGER of no time: close() sends RST


@dataclasses.dataclass
class rule:
    """What happens to the bytes of one direction, on all connections."""

    is_shut: bool = False
    delay: float = 0.0  # seconds between arrival and departure
    piece: int = 0      # bytes that are sent at once; 0: as they came
    pause: float = 0.0  # seconds between two pieces
    resets: bool = False


class tcp_gate:
    """Listens on `port` of 127.0.0.1 and forwards to the target, by rules that a test changes at any time.

    A context manager, or end(). A change holds for open and new connections and is in effect when its method returns; it
    replaces the rule before in the directions it names, and opens the door again after refuse(). Its methods are for any
    thread; the work is done in one of its own, which sleeps while nothing happens.
    """

    def __init__(self, target_host, target_port):
        self.target = (target_host, target_port)
        self.port = free_port()
        self.accepted = 0
        self.forwarded = {TO_SERVER: 0, FROM_SERVER: 0}  # bytes
        self._rules = {name: rule() for name in BOTH}
        self._ends = {}  # the two writers of each connection, by its task
        self._listener = None
        self._loop = asyncio.new_event_loop()
        self._changed = asyncio.Event()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._do(self._listen())

    # --- what a test calls

    def forward(self, directions=BOTH):
        """As if it were not there; what was held back goes on at once."""
        self._do(self._set(directions))

    def refuse(self):
        """New connections are refused; open ones stay as they are."""
        self._do(self._close_listener())

    def black_hole(self, directions=BOTH):
        """Connections stay open and are taken, and nothing arrives any more, no end either, until forward()."""
        self._do(self._set(directions, is_shut=True))

    def delay(self, seconds, directions=BOTH):
        self._do(self._set(directions, delay=seconds))

    def slice(self, size, pause=0.0005, directions=BOTH):
        """At most `size` bytes at once, so that frames arrive in parts."""
        self._do(self._set(directions, piece=size, pause=pause))

    def close_on_data(self, directions=TO_SERVER):
        """A connection is reset as soon as something comes in one of the directions; that is lost."""
        self._do(self._set(directions, resets=True))

    def cut(self):
        """Resets all open connections; the rules stay. Returns how many there were."""
        return self._do(self._cut())

    def end(self):
        """Twice is once."""
        if not self._loop.is_closed():
            self._do(self._close_listener())
            self._do(self._cut())
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()

    @property
    def open_connections(self):
        return len(self._ends)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()

    # --- in its thread

    def _do(self, change):
        return asyncio.run_coroutine_threadsafe(change, self._loop).result(20)

    async def _listen(self):
        if self._listener is None:
            self._listener = await asyncio.start_server(self._serve, "127.0.0.1", self.port, backlog=1024)

    async def _close_listener(self):
        if self._listener is not None:
            self._listener.close()
            self._listener = None

    async def _set(self, directions, **values):
        for name in (directions,) if isinstance(directions, str) else directions:
            self._rules[name] = rule(**values)
        self._changed.set()
        self._changed = asyncio.Event()
        await self._listen()

    async def _cut(self):
        tasks = list(self._ends)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return len(tasks)

    async def _serve(self, reader, writer):
        self.accepted += 1
        task = asyncio.current_task()
        self._ends[task] = [writer]
        try:
            server_reader, server_writer = await asyncio.open_connection(*self.target)
            self._ends[task].append(server_writer)
            await self._join(self._pump(TO_SERVER, reader, server_writer), self._pump(FROM_SERVER, server_reader, writer))
            for end in self._ends[task]:
                end.close()
                await end.wait_closed()
        except (OSError, asyncio.CancelledError):  # one end is gone, or cut()
            for end in self._ends[task]:
                own = end.get_extra_info("socket")
                if own.fileno() >= 0:  # the one whose peer has gone is closed already
                    own.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                end.transport.abort()
        finally:
            del self._ends[task]

    @staticmethod
    async def _join(*coroutines):
        """Until all are done, or one has failed."""
        tasks = [asyncio.ensure_future(each) for each in coroutines]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _pump(self, name, source, sink):
        """One direction of one connection."""
        held = asyncio.Queue(MOST_CHUNKS)
        try:
            await self._join(self._take(name, source, held), self._give(name, held, sink))
        except OSError:
            await self._until_due(name, 0)  # in a black hole nobody learns of it
            raise

    async def _take(self, name, source, held):
        data = True
        while data:
            data = await source.read(CHUNK)
            if data and self._rules[name].resets:
                raise ConnectionResetError
            await held.put((self._loop.time(), data))

    async def _give(self, name, held, sink):
        while True:
            arrived, data = await held.get()
            if not data:
                await self._until_due(name, arrived)
                sink.write_eof()
                return
            while data:
                await self._until_due(name, arrived)
                now = self._rules[name]
                piece, data = (data[:now.piece], data[now.piece:]) if now.piece else (data, b"")
                sink.write(piece)
                self.forwarded[name] += len(piece)
                await sink.drain()
                if now.piece:
                    await asyncio.sleep(now.pause)

    async def _until_due(self, name, arrived):
        """Waits as the rule says, also when it changes meanwhile."""
        while True:
            now = self._rules[name]
            left = arrived + now.delay - self._loop.time()
            if not now.is_shut and left <= 0:
                return
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._changed.wait(), None if now.is_shut else left)
