"""The load generator, a process of its own: clients that each send an event, await its answer, and send the next.

`python -m benchmarks.load URL HANDLER SECONDS [COOKIE …]` prints events a second and latencies as JSON.
"""

import asyncio
import json
import sys
import time
from uuid import uuid4

from benchmarks.apps import CLIENTS
from benchmarks.report import summary
from tests.town.tab import Socket

_PATIENCE_SECONDS = 15


class Client:
    """One tab: a socket, its token, and the times its events took."""

    def __init__(self, url: str, handler: str, cookie: str) -> None:
        self._url = url
        self._cookie = cookie
        payload = {"name": handler, "payload": {}, "router_data": {"pathname": "/", "asPath": "/"}}
        self._event = "42/_event," + json.dumps(["event", payload])
        self.milliseconds: list[float] = []

    async def open(self) -> None:
        """Connect as the page does and send one event, so that the state is there."""
        address = f"{self._url.replace('http', 'ws', 1)}/_event/?EIO=4&transport=websocket&token={uuid4()}"
        headers = {"Origin": self._url} | ({"Cookie": self._cookie} if self._cookie else {})
        self._socket = await Socket.connect(address, headers=headers)
        await self._send("40/_event,")
        await self._receive("40/_event,")
        await self._round()

    async def work(self, until: float) -> None:
        """Send one event after another until the moment."""
        while time.monotonic() < until:
            began = time.perf_counter()
            await self._round()
            self.milliseconds.append((time.perf_counter() - began) * 1000)

    async def close(self) -> None:
        """Leave."""
        await self._socket.close()

    async def _round(self) -> None:
        await self._send(self._event)
        answer = await self._receive("42/_event,")
        if '"delta":{"' not in answer.replace(" ", ""):
            raise RuntimeError(f"the event was refused: {answer[:300]}")

    async def _send(self, text: str) -> None:
        await self._socket.send(text)

    async def _receive(self, start: str) -> str:
        while True:
            text = await self._socket.receive(timeout=_PATIENCE_SECONDS)
            if text is None:
                raise TimeoutError("no answer")
            if str(text) == "2":
                await self._send("3")
            elif str(text).startswith(start):
                return str(text)


async def press(url: str, handler: str, seconds: float, cookies: list[str]) -> dict[str, float]:
    """Events a second over all clients, each with a session of its own, and how long one takes."""
    clients = [Client(url, handler, cookie) for cookie in cookies or [""] * CLIENTS]
    for client in clients:
        await client.open()
    began = time.monotonic()
    await asyncio.gather(*(client.work(began + seconds) for client in clients))
    took = time.monotonic() - began
    for client in clients:
        await client.close()
    times = [one for client in clients for one in client.milliseconds]
    return {"events_per_second": len(times) / took, **summary(times)}


if __name__ == "__main__":
    _, url, handler, seconds, *cookies = sys.argv
    print(json.dumps(asyncio.run(press(url, handler, float(seconds), cookies))))
