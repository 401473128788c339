"""`xpcheck audit MODULE:NAME`: what is left on the way from one entry point."""

from __future__ import annotations

import json

import pytest

PACKAGE = {
    "pkg/convert.py": """
        import numpy as np

        def angle_from(comps, xp=np):
            return xp.arctan2(comps[0], comps[1])

        def far_from(comps, xp=np):
            return np.tanh(xp.sin(comps))
    """,
    "pkg/profile.py": """
        import numpy as np
        from pkg import convert

        class Profile:
            def image_from(self, grid, xp=np):
                return self.core_from(grid, xp=xp)

            def core_from(self, grid, xp=np):
                raise NotImplementedError

        class Disk(Profile):
            def core_from(self, grid, xp=np):
                grid = xp.abs(grid)
                return convert.angle_from(grid) + convert.far_from(grid, xp=xp)

            def clean_from(self, grid, xp=np):
                if xp is np:
                    return convert.angle_from(grid)
                return xp.sum(grid)

            def dynamic_from(self, grid, hook, xp=np):
                return hook(grid) + xp.sum(grid)

        def apart_from(values, xp=np):
            return np.sort(xp.abs(values))
    """,
    "pkg/api.py": "from pkg.profile import Disk, apart_from\n",
}


@pytest.fixture
def audit(project, xpcheck):
    project(PACKAGE)

    def call(entry: str, *options: str):
        return xpcheck("audit", entry, *options)

    return call


def test_the_tree_names_each_place_and_the_way_to_it(audit) -> None:
    result = audit("pkg.profile:Disk.image_from")
    assert result.code == 1
    lines = result.out.splitlines()
    assert lines[0] == "pkg.profile:Disk.image_from"
    assert [line[4:].split("  ")[0] for line in lines if line.startswith(("├── ", "└── "))] == [
        "pkg/profile.py:14",
        "pkg/convert.py:7",
    ]
    assert "│   ├── by Profile.image_from -> Disk.core_from" in lines
    assert any("XP101 proved" in line for line in lines)
    assert "│       └── write `convert.angle_from(..., xp=xp)`" in lines
    assert lines[-1] == "2 findings in 2 places to fix; 4 functions on the way"


def test_only_what_is_on_the_way_counts(audit) -> None:
    assert "pkg/profile.py:25" not in audit("pkg.profile:Disk").out
    assert "pkg/profile.py:25" in audit("pkg.profile:apart_from").out
    assert audit("pkg.profile:apart_from", "--ignore", "XP201").code == 0


def test_a_clean_entry_point_exits_with_0(audit) -> None:
    result = audit("pkg.profile:Disk.clean_from")
    assert (result.code, result.err) == (0, "")
    assert result.out.splitlines()[-1] == "clean: nothing is found in 1 function on the way"


def test_unresolved_calls_on_the_way_are_listed(audit) -> None:
    result = audit("pkg.profile:Disk.dynamic_from")
    assert result.code == 0
    assert "unresolved calls on the way: what they reach is not known" in result.out
    assert "pkg/profile.py:22  `hook` in Disk.dynamic_from: callable in a parameter or attribute" in result.out
    assert result.out.splitlines()[-1].endswith("1 function on the way, 1 of 1 call unresolved")


def test_names_lead_through_imports_and_classes(audit) -> None:
    assert "Disk.core_from" in audit("pkg.api:Disk.image_from").out
    assert audit("pkg.api:apart_from").code == 1


def test_json_says_the_same(audit) -> None:
    document = json.loads(audit("pkg.profile:Disk.image_from", "--format", "json").out)
    assert (document["version"], document["clean"], document["unresolved"]) == (1, False, [])
    assert [(item["path"], item["line"], len(item["findings"])) for item in document["places"]] == [
        ("pkg/profile.py", 14, 1),
        ("pkg/convert.py", 7, 1),
    ]
    assert document["places"][1]["way"] == ["Profile.image_from", "Disk.core_from", "far_from"]
    assert "pkg.convert:far_from" in document["functions"]


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("pkg.profile", "write the entry point as `package.module:Class.method`, not `pkg.profile`"),
        ("pkg.profle:Disk", "there is no module `pkg.profle`"),
        ("pkg.profile:Disk.image_form", "there is no function or class `Disk.image_form` in `pkg.profile`"),
    ],
)
def test_a_wrong_entry_point_is_an_error(audit, entry: str, message: str) -> None:
    result = audit(entry)
    assert (result.code, result.out) == (2, "")
    assert message in result.err


def test_findings_with_one_place_to_fix_are_one_branch(project, xpcheck) -> None:
    project(
        {
            "pkg/m.py": """
                import numpy as np

                def helper(values):
                    return np.sort(values)

                def one_from(values, xp=np):
                    return helper(xp.abs(values)) + helper(xp.sin(values))
            """
        }
    )
    result = xpcheck("audit", "pkg.m:one_from", "--select", "XP103")
    lines = result.out.splitlines()
    assert lines[1] == "└── pkg/m.py:3  helper"
    assert lines[-1] == "2 findings in 1 place to fix; 2 functions on the way"
    assert sum("found at pkg/m.py:7 in one_from" in line for line in lines) == 2


def test_unresolved_calls_in_dependencies_are_counted_and_listed_as_json(project, xpcheck, tmp_path) -> None:
    folder = tmp_path.parent / f"{tmp_path.name}-libs"
    (folder / "dep").mkdir(parents=True)
    (folder / "dep" / "__init__.py").write_text(
        "import numpy as np\n\n\ndef apply(f, values, xp=np):\n    return f(values) + f(xp.abs(values))\n"
    )
    project(
        {"pkg/m.py": "import dep\nimport numpy as np\n\n\ndef g(f, v, xp=np):\n    return dep.apply(f, v, xp=xp)\n"}
    )
    result = xpcheck("audit", "pkg.m:g", "--search-path", str(folder))
    assert (result.code, result.err) == (0, "")
    assert "2 calls in dep: `--format json` lists them" in result.out
    document = json.loads(xpcheck("audit", "pkg.m:g", "--search-path", str(folder), "--format", "json").out)
    assert [(item["path"], item["line"], item["column"]) for item in document["unresolved"]] == [
        ("dep/__init__.py", 5, 12),
        ("dep/__init__.py", 5, 24),
    ]
