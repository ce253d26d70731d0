"""The secrets file: what turns sync on, and every way in which it stays off."""

import os
import stat
from pathlib import Path

import pytest

from ai_usage.config.secrets import (
    Secrets,
    SyncSettings,
    read_secrets,
    write_template,
)
from ai_usage.errors import UsageError

TOKEN = "0123456789abcdef0123456789abcdef"
URL = "https://usage.example.org"


def written(folder: Path, text: str, mode: int = 0o600) -> Path:
    path = folder / "ai-usage.yaml"
    path.write_text(text)
    path.chmod(mode)
    return path


def enabled(*lines: str) -> str:
    return "\n  ".join(["sync:", "enabled: true", f'server_url: "{URL}"', f'token: "{TOKEN}"', *lines]) + "\n"


def anchor_tree(name: str, depth: int) -> str:
    """Return a list of few words that holds two to the power of `depth` elements by its aliases."""
    levels = [f"&{name}0 [x, x]", *(f"&{name}{n} [*{name}{n - 1}, *{name}{n - 1}]" for n in range(1, depth))]
    return f"[{', '.join(levels)}]"


def test_a_missing_file_turns_sync_off_in_silence(tmp_path: Path) -> None:
    path = tmp_path / "none.yaml"

    assert read_secrets(path, {}) == Secrets(None, None, f"{path} does not exist; run: ai-usage sync init")


def test_defaults_hold_for_keys_that_are_left_out(tmp_path: Path) -> None:
    found = read_secrets(written(tmp_path, enabled()), {})

    assert found == Secrets(SyncSettings(URL, TOKEN, None, True, 15.0), None, None)


def test_every_key_is_read(tmp_path: Path) -> None:
    text = enabled("machine_id: laptop", "upload_project_hash: false", "request_timeout_seconds: 2.5")

    assert read_secrets(written(tmp_path, text), {}).sync == SyncSettings(URL, TOKEN, "laptop", False, 2.5)


def test_a_disabled_file_still_names_the_machine(tmp_path: Path) -> None:
    path = written(tmp_path, "sync:\n  enabled: false\n  machine_id: laptop\n")

    assert read_secrets(path, {}) == Secrets(None, "laptop", f"{path} does not say enabled: true")


def test_the_settings_do_not_show_the_token() -> None:
    assert TOKEN not in repr(SyncSettings(URL, TOKEN, None, True, 15.0))


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o666, 0o660], ids=oct)
def test_a_file_that_others_can_touch_is_refused(tmp_path: Path, mode: int) -> None:
    path = written(tmp_path, enabled(), mode)

    reason = f"refusing to read {path}: permissions must be 0600; run: chmod 600 {path}"
    assert read_secrets(path, {}) == Secrets(None, None, reason, reason)


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o700], ids=oct)
def test_a_file_that_only_its_owner_can_touch_is_read(tmp_path: Path, mode: int) -> None:
    assert read_secrets(written(tmp_path, enabled(), mode), {}).sync is not None


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give files away")
def test_a_file_of_another_user_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, enabled())
    os.chown(path, 12345, -1)

    assert read_secrets(path, {}).warning == (
        f"refusing to read {path}: it belongs to another user; make a file of your own"
    )


