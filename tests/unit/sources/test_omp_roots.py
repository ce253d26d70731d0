"""Where Oh My Pi and pi keep sessions when variables, profiles and the XDG folders come together."""

from pathlib import Path

import pytest

from ai_usage.sources.agents.omp import Omp
from ai_usage.sources.agents.pi import Pi
from ai_usage.sources.base import Root, Source, Unreadable

OMP, PI = Omp(), Pi()
HOME = ".omp/agent/sessions"
XDG = "data/omp/sessions"


@pytest.mark.parametrize(
    ("env", "there", "omp", "pi"),
    [
        pytest.param({}, [], [HOME], [".pi/agent/sessions"], id="nothing there"),
        pytest.param(
            {},
            [".omp/profiles/work/agent", ".omp/profiles/none", ".omp/profiles/.DS_Store"],
            [HOME, ".omp/profiles/work/agent/sessions"],
            [".pi/agent/sessions"],
            id="profiles",
        ),
        pytest.param(
            {"OMP_PROFILE": "work", "PI_CODING_AGENT_DIR": "{home}/.omp/profiles/work/agent"},
            [".omp/profiles/work/agent"],
            [HOME, ".omp/profiles/work/agent/sessions"],
            [".pi/agent/sessions"],
            id="as omp starts programs in a profile",
        ),
        pytest.param(
            {"XDG_DATA_HOME": "{home}/data"},
            [XDG, HOME, "data/omp/profiles/work/sessions", "data/omp/profiles/empty"],
            [HOME, XDG, "data/omp/profiles/work/sessions"],
            [".pi/agent/sessions"],
            id="XDG with a profile, beside the older folder",
        ),
        pytest.param(
            {"XDG_DATA_HOME": "{home}/data"},
            ["data/other"],
            [HOME],
            [".pi/agent/sessions"],
            id="XDG without omp",
        ),
        pytest.param(
            {},
            [".local/share/omp/sessions"],
            [HOME, ".local/share/omp/sessions"],
            [".pi/agent/sessions"],
            id="the usual XDG folder in a run without the variable",
        ),
        pytest.param(
            {"PI_CONFIG_DIR": ".omp-work"},
            [".omp-work/agent", ".omp-work/profiles/p/agent", HOME, ".pi/agent/sessions"],
            [".omp-work/agent/sessions", ".omp-work/profiles/p/agent/sessions"],
            [".pi/agent/sessions"],
            id="another name of the folder below the home",
        ),
        pytest.param(
            {"PI_CONFIG_DIR": ".omp-work", "PI_CODING_AGENT_DIR": "{home}/mine"},
            [".omp-work/agent"],
            [".omp-work/agent/sessions"],
            ["mine/sessions"],
            id="PI_CONFIG_DIR is omp's, PI_CODING_AGENT_DIR pi's",
        ),
        pytest.param(
            {"PI_CONFIG_DIR": "{home}/mine"},
            [HOME, "mine/sessions"],
            [HOME],
            [".pi/agent/sessions", "mine/sessions"],
            id="a path in PI_CONFIG_DIR",
        ),
        pytest.param(
            {"PI_CODING_AGENT_DIR": "{home}/mine"},
            [HOME],
            [HOME],
            ["mine/sessions"],
            id="pi's folder, omp beside",
        ),
        pytest.param(
            {"PI_CODING_AGENT_DIR": "{home}/{database}"},
            [HOME],
            [HOME, "theirs/sessions"],
            [".pi/agent/sessions"],
            id="a folder with omp's database",
        ),
        pytest.param(
            {"PI_CODING_AGENT_DIR": "{home}/data/omp", "XDG_DATA_HOME": "{home}/data"},
            [XDG],
            [HOME, XDG],
            [".pi/agent/sessions"],
            id="pi leaves the XDG folder to omp",
        ),
        pytest.param(
            {"OMP_CONFIG_DIR": "{home}/.omp"},
            [HOME, ".omp/profiles/p/agent"],
            [HOME, ".omp/profiles/p/agent/sessions"],
            [".pi/agent/sessions"],
            id="OMP_CONFIG_DIR names the folder of settings",
        ),
        pytest.param(
            {"OMP_CONFIG_DIR": "{home}/.omp/agent, {home}/far/sessions,{home}/data/omp,"},
            [HOME, XDG],
            [HOME, "far/sessions", XDG],
            [".pi/agent/sessions"],
            id="OMP_CONFIG_DIR is a list of folders of any kind",
        ),
        pytest.param(
            {"OMP_CODING_AGENT_DIR": "{home}/x", "OMP_CONFIG_DIR": "{home}/y"},
            [HOME],
            ["x/sessions"],
            [".pi/agent/sessions"],
            id="OMP_CODING_AGENT_DIR comes first",
        ),
        pytest.param(
            {},
            [
                ".omp/agent/archive/sessions",
                ".omp/agent/custom-session-files",
                ".omp/security/app-1/sessions",
                ".omp/security/app-2/work",
                ".local/state/omp/custom-session-files",
            ],
            [
                HOME,
                ".omp/agent/archive/sessions",
                ".omp/agent/custom-session-files",
                ".omp/security/app-1/sessions",
                ".local/state/omp/custom-session-files",
            ],
            [".pi/agent/sessions"],
            id="archives, sessions put elsewhere, security scans",
        ),
    ],
)
def test_each_session_has_one_agent(
    tmp_path: Path, env: dict[str, str], there: list[str], omp: list[str], pi: list[str]
) -> None:
    for folder in there:
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "agent.db").touch()
    told = {name: value.format(home=tmp_path, database="theirs") for name, value in env.items()}
    assert _places(OMP, told, tmp_path) == [tmp_path / path for path in omp]
    assert _places(PI, told, tmp_path) == [tmp_path / path for path in pi]


def _places(source: Source, env: dict[str, str], home: Path) -> list[Path]:
    return [root.path for root in source.roots(env, home)]


def test_a_root_of_the_registry_holds_the_sessions_that_were_put_elsewhere(tmp_path: Path) -> None:
    registry = tmp_path / "custom-session-files"
    far = tmp_path / "far"
    for path in (far / "one.jsonl", far / "one" / "Task.jsonl", far / "named", far / "other.jsonl"):
        path.parent.mkdir(exist_ok=True)
        path.touch()
    registry.mkdir()
    for number, named in enumerate((far / "one.jsonl", far / "named", far / "gone.jsonl", far, "")):
        (registry / str(number)).write_text(str(named))
    unreadable: list[Unreadable] = []
    found = [log.path for log in OMP.discover(str(registry), unreadable)]
    assert (sorted(found), unreadable) == (
        sorted(map(str, (far / "named", far / "one" / "Task.jsonl", far / "one.jsonl"))),
        [],
    )


def test_a_missing_folder_of_sessions_is_named_where_it_would_be(tmp_path: Path) -> None:
    assert OMP.roots({"OMP_CONFIG_DIR": str(tmp_path / "none")}, tmp_path) == [
        Root(tmp_path / "none" / "sessions", "OMP_CONFIG_DIR")
    ]
