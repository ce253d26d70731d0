"""Reports and snapshots as JSON documents; `docs/json.md` describes them."""

import json
from typing import Any, Final

from ai_usage.pricing.cost import PICO
from ai_usage.report.document import Report
from ai_usage.report.question import Question
from ai_usage.report.snapshot import Snapshot
from ai_usage.usage.total import Total
from ai_usage.usage.window import to_local

SCHEMA_VERSION: Final = 1
METRIC_COLUMNS: Final = (
    "requests",
    "input_tokens",
    "cache_read_input_tokens",
    "cache_creation_5m_input_tokens",
    "cache_creation_1h_input_tokens",
    "output_tokens",
    "reasoning_output_tokens",
    "total_tokens",
    "cost_usd",
    "unpriced_tokens",
    "reasoning_unknown_requests",
)
"""The columns after the key columns of a row, in this order."""


FILTERS: Final = ("vendor", "host", "model", "project")


def to_text(document: dict[str, Any]) -> str:
    """Write a document in ASCII, which every terminal and encoding accepts."""
    return json.dumps(document, indent=2).replace("\x7f", "\\u007f")


def report_document(report: Report) -> dict[str, Any]:
    """Turn a report into its document."""
    return {
        "schema_version": SCHEMA_VERSION,
        "report": report.name,
        **head(report.question),
        "range": range_of(report.question),
        "filters": {key: list(getattr(report.question.filters, key)) for key in FILTERS},
        "rows": [
            dict(zip(report.columns, row.keys, strict=True)) | metrics(row.total) for row in report.rows
        ],
        "totals": metrics(report.total),
        "notes": list(report.notes),
    }


def snapshot_document(snapshot: Snapshot, *, complete: bool) -> dict[str, Any]:
    """Turn a snapshot into its document.

    Args:
        snapshot: the figures.
        complete: whether all logs were read up to now.
    """
    return {
        "schema_version": SCHEMA_VERSION,
        **head(snapshot.question),
        "range": range_of(snapshot.question) | {"complete": complete},
        "window": dashboard_metrics(snapshot.total),
        "daily": [{"date": date, "usage": dashboard_metrics(total)} for date, total in snapshot.days],
        "top_models": [
            {
                "model_id": top.model,
                "display_label": top.label,
                "vendor": top.vendors[0],
                "harnesses": list(top.vendors),
                "tokens": dashboard_metrics(top.total)["tokens"],
                "estimated_api_cost_usd": cost_usd(top.total),
            }
            for top in snapshot.top_models
        ],
    }


def metrics(total: Total) -> dict[str, int | float | None]:
    """Return the figures of a row or of the totals, by `METRIC_COLUMNS`."""
    return dict(
        zip(
            METRIC_COLUMNS,
            (
                *total[:6],
                total.known_reasoning,
                total.total_tokens,
                cost_usd(total),
                total.unpriced_tokens,
                total.reasoning_unknown_requests,
            ),
            strict=True,
        )
    )


def dashboard_metrics(total: Total) -> dict[str, Any]:
    """Return the figures under the names that dashboards use."""
    return {
        "request_count": total.requests,
        "tokens": {
            "cache_hit": total.cache_read_input_tokens,
            "prefill": total.prefill_tokens,
            "decoding": total.output_tokens,
            "total": total.total_tokens,
        },
        "estimated_api_cost_usd": cost_usd(total),
        "cache_share": total.cache_share,
    }


def cost_usd(total: Total) -> float | None:
    """Return the cost in USD, the double nearest to the exact sum; None if it is not known."""
    cost = total.known_cost
    return None if cost is None else cost / PICO


def head(question: Question) -> dict[str, Any]:
    """Return the keys that every document begins with."""
    return {"generated_at": local_text(question.now, question), "timezone": question.zone.name}


def range_of(question: Question) -> dict[str, Any]:
    """Return the window, half-open; it ends now at the latest."""
    start, end = question.window
    return {
        "start": None if start is None else local_text(start, question),
        "end": local_text(question.now if end is None else min(end, question.now), question),
    }


def local_text(instant: int, question: Question) -> str:
    """Write an instant in local time, to the second, with the offset from UTC."""
    return to_local(instant, question.zone.rules).isoformat(timespec="seconds")
