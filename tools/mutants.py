"""What may be made wrong in a module, one place at a time, for `tools.mutation`."""

import ast
import copy
import difflib
from collections.abc import Iterator
from typing import Any

_TURNED: dict[type[ast.AST], type[ast.AST]] = {
    one: other
    for pair in (
        (ast.Eq, ast.NotEq),
        (ast.Is, ast.IsNot),
        (ast.In, ast.NotIn),
        (ast.Lt, ast.LtE),
        (ast.Gt, ast.GtE),
        (ast.Add, ast.Sub),
        (ast.Mult, ast.Div),
        (ast.BitAnd, ast.BitOr),
        (ast.And, ast.Or),
    )
    for one, other in (pair, pair[::-1])
} | {ast.Pow: ast.Mult, ast.Mod: ast.Mult, ast.FloorDiv: ast.Mult}
_REMOVED = ast.Raise | ast.Continue | ast.Break | ast.AugAssign | ast.Delete
_UNUSED = {"annotation", "returns", "decorator_list", "type_params"}
Place = tuple[ast.AST, str, int | None]


def units(tree: ast.Module | ast.ClassDef, owner: str = "") -> Iterator[tuple[ast.stmt, str]]:
    """Functions and methods with their names, and what the module assigns."""
    for statement in tree.body:
        if isinstance(statement, ast.FunctionDef):
            yield statement, owner + statement.name
        elif isinstance(statement, ast.ClassDef):
            yield from units(statement, f"{owner}{statement.name}.")
        elif isinstance(statement, ast.Assign | ast.AnnAssign) and not owner and statement.value:
            yield statement, owner


def mutants(unit: ast.stmt) -> Iterator[tuple[int, str, str]]:
    """Changes a statement in place, in one way after the other: where, the line before, the line after."""
    original = ast.unparse(unit).splitlines()
    for (holder, field, position), old, texts in list(_places(unit)):
        for new in _variants(old, texts):
            _put(holder, field, position, ast.fix_missing_locations(ast.copy_location(new, old)))
            difference = list(difflib.ndiff(original, ast.unparse(unit).splitlines()))
            before, after = (" ".join(line[1:].strip() for line in difference if line[0] == sign) for sign in "-+")
            if before or after:  # not where None is returned already
                yield getattr(old, "lineno", unit.lineno), before, after
            _put(holder, field, position, old)


def _put(holder: ast.AST, field: str, position: int | None, new: ast.AST) -> None:
    if position is None:
        setattr(holder, field, new)
    else:
        getattr(holder, field)[position] = new


def _places(node: ast.AST, texts: bool = True) -> Iterator[tuple[Place, ast.AST, bool]]:
    """All that can be exchanged below a node; words of an error are none of it, nor are types."""
    for field, value in ast.iter_fields(node):
        for position, each in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if isinstance(each, ast.AST) and field not in _UNUSED and not isinstance(each, ast.arguments):
                described = isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant)
                strict = isinstance(each, ast.keyword) and each.arg == "strict"
                if described or strict:
                    continue
                yield (node, field, position), each, texts
                yield from _places(each, texts and not isinstance(each, ast.Raise | ast.JoinedStr))


def _variants(node: Any, texts: bool) -> Iterator[ast.AST]:
    """What may stand in a node's place."""

    def other(**fields: Any) -> ast.AST:
        new = copy.deepcopy(node)
        vars(new).update(fields)
        return new

    match node:
        case ast.Compare(ops=[op, *rest]) if type(op) in _TURNED:
            yield other(ops=[_TURNED[type(op)](), *rest])
        case ast.BinOp(op=op) | ast.BoolOp(op=op) if type(op) in _TURNED:
            yield other(op=_TURNED[type(op)]())
        case ast.UnaryOp(op=ast.Not() | ast.USub() | ast.Invert()):
            yield node.operand
        case ast.Constant(value=bool()):
            yield other(value=not node.value)
        case ast.Constant(value=int() | float()):
            yield other(value=node.value + 1)
        case ast.Constant(value=str()) if texts and node.value:
            yield other(value=f"XX{node.value}")
        case ast.JoinedStr() if texts:
            for part in node.values:
                if isinstance(part, ast.FormattedValue):
                    yield other(values=[each for each in node.values if each is not part])
        case ast.Return(value=ast.expr()):
            yield other(value=ast.Constant(None))
        case ast.comprehension(ifs=[_, *_]):
            yield other(ifs=[])
        case ast.If() | ast.IfExp() | ast.While() if not isinstance(node.test, ast.Compare | ast.UnaryOp):
            yield other(test=ast.UnaryOp(ast.Not(), node.test))
        case ast.Call():
            for keyword in node.keywords:
                if keyword.arg not in (None, "strict"):
                    yield other(keywords=[each for each in node.keywords if each is not keyword])
            if isinstance(node.func, ast.Attribute) and not node.args and not node.keywords:
                yield node.func.value
    if isinstance(node, _REMOVED) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)):
        yield ast.Pass()
    if isinstance(node, ast.AugAssign) and type(node.op) in _TURNED:
        yield other(op=_TURNED[type(node.op)]())
    if isinstance(node, ast.Assign) and not isinstance(node.targets[0], ast.Name | ast.Tuple):
        yield ast.Pass()
