"""`ai-usage --once`: table, chart and summary."""

import sys

from ai_usage.cli.asked import DEFAULT_DAYS, Asked
from ai_usage.cli.context import Context


def show_once(asked: Asked) -> None:
    """Show the overview of a window once.

    Raises:
        AiUsageError: it could not be built.
    """
    context = Context()
    with context.scouting(asked) as scout:  # meanwhile, all that follows is loaded
        from ai_usage.cli.names import check_vendors
        from ai_usage.cli.reading import reading
        from ai_usage.cli.screen import find_canvas, show
        from ai_usage.render.chart import most_points, needs_lanes
        from ai_usage.render.overview import overview_page
        from ai_usage.report.overview import build_overview

        question = asked.question(context.now, context.env, default_days=DEFAULT_DAYS)
        with reading(context, asked, scout=scout) as read:
            check_vendors(asked.vendor, context.sources, read.views)
            canvas = find_canvas(context.env, sys.stdout, context.settings.theme)
            lanes = needs_lanes(canvas, "columns", by_agent=True)
            points = most_points(canvas.width, lanes=lanes)
            overview = build_overview(question, read.views, context.catalog, most_points=points)
            notes = (*read.caveats, *context.catalog.warnings)
            show(overview_page(overview, canvas, notes), canvas, sys.stdout)
