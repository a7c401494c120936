/** Nodes of a template. `line` is where it begins, from 1. */
export type Expression =
  | { readonly type: "literal"; readonly line: number; readonly value: string | number | bigint | boolean | null }
  | { readonly type: "name"; readonly line: number; readonly name: string }
  | { readonly type: "list"; readonly line: number; readonly items: readonly Expression[] }
  | { readonly type: "dict"; readonly line: number; readonly pairs: readonly (readonly [Expression, Expression])[] }
  | {
      readonly type: "member";
      readonly line: number;
      readonly of: Expression;
      readonly key: Expression;
      readonly dotted: boolean;
    }
  | {
      readonly type: "slice";
      readonly line: number;
      readonly of: Expression;
      readonly bounds: readonly (Expression | null)[];
    }
  | { readonly type: "call"; readonly line: number; readonly of: Expression; readonly args: Arguments }
  | {
      readonly type: "filter";
      readonly line: number;
      readonly name: string;
      readonly of: Expression;
      readonly args: Arguments;
    }
  | {
      readonly type: "test";
      readonly line: number;
      readonly name: string;
      readonly of: Expression;
      readonly args: Arguments;
      readonly negated: boolean;
    }
  | { readonly type: "unary"; readonly line: number; readonly operator: "not" | "-" | "+"; readonly of: Expression }
  | {
      readonly type: "binary";
      readonly line: number;
      readonly operator: string;
      readonly left: Expression;
      readonly right: Expression;
    }
  | {
      readonly type: "compare";
      readonly line: number;
      readonly first: Expression;
      readonly rest: readonly (readonly [operator: string, Expression])[];
    }
  | {
      readonly type: "choice";
      readonly line: number;
      readonly condition: Expression;
      readonly yes: Expression;
      readonly no: Expression | null;
    };

export interface Arguments {
  readonly positional: readonly Expression[];
  readonly named: readonly (readonly [string, Expression])[];
}

/** What `set`, `for` and macro parameters assign to: one name, several, or a field of a namespace. */
export type Target =
  | { readonly name: string; readonly field?: string | undefined }
  | { readonly parts: readonly Target[] };

export interface Parameter {
  readonly name: string;
  readonly fallback: Expression | null;
}

export interface Macro {
  readonly name: string;
  readonly line: number;
  readonly parameters: readonly Parameter[];
  readonly body: readonly Statement[];
}

/** Filters without what they are put on, as `{% filter %}` and `{% set x | f %}` have. */
export interface FilterCall {
  readonly name: string;
  readonly line: number;
  readonly args: Arguments;
}

export type Statement =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "print"; readonly line: number; readonly value: Expression }
  | {
      readonly type: "if";
      readonly line: number;
      readonly branches: readonly (readonly [condition: Expression, body: readonly Statement[]])[];
      readonly otherwise: readonly Statement[];
    }
  | {
      readonly type: "for";
      readonly line: number;
      readonly target: Target;
      readonly of: Expression;
      readonly condition: Expression | null;
      readonly body: readonly Statement[];
      readonly otherwise: readonly Statement[];
    }
  | { readonly type: "set"; readonly line: number; readonly target: Target; readonly value: Expression }
  | {
      readonly type: "capture";
      readonly line: number;
      readonly target: Target;
      readonly filters: readonly FilterCall[];
      readonly body: readonly Statement[];
    }
  | {
      readonly type: "filtered";
      readonly line: number;
      readonly filters: readonly FilterCall[];
      readonly body: readonly Statement[];
    }
  | {
      readonly type: "with";
      readonly line: number;
      readonly sets: readonly (readonly [Target, Expression])[];
      readonly body: readonly Statement[];
    }
  | { readonly type: "macro"; readonly line: number; readonly macro: Macro }
  | { readonly type: "call"; readonly line: number; readonly call: Expression; readonly caller: Macro }
  | { readonly type: "block"; readonly line: number; readonly name: string; readonly body: readonly Statement[] }
  | { readonly type: "extends"; readonly line: number; readonly template: Expression }
  | {
      readonly type: "include";
      readonly line: number;
      readonly template: Expression;
      readonly optional: boolean;
      readonly context: boolean;
    }
  | {
      readonly type: "import";
      readonly line: number;
      readonly template: Expression;
      readonly as: string;
      readonly context: boolean;
    }
  | {
      readonly type: "from";
      readonly line: number;
      readonly template: Expression;
      readonly names: readonly (readonly [name: string, as: string])[];
      readonly context: boolean;
    }
  | { readonly type: "do"; readonly line: number; readonly value: Expression };
