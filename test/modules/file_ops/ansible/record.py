"""Runs each case of a table through Ansible's own module and writes down what it did.

    python record.py lines.json        (an interpreter that has ansible-core)

A case has `module`, `args` (PATH stands for the file) and `before` (its bytes as latin-1, null: no file). Recorded are `after`, `changed` (null:
it refused) and `again`: whether a second run changes anything.
"""
import contextlib, importlib, io, json, os, sys, tempfile

from ansible.module_utils import basic


def run(module, args):
    """In a child: modules end by exiting."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.umask(0o022)
        out = io.StringIO()
        with contextlib.suppress(SystemExit), contextlib.redirect_stdout(out):
            args = {**args, "_ansible_remote_tmp": "/tmp", "_ansible_keep_remote_files": False}
            basic._ANSIBLE_ARGS = json.dumps({"ANSIBLE_MODULE_ARGS": args}).encode()
            basic._ANSIBLE_PROFILE = "legacy"
            importlib.import_module("ansible.modules." + module).main()
        os.write(writer, out.getvalue().encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as answer:
        text = answer.read()
    os.waitpid(pid, 0)
    return json.loads(text[text.index("{"):])


def record(case):
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "file")
        if case["before"] is not None:
            with open(path, "wb") as file:
                file.write(case["before"].encode("latin-1"))
        args = json.loads(json.dumps(case["args"]).replace('"PATH"', json.dumps(path)))
        first = run(case["module"], args)
        after = None
        if os.path.exists(path):
            with open(path, "rb") as file:
                after = file.read().decode("latin-1")
        again = None if first.get("failed") else run(case["module"], args).get("changed")
        changed = None if first.get("failed") else first["changed"]
    return {**case, "after": after, "changed": changed, "again": again}


table = sys.argv[1]
with open(table) as file:
    cases = json.load(file)
recorded = [record(case) for case in cases]
with open(table, "w") as file:
    lines = ",\n".join("  " + json.dumps(case) for case in recorded)
    file.write("[\n" + lines + "\n]\n")
