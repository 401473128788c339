"""The nodes of some code: all that libcst has, each with its place, in the order of the source."""

from __future__ import annotations

import libcst as cst

from xpcheck.fix.trees import Tree

CODE = """\
    @d01
    @d02(d03)
    async def f04(p05: p06 = p07, /, *p08, p09=p10, **p11) -> r12:
        # comment
        a13 = b14 if c15 else d16  # comment

        a17 = [e18(f"{g19:{h20}}") for i21 in j22 if k23 for l24 in m25]
        a26 = {n27: o28 for p29 in q30}; a31: t32 = lambda u33, *u34: (u35, -v36[w37:x38, ...])
        with y39 as z40, (a41): pass
        try:
            del b42
        except c43 as d44:
            raise e45 from f46
        for g47, h48 in i49: a50 += j51 @ k52
        else:
            assert l53, "text" "more"
        while not (m54 and n55): return (o56 := await p57)
        match q58:
            case R59(s60, t61=u62) | [*v63] if w64: yield
        class X65(Y66, **Z67): global a68
        return b69.c70(d71, *e72, f73=g74, **h75) is not i76
"""


def test_every_node_is_there_once_and_in_order() -> None:
    tree = Tree(CODE.rstrip("\n").split("\n"), 3)
    nodes = list(tree.all_nodes())
    assert len({id(node) for node in nodes}) == len(nodes)
    for node in nodes:
        assert {id(child) for child in tree.children[node]} == {id(child) for child in node.children}
        assert all(tree.parents[child] is node for child in tree.children[node])
    numbers = [int(node.value[-2:]) for node in nodes if isinstance(node, cst.Name)]
    assert numbers == list(range(1, 77))


def test_places_are_those_of_libcst() -> None:
    lines = CODE.rstrip("\n").split("\n")
    tree = Tree(lines, 3)
    names = list(tree.nodes(cst.Name))
    assert {tree.text(tree.loc(node)) for node in names} == {node.value for node in names}
    assert [tree.loc(node)[0] for node in names] == sorted(tree.loc(node)[0] for node in names)


def test_a_mapping_pattern_without_a_rest_has_places() -> None:
    tree = Tree(["match a:", '    case {"k": b}: pass', "    case {**c}: pass"], 1)
    assert [node.value for node in tree.nodes(cst.Name)] == ["a", "b", "c"]
