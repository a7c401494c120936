import { hostSchema } from "../../engine/host-schema.ts";
import { HOST_TYPE } from "../hosts.ts";
import { parameter, parametersOf, type LuaModuleReference } from "./reference.ts";

const name = (summary: string) => [parameter("name", "string", summary)];

export const hostsReference: LuaModuleReference = {
  name: "hosts",
  summary:
    "The hosts a workflow knows, those of `--inventory` too. A host's name is what `delegate_to` and `--on` take; nothing connects before a call goes there.",
  functions: [
    {
      name: "hosts",
      summary: "Declares hosts by their names. What a host does not say is left to ssh's own configuration.",
      example: `
        hosts{
            web1 = { address = "10.0.0.1", user = "deploy", sudo = true, groups = { "web" } },
            web2 = { address = "10.0.0.2", user = "deploy", sudo = true, groups = { "web" } },
            db1 = { groups = { "db" }, vars = { port = 5432 } },
        }
        print(#hosts.group("web") .. " web servers")
      `,
      call: "positional",
      parameters: [parameter("hosts", "table<string, Host>", "Each host by its name.")],
      returns: "",
    },
    {
      name: "hosts.group",
      summary: "Names of the hosts in a group, in order: web2 before web10.",
      example: `
        hosts{ web1 = { groups = { "web" } }, web2 = { groups = { "web" } } }
        for _, host in ipairs(hosts.group("web")) do
            print(host)
        end
      `,
      call: "positional",
      parameters: name("Name of the group."),
      returns: "string[]",
    },
    {
      name: "hosts.names",
      summary: "Names of all hosts.",
      example: `
        hosts{ web1 = {}, db1 = {} }
        print(table.concat(hosts.names(), ", "))
      `,
      call: "positional",
      parameters: [],
      returns: "string[]",
    },
    {
      name: "hosts.get",
      summary: "What is known of a host.",
      example: `
        hosts{ db1 = { address = "10.0.0.9", vars = { port = 5432 } } }
        local db = hosts.get("db1")
        print(db.address .. ":" .. db.vars.port)
      `,
      call: "positional",
      parameters: name("Name of the host."),
      returns: HOST_TYPE,
    },
  ],
  types: [{ name: "Host", summary: "A host, here and in an inventory file.", fields: parametersOf(hostSchema) }],
};
