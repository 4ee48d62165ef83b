"""Wheel, sdist and editable install all carry rules, templates, sample mails and the example."""

import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# What an installed Springback must be able to do, run outside the checkout.
PROOF = """
from springback.library import example_config, rule_files, sender_files, template_files
from springback.workshop import load_toolbox
from springback.demo.samples import sample_messages
assert load_toolbox().classifier.rules.rules
assert {"en.toml", "decision.toml"} <= {file.name for file in rule_files()}
assert sender_files() and "en/interview.txt.j2" in template_files()
assert len({name.partition("/")[0] for name in template_files()}) == 7
assert "[[account]]" in example_config()
assert len(sample_messages()) == 14
import springback; print(springback.__file__)
"""


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what git knows: nothing that an earlier build left behind."""
    target = tmp_path_factory.mktemp("tree")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, check=True,
    ).stdout.decode()  # fmt: skip
    for name in filter(None, listed.split("\0")):
        source = ROOT / name
        if source.exists() or source.is_symlink():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target / name, follow_symlinks=False)
    return target


@pytest.fixture(scope="module")
def built(tree: Path) -> Path:
    """The folder with the sdist and the wheel that was made of that sdist."""
    _quietly([sys.executable, "-m", "build", "--no-isolation", "--outdir", str(tree / "dist"), str(tree)])
    return tree / "dist"


def _expected(tree: Path) -> set[str]:
    package = tree / "service" / "springback"
    files = {f"springback/{path.relative_to(package)}" for path in package.rglob("*.py")}
    files |= {f"springback/rules/{path.name}" for path in (tree / "rules").iterdir()}
    files |= {
        f"springback/templates/{path.relative_to(tree / 'templates')}"
        for path in (tree / "templates").rglob("*.*")
    }
    files |= {f"springback/demo/mail/{path.name}" for path in (package / "demo/mail").iterdir()}
    files |= {f"springback/tuning/{path.name}" for path in (package / "tuning").glob("*.j2")}
    return files | {"springback/py.typed", "springback/config.example.toml"}


def test_the_wheel_holds_exactly_the_package(tree: Path, built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
        example = archive.read("springback/config.example.toml")
    assert {name for name in names if "__pycache__" not in name} == _expected(tree)
    assert example == (tree / "config.example.toml").read_bytes()


def test_the_sdist_holds_what_the_wheel_is_made_of(built: Path) -> None:
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"config.example.toml", "LICENSE", "README.md", "rules/en.toml"} <= names
    assert "templates/en/closed.txt.j2" in names


def test_an_installed_wheel_works(tmp_path: Path, built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    python = _venv(tmp_path)
    _quietly([sys.executable, "-m", "pip", "--python", python, "install", "-q", "--no-deps", str(wheel)])
    assert str(tmp_path) in _prove(python, tmp_path)


def test_an_editable_install_works_and_is_live(tmp_path: Path, tree: Path) -> None:
    """A rule file that is added to the checkout is in force without installing again."""
    python = _venv(tmp_path)
    _quietly(
        [sys.executable, "-m", "pip", "--python", python, "install", "-q", "--no-deps",
         "--no-build-isolation", "-e", str(tree)],
        env=_with_dependencies(tmp_path),
    )  # fmt: skip
    assert str(tree) in _prove(python, tmp_path)
    added = tree / "rules" / "xx.toml"
    added.write_text("schema = 1\n")
    try:
        proof = "from springback.library import rule_files; print([f.name for f in rule_files()])"
        assert "xx.toml" in _prove(python, tmp_path, proof)
    finally:
        added.unlink()


def _venv(folder: Path) -> str:
    venv.create(folder / "venv")
    return str(folder / "venv" / "bin" / "python")


def _prove(python: str, folder: Path, proof: str = PROOF) -> str:
    """Run a proof with the dependencies of this environment, but not its own springback."""
    return _quietly([python, "-c", proof], cwd=folder, env=_with_dependencies(folder))


def _with_dependencies(folder: Path) -> dict[str, str]:
    linked = folder / "dependencies"
    linked.mkdir(exist_ok=True)
    for entry in Path(sysconfig.get_paths()["purelib"]).iterdir():
        link = linked / entry.name
        if "springback" not in entry.name and not link.is_symlink():
            link.symlink_to(entry)
    return {**os.environ, "PYTHONPATH": str(linked)}


def _quietly(command: list[str], cwd: Path | None = None, env: dict[str, str] | None = None) -> str:
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
