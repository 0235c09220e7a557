// Where the packages of development lie: these scripts stand elsewhere, so Node would not find them by name.
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const room = join(process.env.NODE_ROOM, "node_modules");

export const fromRoom = (file) => import(pathToFileURL(join(room, file)));
export const requireFromRoom = createRequire(pathToFileURL(join(room, "any.js")));
