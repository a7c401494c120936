import { workflowCommand } from "./_workflow-command.ts";

export default workflowCommand("plan", async (request, context) => {
  const { runWorkflow } = await import("./_run-workflow.ts");
  return await runWorkflow(request, context);
});
