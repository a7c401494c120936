import bash from "./sloth-runner.bash" with { type: "text" };
import fish from "./sloth-runner.fish" with { type: "text" };
import zsh from "./sloth-runner.zsh" with { type: "text" };

/** For each shell, a script that hands the words typed so far to `sloth-runner complete` and offers what it answers. */
export const completionScripts: { readonly [shell: string]: string } = { bash, zsh, fish };
