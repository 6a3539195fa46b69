"""Rounds of values to tables and verdicts."""

from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Metric:
    name: str
    digits: int = 2
    compared: bool = True  # show ratio to the limit and noise


@dataclass(frozen=True)
class Target:
    metric: str
    at_most: float
    to: str = ""  # the subject that twx is divided by; empty: the value itself counts


class Results:
    """values[subject] is one {metric: value} per round; it ends early where the subject failed."""

    def __init__(self, limit, subjects):
        self.limit = limit
        self.values = {name: [] for name in subjects}
        self.failures = {}

    def add(self, subject, values):
        self.values[subject].append(values)

    def fail(self, subject, reason):
        self.failures[subject] = reason

    def series(self, subject, metric):
        return [values[metric] for values in self.values.get(subject, []) if metric in values]

    def median(self, subject, metric):
        series = self.series(subject, metric)
        return median(series) if series else None

    def noise(self, subject, metric):
        series = self.series(subject, metric)
        middle = median(series) if series else 0
        return (max(series) - min(series)) / middle if middle and len(series) > 1 else None

    def ratio(self, subject, other, metric):
        """Median of per-round ratios: both sides of one had the same load on the machine."""
        pairs = zip(self.series(subject, metric), self.series(other, metric))
        ratios = [value / base for value, base in pairs if base]
        return median(ratios) if ratios else None


def shown(value, digits=2):
    return "-" if value is None else f"{value:,.{digits}f}"


def header(metrics):
    cells = ["subject"]
    for metric in metrics:
        cells += [metric.name] + (["ratio", "noise"] if metric.compared else [])
    return cells


def row(results, subject, metrics):
    cells = [f"{subject} (limit)" if subject == results.limit else subject]
    for metric in metrics:
        cells.append(shown(results.median(subject, metric.name), metric.digits))
        if metric.compared:
            noise = results.noise(subject, metric.name)
            cells.append(shown(results.ratio(subject, results.limit, metric.name)))
            cells.append("-" if noise is None else f"{noise:.0%}")
    return cells


def judged(results, target, subject):
    if target.to:
        return results.ratio(subject, target.to, target.metric)
    return results.median(subject, target.metric)


def verdicts(results, targets):
    """One (verdict, text) per target; the verdict is pass, miss or unknown.

    The limit's figure stands beside: a target that it misses too is out of reach here."""
    for target in targets:
        value = judged(results, target, "twx")
        verdict = "unknown" if value is None else "pass" if value <= target.at_most else "miss"
        of = f" x {target.to}" if target.to else ""
        text = f"{target.metric}: {shown(value)}{of}, target <= {target.at_most:g}"
        if target.to != results.limit:
            text += f" (limit: {shown(judged(results, target, results.limit))})"
        yield verdict, text


def notes(results, targets):
    lines = [f"{verdict}: {text}" for verdict, text in verdicts(results, targets)]
    return lines + [f"failed: {name}: {why}" for name, why in results.failures.items()]


def aligned(rows):
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for cells in rows:
        rest = [cell.rjust(width) for cell, width in zip(cells[1:], widths[1:])]
        yield "  ".join([cells[0].ljust(widths[0]), *rest])


def markdown(rows):
    lines = ["| " + " | ".join(cells) + " |" for cells in rows]
    return [lines[0], "|---" + "|---:" * (len(rows[0]) - 1) + "|", *lines[1:]]


def table(results, metrics):
    return [header(metrics)] + [row(results, subject, metrics) for subject in results.values]
