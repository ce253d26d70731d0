"""The reports: `models vendors hosts projects sessions daily weekly monthly`."""

from typing import Any

import click

from ai_usage.cli.main import COMMANDS as TREE
from ai_usage.cli.options import display_options, take
from ai_usage.cli.report import show_report
from ai_usage.report.document import KEY_COLUMNS


def _command(name: str) -> click.Command:
    @click.command(name, help=TREE[name][1])
    @display_options
    @click.pass_context
    def run(context: click.Context, /, **parameters: Any) -> None:
        show_report(name, take(context, parameters))

    return run


COMMANDS = {name: _command(name) for name in KEY_COLUMNS}
