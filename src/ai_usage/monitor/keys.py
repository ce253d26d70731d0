"""The table of keys: names, actions, and the keys shown on the last line of the screen."""

from typing import Final, NamedTuple


class Key(NamedTuple):
    """One or several keys with the same action."""

    keys: str
    """The screen library's names, separated by commas."""
    action: str
    """The screen library's name of the action, of the screen or of the application (`app.`)."""
    shown: str
    """The name for people."""
    short: str
    """The text for the last line of the screen; empty if the key is never shown there."""
    meaning: str


KEYS: Final = (
    Key("q", "app.leave", "q", "quit", "quit"),
    Key("question_mark", "help", "?", "help", "all keys and words"),
    Key("colon,slash", "prompt", ":", "command", "type a command (also /)"),
    Key("d", "turn('days', 1)", "d", "day", "today"),
    Key("w", "turn('days', 7)", "w", "week", "the last 7 days"),
    Key("m", "turn('days', 30)", "m", "month", "the last 30 days"),
    Key("y", "turn('days', 365)", "y", "year", "the last 365 days"),
    Key("left", "turn('move', -1)", "←", "", "a day back"),
    Key("right", "turn('move', 1)", "→", "", "a day forward"),
    Key("pageup", "turn('page', -1)", "PgUp", "", "the window before this one"),
    Key("pagedown", "turn('page', 1)", "PgDn", "", "the window after this one"),
    Key("plus,equals_sign", "turn('zoom', 1)", "+", "closer", "zoom in: fewer days"),
    Key("minus,underscore", "turn('zoom', -1)", "-", "wider", "zoom out: more days"),
    Key("0", "turn('latest')", "0", "now", "back to now"),
    Key("v,tab", "turn('vendor', 1)", "v", "agent", "next vendor (also Tab)"),
    Key("shift+tab", "turn('vendor', -1)", "⇧Tab", "", "vendor before"),
    Key("h", "turn('host', 1)", "h", "host", "next host"),
    Key("g", "turn('group', 1)", "g", "group", "rows by model, vendor, host, project, day"),
    Key("s", "turn('sort', 1)", "s", "sort", "order by cost, tokens, requests, name"),
    Key("c", "turn('measure')", "c", "cost/tokens", "cost or tokens in the charts"),
    Key("b", "turn('split')", "b", "by", "the chart's series: by vendor, model, host"),
    Key("l", "turn('style')", "l", "lanes", "stacked columns, or a lane for each series"),
    Key("x", "turn('patterns')", "x", "", "patterns in the chart, beside its colours"),
    Key("p", "turn('panel')", "p", "panel", "next panel, where not all have room"),
    Key("up,k", "cursor(-1)", "↑", "", "row before"),
    Key("down,j", "cursor(1)", "↓", "", "next row"),
    Key("home", "cursor(-100000)", "Home", "", "first row"),
    Key("end", "cursor(100000)", "End", "", "last row"),
    Key("enter", "narrow", "⏎", "", "look into the chosen row"),
    Key("escape,backspace", "widen", "Esc", "", "back out of it"),
    Key("n", "notes", "n", "notes", "notes, errors and messages in full"),
    Key("r", "app.refresh", "r", "refresh", "look for new log lines, and synchronise"),
    Key("t", "theme", "t", "theme", "light or dark"),
    Key("ctrl+z", "app.suspend_process", "^Z", "", "suspend; `fg` in the shell comes back"),
    Key("ctrl+c", "app.interrupt", "^C", "", "leave at once"),
)

EVERYWHERE: Final = frozenset({"ctrl+z", "ctrl+c"})
"""Keys with the same action in dialogs and in the prompt."""
