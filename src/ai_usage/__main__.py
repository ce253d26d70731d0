"""The command `ai-usage`: answers that must be instant are given here, before anything else is imported."""

import sys

from ai_usage.cli.door import guarded


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
    from ai_usage.cli.main import run_words

    return run_words(words)


if __name__ == "__main__":
    sys.exit(main())
