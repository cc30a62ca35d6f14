"""What production may install is locked, tested in that version and audited, extras included."""

import json
import os
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
CI = ROOT / ".ci"
AUDITED = "requirements-run.txt"


PINNED = re.compile(r"(?m)^([\w.\-]+)(?:\[[^\]]*\])?==(\S+)((?:[^\n]*\\\n)*[^\n]*)")


def locked(name):
    """Return version and hashes of each package in a lock, by its name."""
    return {
        canonicalize_name(name): (version, re.findall(r"sha256:[0-9a-f]{64}", rest))
        for name, version, rest in PINNED.findall((CI / name).read_text())
    }


def wanted():
    """Return what pyproject.toml depends on, with every extra."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    groups = [project["dependencies"], *project["optional-dependencies"].values()]
    return [Requirement(line) for group in groups for line in group]


def test_everything_that_production_may_install_is_locked_with_hashes():
    lock = locked(AUDITED)

    for each in wanted():
        version, hashes = lock[canonicalize_name(each.name)]
        assert each.specifier.contains(version), each.name
        assert hashes, each.name
    assert {"psycopg-binary", "redis", "valkey", "pysqlite3", "async-timeout"} <= lock.keys()


def test_what_is_audited_is_what_was_tested():
    run, tested = locked(AUDITED), locked("requirements-dev.txt")

    assert {name: tested.get(name, ("missing",))[0] for name in run} == {n: v for n, (v, _) in run.items()}


@pytest.mark.parametrize("name", [AUDITED, "requirements.txt", "requirements-dev.txt", "package-lock.json"])
def test_no_lock_names_an_index(name):
    text = re.sub(r'"url": "[^"]*"', "", (CI / name).read_text())  # where to give money to authors

    assert not re.search(r'(?m)^--|https?://|"resolved"', text)


def test_scripts_that_browsers_get_are_those_that_are_audited():
    packages = json.loads((CI / "package-lock.json").read_text())["packages"]
    lists = [path.read_text().splitlines() for path in (ROOT / "static" / "vendor").glob("*/VERSION")]
    shipped = {line.split()[0] for lines in lists for line in lines}

    audited = {path.removeprefix("node_modules/") for path, each in packages.items() if not each.get("dev")}

    assert {"altcha", "@codemirror/view"} <= shipped <= audited


@pytest.fixture
def audit(tmp_path):
    """Run the audit on answers of pip-audit and npm: (status, words) each; return its status and words."""

    def run(python, scripts, **env):
        for name, (status, words) in {"PIP_AUDIT": python, "NPM": scripts}.items():
            stand_in = tmp_path / name
            stand_in.write_text(
                f"#!/bin/sh\necho \"$@\" > {tmp_path}/{name}.words\necho '{words}'\nexit {status}\n"
            )
            stand_in.chmod(0o700)
            env[name] = str(stand_in)
        done = subprocess.run([CI / "audit"], env={**os.environ, **env}, capture_output=True, text=True)
        return done.returncode, done.stdout

    return run


CLEAN = (0, "No known vulnerabilities found")
OUT_OF_REACH = (1, "ERROR: HTTPSConnectionPool: Max retries exceeded, connection refused")
NPM_OUT_OF_REACH = (1, "npm error audit endpoint returned an error")
BAD, NPM_BAD = (1, "Found 1 known vulnerability in 1 package"), (1, "1 high severity vulnerability")


def test_clean_packages_pass_and_extras_and_shipped_scripts_are_looked_at(audit, tmp_path):
    status, said = audit(CLEAN, CLEAN, AUDIT="required")

    assert status == 0
    assert said.count("no known vulnerability") == 2
    assert f"-r .ci/{AUDITED}" in (tmp_path / "PIP_AUDIT.words").read_text()
    assert "audit --prefix .ci --package-lock-only --omit=dev" in (tmp_path / "NPM.words").read_text()


@pytest.mark.parametrize(("python", "scripts"), [(BAD, CLEAN), (CLEAN, NPM_BAD), (BAD, NPM_OUT_OF_REACH)])
def test_vulnerability_fails(audit, python, scripts):
    status, said = audit(python, scripts)

    assert status == 1
    assert "NOT ACCEPTED" in said


@pytest.mark.parametrize(("required", "status"), [("", 0), ("required", 1)])
@pytest.mark.parametrize(
    ("python", "scripts"), [(OUT_OF_REACH, CLEAN), (CLEAN, NPM_OUT_OF_REACH)], ids=["Python", "scripts"]
)
def test_audit_that_could_not_be_made_says_so_and_fails_only_where_it_is_required(
    audit, python, scripts, required, status
):
    done, said = audit(python, scripts, AUDIT=required)

    assert done == status
    assert "NOT AUDITED, the vulnerability service cannot be reached" in said


def test_error_that_nobody_expected_fails(audit):
    assert audit((2, "Traceback"), CLEAN)[0] == 1


def test_ci_audits():
    assert "\nbash .ci/audit\n" in (CI / "run").read_text()
