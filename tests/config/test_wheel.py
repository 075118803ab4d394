"""The wheel, as it is installed elsewhere: everything it needs is in it, and nothing that is nobody's business."""

import json
import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from mailrouter.config.tables import FILES

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from this tree with the tools that are installed."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    [made] = folder.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The scripts of a clean venv that holds the wheel alone; its dependencies are borrowed from the running one."""
    venv = tmp_path_factory.mktemp("clean") / "venv"
    subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
    pip = [
        str(venv / "bin" / "python"),
        "-m",
        "pip",
        "--disable-pip-version-check",
        "install",
        "--no-deps",
        "--no-index",
    ]
    done = subprocess.run([*pip, str(wheel)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    own = Path(sysconfig.get_path("purelib", vars={name: str(venv) for name in ("base", "platbase")}))
    (own / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return venv / "bin"


def run(command: list[str | Path], folder: Path) -> "subprocess.CompletedProcess[str]":
    """Run a command of the clean venv in another folder, with nothing of ours in the environment."""
    env = {name: os.environ[name] for name in ("HOME", "LANG", "TMPDIR") if name in os.environ}
    path = f"{command[0]}".rpartition("/")[0] + os.pathsep + os.defpath
    return subprocess.run(
        list(map(str, command)), cwd=folder, env=env | {"PATH": path}, capture_output=True, text=True, timeout=180
    )


def test_the_wheel_holds_templates_and_config_and_no_secret(wheel: Path) -> None:
    """Templates, the six files of the worked example and the migrations are in it; secrets, state and tests are not."""
    names = set(zipfile.ZipFile(wheel).namelist())
    shipped = {path.name for path in (ROOT / "templates").iterdir()}
    assert shipped == {name.rpartition("/")[2] for name in names if name.startswith("mailrouter/share/templates/")}
    assert {f"mailrouter/share/config/{name}" for name in FILES} == {
        name for name in names if name.startswith("mailrouter/share/config/")
    }
    assert "mailrouter/journal/migrations/versions/0001_first.py" in names
    assert "mailrouter/demo/samples/minutes-body.txt" in names
    wrong = ("secret", "state/", "tests/", "bench/", ".db", "_key")
    assert [] == [name for name in names if any(part in name for part in wrong)]


def test_the_installed_wheel_runs_the_demo(installed: Path, tmp_path: Path) -> None:
    """From a clean venv and another folder: the code is the wheel's own, and all mails of the demo come through."""
    where = run([installed / "python", "-c", "import mailrouter; print(mailrouter.__file__)"], tmp_path)
    assert where.stdout.startswith(str(installed.parent))
    done = run([installed / "mailrouter", "demo", "--json"], tmp_path)
    assert done.returncode == 0, done.stderr[-3000:]
    told = json.loads(done.stdout.splitlines()[-1])
    assert ("ok", 0) == (told["verify"], told["inbox_left"])
    assert told["arrived"] == told["forwarded"] + told["desk"] + told["filed"] >= 16
    assert told["letters_sent"] > told["forwarded"]
    assert len([*Path(told["letters"]).glob("*.eml")]) == told["letters_sent"]


def test_the_installed_wheel_makes_a_config(installed: Path, tmp_path: Path) -> None:
    """`init` takes the worked example out of the wheel, and `check` finds it right."""
    assert run([installed / "mailrouter", "init", "nieuw"], tmp_path).returncode == 0
    checked = run([installed / "mailrouter", "check", "--strict", "--config", "nieuw"], tmp_path)
    assert (0, "ok: ") == (checked.returncode, checked.stdout[:4])
