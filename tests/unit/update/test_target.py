import pytest

from ai_usage.update.target import asset_name, name_target


@pytest.mark.parametrize(
    ("system", "machine", "libc", "target"),
    [
        ("Linux", "x86_64", "glibc", "x86_64-linux-gnu"),
        ("Linux", "aarch64", "glibc", "aarch64-linux-gnu"),
        ("Linux", "amd64", "", "x86_64-linux-musl"),
        ("Linux", "arm64", "musl", "aarch64-linux-musl"),
        ("Darwin", "arm64", "", "aarch64-apple-darwin"),
        ("Darwin", "x86_64", "", None),
        ("Linux", "riscv64", "glibc", None),
        ("Windows", "AMD64", "", None),
        ("FreeBSD", "amd64", "", None),
    ],
)
def test_a_machine_has_the_target_of_its_system_processor_and_c_library(
    system: str, machine: str, libc: str, target: str | None
) -> None:
    assert name_target(system, machine, libc) == target


def test_an_asset_is_called_after_program_and_target() -> None:
    assert asset_name("ai-usage-server", "x86_64-linux-gnu") == "ai-usage-server-x86_64-linux-gnu"
