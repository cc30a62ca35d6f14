"""Settings, commands and structure of what operators copy: nothing in it that the service does not know."""

import io
import os
import re
import shlex
import shutil
import subprocess
import sys
import zipfile
from pathlib import PurePosixPath

import click
import pytest
import yaml
from deployed import DEPLOY, ROOT, read
from dotenv import dotenv_values

from realpad_form.cli import main
from realpad_form.cli.main import COMMANDS
from realpad_form.config import Settings
from realpad_form.domain.errors import SettingsError

FILES = sorted(path.name for path in DEPLOY.iterdir() if path.suffix != ".json")
UID = 10001


def services():
    return yaml.safe_load(read("compose.yaml"))["services"]


def manifests():
    """Return the objects of `kubernetes.yaml` by their kind."""
    return {each["kind"]: each for each in yaml.safe_load_all(read("kubernetes.yaml"))}


def container():
    [found] = manifests()["StatefulSet"]["spec"]["template"]["spec"]["containers"]
    return found


def instructions(name):
    """Return the arguments of each instruction of that name in the Dockerfile."""
    text = read("Dockerfile").replace("\\\n", " ")
    return [
        line.removeprefix(f"{name} ").strip() for line in text.splitlines() if line.startswith(f"{name} ")
    ]


# Settings


@pytest.mark.parametrize("name", FILES)
def test_every_setting_that_a_file_names_exists(name):
    names = set(re.findall(r"REALPAD_FORM_[A-Z0-9_]*[A-Z0-9]", read(name)))

    with pytest.raises(SettingsError) as caught:  # of values, which these are not
        Settings.load({"REALPAD_FORM_TIMEOUT_S": "x", **dict.fromkeys(names, "x")})

    assert "is not a setting" not in str(caught.value)


@pytest.fixture
def filled_env(tmp_path):
    """Return `.env.example` as the commands of the README fill it in."""
    script = [line for line in code_lines() if re.match(r"host=|sed -i|for name|done", line.strip())]
    shutil.copy(DEPLOY / ".env.example", tmp_path / ".env")
    start = next(n for n, line in enumerate(script) if line.startswith("sed -i"))
    subprocess.run(
        ["bash", "-euc", "\n".join(["host=byty.example.org", *script[start:]])], cwd=tmp_path, check=True
    )
    return dotenv_values(tmp_path / ".env", interpolate=False)


def test_compose_has_the_settings_that_the_service_needs(filled_env):
    service = services()["realpad-form"]
    environment = {
        name: re.sub(r"\$\{(\w+):\?[^}]*\}", lambda found: filled_env[found[1]], value)
        for name, value in service["environment"].items()
    }

    settings = Settings.load({**filled_env, **environment})

    assert settings.public_url == "https://byty.example.org"
    assert filled_env["FORMS_HOST"] == "byty.example.org"
    assert settings.trusted_proxy_hops == 1
    assert (
        settings.database_url
        == f"postgresql+psycopg://forms:{filled_env['POSTGRES_PASSWORD']}@postgres/forms"
    )
    assert len({filled_env["POSTGRES_PASSWORD"], *settings.secret_key, *settings.data_key}) == 3
    assert settings.metrics_token


def test_what_compose_wants_to_know_is_in_the_example():
    wanted = set(re.findall(r"(?<!\$)\$\{?(\w+)", read("compose.yaml")))

    assert wanted <= dotenv_values(stream=io.StringIO(read(".env.example"))).keys()


def test_no_secret_has_a_value_that_somebody_could_keep():
    values = dotenv_values(stream=io.StringIO(read(".env.example")), interpolate=False)
    secret = manifests()["Secret"]["stringData"]

    assert {name for name, value in values.items() if value} == {"FORMS_HOST", "REALPAD_FORM_PUBLIC_URL"}
    assert set(secret.values()) == {"CHANGE-ME"}
    with pytest.raises(SettingsError, match="too short"):
        Settings.load(secret)


