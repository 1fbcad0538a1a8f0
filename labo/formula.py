"""A formula in French words: its layers by their labels, its operations as they are read aloud."""

import ast
import inspect
import math
import textwrap
from collections.abc import Callable, Mapping
from typing import Any

from labo.estimate import Estimate
from labo.indicator import Indicator
from labo.layer import LAYERS
from labo.words import MINUS, NARROW, UNITS

# How tightly parts of a text hold together; a looser one is put in brackets inside a tighter one.
LOOSE, SUM, PRODUCT, ALONE = range(4)
OPERATIONS: dict[type[ast.operator], tuple[str, int]] = {
    ast.Add: ("+", SUM),
    ast.Sub: (MINUS, SUM),
    ast.Mult: ("×", PRODUCT),
    ast.Div: ("÷", PRODUCT),
}
COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Gt: ">",
    ast.GtE: "≥",
    ast.Lt: "<",
    ast.LtE: "≤",
}
# From here on, a number is said without decimals.
WHOLE = 1_000
# A text and how tightly it holds together.
Said = tuple[str, int]


def in_words(x: Indicator) -> str:
    """Return the formula of an indicator in words.

    Raises:
        TypeError: it does something for which there are no words here.
    """
    names = {name: (f"« {LAYERS[name].label} »", ALONE) for name in x.layers}
    return _function(x.id, x.formula, names)[0]


def number(value: float) -> str:
    """Return a number as it is written in French: 0,98, 1 000, −2."""
    digits = f"{value:,.0f}" if abs(value) >= WHOLE else f"{value:.4g}"
    text = digits.replace(",", NARROW).replace(".", ",")
    return text.replace("-", MINUS)


def measured(value: float, unit: str) -> str:
    """Return a number with its unit as a reader knows it."""
    return number(value) if unit == "1" else f"{number(value)} {UNITS.get(unit, unit)}"


def _function(who: str, function: Callable[..., Any], names: Mapping[str, Said]) -> Said:
    """Say what a function returns: its steps are put into one another."""
    source = textwrap.dedent(inspect.getsource(function))
    tree = ast.parse(source).body[0]
    known = dict(names)
    scope = getattr(function, "__globals__", {})
    body = tree.body if isinstance(tree, ast.FunctionDef) else []
    for step in body:
        if isinstance(step, ast.Return) and step.value is not None:
            return _say(who, step.value, known, scope)
        if isinstance(step, ast.Assign) and isinstance(step.targets[0], ast.Name):
            known[step.targets[0].id] = _say(who, step.value, known, scope)
        elif not (isinstance(step, ast.Expr) and isinstance(step.value, ast.Constant)):
            raise _no_words(who, step)
    raise _no_words(who, tree)


def _say(who: str, node: ast.expr, known: Mapping[str, Said], scope: Mapping[str, Any]) -> Said:
    """Say an expression."""

    def inner(part: ast.expr, tightness: int = LOOSE) -> str:
        text, own = _say(who, part, known, scope)
        return text if own >= tightness else f"({text})"

    if isinstance(node, ast.Name) and node.id in known:
        return known[node.id]
    if isinstance(node, ast.BinOp) and type(node.op) in OPERATIONS:
        sign, own = OPERATIONS[type(node.op)]
        # What is subtracted or divided by is bracketed where it is itself a sum or a product.
        after = own + 1 if isinstance(node.op, ast.Sub | ast.Div) else own
        return f"{inner(node.left, own)} {sign} {inner(node.right, after)}", own
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return f"{MINUS}{inner(node.operand, ALONE)}", PRODUCT
    if isinstance(node, ast.Compare) and type(node.ops[0]) in COMPARISONS:
        sign = COMPARISONS[type(node.ops[0])]
        return f"{inner(node.left, SUM)} {sign} {inner(node.comparators[0], SUM)}", LOOSE
    if isinstance(node, ast.Call):
        return _say_call(who, node, known, scope)
    return _say_constant(who, node, scope), ALONE


def _say_call(
    who: str, node: ast.Call, known: Mapping[str, Said], scope: Mapping[str, Any]
) -> Said:
    said = [_say(who, part, known, scope) for part in node.args]
    plain = [text for text, _ in said]

    def held(at: int, tightness: int) -> str:
        text, own = said[at]
        return text if own >= tightness else f"({text})"

    match ast.unparse(node.func), len(said):
        case "ratio", 2:
            return f"{held(0, PRODUCT)} ÷ {held(1, ALONE)}", PRODUCT
        case "np.clip", 3:
            return f"{held(0, SUM)}, tenu entre {plain[1]} et {plain[2]}", LOOSE
        case "np.minimum", 2:
            return f"{held(0, SUM)}, au plus {held(1, SUM)}", LOOSE
        case "np.maximum", 2:
            return f"{held(0, SUM)}, au moins {held(1, SUM)}", LOOSE
        case "np.where", 3:
            return f"si {held(0, LOOSE)} : {held(1, SUM)}, sinon {held(2, SUM)}", LOOSE
        case "np.sqrt", 1:
            return f"racine carrée de {held(0, ALONE)}", PRODUCT
    # A helper of ours is said by what it does with what it is given.
    helper = scope.get(node.func.id) if isinstance(node.func, ast.Name) else None
    if not inspect.isfunction(helper) or node.keywords:
        raise _no_words(who, node)
    given = dict(zip(inspect.signature(helper).parameters, said, strict=True))
    return _function(who, helper, given)


def _say_constant(who: str, node: ast.expr, scope: Mapping[str, Any]) -> str:
    """Say a number, a named constant, or the central value of an estimate with its unit."""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        owner = scope.get(node.value.id)
        if isinstance(owner, Estimate) and node.attr in ("central", "low", "high"):
            return measured(getattr(owner, node.attr), owner.unit)
        value = getattr(owner, node.attr, None)
    elif isinstance(node, ast.Name):
        value = scope.get(node.id)
    else:
        value = node.value if isinstance(node, ast.Constant) else None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise _no_words(who, node)
    return number(value)


def _no_words(who: str, node: ast.AST) -> TypeError:
    return TypeError(
        f"indicator {who!r}: there are no words for {ast.unparse(node)!r}: write its formula with "
        "ratio, + − × ÷, np.minimum, np.maximum, np.clip or np.where, or teach labo/formula.py."
    )
