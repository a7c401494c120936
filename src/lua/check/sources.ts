import { SlothError, type Location } from "../../base/errors.ts";
import { nameIn } from "../../base/path.ts";
import { nearest } from "../../base/nearest.ts";

/** Looks for the files that a workflow names as its sources. */
export interface Shelf {
  /** undefined: it is there. Else what lies in its directory, if that is there. */
  missing(path: string): readonly string[] | undefined;
}

interface SeenSource {
  readonly path: string;
  readonly callee: string;
  readonly location: Location;
}

/** Calls that leave no file beside a workflow, and cannot be made to. */
const MAKES_NOTHING =
  /^(task|workflow|hosts|require|print|pairs|ipairs|next|type|tostring|tonumber|select|pcall|xpcall|error|assert|rawget|rawset|rawequal|rawlen|getmetatable|setmetatable)$|^(string|table|math|utf8|coroutine|log|json|yaml|toml|facts|crypto|assert|secret|stack|state|goroutine|hosts|user|group|systemd)\.|^os\.(getenv|time|date|clock|difftime)$|^fs\.(read|exists|list)$|^file_ops\.(stat|copy|template|lineinfile|blockinfile|replace|directory|attributes|symlink|hardlink|remove|touch)$/;

/** Sources that are named literally. One that the workflow itself may make is given the benefit of the doubt. */
export class SeenSources {
  private readonly seen: SeenSource[] = [];
  private readonly made: string[] = [];
  private mayBeMade = false;

  add(path: string, callee: string, location: Location): void {
    this.seen.push({ path, callee, location });
  }

  /** Every call: what it may leave behind. `dest`: where, if that is written out. */
  called(name: string, dest: string | undefined): void {
    if (!MAKES_NOTHING.test(name)) this.mayBeMade = true;
    if (dest !== undefined) this.made.push(dest);
  }

  mistakes(
    shelf: Shelf,
  ): readonly { readonly error: SlothError; readonly location: Location; readonly callee: string }[] {
    return this.seen.flatMap(({ path, location, callee }) => {
      if (this.made.some((dest) => path === dest || path.startsWith(dest.endsWith("/") ? dest : `${dest}/`))) return [];
      const beside = shelf.missing(path);
      if (beside === undefined) return [];
      const name = nearest(nameIn(path), beside);
      if (this.mayBeMade && name === undefined) return [];
      const meant =
        name === undefined ? undefined : `did you mean '${path.slice(0, path.length - nameIn(path).length)}${name}'?`;
      const error = new SlothError("E_SOURCE_MISSING", `${path} is not there`, { hint: meant });
      return [{ error, location, callee }];
    });
  }
}
