"""Reads queries of Prometheus, and says what they ask for that the product does not tell."""

import re

import promql_parser

from backend.telemetry.metrics import METRICS

_PARTS = ("lhs", "rhs", "expr", "args", "param", "vector_selector")
_OF_A_HISTOGRAM = re.compile(r"_(bucket|sum|count)$")


def parsed(query):
    """The tree of the query, with what Grafana puts in replaced; raises ValueError where it is none."""
    plain = query.replace("$__rate_interval", "5m").replace("$queue", "aiQc|email")
    try:
        return promql_parser.parse(plain)
    except Exception as error:
        raise ValueError(f"{query}: {error}") from None


def nodes(tree):
    """The tree, and everything in it."""
    yield tree
    for part in _PARTS:
        found = getattr(tree, part, None)
        for each in found if isinstance(found, list) else [found]:
            if each is not None and not isinstance(each, (str, float)):
                yield from nodes(each)


def unknown(query, recorded=()):
    """What a query asks for and nobody tells: metrics, and labels that they do not have. `up` is Prometheus' own."""
    tree, wrong = parsed(query), []
    known = set()
    for node in nodes(tree):
        if type(node).__name__ != "VectorSelector":
            continue
        labels = labels_of(node.name, recorded)
        if labels is None:
            wrong.append(node.name)
            continue
        known |= labels
        wrong += [f"{node.name}{{{each.name}}}" for each in node.matchers.matchers if each.name not in labels]
    for node in nodes(tree):
        modifier = getattr(node, "modifier", None)
        if type(node).__name__ == "AggregateExpr" and modifier is not None:
            wrong += [f"by ({label})" for label in modifier.labels if label not in known]
    return wrong


def labels_of(name, recorded=()):
    """The labels of a metric; None where there is none of that name."""
    if name == "up":
        return {"job", "instance"}
    if name in recorded:
        return {"queue"}
    metric = METRICS.get(name)
    if metric is not None and metric.kind != "histogram":
        return set(metric.labels)
    metric = METRICS.get(_OF_A_HISTOGRAM.sub("", name))
    if metric is None or metric.kind != "histogram" or metric.name == name:
        return None
    return {*metric.labels, *(["le"] if name.endswith("_bucket") else [])}


def metrics_of(query):
    """The metrics that the query asks for, a histogram by its own name."""
    names = {node.name for node in nodes(parsed(query)) if type(node).__name__ == "VectorSelector"}
    return {name if name in METRICS else _OF_A_HISTOGRAM.sub("", name) for name in names}
