"""What happened in the queues, as numbers: totals that never go back, and a time series by minute, hour and day."""

from backend.queues.numbers.histogram import BOUNDS_MS, Durations
from backend.queues.numbers.kept import Batch, KeptNumbers, Total
from backend.queues.numbers.reading import QueueNumbers
from backend.queues.numbers.recorder import EVERY_S, NumbersRecorder
from backend.queues.numbers.window import Window

__all__ = ["BOUNDS_MS", "EVERY_S", "Batch", "Durations", "KeptNumbers", "NumbersRecorder", "QueueNumbers", "Total", "Window"]