def test_kubernetes_has_the_settings_that_the_service_needs():
    found = manifests()
    secrets = {name: f"{name}-0123456789abcdef".lower() for name in found["Secret"]["stringData"]}
    secrets["REALPAD_FORM_METRICS_TOKEN"] = "m" * 32

    settings = Settings.load({**secrets, **found["ConfigMap"]["data"]})

    assert settings.trusted_proxy_hops == 1
    assert settings.credentials.keys() == {"riverside"}


# Commands


def code_lines():
    """Return the lines of all code in the README."""
    blocks = re.findall(r"^ *```\w*\n(.*?)^ *```$", read("README.md"), flags=re.DOTALL | re.MULTILINE)
    return [line for block in blocks for line in block.splitlines()]


def commands():
    """Yield the words after `realpad-form` wherever it is called, with the place."""
    lines = [("README.md", line) for line in code_lines()]
    units = [path.name for path in DEPLOY.glob("*.service")]
    lines += [
        (name, line) for name in units for line in read(name).splitlines() if line.startswith("ExecStart=")
    ]
    lines += [("README.md", code) for code in re.findall(r"`(realpad-form [^`]+)`", read("README.md"))]
    for name, line in lines:
        if not re.match(r"(ExecStart=/bin/sh|echo|sed|for|REALPAD|cat)", line):
            words = shlex.split(line, comments=True)
            for place, word in enumerate(words[:-1]):
                if PurePosixPath(word).name == "realpad-form" and words[place + 1] in COMMANDS:
                    yield name, words[place + 1 :]
    yield "Dockerfile", yaml.safe_load(instructions("CMD")[-1])
    yield "kubernetes.yaml", container()["args"]


FOUND = {f"{name}: {' '.join(words)}": words for name, words in commands()}


def test_the_commands_are_found():
    assert len(FOUND) > 10


@pytest.mark.parametrize("words", FOUND.values(), ids=FOUND)
def test_every_command_exists_with_its_options(words):
    command, context = main, click.Context(main)
    while isinstance(command, click.Group):
        command = command.get_command(context, words[0])
        assert command, words[0]
        words = words[1:]
        if not words and not isinstance(command, click.Group):
            break
    is_prose = not words and any(each.required for each in command.params)  # the command alone is meant
    if not is_prose:
        command.make_context(command.name, list(words))


def test_the_command_for_root_passes_on_what_it_is_given():
    assert read("realpad-form.sh").endswith('/opt/realpad-form/venv/bin/realpad-form "$@"\n')
    assert os.access(DEPLOY / "realpad-form.sh", os.X_OK)
    subprocess.run(["sh", "-n", DEPLOY / "realpad-form.sh"], check=True)


def test_every_file_that_the_readme_names_is_there_and_every_file_is_named():
    links = {link for link in re.findall(r"\]\(([^)#]+)\)", read("README.md")) if ":" not in link}
    used = set(re.findall(r"deploy/([\w.-]*[\w])", read("README.md")))

    assert all((DEPLOY / link).exists() for link in links)
    assert all((DEPLOY / name).exists() for name in used)
    assert {path.name for path in DEPLOY.iterdir()} - {"README.md"} == links & {
        path.name for path in DEPLOY.iterdir()
    }


# The image


def test_the_wheel_can_be_built_from_what_the_image_gets(tmp_path):
    """Copies what `.dockerignore` lets through, as Docker reads it."""
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line and line[0] not in "#!"] == ["*", "**/__pycache__", "**/*.pyc"]
    for name in (line[1:] for line in lines if line.startswith("!")):
        source, target = ROOT / name, tmp_path / "src" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
        else:
            shutil.copy(source, target)
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path / "dist")]

    subprocess.run(build, cwd=tmp_path / "src", check=True, capture_output=True)

    [wheel] = (tmp_path / "dist").glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    for name in ("static/built", "templates", "integrations/wordpress"):
        assert any(each.startswith(f"realpad_form/_assets/{name}/") for each in names), name
    for copied in (word for line in instructions("COPY") for word in line.split()[:-1]):
        assert (
            copied.startswith("--from")
            or copied == "/opt/realpad-form"
            or (tmp_path / "src" / copied).exists()
        )


