"""TypeScript for papermill: `papermill notebook.ipynb out.ipynb -p epochs 3`.

papermill has no translator for TypeScript and no entry point for translators, but it imports
every module that is registered as an engine. Importing this one registers the translator; the
engine is papermill's own.
"""

import json
import math
import re



def __getattr__(name):
    """The engine's entry point. Imported lazily: when this module is imported before papermill, papermill loads it during that import."""
    if name == "Engine":
        from papermill.engines import NBClientEngine

        return NBClientEngine
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


from papermill.models import Parameter  # noqa: E402
from papermill.translators import Translator, papermill_translators  # noqa: E402


class TypeScriptTranslator(Translator):
    """Writes values as TypeScript, and reads the declarations of the `parameters` cell."""

    # let name: type = default; // help
    DECLARATION = re.compile(
        r"^\s*(?:let|var|const)\s+(?P<name>[\w$]+)\s*(?::\s*(?P<type>[^=]+?))?\s*=\s*"
        r"(?P<default>'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|[^;]*?)\s*;?\s*"
        r"(?://\s*(?P<help>.*))?$"
    )

    @classmethod
    def translate_none(cls, val):
        return "null"

    @classmethod
    def translate_bool(cls, val):
        return "true" if val else "false"

    @classmethod
    def translate_float(cls, val):
        if math.isnan(val):
            return "NaN"
        if math.isinf(val):
            return "Infinity" if val > 0 else "-Infinity"
        return repr(val)

    @classmethod
    def translate_str(cls, val):
        return json.dumps(val)

    @classmethod
    def translate_escaped_str(cls, str_val):
        return json.dumps(str(str_val))

    @classmethod
    def translate_dict(cls, val):
        pairs = (f"{json.dumps(str(key))}: {cls.translate(value)}" for key, value in val.items())
        return f"{{ {', '.join(pairs)} }}" if val else "{}"

    @classmethod
    def translate_list(cls, val):
        return f"[{', '.join(cls.translate(value) for value in val)}]"

    @classmethod
    def comment(cls, cmt_str):
        return f"// {cmt_str}".strip()

    @classmethod
    def assign(cls, name, str_val):
        # The kernel allows redeclaring a name in a later cell.
        return f"let {name} = {str_val};"

    @classmethod
    def inspect(cls, parameters_cell):
        parameters = []
        for line in parameters_cell["source"].splitlines():
            match = cls.DECLARATION.match(line)
            if not match:
                continue
            default = match["default"].strip()
            parameters.append(
                Parameter(
                    name=match["name"],
                    inferred_type_name=match["type"] or _type_of(default),
                    default=default,
                    help=match["help"] or "",
                )
            )
        return parameters


def _type_of(default):
    if default in ("true", "false"):
        return "boolean"
    if default[:1] in ("'", '"', "`"):
        return "string"
    if re.fullmatch(r"[-+]?[\d._]+(?:e[-+]?\d+)?", default, re.IGNORECASE):
        return "number"
    return "None"


for _name in ("typescript", "gradbook"):
    papermill_translators.register(_name, TypeScriptTranslator)
