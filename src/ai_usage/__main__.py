"""The command `ai-usage`: answers that must be instant are given here, before anything else is imported."""

import gc
import os
import sys
from contextlib import suppress
from typing import NoReturn

from ai_usage.cli.door import guarded


def run() -> NoReturn:
    """Run the program as a process of its own, and end that."""
    code = main()
    threading = sys.modules.get("threading")
    if threading is None or threading.active_count() == 1:
        # To take the interpreter apart would be a fifth of a short run, and nothing that it does is missed.
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):
                stream.flush()
        os._exit(code)
    sys.exit(code)


def main() -> int:
    """Run the program on the words of the command line; return its exit code."""
    return guarded(lambda: _answer(sys.argv[1:]))


def _answer(words: list[str]) -> int:
    if words == ["--version"]:
        from ai_usage import __version__

        print(f"ai-usage {__version__}")
        return 0
    if words == ["statusline"]:
        from ai_usage.cli.statusline import run

        return run()
    if "_AI_USAGE_COMPLETE" not in os.environ:
        from ai_usage.cli.plain import plain_report

        plain = plain_report(words)
        if plain is not None:
            from ai_usage.cli.report import show_report

            gc.disable()  # so short a run leaves no garbage worth looking for
            show_report(*plain)
            return 0
    from ai_usage.cli.main import run_words

    return run_words(words)


if __name__ == "__main__":
    run()
