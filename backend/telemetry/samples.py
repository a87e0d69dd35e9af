"""Gathers the values of declared metrics, and writes them in the formats that Prometheus reads."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

from backend.telemetry.metrics import METRICS, Metric

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric as Family

PLAIN = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(frozen=True)
class Sample:
    """One value; a histogram has counts by bucket, the last one for what is over all bounds, and their sum in `value`."""

    labels: tuple[str, ...]
    value: float
    buckets: Sequence[int] = ()


class Samples:
    """The values of one moment."""

    def __init__(self, bounds: Sequence[float]) -> None:
        """`bounds` are those of all histograms, in the unit of the metrics: seconds."""
        self.bounds = bounds
        self._found: defaultdict[str, list[Sample]] = defaultdict(list)

    def set(self, metric: Metric, value: float, *labels: str) -> None:
        """The value of a metric, with its labels in the order of their names in the declaration."""
        self._add(metric, Sample(labels, float(value)))

    def observed(self, metric: Metric, buckets: Sequence[int], total: float, *labels: str) -> None:
        """What a histogram has counted."""
        self._add(metric, Sample(labels, total, buckets))

    def of(self, metric: Metric) -> Sequence[Sample]:
        return self._found[metric.name]

    def rows(self) -> Iterable[tuple[Metric, Sample]]:
        """All of them, in the order of the declarations."""
        return ((metric, sample) for metric in METRICS.values() for sample in self._found[metric.name])

    def page(self, accept: str = "") -> tuple[bytes, str]:
        """The page for a caller who accepts that, and its content type: text 0.0.4 unless OpenMetrics is asked for."""
        from prometheus_client.exposition import choose_encoder  # noqa: PLC0415 - workers carry it for nothing

        encode, content_type = choose_encoder(accept)
        return encode(self), content_type

    def collect(self) -> Iterable["Family"]:
        """Prometheus' own objects, also for metrics without a value: whoever looks for one sees that it is known."""
        return [self._family(metric, self._found[metric.name]) for metric in METRICS.values()]

    def _add(self, metric: Metric, sample: Sample) -> None:
        if len(sample.labels) != len(metric.labels):
            raise ValueError(f"{metric.name} has the labels {', '.join(metric.labels) or 'none'}")
        self._found[metric.name].append(sample)

    def _family(self, metric: Metric, samples: Sequence[Sample]) -> "Family":
        from prometheus_client import metrics_core as core  # noqa: PLC0415 - see `page`

        if metric.kind == "histogram":
            histogram = core.HistogramMetricFamily(metric.name, metric.help, labels=metric.labels)
            for sample in samples:
                histogram.add_metric(sample.labels, self._cumulative(sample.buckets), sample.value)
            return histogram
        if metric.kind == "info":
            info = core.InfoMetricFamily(metric.name.removesuffix("_info"), metric.help)
            for sample in samples:
                info.add_metric((), dict(zip(metric.labels, sample.labels, strict=True)))
            return info
        make = core.CounterMetricFamily if metric.kind == "counter" else core.GaugeMetricFamily
        family = make(metric.name, metric.help, labels=metric.labels)
        for sample in samples:
            family.add_metric(sample.labels, sample.value)
        return family

    def _cumulative(self, buckets: Sequence[int]) -> list[tuple[str, float]]:
        from prometheus_client.utils import floatToGoString  # noqa: PLC0415 - see `page`

        bounds = [*map(floatToGoString, self.bounds), "+Inf"]
        return list(zip(bounds, accumulate(buckets), strict=True))
