// Where the packages of development lie: these scripts stand elsewhere, so Node would not find them by name.
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const room = join(process.env.NODE_ROOM, "node_modules");

// All of standard input; a plain read may find the pipe empty for a moment.
export const asked = async () => {
  const parts = [];
  for await (const part of process.stdin) parts.push(part);
  return JSON.parse(Buffer.concat(parts).toString());
};
export const fromRoom = (file) => import(pathToFileURL(join(room, file)));
export const requireFromRoom = createRequire(pathToFileURL(join(room, "any.js")));

// A browser without a window that speaks to nobody; *executablePath* is where it is installed.
export const openBrowser = async (executablePath) => {
  const { launch } = await fromRoom("puppeteer-core/lib/puppeteer/puppeteer-core.js");
  return launch({
    executablePath,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"],
  });
};
