import { workflowCommand } from "../cli/workflow-command.ts";

export default workflowCommand("plan", async (request, context) => {
  const { tellWorkflow } = await import("../cli/tell-workflow.ts");
  return await tellWorkflow(request, context);
});
