"""The answer to a chat message, whole or piece by piece."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Generator
from dataclasses import dataclass

from .frames import Frame
from .values import as_text


@dataclass(frozen=True)
class ChatResponse:
    """The server's answer to a chat message."""

    content: str
    status: str
    model: str
    frame: Frame

    @staticmethod
    def parse(frame: Frame) -> ChatResponse:
        content, status, model = (as_text(frame.data.get(name)) or "" for name in ("content", "status", "model"))
        return ChatResponse(content, status, model, frame)


class Reply:
    """What ``Client.chat`` returns. Await it for the whole answer:

        response = await client.chat("Hello")
        print(response.content)

    Or ask for pieces, and iterate:

        async for piece in client.chat("Tell me a story", stream=True):
            print(piece, end="")

    Cancelling the await gives the answer up: the message is not sent again.
    """

    def __init__(self, message_id: str, future: asyncio.Future[Frame], cancel: Callable[[str], None]) -> None:
        self.message_id = message_id
        self._text = ""
        self._future = future
        self._cancel = cancel
        self._news = asyncio.Event()
        future.add_done_callback(lambda _: self._news.set())

    @property
    def text(self) -> str:
        """The answer so far. Once complete, it is the text of ``chat_response``, whatever pieces arrived."""
        future = self._future
        if future.done() and not future.cancelled() and future.exception() is None:
            return ChatResponse.parse(future.result()).content
        return self._text

    def __await__(self) -> Generator[None, None, ChatResponse]:
        frame = yield from self._future.__await__()
        return ChatResponse.parse(frame)

    def cancel(self) -> None:
        """Cancels the answer at the server. Awaiting then returns the partial answer, with the status ``cancelled``."""
        self._cancel(self.message_id)

    async def texts(self) -> AsyncIterator[str]:
        """Yields the answer so far each time it changes. The last value is the whole answer."""
        shown = ""
        while True:
            if self.text != shown:
                shown = self.text
                yield shown
            elif self._future.done():
                self._future.result()
                return
            else:
                self._news.clear()
                await self._news.wait()

    async def __aiter__(self) -> AsyncIterator[str]:
        """The pieces of the answer, in order. If the server corrects a piece that has been given out, no more come:
        ``await`` the reply then, or use ``texts()``.
        """
        given = ""
        async for text in self.texts():
            if text.startswith(given):
                yield text[len(given) :]
                given = text

    def show(self, text: str) -> None:
        self._text = text
        self._news.set()