def test_the_image_installs_what_was_audited_and_runs_as_nobody():
    assert all("--require-hashes" in line for line in instructions("RUN") if " install -r" in line)
    assert [
        line
        for line in instructions("RUN")
        if ".ci/requirements-run.txt" in line and "--require-hashes" in line
    ]
    assert instructions("USER") == [f"{UID}:{UID}"]
    assert instructions("WORKDIR")[-1] == "/data"


def test_the_image_knows_whether_the_service_is_alive():
    [check] = instructions("HEALTHCHECK")
    program, option, code = yaml.safe_load(check[check.index("[") :])

    compile(code, "HEALTHCHECK", "exec")
    assert (program, option) == ("python", "-c")
    assert "http://127.0.0.1:8000/healthz" in code
    done = subprocess.run([sys.executable, "-c", code.replace(":8000", ":9")], capture_output=True)
    assert done.returncode == 1


# Containers


@pytest.mark.parametrize("name", services())
def test_a_container_can_do_little(name):
    service = services()[name]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service.get("cap_add", []) == (["NET_BIND_SERVICE"] if name == "caddy" else [])
    assert ("ports" in service) == (name == "caddy")
    assert name in ("caddy", "realpad-form") or service["user"] not in ("root", "0")


def test_databases_are_reached_by_their_users_only():
    networks = {name: service["networks"] for name, service in services().items()}

    assert yaml.safe_load(read("compose.yaml"))["networks"]["back"] == {"internal": True}
    assert networks == {
        "realpad-form": ["front", "back"],
        "caddy": ["front"],
        "postgres": ["back"],
        "valkey": ["back"],
        "backup": ["back"],
    }


def test_all_volumes_are_declared_and_all_dependencies_are_services():
    compose = yaml.safe_load(read("compose.yaml"))
    mounted = {mount.split(":")[0] for each in services().values() for mount in each.get("volumes", [])}

    assert {name for name in mounted if not name.startswith("./")} == compose["volumes"].keys()
    for service in services().values():
        assert service.get("depends_on", {}).keys() <= services().keys()
        for other in service.get("depends_on", {}):
            assert "healthcheck" in services()[other] or other == "realpad-form"  # its image has one


def test_services_are_given_time_to_end():
    from realpad_form.cli.http import STOP_WITHIN_S

    assert int(services()["realpad-form"]["stop_grace_period"].removesuffix("s")) > STOP_WITHIN_S
    assert (
        manifests()["StatefulSet"]["spec"]["template"]["spec"]["terminationGracePeriodSeconds"]
        > STOP_WITHIN_S
    )


def test_the_pod_is_as_restricted_as_its_namespace_demands():
    pod = manifests()["StatefulSet"]["spec"]["template"]["spec"]

    assert (
        manifests()["Namespace"]["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    )
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] == UID
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container()["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert pod["enableServiceLinks"] is False  # they would be settings that do not exist


def test_the_parts_for_kubernetes_find_each_other():
    found = manifests()
    labels = found["StatefulSet"]["spec"]["template"]["metadata"]["labels"]
    [port] = container()["ports"]
    [path] = found["Ingress"]["spec"]["rules"][0]["http"]["paths"]

    assert found["Service"]["spec"]["selector"] == labels
    assert found["StatefulSet"]["spec"]["selector"]["matchLabels"] == labels
    assert found["NetworkPolicy"]["spec"]["podSelector"]["matchLabels"] == labels
    assert found["Service"]["spec"]["ports"][0]["targetPort"] == port["name"]
    assert path["backend"]["service"]["name"] == found["Service"]["metadata"]["name"]
    assert {each["metadata"].get("namespace", "realpad-form") for each in found.values()} == {"realpad-form"}
    claims = {each["metadata"]["name"] for each in found["StatefulSet"]["spec"]["volumeClaimTemplates"]}
    volumes = {each["name"] for each in found["StatefulSet"]["spec"]["template"]["spec"]["volumes"]}
    assert {mount["name"] for mount in container()["volumeMounts"]} == claims | volumes
    hosts = {rule["host"] for rule in found["Ingress"]["spec"]["rules"]}
    assert {f"https://{host}" for host in hosts} == {found["ConfigMap"]["data"]["REALPAD_FORM_PUBLIC_URL"]}
