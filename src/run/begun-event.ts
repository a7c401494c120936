import type { Emit, RunEvent } from "../engine/events.ts";
import type { TaskGraph } from "../engine/tasks/task-graph.ts";

type Started = Extract<RunEvent, { readonly type: "run_started" }>;

/** A file that declares its tasks and does nothing else is read in less. */
const HELD_MS = 200;

/**
 * Tells that a run began with the tasks it will run: held for a moment, in which most files are read. Where the file says something
 * before all its tasks are declared, or takes longer, the tasks follow as an event of their own.
 */
export class BegunEvent {
  private readonly told: Emit;
  private held: RunEvent[] = [];
  private graph: TaskGraph | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(told: Emit) {
    this.told = told;
  }

  begin(event: Omit<Started, "tasks">, graph: TaskGraph): void {
    this.graph = graph;
    this.held = [{ ...event, tasks: [] }];
    this.timer = setTimeout(() => this.release(), HELD_MS);
  }

  readonly emit: Emit = (event) => {
    const isBeginning = ["interrupted_run", "task_started", "notice"].includes(event.type);
    if (this.held.length > 0 && isBeginning && this.graph?.tasks() === undefined) return void this.held.push(event);
    this.release();
    this.told(event);
  };

  private release(): void {
    clearTimeout(this.timer);
    const tasks = this.graph?.tasks();
    const [started, ...more] = this.held;
    this.held = [];
    if (tasks !== undefined) this.graph = undefined;
    if (started?.type === "run_started") this.told(tasks === undefined ? started : { ...started, tasks });
    else if (tasks !== undefined) this.told({ type: "tasks_known", tasks });
    for (const event of more) this.told(event);
  }
}
