"""What every node class of libcst becomes: the one exhaustive table.

A test enumerates the node classes of the installed libcst and fails on one that is missing here, or that the dispatch
tables of ``expressions``, ``statements`` and ``patterns`` do not treat as this table says.
"""

from __future__ import annotations

TRIVIA = "punctuation or trivia: not semantic"
ABSTRACT = "abstract: never stands in a tree"
LAZY_TYPES = "type parameters: evaluated lazily, not modelled"
OPERATOR = "operator: the `op` of its parent"

EXPRESSION_NODES: dict[str, str] = {
    "Name": "Name (Const for None, True and False)",
    "Attribute": "Attr",
    "Call": "Call",
    "Subscript": "Index",
    "Index": "the index itself (Star for `*value`)",
    "Slice": "Slice",
    "BinaryOperation": "Binary",
    "UnaryOperation": "Unary",
    "BooleanOperation": "Bool",
    "Comparison": "Compare",
    "IfExp": "Cond",
    "Tuple": "Tuple",
    "List": "List",
    "Set": "Set",
    "Dict": "Dict",
    "Element": "the element itself",
    "StarredElement": "Star",
    "Lambda": "Lambda",
    "ListComp": "Comp",
    "SetComp": "Comp",
    "DictComp": "Comp",
    "GeneratorExp": "Comp",
    "StarredDictComp": "Opaque",
    "NamedExpr": "Walrus",
    "Await": "Await",
    "Yield": "Yield",
    "Integer": "Const",
    "Float": "Const",
    "Imaginary": "Const",
    "Ellipsis": "Const",
    "SimpleString": "Const",
    "FormattedString": "Format",
    "ConcatenatedString": "Const or Format",
    "TemplatedString": "Opaque",
}

STATEMENT_NODES: dict[str, str] = {
    "Assign": "Assign",
    "AnnAssign": "Assign",
    "TypeAlias": "Assign",
    "AugAssign": "AugAssign",
    "Expr": "ExprStmt",
    "If": "If",
    "For": "Loop",
    "While": "Loop",
    "With": "With",
    "Try": "Try",
    "TryStar": "Try",
    "Match": "Match",
    "Return": "Return",
    "Raise": "Raise",
    "Assert": "Assert",
    "Import": "Import",
    "ImportFrom": "Import",
    "LazyImport": "Import",
    "LazyImportFrom": "Import",
    "FunctionDef": "Def (Body for the function itself)",
    "ClassDef": "Class",
    "Del": "Delete",
    "Global": "Scope",
    "Nonlocal": "Scope",
    "Pass": "Jump",
    "Break": "Jump",
    "Continue": "Jump",
}

PATTERN_NODES: dict[str, str] = {
    "MatchValue": "Case.values",
    "MatchSingleton": "Case.values",
    "MatchList": "its patterns",
    "MatchTuple": "its patterns",
    "MatchSequenceElement": "its pattern",
    "MatchStar": "Case.binds",
    "MatchMapping": "Case.values (keys), Case.binds (rest) and its patterns",
    "MatchClass": "Case.values (the class) and its patterns",
    "MatchAs": "Case.binds and its pattern",
    "MatchOr": "its patterns",
}

PART_NODES: dict[str, str] = {
    "Module": "Body",
    "IndentedBlock": "a tuple of statements",
    "SimpleStatementSuite": "a tuple of statements",
    "SimpleStatementLine": "its statements",
    "Else": "orelse",
    "Finally": "Try.final",
    "ExceptHandler": "Handler",
    "ExceptStarHandler": "Handler",
    "AsName": "the bound name or target of its parent",
    "AssignTarget": "Assign.targets",
    "Annotation": "the annotation of its parent",
    "Decorator": "Def.decorators (dropped on classes)",
    "ImportAlias": "ImportName",
    "ImportStar": 'ImportName("*", None)',
    "NameItem": "Scope.names",
    "WithItem": "WithItem",
    "MatchCase": "Case",
    "MatchMappingElement": "Case.values and its pattern",
    "MatchKeywordElement": "its pattern",
    "MatchOrElement": "its pattern",
    "Arg": "Arg (bases of classes: the base; keywords of classes are dropped)",
    "Parameters": "Param",
    "Param": "Param",
    "ParamStar": "Param.kind of what follows",
    "ParamSlash": "Param.kind of what precedes",
    "From": "Yield.delegate or Raise.cause",
    "CompFor": "For",
    "CompIf": "For.ifs",
    "ComparisonTarget": "Compare.ops and Compare.comparators",
    "SubscriptElement": "Index.index, or an item of its Tuple",
    "DictElement": "Dict.items",
    "StarredDictElement": "Dict.items, without key",
    "FormattedStringText": "text: not semantic",
    "FormattedStringExpression": "FormatPart",
    "TemplatedStringText": "text: not semantic",
    "TemplatedStringExpression": "Opaque.children",
    "Asynchronous": "not semantic: `async` changes no value",
    "TypeParameters": LAZY_TYPES,
    "TypeParam": LAZY_TYPES,
    "TypeVar": LAZY_TYPES,
    "TypeVarTuple": LAZY_TYPES,
    "ParamSpec": LAZY_TYPES,
}

_OPERATORS = """
    And Or Plus Minus BitInvert Not
    Add Subtract Multiply Divide FloorDivide Modulo Power LeftShift RightShift BitOr BitAnd BitXor MatrixMultiply
    LessThan GreaterThan Equal LessThanEqual GreaterThanEqual NotEqual In NotIn Is IsNot
    AddAssign SubtractAssign MultiplyAssign MatrixMultiplyAssign DivideAssign ModuloAssign BitAndAssign BitOrAssign
    BitXorAssign LeftShiftAssign RightShiftAssign PowerAssign FloorDivideAssign
"""

_TRIVIA = """
    Comma Dot Semicolon Colon AssignEqual
    LeftParen RightParen LeftSquareBracket RightSquareBracket LeftCurlyBrace RightCurlyBrace
    SimpleWhitespace ParenthesizedWhitespace TrailingWhitespace EmptyLine Newline Comment
"""

_ABSTRACT = """
    BaseLeaf BaseValueToken BaseParenthesizableWhitespace BaseExpression BaseAssignTargetExpression
    BaseDelTargetExpression BaseNumber BaseString BaseList BaseSet BaseDict BaseComp BaseSimpleComp BaseElement
    BaseDictElement BaseSlice BaseFormattedStringContent BaseTemplatedStringContent BaseSuite BaseStatement
    BaseCompoundStatement BaseSmallStatement BaseBooleanOp BaseUnaryOp BaseBinaryOp BaseCompOp BaseAugOp
    MatchPattern MatchSequence _BaseOneTokenOp _BaseTwoTokenOp _BaseParenthesizedNode _BasePrefixedString
    _BaseExpressionWithArgs _BaseSetOrDict _BaseElementImpl _BaseSimpleStatement
"""

CONSTRUCTS: dict[str, str] = {
    **EXPRESSION_NODES,
    **STATEMENT_NODES,
    **PATTERN_NODES,
    **PART_NODES,
    **dict.fromkeys(_OPERATORS.split(), OPERATOR),
    **dict.fromkeys(_TRIVIA.split(), TRIVIA),
    **dict.fromkeys(_ABSTRACT.split(), ABSTRACT),
}
"""The name of a libcst node class -> what it becomes."""
