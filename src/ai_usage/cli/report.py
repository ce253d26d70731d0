"""One report, from the options of the command line to the output."""

import sys
from typing import TYPE_CHECKING

from ai_usage.cli.asked import Asked
from ai_usage.cli.context import Context

if TYPE_CHECKING:
    from ai_usage.report.document import Report


def show_report(
    name: str,
    asked: Asked,
    *,
    default_days: int | None = None,
    session: str | None = None,
    limit: int | None = None,
) -> None:
    """Build one report and write it in the requested format.

    Args:
        name: the report's name.
        asked: the shared options.
        default_days: the window when none was asked for; None for everything.
        session: for `sessions`: the beginning of an id.
        limit: for `sessions`: the most rows.

    Raises:
        AiUsageError: it could not be built.
    """
    context = Context()
    with context.scouting(asked) as scout:  # meanwhile, all that follows is loaded
        from ai_usage.cli.names import check_vendors
        from ai_usage.cli.reading import reading
        from ai_usage.report.build import build

        question = asked.question(context.now, context.env, default_days=default_days)
        question = question._replace(session=session, limit=limit)
        with reading(context, asked, scout=scout) as read:
            check_vendors(asked.vendor, context.sources, read.views)
            report = build(name, question, read.views, context.catalog)
            report = report._replace(notes=(*report.notes, *read.caveats, *context.catalog.warnings))
            _write(report, asked, context)


def _write(report: "Report", asked: Asked, context: Context) -> None:
    if asked.as_json:
        from ai_usage.render.as_json import report_document, to_text

        print(to_text(report_document(report)))
    elif asked.as_csv:
        from ai_usage.render.as_csv import report_csv

        sys.stdout.write(report_csv(report))
    else:
        from ai_usage.cli.screen import find_canvas, show
        from ai_usage.render.overview import report_page

        canvas = find_canvas(context.env, sys.stdout, context.settings.theme)
        show(report_page(report, canvas), canvas, sys.stdout)
