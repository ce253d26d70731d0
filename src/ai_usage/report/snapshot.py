"""The snapshot: totals of the window, every day, and the top models, in the form that dashboards read."""

from collections.abc import Sequence
from typing import NamedTuple

from ai_usage.pricing.catalog import Catalog
from ai_usage.report.cells import buckets_of
from ai_usage.report.costing import Costing
from ai_usage.report.document import Keys
from ai_usage.report.gather import Gathering, HostView
from ai_usage.report.question import Question
from ai_usage.report.sums import Sums, sum_of
from ai_usage.usage.bucket import Unit
from ai_usage.usage.total import Total

TOP_MODELS = 5


class TopModel(NamedTuple):
    """One of the models with most requests."""

    model: str
    """As logged."""
    label: str
    vendors: tuple[str, ...]
    """The agents that used it, most requests first."""
    total: Total


class Snapshot(NamedTuple):
    """The figures for dashboards."""

    question: Question
    total: Total
    days: tuple[tuple[str, Total], ...]
    """Every local day of the window by its date, oldest first, including empty days."""
    top_models: tuple[TopModel, ...]
    """By requests, at most `TOP_MODELS`."""


def build_snapshot(question: Question, views: Sequence[HostView], catalog: Catalog) -> Snapshot:
    """Build a snapshot.

    Raises:
        UsageError: the question names a machine that is not known.
    """
    gathering = Gathering(views, question.filters, catalog.display_name)
    costing = Costing(catalog, question.cost_mode)
    buckets = buckets_of(question, gathering, Unit.DAY)
    days: Sums[Keys] = Sums()
    models: Sums[Keys] = Sums()
    agents: Sums[Keys] = Sums()
    for _, group in gathering.sums([(bucket.start, bucket.end) for bucket in buckets]):
        total = costing.total_of(group)
        days.add((buckets[group.bucket].name,), total)
        models.add((group.model,), total)
        agents.add((group.model, group.vendor), total)
    by_date = {keys[0]: total for keys, total in days.items()}
    top = sorted(
        models.items(), key=lambda item: (-item[1].requests, -item[1].total_tokens, item[0][0] or "")
    )
    return Snapshot(
        question,
        sum_of(by_date.values()),
        tuple((bucket.name, by_date.get(bucket.name, Total())) for bucket in buckets),
        tuple(
            TopModel(model, catalog.display_name(model), _vendors(model, agents), total)
            for (model,), total in top[:TOP_MODELS]
            if model is not None and total.requests
        ),
    )


def _vendors(model: str, agents: Sums[Keys]) -> tuple[str, ...]:
    users = [(-total.requests, keys[1] or "") for keys, total in agents.items() if keys[0] == model]
    return tuple(vendor for _, vendor in sorted(users))
