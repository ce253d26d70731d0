"""The command `ai-usage`: answers that must be instant are given here, before anything else is imported."""

import sys


def main() -> int:
    """Run the program on the words of the command line; return its exit code."""
    words = sys.argv[1:]
    if words == ["--version"]:
        from ai_usage import __version__

        print(f"ai-usage {__version__}")
        return 0
    if words[:1] == ["statusline"] and not words[1:]:
        from ai_usage.cli.door import guarded
        from ai_usage.cli.statusline import run

        return guarded(run)
    from ai_usage.cli.door import guarded
    from ai_usage.cli.main import run_words

    return guarded(lambda: run_words(words))


if __name__ == "__main__":
    sys.exit(main())
