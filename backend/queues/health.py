"""Says how the queues are: their numbers, the alerts that these raise, and whether Redis answers."""

from dataclasses import dataclass
from typing import Any, Literal

from backend.clock import to_iso
from backend.queues.alerts.glance import Alert, Rule, alerts_for
from backend.queues.circuit import Circuit, CircuitReport, CircuitState
from backend.queues.errors import BrokerUnavailable
from backend.queues.ports import Broker

RedisState = Literal["up", "away", "off"]


@dataclass(frozen=True)
class Health:
    """`healthy` is False while Redis is away although jobs should go there; they run in the caller meanwhile."""

    healthy: bool
    stats: dict[str, dict[str, int]]
    alerts: list[Alert]
    redis: RedisState
    breaker: CircuitReport

    @property
    def circuit(self) -> CircuitState:
        return self.breaker.state

    def to_json(self) -> dict[str, Any]:
        return {
            "healthy": self.healthy,
            "stats": self.stats,
            "alerts": [alert.to_json() for alert in self.alerts],
            "redis": self.redis,
            "circuit": self.circuit,
            "circuitOpenedAt": to_iso(self.breaker.opened_at) if self.breaker.opened_at else None,
            "circuitReason": self.breaker.reason,
            "circuitOpenings": self.breaker.openings,
            "circuitFailures": self.breaker.failures,
            "circuitRefusals": self.breaker.refusals,
        }


def examine(stats: dict[str, dict[str, int]], table: tuple[Rule, ...], broker: Broker, circuit: Circuit, *, enable_queue: bool) -> Health:
    """Look at everything once; never raises for a Redis that is away, and waits for it at most one deadline."""
    redis = redis_state(broker, circuit, enable_queue=enable_queue)
    return Health(healthy=redis != "away", stats=stats, alerts=alerts_for(stats, table), redis=redis, breaker=circuit.report())


def redis_state(broker: Broker, circuit: Circuit, *, enable_queue: bool) -> RedisState:
    """Ask Redis whether it is there, unless the circuit is open; the circuit hears of the answer."""
    if not enable_queue:
        return "off"
    if not circuit.allows():
        return "away"
    try:
        broker.ping()
    except BrokerUnavailable as error:
        circuit.failed(error)
        return "away"
    circuit.succeeded()
    return "up"
