"""Writes the table of rules into docs/reference/alerts.md: `python -m tests.support.alert_reference`."""

from backend.queues.alerts.rules import Rule, number, rules
from backend.settings import load
from tests.support.sources import ROOT

PAGE = ROOT / "docs" / "reference" / "alerts.md"
BEGIN, END = "<!-- rules -->\n", "<!-- /rules -->\n"


def table():
    """The rules with their defaults, as Markdown."""
    lines = ["| rule | measures | severity | default | variables | lasts |", "| --- | --- | --- | --- | --- | --- |"]
    return "\n".join([*lines, *map(_row, rules(load()))]) + "\n"


def page():
    """The page as it should be."""
    before, rest = PAGE.read_text("utf-8").split(BEGIN)
    return f"{before}{BEGIN}{table()}{END}{rest.split(END)[1]}"


def _row(rule: Rule) -> str:
    sign = "at least" if rule.reaches else "more than"
    limits = "; ".join(f"{sign} {number(level.limit)} {rule.unit}".rstrip() for level in rule.levels)
    severities = "; ".join(level.severity for level in rule.levels)
    variables = ", ".join(f"`{level.variable}`" for level in rule.levels if level.variable) or "-"
    lasts = f"{rule.hold.total_seconds():.0f} s" if rule.hold else "at once"
    link = f"[`{rule.name}`](../runbooks/{rule.slug}.md)"
    return f"| {link} | {rule.what.en} | {severities} | {limits} | {variables} | {lasts} |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
