"""Texts that a ledger file stores once, and the numbers by which records refer to them."""

import sqlite3
from collections.abc import Callable, Mapping
from typing import NamedTuple

from ai_usage.usage.prompt_class import class_map


class Project(NamedTuple):
    """The name and the key of a folder's project."""

    label: str | None
    sha256: str | None


class _Numbers(dict[str | None, int]):
    """Numbers of texts of one kind, each looked up at its first use."""

    def __init__(self, look_up: Callable[[str | None], int]) -> None:
        self._look_up = look_up

    def __missing__(self, text: str | None) -> int:
        number = self[text] = self._look_up(text)
        return number


class Names:
    """Looks up the numbers of texts, and numbers new texts. Belongs to one write transaction.

    Args:
        connection: the connection to a ledger file, in a transaction.
        project_of: returns the project of a folder; called once, when a session is first seen in it.
    """

    def __init__(self, connection: sqlite3.Connection, project_of: Callable[[str | None], Project]) -> None:
        self._connection = connection
        self._project_of = project_of
        self.efforts = _Numbers(lambda effort: self._number_of("efforts", effort=effort))
        """The number of each effort; 0 for none."""
        self.efforts[None] = 0
        self._models: dict[str, _Numbers] = {}
        self._tiers: dict[tuple[str | None, str | None], int] = {(None, None): 0}
        self._projects: dict[Project, int] = {}
        self._sessions: dict[tuple[str | None, ...], tuple[int, int]] = {}
        self._are_sessions_stored = bool(
            connection.execute("SELECT EXISTS (SELECT 1 FROM sessions)").fetchone()[0]
        )

    def models(self, vendor: str) -> Mapping[str | None, int]:
        """The numbers of one vendor's models."""
        if vendor not in self._models:
            self._models[vendor] = _Numbers(
                lambda model: self._number_of(
                    "models", {"class_map": class_map(model or "")}, vendor=vendor, model=model
                )
            )
        return self._models[vendor]

    def tier(self, service_tier: str | None, region: str | None) -> int:
        """The number of a service tier and region; 0 for the ordinary ones."""
        known = self._tiers.get((service_tier, region))
        if known is None:
            known = self._number_of("tiers", service_tier=service_tier, region=region)
            self._tiers[service_tier, region] = known
        return known

    def project(self, project: Project) -> int:
        """The number of a project; the first label that a known project gets stays."""
        known = self._projects.get(project)
        if known is None:
            known = self._projects[project] = self._project(project)
        return known

    def session(
        self, vendor: str, session_id: str | None, cwd: str | None, branch: str | None, file_id: int
    ) -> tuple[int, int]:
        """The number of a session in a folder on a branch, and of its project."""
        key = (vendor, session_id, cwd, branch)
        known = self._sessions.get(key)
        if known is None:
            known = self._sessions[key] = self._session(vendor, session_id, cwd, branch, file_id)
        return known

    def _session(
        self, vendor: str, session_id: str | None, cwd: str | None, branch: str | None, file_id: int
    ) -> tuple[int, int]:
        if self._are_sessions_stored:  # otherwise all sessions are from this transaction, and known
            row = self._connection.execute(
                "SELECT session_ref, project_id FROM sessions"
                " WHERE session_id IS ? AND vendor = ? AND cwd IS ? AND git_branch IS ?",
                (session_id, vendor, cwd, branch),
            ).fetchone()
            if row is not None:
                return int(row[0]), int(row[1])
        project_id = self.project(self._project_of(cwd))
        cursor = self._connection.execute(
            "INSERT INTO sessions (vendor, session_id, cwd, git_branch, project_id, file_id) VALUES (?, ?, ?, ?, ?, ?)",
            (vendor, session_id, cwd, branch, project_id, file_id),
        )
        return int(cursor.lastrowid or 0), project_id

    def _project(self, project: Project) -> int:
        if project.sha256 is None:
            return self._number_of("projects", project=project.label, project_path_sha256=None)
        row = self._connection.execute(
            "SELECT project_id, project FROM projects WHERE project_path_sha256 = ?", (project.sha256,)
        ).fetchone()
        if row is None:
            return self._number_of("projects", project=project.label, project_path_sha256=project.sha256)
        if row[1] is None and project.label is not None:
            self._connection.execute(
                "UPDATE projects SET project = ? WHERE project_id = ?", (project.label, row[0])
            )
        return int(row[0])

    def _number_of(self, table: str, derived: Mapping[str, int] = {}, **columns: str | None) -> int:
        """Find a row by its columns, or add it with its derived columns."""
        where = " AND ".join(f"{name} IS ?" for name in columns)
        row = self._connection.execute(
            f"SELECT rowid FROM {table} WHERE {where}", tuple(columns.values())
        ).fetchone()
        if row is not None:
            return int(row[0])
        fields = {**columns, **derived}
        cursor = self._connection.execute(
            f"INSERT INTO {table} ({', '.join(fields)}) VALUES ({', '.join('?' * len(fields))})",
            tuple(fields.values()),
        )
        return int(cursor.lastrowid or 0)
