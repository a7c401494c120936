"""Runs each case of a table with Ansible in a tree of its own and writes down what the tree was then.

    python record-trees.py trees.json        (an interpreter that has ansible-core; umask 022)

A case has `setup` (what is in the tree before), `module` and `args` (ROOT stands for the tree). Recorded are `after`: one line for each thing
("name mode contents", "name -> target", "name/ mode"), `changed` (null: it refused), and `again`: whether a second run changed anything.
"""
import json, os, subprocess, sys, tempfile

PLUGIN = """
import json
from ansible.plugins.callback import CallbackBase
class CallbackModule(CallbackBase):
    CALLBACK_VERSION, CALLBACK_TYPE, CALLBACK_NAME = 2.0, "stdout", "tell"
    def v2_runner_on_ok(self, result):
        print("TOLD " + json.dumps([result.task.name, bool(result.result.get("changed"))]), flush=True)
    def v2_runner_on_failed(self, result, ignore_errors=False):
        print("TOLD " + json.dumps([result.task.name, None]), flush=True)
"""

os.umask(0o022)
table = sys.argv[1]
with open(table) as file:
    cases = json.load(file)


def make(root, setup):
    for kind, name, *rest in setup:
        path = os.path.join(root, name)
        if kind == "directory":
            os.mkdir(path)
            os.chmod(path, int(rest[0], 8))
        elif kind == "file":
            with open(path, "w") as file:
                file.write(rest[0])
            os.chmod(path, int(rest[1], 8))
        else:
            os.symlink(rest[0].replace("ROOT", root), path)


def listing(root):
    lines = []
    for at, directories, files in os.walk(root):
        for name in directories + files:
            path = os.path.join(at, name)
            shown = os.path.relpath(path, root)
            mode = "%04o" % (os.lstat(path).st_mode & 0o7777)
            if os.path.islink(path):
                lines.append("%s -> %s" % (shown, os.readlink(path).replace(root, "ROOT")))
            elif os.path.isdir(path):
                lines.append("%s/ %s" % (shown, mode))
            else:
                with open(path) as file:
                    lines.append("%s %s %s" % (shown, mode, json.dumps(file.read())))
    return sorted(lines)


with tempfile.TemporaryDirectory() as directory:
    tasks = []
    for index, case in enumerate(cases):
        root = os.path.join(directory, str(index))
        os.mkdir(root)
        make(root, case["setup"])
        args = json.loads(json.dumps(case["args"]).replace("ROOT", root))
        for run in ("first", "second"):
            tasks.append({case["module"]: args, "name": "%d %s" % (index, run), "ignore_errors": True})
    play = os.path.join(directory, "play.yml")
    with open(play, "w") as file:
        json.dump([{"hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": tasks}], file)
    runner = os.path.join(os.path.dirname(sys.executable), "ansible-playbook")
    command = [runner, "-i", "localhost,", "-e", "ansible_python_interpreter=" + sys.executable, play]
    with open(os.path.join(directory, "tell.py"), "w") as file:
        file.write(PLUGIN)
    environment = {**os.environ, "ANSIBLE_CALLBACK_PLUGINS": directory, "ANSIBLE_STDOUT_CALLBACK": "tell"}
    out = subprocess.run(command, stdout=subprocess.PIPE, text=True, env=environment).stdout
    told = dict(json.loads(line[5:]) for line in out.splitlines() if line.startswith("TOLD "))
    for index, case in enumerate(cases):
        case["changed"], case["again"] = told["%d first" % index], told["%d second" % index]
        case["after"] = listing(os.path.join(directory, str(index)))
with open(table, "w") as file:
    lines = ",\n".join("  " + json.dumps(case) for case in cases)
    file.write("[\n" + lines + "\n]\n")
