from __future__ import annotations

from pathlib import Path

import pytest

from xpcheck.config import Config, ConfigError, find_root, key_of, load, options
from xpcheck.model import Level

CODES = ("XP101", "XP201", "XP301")


def write(folder: Path, text: str) -> Path:
    file = folder / "pyproject.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_no_file_and_no_table_give_the_defaults(tmp_path: Path) -> None:
    assert load(tmp_path) == Config()
    write(tmp_path, "[project]\nname = 'x'\n")
    assert load(tmp_path) == Config()


def test_every_option_is_read(tmp_path: Path) -> None:
    file = write(
        tmp_path,
        """
[tool.xpcheck]
namespaces = ["xp", "nx"]
namespace-attributes = ["_nx"]
backend-flags = ["on_jax"]
namespace-factories = ["lib.get_namespace"]
parametric-classes = ["pkg.mod.Profile"]
host-modules = ["pkg.plot.*"]
host-functions = ["pkg.io.save_*"]
signature-decorators = ["pkg.deco.to_array"]
follow = ["autoarray"]
allow-missing = ["autofit"]
search-path = ["../libs", "/abs"]
test-globs = ["checks/**"]
parity-globs = ["parity/**"]
select = ["XP1", "XP201"]
ignore = ["XP101"]
level = "proved"
exclude = ["docs/**"]
baseline = "checks/known.jsonl"
extra-models = ["models/mylib.toml"]
scipy-array-api = true
assume-jax = true
cached-property-allow = ["pkg.Fit*"]
minimum-numpy = "2.0"

[tool.xpcheck.per-file-ignores]
"tests/**" = ["XP2"]
""",
    )
    config = load(tmp_path, codes=CODES)
    assert config.namespaces == ("xp", "nx")
    assert config.search_path == ((tmp_path.parent / "libs").resolve(), Path("/abs"))
    assert config.extra_models == (tmp_path / "models/mylib.toml",)
    assert config.per_file_ignores == (("tests/**", ("XP2",)),)
    assert config.level is Level.PROVED
    assert config.follow == ("autoarray",)
    assert config.baseline == tmp_path / "checks/known.jsonl"
    assert config.source == file
    defaults = Config()
    assert all(getattr(config, item.name) != getattr(defaults, item.name) for item in options())
    assert hash(config) == hash(load(tmp_path))


@pytest.mark.parametrize(
    ("required", "oldest"),
    [
        ("numpy>=2.1,<3", "2.1"),
        ("NumPy (~=1.25)", "1.25"),
        ("numpy <3, >= 2.0.1 ; python_version >= '3.12'", "2.0.1"),
        ("numpy==2.2.*", "2.2"),
        ("numpy<2.4", Config().minimum_numpy),
        ("numpy", Config().minimum_numpy),
        ("numpy-financial>=3.0", Config().minimum_numpy),
    ],
)
def test_the_oldest_numpy_is_the_one_that_the_project_requires(tmp_path: Path, required: str, oldest: str) -> None:
    project = f'[project]\nname = "lib"\ndependencies = ["scipy>=1.11", "{required}"]\n'
    write(tmp_path, project)
    assert load(tmp_path).minimum_numpy == oldest
    write(tmp_path, project + '[tool.xpcheck]\nlevel = "proved"\n')
    assert (load(tmp_path).minimum_numpy, load(tmp_path).level) == (oldest, Level.PROVED)
    write(tmp_path, project + '[tool.xpcheck]\nminimum-numpy = "1.24"\n')
    assert load(tmp_path).minimum_numpy == "1.24"


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (
            "[tool.xpcheck]\nlevel = 'likely'\nnamespace = ['xp']\n",
            3,
            "unknown key `namespace`; did you mean `namespaces`?",
        ),
        ("[tool.xpcheck]\nsearch_path = ['a']\n", 2, "unknown key `search_path`; did you mean `search-path`?"),
        ("[tool.xpcheck]\nqqqq = 1\n", 2, "unknown key `qqqq`"),
        ("[tool.xpcheck]\nnamespaces = 'xp'\n", 2, "`namespaces` must be a list of strings, not a string"),
        ("[tool.xpcheck]\nnamespaces = [\n  'xp',\n  'x p',\n]\n", 4, "`x p` in `namespaces` is not a Python name"),
        ("[tool.xpcheck]\nfollow = [1]\n", 2, "`follow` must hold strings only, not an integer"),
        ("[tool.xpcheck]\nexclude = ['']\n", 2, "`exclude` holds an empty string"),
        (
            "[tool.xpcheck]\nlevel = 'prooved'\n",
            2,
            "must be one of proved, likely, possible, not `prooved`; did you mean `proved`?",
        ),
        ("[tool.xpcheck]\nminimum-numpy = '2.x'\n", 2, '`minimum-numpy` must be a version like "1.26", not `2.x`'),
        ("[tool.xpcheck]\nscipy-array-api = 1\n", 2, "`scipy-array-api` must be true or false, not an integer"),
        ("[tool.xpcheck]\nminimum-numpy = 2.0\n", 2, 'must be a version like "1.26", not a float'),
        ("[tool.xpcheck]\nlevel = true\n", 2, "`level` must be one of proved, likely, possible, not a boolean"),
        (
            "[tool.xpcheck]\nselect = [\n 'XP101',\n 'XP102']\n",
            4,
            "unknown rule code `XP102` in `select`".replace(" in", "; did you mean `XP101`? in"),
        ),
        ("[tool.xpcheck]\nignore = ['E501']\n", 2, "`E501` is not a rule code"),
        ("[tool.xpcheck.per-file-ignores]\n'a/**' = ['XP999']\n", 2, "unknown rule code `XP999`"),
        ("[tool.xpcheck.per-file-ignores]\n'a/**' = 'XP101'\n", 2, "must be a list of codes, not a string"),
        ("[tool.xpcheck]\nper-file-ignores = []\n", 2, "must be a table of globs and lists of codes, not a list"),
        ("[tool]\nxpcheck.levl = 'x'\n", 2, "unknown key `levl`; did you mean `level`?"),
        ("[tool]\nxpcheck = 1\n", 1, "`tool.xpcheck` must be a table"),
        ("[tool.xpcheck]\nlevel = \n", 2, "is not valid TOML"),
        (
            "[tool.xpcheck]\nhost-modules = ['a b']\n",
            2,
            "`a b` in `host-modules` is not a dotted name or a pattern of one",
        ),
        ("[tool.xpcheck]\nfollow = ['a-b']\n", 2, "`a-b` in `follow` is not a (dotted) Python name"),
    ],
)
def test_what_is_wrong_names_file_line_and_the_right_spelling(
    tmp_path: Path, text: str, line: int, message: str
) -> None:
    file = write(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, codes=CODES)
    assert message in caught.value.message
    assert (caught.value.file, caught.value.line) == (file, line)
    assert str(caught.value).startswith(f"{file}:{line}: ")


