"""Evaluates each expression of a table as Ansible's template module does and writes down what it made.

    python record-filters.py filters.json        (an interpreter that has ansible-core)

The table has `vars`, and `cases` with an `expression` each. Recorded is `made`, the text; null: it refused.
"""
import json, sys
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template

table = sys.argv[1]
with open(table) as file:
    content = json.load(file)
templar = Templar(loader=DataLoader(), variables=content["vars"])
for case in content["cases"]:
    try:
        # A text before it: alone, an expression would stay what it is.
        made = templar.template(trust_as_template("=" + case["expression"].join(["{{ ", " }}"])), escape_backslashes=False)
        case["made"] = made[1:] if isinstance(made, str) else None
    except Exception as error:
        case["made"] = None
        if "-v" in sys.argv:
            print(case["expression"], "->", str(error).split("\n")[0][:160])
with open(table, "w") as file:
    lines = ",\n".join("    " + json.dumps(case) for case in content["cases"])
    file.write('{\n  "vars": ' + json.dumps(content["vars"]) + ',\n  "cases": [\n' + lines + "\n  ]\n}\n")
