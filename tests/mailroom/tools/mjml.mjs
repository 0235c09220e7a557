// Validate MJML by its own rules. Reads {file: mjml}, writes {file: [what is wrong]}.
import { asked, fromRoom } from "./room.mjs";

const { default: mjml } = await fromRoom("mjml/lib/index.js");
const told = {};
for (const [file, source] of Object.entries(await asked())) {
  const { errors } = await mjml(source, { validationLevel: "soft" });
  told[file] = errors.map((one) => `line ${one.line}: ${one.tagName}: ${one.message}`);
}
process.stdout.write(JSON.stringify(told));