def test_a_named_file_must_exist_and_have_the_table(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load(tmp_path, tmp_path / "none.toml")
    file = tmp_path / "other.toml"
    file.write_text("[tool.other]\n")
    with pytest.raises(ConfigError, match=r"no \[tool.xpcheck\] table"):
        load(tmp_path, file)
    file.write_text('[tool.xpcheck]\nnamespaces = ["nx"]\n')
    assert load(tmp_path, file).namespaces == ("nx",)


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_bytes(b"[tool.xpcheck]\n# \xff\n")
    with pytest.raises(ConfigError, match="is not UTF-8"):
        load(tmp_path)
    (tmp_path / "pyproject.toml").write_bytes("\ufeff[tool.xpcheck]\nlevel = 'proved'\n".encode())
    assert load(tmp_path).level is Level.PROVED


def test_keys_are_spelled_with_hyphens() -> None:
    assert "namespace-attributes" in [key_of(item.name) for item in options()]
    assert all(item.metadata["doc"] for item in options())


class TestRoot:
    def test_nearest_configured_project_wins_over_a_nearer_plain_one(self, tmp_path: Path) -> None:
        write(tmp_path, "[tool.xpcheck]\n")
        inner = tmp_path / "inner" / "pkg"
        inner.mkdir(parents=True)
        write(tmp_path / "inner", "[project]\nname = 'inner'\n")
        assert find_root([inner]) == tmp_path
        write(tmp_path, "[project]\nname = 'outer'\n")
        assert find_root([inner]) == tmp_path / "inner"

    def test_git_marks_a_project(self, tmp_path: Path) -> None:
        (tmp_path / ".git").mkdir()
        (tmp_path / "a" / "b").mkdir(parents=True)
        file = tmp_path / "a" / "b" / "c.py"
        file.touch()
        assert find_root([file]) == tmp_path

    def test_a_lone_package_belongs_to_the_folder_that_holds_it(self, tmp_path: Path) -> None:
        package = tmp_path / "autogalaxy" / "profiles"
        package.mkdir(parents=True)
        for folder in (package, package.parent):
            (folder / "__init__.py").touch()
        assert find_root([tmp_path / "autogalaxy"]) == tmp_path
        assert find_root([package / "__init__.py"]) == tmp_path
        assert find_root([tmp_path]) == tmp_path

    def test_ignored_and_installed_trees_are_no_part_of_the_project(self, tmp_path: Path) -> None:
        write(tmp_path, "[tool.xpcheck]\n")
        (tmp_path / ".gitignore").write_text("/vendor/\nsub/*\n!sub/mine/\n")
        for name in ("vendor/lib", "sub/theirs", "sub/mine", ".venv/lib/site-packages/lib", "src/lib"):
            (tmp_path / name).mkdir(parents=True)
            (tmp_path / name / "__init__.py").touch()
        assert find_root([tmp_path / "vendor/lib"]) == tmp_path / "vendor"
        assert find_root([tmp_path / "sub/theirs"]) == tmp_path / "sub"
        assert find_root([tmp_path / "sub/mine"]) == tmp_path
        assert find_root([tmp_path / ".venv/lib/site-packages/lib"]) == tmp_path / ".venv/lib/site-packages"
        assert find_root([tmp_path / "src/lib"]) == tmp_path

    def test_several_paths_share_one_root(self, tmp_path: Path) -> None:
        write(tmp_path, "[tool.xpcheck]\n")
        for name in ("a", "b"):
            (tmp_path / name).mkdir()
            write(tmp_path / name, "[tool.xpcheck]\n")
        assert find_root([tmp_path / "a"]) == tmp_path / "a"
        assert find_root([tmp_path / "a", tmp_path / "b"]) == tmp_path

    def test_no_paths_mean_the_working_directory(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        write(tmp_path, "[tool.xpcheck]\n")
        (tmp_path / "a").mkdir()
        monkeypatch.chdir(tmp_path / "a")
        assert find_root([]) == tmp_path
