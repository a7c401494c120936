"""Renders each template of a table with Ansible and writes down what it made.

    python record-templates.py template.json        (an interpreter that has ansible-core)

A case has `template`, `vars` and, for those that include others, `beside`: name to text. Recorded is `made`; null: it refused.
"""
import json, os, subprocess, sys, tempfile

table = sys.argv[1]
with open(table) as file:
    cases = json.load(file)
with tempfile.TemporaryDirectory() as directory:
    tasks = []
    for index, case in enumerate(cases):
        sources = os.path.join(directory, str(index))
        os.mkdir(sources)
        for name, text in {**case.get("beside", {}), "main.j2": case["template"]}.items():
            with open(os.path.join(sources, name), "w", newline="") as file:
                file.write(text)
        task = {"template": {"src": sources + "/main.j2", "dest": sources + "/made"}, "vars": case["vars"], "ignore_errors": True}
        tasks.append(task)
    play = os.path.join(directory, "play.yml")
    with open(play, "w") as file:
        json.dump([{"hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": tasks}], file)
    runner = os.path.join(os.path.dirname(sys.executable), "ansible-playbook")
    done = subprocess.run([runner, "-i", "localhost,", "-e", "ansible_python_interpreter=" + sys.executable, play], capture_output=True, text=True, env={**os.environ, "ANSIBLE_LOCALHOST_WARNING": "0"})
    for index, case in enumerate(cases):
        made = os.path.join(directory, str(index), "made")
        case["made"] = open(made, newline="").read() if os.path.exists(made) else None
    if "-v" in sys.argv:
        print(done.stdout)
with open(table, "w") as file:
    lines = ",\n".join("  " + json.dumps(case) for case in cases)
    file.write("[\n" + lines + "\n]\n")