def test_a_pipe_is_refused_without_waiting_for_a_writer(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path, 0o600)

    assert read_secrets(path, {}).warning == f"refusing to read {path}: it is not a regular file"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        pytest.param("sync: [", "is not YAML", id="broken"),
        pytest.param("- a\n", "must begin with the key sync:", id="a-list"),
        pytest.param("sync: 1\n", "sync must hold keys such as", id="no-section"),
        pytest.param("sink:\n  enabled: true\n", "unknown key sink; known: sync", id="misspelt-section"),
        pytest.param(
            enabled("machineid: a"), "unknown key sync.machineid; known: sync.enabled, ", id="misspelt"
        ),
        pytest.param(enabled("enabled: false"), "the key 'enabled' appears twice", id="twice"),
        pytest.param("sync: &a {b: *a}\n", "aliases such as *name are not understood, at line 1", id="alias"),
        pytest.param("? [a]\n: 1\n", "a key must be a word, at line 1", id="list-as-key"),
        pytest.param(f"{anchor_tree('a', 40)}\n", "aliases such as *name", id="billion-laughs"),
        pytest.param(
            f"? {anchor_tree('a', 40)}\n: 1\n? {anchor_tree('b', 40)}\n: 2\n",
            "aliases such as *name are not understood, at line 1",
            id="equal-anchor-trees-as-keys",
        ),
        pytest.param("sync:\n  enabled: maybe\n", "sync.enabled must be true or false", id="enabled"),
        pytest.param(
            enabled("machine_id: ../x"), "sync.machine_id '../x' must be 1 to 64 of", id="path-as-id"
        ),
        pytest.param(enabled("machine_id: Laptop"), "sync.machine_id 'Laptop' must be", id="upper-case"),
        pytest.param(enabled("machine_id: 12"), "sync.machine_id must be text", id="number-as-id"),
        pytest.param(enabled("request_timeout_seconds: 0"), "must be a number greater than 0", id="no-time"),
        pytest.param(enabled("request_timeout_seconds: .nan"), "must be a number greater than 0", id="nan"),
        pytest.param(
            enabled(f"request_timeout_seconds: {'9' * 400}"), "must be a number greater than 0", id="endless"
        ),
        pytest.param(enabled("request_timeout_seconds: true"), "must be a number greater than 0", id="bool"),
        pytest.param("sync:\n  enabled: true\n", "sync.server_url is missing", id="no-url"),
        pytest.param(
            f"sync:\n  enabled: true\n  server_url: {URL}\n", "sync.token is missing", id="no-token"
        ),
        pytest.param(
            enabled().replace(TOKEN, "short"), "sync.token must have at least 32 characters", id="short-token"
        ),
        pytest.param(enabled().replace(URL, "usage.example.org"), "must be a URL such as", id="no-scheme"),
        pytest.param(enabled().replace("https", "ftp"), "must be a URL such as", id="ftp"),
        pytest.param(enabled().replace("https", "http"), "must begin with https://", id="not-encrypted"),
        pytest.param(enabled().replace("//", "//me:pw@"), "must not hold a user name", id="user-in-url"),
    ],
)
def test_an_invalid_file_turns_sync_off_and_says_why(tmp_path: Path, text: str, complaint: str) -> None:
    path = written(tmp_path, text)

    found = read_secrets(path, {})

    assert found.sync is None
    assert found.warning is not None
    assert f"{path}: " in found.warning
    assert complaint in found.warning
    assert found.off_because == found.warning


def test_no_complaint_shows_a_token(tmp_path: Path) -> None:
    for text in (enabled() + "  : [", enabled("tokn: x"), enabled().replace('"\n', "\n", 1)):
        assert TOKEN not in str(read_secrets(written(tmp_path, text), {}))


@pytest.mark.parametrize("host", ["127.0.0.1:8787", "localhost:8787", "[::1]:8787"])
def test_a_loopback_address_may_go_unencrypted_when_the_environment_says_so(
    tmp_path: Path, host: str
) -> None:
    path = written(tmp_path, enabled().replace(URL, f"http://{host}/"))

    assert read_secrets(path, {}).sync is None
    found = read_secrets(path, {"AI_USAGE_ALLOW_INSECURE_LOOPBACK": "1"}).sync
    assert found is not None
    assert found.server_url == f"http://{host}"


def test_another_address_never_goes_unencrypted(tmp_path: Path) -> None:
    path = written(tmp_path, enabled().replace(URL, "http://192.0.2.1"))

    assert read_secrets(path, {"AI_USAGE_ALLOW_INSECURE_LOOPBACK": "1"}).sync is None


def test_the_template_is_private_disabled_and_valid(tmp_path: Path) -> None:
    path = tmp_path / "secrets" / "ai-usage.yaml"

    write_template(path, force=False)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    found = read_secrets(path, {})
    assert (found.sync, found.warning) == (None, None)


def test_the_template_never_replaces_a_file_unless_forced(tmp_path: Path) -> None:
    path = written(tmp_path, enabled())

    with pytest.raises(UsageError, match="exists; --force replaces it"):
        write_template(path, force=False)
    assert path.read_text() == enabled()

    write_template(path, force=True)
    assert "enabled: false" in path.read_text()
    assert [each.name for each in tmp_path.iterdir()] == ["ai-usage.yaml"]
