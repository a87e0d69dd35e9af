"""An event channel in the memory of one process: several channels of one exchange stand for several processes."""

from collections.abc import Callable

from backend.queues.events import JobEvent


class MemoryExchange:
    """What Redis is between processes. Set `away` to True and nothing arrives; what is sent meanwhile is lost."""

    def __init__(self) -> None:
        self.away = False
        self._channels: list[MemoryChannel] = []

    def channel(self) -> "MemoryChannel":
        """The channel of one more process."""
        channel = MemoryChannel(self)
        self._channels.append(channel)
        return channel

    def carry(self, event: JobEvent, sender: "MemoryChannel") -> None:
        """Let every channel but the sender's hear it, as another process would: from its JSON."""
        if self.away:
            return
        for channel in self._channels:
            if channel is not sender:
                channel.receive(JobEvent.from_json(event.to_json()))


class MemoryChannel:
    """`backend.queues.listening.EventChannel`; delivers at once. `sent` keeps what was sent."""

    def __init__(self, exchange: MemoryExchange | None = None) -> None:
        self.sent: list[JobEvent] = []
        self.closed = False
        self._exchange = exchange or MemoryExchange()
        self._hear: Callable[[JobEvent], None] | None = None

    def send(self, event: JobEvent) -> None:
        if not self.closed:
            self.sent.append(event)
            self._exchange.carry(event, self)

    def listen(self, hear: Callable[[JobEvent], None]) -> None:
        self._hear = hear

    def close(self) -> None:
        self.closed = True

    def receive(self, event: JobEvent) -> None:
        """Another channel has sent this."""
        if self._hear is not None and not self.closed:
            self._hear(event)
