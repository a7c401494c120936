import type { ReadSystem, System } from "../../system/system.ts";
import type { Action, Match, Rule } from "./_rule.ts";

export const BACKENDS = ["nftables", "ufw", "firewalld"] as const;
export type BackendName = (typeof BACKENDS)[number];

export const VERDICTS = ["allow", "deny", "reject"] as const;
type Verdict = (typeof VERDICTS)[number];

/** What happens to what no rule is about. */
export type Policy = {
  readonly incoming?: Verdict | undefined;
  readonly outgoing?: Verdict | undefined;
  readonly forward?: Verdict | undefined;
};

export interface Standing {
  readonly action: Action;
  readonly comment?: string | undefined;
  /** Of a firewall that is on: it is in force, not only written down. */
  readonly inForce: boolean;
}

/** All of a firewall, looked at once. */
export interface State {
  /** By their names, the first that is asked first. */
  readonly rules: ReadonlyMap<string, Standing>;
  readonly policy: Policy;
  /** Policies that are in force; what is absent is as it is written down. */
  readonly policyInForce?: Policy | undefined;
  readonly running: boolean;
  readonly boot: boolean;
  /** Whatever their order, rules that keep out are asked before those that let in. */
  readonly deniesFirst?: boolean | undefined;
  /** Lets in what no rule of `rules` is about: services of a zone. */
  readonly more?: readonly Rule[] | undefined;
}

/** A program that keeps a firewall. Rules are written down for the next boot, and put in force where it is on. */
export interface Backend {
  readonly name: BackendName;
  /** Its program, and the package that has it. */
  readonly program: string;
  readonly package: string;
  /** Whether it is the one in use. Files alone are looked at. */
  isActive(target: ReadSystem): boolean;
  look(target: ReadSystem): Promise<State>;
  /** Why it can keep no such rule; undefined: it can. */
  fault(rule: Rule): string | undefined;
  policyFault(policy: Policy): string | undefined;
  setRule(rule: Rule, first: boolean, target: System): Promise<void>;
  removeRule(match: Match, action: Action, target: System): Promise<void>;
  setPolicy(policy: Policy, target: System): Promise<void>;
  setEnabled(running: boolean, boot: boolean, target: System): Promise<void>;
}
