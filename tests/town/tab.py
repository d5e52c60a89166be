"""A tab without a browser: the event socket as the page uses it, over the network."""

import asyncio
import json
import re
from contextlib import suppress
from typing import Any, Self
from uuid import uuid4

from simple_websocket import AioClient

ROOT = "reflex___state____state"
BOOT = f"{ROOT}.hydrate_and_load"
PATIENCE_SECONDS = 15
_MARKER = re.compile(r"_rx_state_$")


class Lost(ConnectionError):
    """The server went away, or did not answer in time."""


class Socket(AioClient):
    """Names the port in `Host`, as browsers do: names that are not the site's are refused."""

    async def handshake(self) -> None:
        """Say hello."""
        self.host = f"{self.host}:{self.port}"
        await super().handshake()

    async def close(self, reason: Any = None, message: Any = None) -> None:
        """Leave without waiting for the other side to say goodbye."""
        await super().close(reason, message)
        self.task.cancel()


class Tab:
    """One open socket at one address, of a signed-in person or, without a cookie, of a guest; a context manager."""

    def __init__(self, url: str, cookie: str, path: str) -> None:
        self._url, self._cookie, self._path = url, cookie, path
        self._vars: dict[str, Any] = {}

    async def __aenter__(self) -> Self:
        address = f"{self._url.replace('http', 'ws', 1)}/_event/?EIO=4&transport=websocket&token={uuid4()}"
        headers = {"Origin": self._url} | ({"Cookie": self._cookie} if self._cookie else {})
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                self._socket = await Socket.connect(address, headers=headers)
        except Exception as problem:
            raise Lost(repr(problem)) from problem
        await self._send("40/_event,")
        await self._receive("40/_event")
        is_live = await self.call(BOOT, "is_hydrated")
        while not is_live:
            is_live = await self.next("is_hydrated")
        return self

    async def __aexit__(self, *_error: object) -> None:
        with suppress(Exception):
            await self._socket.close()

    async def call(self, name: str, *wants: str, **payload: Any) -> Any:
        """Send an event and wait for the next value of one of the vars, `<state>.<name>` or `<name>`. Raises Lost."""
        router = {"pathname": self._path.partition("?")[0], "asPath": self._path, "query": {}}
        event = {"name": name, "payload": payload, "router_data": router}
        self._vars.clear()
        await self._send("42/_event," + json.dumps(["event", event]))
        return await self.next(*wants)

    async def next(self, *wants: str) -> Any:
        """The next value that comes of one of the vars."""
        while not (found := [name for name in wants if name in self._vars]):
            text = await self._receive("42/_event,")
            kind, update = json.loads(text.removeprefix("42/_event,"))
            if kind == "event":
                self._take(update.get("delta") or {})
        return self._vars.pop(found[0])

    async def rest(self) -> None:
        """Stay open without doing anything, until cancelled or cut off."""
        while (text := await self._socket.receive()) is not None:
            if str(text) == "2":
                await self._send("3")

    def _take(self, delta: dict[str, dict[str, Any]]) -> None:
        for state, values in delta.items():
            short = state.rpartition("____")[2]
            for name, value in values.items():
                name = _MARKER.sub("", name)
                self._vars[name] = self._vars[f"{short}.{name}"] = value

    async def _send(self, text: str) -> None:
        try:
            await self._socket.send(text)
        except Exception as problem:
            raise Lost(repr(problem)) from problem

    async def _receive(self, start: str) -> str:
        while True:
            try:
                text = await self._socket.receive(timeout=PATIENCE_SECONDS)
            except Exception as problem:
                raise Lost(repr(problem)) from problem
            if text is None:
                raise Lost("no answer")
            if str(text) == "2":
                await self._send("3")
            elif str(text).startswith(start):
                return str(text)
