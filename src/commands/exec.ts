import { oneLinerCommand } from "../cli/workflow-command.ts";

export default oneLinerCommand(async (request, context) => {
  const { tellWorkflow } = await import("../cli/tell-workflow.ts");
  return await tellWorkflow(request, context);
});
