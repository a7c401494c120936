import { onTestFinished } from "bun:test";
import { openStore } from "../../../src/store/open-store.ts";
import { conforms } from "../conformance.ts";
import { storeAt } from "../scratch.ts";

conforms({
  fresh: () => storeAt(),
  async again({ place }) {
    const store = await openStore({ place, mode: "write", command: "another" });
    if (store === null) throw new Error("mode write answers a store");
    onTestFinished(() => store[Symbol.asyncDispose]());
    return store;
  },
});
