"""The command `ai-usage`: answers that must be instant are given here, before anything else is imported."""

import sys

from ai_usage.cli.door import guarded


def main() -> int:
    """Run the program on the words of the command line; return its exit code."""
    words = sys.argv[1:]
    if words == ["--version"]:
        return guarded(_say_version)
    if words == ["statusline"]:
        from ai_usage.cli.statusline import run

        return guarded(run)
    from ai_usage.cli.main import run_words

    return guarded(lambda: run_words(words))


def _say_version() -> int:
    from ai_usage import __version__

    print(f"ai-usage {__version__}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
