"""`ai-usage prices [MODEL]`: the price that applies, where it comes from, since when."""

import sys
from typing import Final

import click

from ai_usage.cli.asked import Asked
from ai_usage.cli.command import Command
from ai_usage.cli.context import Context
from ai_usage.cli.door import complain
from ai_usage.cli.main import COMMANDS as TREE
from ai_usage.cli.options import JSON, WORLD, shared
from ai_usage.cli.reading import reading
from ai_usage.cli.screen import find_canvas, show
from ai_usage.errors import UsageError
from ai_usage.pricing.explanation import Explanation
from ai_usage.render.as_json import to_text
from ai_usage.render.prices import price_page, price_table, prices_document
from ai_usage.usage.instant import DAY
from ai_usage.usage.window import EVERYTHING

_MOST_BYTES: Final = 256


@click.command(
    "prices",
    cls=Command,
    help=TREE["prices"][1],
    refusals={"--model": "write the model without an option: ai-usage prices MODEL"},
)
@click.argument("named", metavar="[MODEL]", required=False)
@shared(*JSON, *WORLD)
@click.pass_obj
def prices(asked: Asked, /, named: str | None) -> None:
    """Explain the price of a model, or of every model in the ledger."""
    if named is not None and not named.strip():
        raise UsageError("MODEL is empty; name one, or leave it out for all models in use")
    if named is not None and len(named.encode("utf-8", "replace")) > _MOST_BYTES:
        raise UsageError(f"MODEL has more than {_MOST_BYTES} bytes, more than any model's id")
    context = Context()
    found = _all_used(context, asked) if named is None else [_explain(context, named, "")]
    for warning in context.catalog.warnings:
        complain(warning)
    if asked.as_json:
        print(to_text(prices_document(found)))
        return
    canvas = find_canvas(context.env, sys.stdout, context.settings.theme)
    page = price_table(found, canvas) if named is None else price_page(found[0], context.paths.models)
    show(page, canvas, sys.stdout)


def _all_used(context: Context, asked: Asked) -> list[Explanation]:
    """Explain the prices of all models that some machine used, the most used first."""
    requests: dict[str, int] = {}
    vendors: dict[str, str] = {}
    with reading(context, asked) as read:
        for view in read.views:
            for group in view.ledger.sums([EVERYTHING.span], projects=False):
                requests[group.model] = requests.get(group.model, 0) + group.requests
                vendors.setdefault(group.model, group.vendor)
    by_use = sorted(requests, key=lambda model: (-requests[model], model))
    return [_explain(context, model, vendors[model]) for model in by_use]


def _explain(context: Context, model: str, vendor: str) -> Explanation:
    return context.catalog.explain(model, vendor, context.now // DAY)


COMMANDS = {"prices": prices}
