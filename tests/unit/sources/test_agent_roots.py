"""Where Claude Code, Gemini CLI, Kimi, Oh My Pi and pi may keep their logs."""

from pathlib import Path

import pytest

from ai_usage.sources.agents.claude import Claude
from ai_usage.sources.agents.gemini import Gemini
from ai_usage.sources.agents.kimi import Kimi
from ai_usage.sources.agents.omp import Omp
from ai_usage.sources.agents.pi import Pi
from ai_usage.sources.base import Root, Source

CLAUDE, GEMINI, KIMI, OMP, PI = Claude(), Gemini(), Kimi(), Omp(), Pi()
SESSIONS = "local-agent-mode-sessions"
CLAUDES = (
    ".claude/projects",
    ".config/claude/projects",
    f".config/Claude/{SESSIONS}",
    f"Library/Application Support/Claude/{SESSIONS}",
    f"AppData/Roaming/Claude/{SESSIONS}",
)
DESKTOP = "Library/Application Support/kimi-desktop/daimon-share/daimon/runtime/kimi-code/home/sessions"


@pytest.mark.parametrize(
    ("source", "env", "there", "roots"),
    [
        (CLAUDE, {}, [], [(path, "default") for path in CLAUDES]),
        (
            CLAUDE,
            {},
            [
                ".claude/transcripts",
                ".config/Claude-3p",
                "Library/Application Support/Claude-3p",
                "Library/Developer/Xcode/CodingAssistant/ClaudeAgentConfig",
                "Library/Application Support/Claude Nest",
                "AppData/Local/Claude-3p",
                "AppData/Local/Packages/Claude_pzs8sxrjxfjjc/LocalCache/Roaming/Claude",
                "AppData/Local/Packages/Claude_pzs8sxrjxfjjc/LocalCache/Local/Claude-3p",
                "AppData/Local/Packages/AnthropicPBC.Claude_fnn82j28hfe8t/LocalCache/Roaming/Claude-3p",
                "AppData/Local/Packages/Other_1/LocalCache/Roaming/Claude",
            ],
            [
                (path, "default")
                for path in (
                    ".claude/projects",
                    ".claude/transcripts",
                    ".config/claude/projects",
                    "Library/Developer/Xcode/CodingAssistant/ClaudeAgentConfig/projects",
                    *CLAUDES[2:],
                    f".config/Claude-3p/{SESSIONS}",
                    f"Library/Application Support/Claude-3p/{SESSIONS}",
                    f"Library/Application Support/Claude Nest/{SESSIONS}",
                    f"AppData/Local/Claude-3p/{SESSIONS}",
                    "AppData/Local/Packages/AnthropicPBC.Claude_fnn82j28hfe8t/LocalCache/Roaming/Claude-3p/"
                    + SESSIONS,
                    "AppData/Local/Packages/Claude_pzs8sxrjxfjjc/LocalCache/Roaming/Claude/" + SESSIONS,
                    "AppData/Local/Packages/Claude_pzs8sxrjxfjjc/LocalCache/Local/Claude-3p/" + SESSIONS,
                )
            ],
        ),
        (
            CLAUDE,
            {"APPDATA": "{home}/r", "LOCALAPPDATA": "{home}/l", "XDG_CONFIG_HOME": "{home}/c"},
            ["l/Claude-3p", "AppData/Local/Claude-3p"],
            [
                (path, "default")
                for path in (
                    ".claude/projects",
                    "c/claude/projects",
                    f"c/Claude/{SESSIONS}",
                    CLAUDES[3],
                    f"r/Claude/{SESSIONS}",
                    f"l/Claude-3p/{SESSIONS}",
                )
            ],
        ),
        (
            CLAUDE,
            {"CLAUDE_CONFIG_DIR": "{home}/a,{home}/b/transcripts, {home}/c/projects"},
            ["a/transcripts", "b/transcripts", "Library/Application Support/Claude-3p", f"a/{SESSIONS}"],
            [
                (path, "CLAUDE_CONFIG_DIR")
                for path in ("a/projects", "a/transcripts", f"a/{SESSIONS}", "b/transcripts", "c/projects")
            ],
        ),
        (GEMINI, {}, [], [(".gemini/tmp", "default")]),
        (GEMINI, {"GEMINI_CLI_HOME": " "}, [], [(".gemini/tmp", "default")]),
        (GEMINI, {"GEMINI_CLI_HOME": "{home}/x"}, [], [("x/.gemini/tmp", "GEMINI_CLI_HOME")]),
        (GEMINI, {"GEMINI_CLI_HOME": "{home}/x/.gemini"}, [], [("x/.gemini/tmp", "GEMINI_CLI_HOME")]),
        (GEMINI, {"GEMINI_CLI_HOME": "{home}/x/.gemini/tmp"}, [], [("x/.gemini/tmp", "GEMINI_CLI_HOME")]),
        (GEMINI, {"GEMINI_CLI_HOME": "{home}/tmp"}, [], [("tmp/.gemini/tmp", "GEMINI_CLI_HOME")]),
        (
            GEMINI,
            {"GEMINI_CONFIG_DIR": "{home}/a, {home}/b/tmp,{home}/c,"},
            ["c/.gemini"],
            [(path, "GEMINI_CONFIG_DIR") for path in ("a/tmp", "b/tmp", "c/.gemini/tmp")],
        ),
        (
            KIMI,
            {},
            [],
            [(path, "default") for path in (".kimi/sessions", ".kimi-code/sessions", DESKTOP)],
        ),
        (
            KIMI,
            {"KIMI_SHARE_DIR": "{home}/x"},
            [],
            [("x/sessions", "KIMI_SHARE_DIR"), (".kimi-code/sessions", "default"), (DESKTOP, "default")],
        ),
        (
            KIMI,
            {"KIMI_CODE_HOME": "{home}/x/sessions"},
            [],
            [(".kimi/sessions", "default"), ("x/sessions", "KIMI_CODE_HOME")],
        ),
        (KIMI, {"KIMI_CONFIG_DIR": "{home}/x"}, [], [("x/sessions", "KIMI_CONFIG_DIR")]),
        (OMP, {}, [], [(".omp/agent/sessions", "default")]),
        (
            OMP,
            {},
            [".omp/profiles/work/agent", ".omp/profiles/none"],
            [(".omp/agent/sessions", "default"), (".omp/profiles/work/agent/sessions", "default")],
        ),
        (OMP, {"OMP_CODING_AGENT_DIR": "{home}/x"}, [], [("x/sessions", "OMP_CODING_AGENT_DIR")]),
        (OMP, {"OMP_CONFIG_DIR": "{home}/x/sessions"}, [], [("x/sessions", "OMP_CONFIG_DIR")]),
        (PI, {}, [], [(".pi/agent/sessions", "default")]),
        (PI, {"PI_CODING_AGENT_DIR": "{home}/x"}, [], [("x/sessions", "PI_CODING_AGENT_DIR")]),
        (
            PI,
            {"PI_CODING_AGENT_DIR": "{home}/x", "PI_CODING_AGENT_SESSION_DIR": "{home}/talks, {home}/y"},
            [],
            [("talks", "PI_CODING_AGENT_SESSION_DIR"), ("y", "PI_CODING_AGENT_SESSION_DIR")],
        ),
        (
            PI,
            {"PI_CODING_AGENT_DIR": "{home}/.pi"},
            [".pi/agent"],
            [(".pi/agent/sessions", "PI_CODING_AGENT_DIR")],
        ),
        (
            PI,
            {"PI_CODING_AGENT_DIR": "{home}/x,{home}/y", "OMP_CODING_AGENT_DIR": "{home}/y"},
            [],
            [("x/sessions", "PI_CODING_AGENT_DIR")],
        ),
    ],
)
def test_an_agents_own_variable_replaces_the_default(
    tmp_path: Path, source: Source, env: dict[str, str], there: list[str], roots: list[tuple[str, str]]
) -> None:
    for folder in there:
        (tmp_path / folder).mkdir(parents=True)
    told = {name: value.format(home=tmp_path) for name, value in env.items()}
    assert source.roots(told, tmp_path) == [Root(tmp_path / path, origin) for path, origin in roots]


