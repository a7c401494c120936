import { workflowCommand } from "./_workflow-command.ts";

export default workflowCommand("apply", async (request, context) => {
  const { runWorkflow } = await import("./_run-workflow.ts");
  return await runWorkflow(request, context);
});
