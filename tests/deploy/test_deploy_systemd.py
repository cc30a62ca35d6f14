"""The systemd units: nothing in them that systemd does not know, and little that an intruder could do."""

import subprocess

import pytest
from deployed import DEPLOY, read, tool

UNITS = sorted(path.name for path in DEPLOY.glob("*.service"))
TIMERS = sorted(path.name for path in DEPLOY.glob("*.timer"))
MAX_EXPOSURE = 2.5  # of 10, which systemd calls unsafe; what has no limits at all has 9.6

PROGRAM = "/opt/realpad-form/venv/bin/realpad-form"
DOCUMENT = "/opt/realpad-form/source/docs/operations.md"


@pytest.fixture
def units(tmp_path):
    """Return copies of all units whose program and document exist on every machine."""
    for name in (*UNITS, *TIMERS):
        text = read(name).replace(PROGRAM, "/bin/true").replace(DOCUMENT, "/etc/hosts")
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def analyze(*words):
    program = tool("systemd-analyze", package="systemd")
    done = subprocess.run([program, *words], capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def sections(name):
    """Return each section of a unit as a list of `name=value`."""
    found = {}
    for line in read(name).splitlines():
        if line.startswith("["):
            entries = found.setdefault(line.strip("[]"), [])
        elif line and not line.startswith("#"):
            entries.append(line)
    return found


def test_there_are_units_for_service_relay_and_nightly_backup():
    assert UNITS == ["realpad-form-backup.service", "realpad-form-relay.service", "realpad-form.service"]
    assert TIMERS == ["realpad-form-backup.timer"]


def test_systemd_knows_all_that_the_units_say(units):
    assert analyze("verify", *(str(units / name) for name in (*UNITS, *TIMERS))) == (0, "")


@pytest.mark.parametrize("name", UNITS)
def test_a_unit_is_hardly_exposed(units, name):
    threshold = f"--threshold={MAX_EXPOSURE * 10:.0f}"

    status, said = analyze("security", "--offline=yes", "--no-pager", threshold, str(units / name))

    assert status == 0, said


@pytest.mark.parametrize("name", UNITS)
def test_a_unit_runs_as_its_own_user_with_the_settings_of_one_file(name):
    service = sections(name)["Service"]

    assert {
        "User=realpad-form",
        "WorkingDirectory=/var/lib/realpad-form",
        "EnvironmentFile=/etc/realpad-form/realpad-form.env",
        "ProtectSystem=strict",
        "NoNewPrivileges=yes",
        "UMask=0077",
    } <= set(service)


@pytest.mark.parametrize("name", ["realpad-form.service", "realpad-form-relay.service", *TIMERS])
def test_what_runs_by_itself_can_be_enabled(name):
    assert sections(name)["Install"][0].startswith("WantedBy=")


@pytest.mark.parametrize("name", ["realpad-form.service", "realpad-form-relay.service"])
def test_a_service_starts_again_for_ever_and_is_given_time_to_end(name):
    from realpad_form.cli.http import STOP_WITHIN_S

    found = sections(name)

    assert "StartLimitIntervalSec=0" in found["Unit"]
    assert {"Restart=always", "KillMode=mixed"} <= set(found["Service"])
    [within] = [line for line in found["Service"] if line.startswith("TimeoutStopSec=")]
    assert int(within.removeprefix("TimeoutStopSec=").removesuffix("s")) > STOP_WITHIN_S


def test_the_number_of_the_boot_can_be_read_by_what_looks_for_a_restored_database():
    assert not [
        line for line in sections("realpad-form.service")["Service"] if line.startswith("ProcSubset=")
    ]


def test_the_service_cannot_write_to_its_backups():
    [folders] = [
        line for line in sections("realpad-form.service")["Service"] if line.startswith("StateDirectory=")
    ]

    assert folders == "StateDirectory=realpad-form"
    assert (
        "StateDirectory=realpad-form realpad-form-backups"
        in sections("realpad-form-backup.service")["Service"]
    )