@pytest.mark.parametrize(
    ("source", "entry", "there", "folders"),
    [
        (CLAUDE, "x", [], ["x/projects"]),
        (CLAUDE, "x", ["x/transcripts"], ["x/projects", "x/transcripts"]),
        (CLAUDE, "x/projects", ["x/projects"], ["x/projects"]),
        (CLAUDE, f"x/{SESSIONS}", [], [f"x/{SESSIONS}"]),
        (GEMINI, "x", [], ["x/tmp"]),
        (GEMINI, "x", ["x/.gemini"], ["x/.gemini/tmp"]),
        (GEMINI, "x/.gemini/tmp", [], ["x/.gemini/tmp"]),
        (KIMI, "x", [], ["x/sessions"]),
        (KIMI, "x/sessions", [], ["x/sessions"]),
        (OMP, ".omp", [".omp/agent"], [".omp/agent/sessions"]),
        (OMP, ".omp/agent", [], [".omp/agent/sessions"]),
        (OMP, "old/sessions", ["old/sessions"], ["old/sessions"]),
        (PI, ".pi", [".pi/agent/sessions"], [".pi/agent/sessions"]),
        (PI, ".pi/agent", [".pi/agent/sessions"], [".pi/agent/sessions"]),
        (PI, "talks", ["talks"], ["talks"]),
    ],
)
def test_an_entry_of_the_settings_is_an_agents_folder_or_the_one_with_logs(
    tmp_path: Path, source: Source, entry: str, there: list[str], folders: list[str]
) -> None:
    for folder in there:
        (tmp_path / folder).mkdir(parents=True)
    assert source.entry_roots(tmp_path / entry) == [tmp_path / folder for folder in folders]


def test_settings_of_pi_may_name_one_more_folder(tmp_path: Path) -> None:
    settings = tmp_path / ".pi" / "agent" / "settings.json"
    settings.parent.mkdir(parents=True)
    default = Root(tmp_path / ".pi" / "agent" / "sessions", "default")
    for told, named in [
        ('{"sessionDir": "~/talks"}', tmp_path / "talks"),
        (f'{{"sessionDir": "{tmp_path}/far"}}', tmp_path / "far"),
        ('{"sessionDir": ".pi/sessions"}', None),  # below any folder that pi is started in
        ('{"sessionDir": 1}', None),
        ('{"sessionDir"', None),
    ]:
        settings.write_text(told)
        more = [] if named is None else [Root(named, "settings.json")]
        assert PI.roots({}, tmp_path) == [default, *more]
