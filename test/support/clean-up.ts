import { afterAll, afterEach, beforeEach } from "bun:test";
import { beginTest, endTest, endTests } from "./temp.ts";

// Loaded before all tests (bunfig.toml): what is said in a file that several tests import would hold for the first of them alone.
beforeEach(beginTest);
afterEach(endTest);
afterAll(endTests);
