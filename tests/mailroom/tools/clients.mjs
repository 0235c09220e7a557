// Say what of each mail which client cannot show (caniemail). Reads {clients, mails: {name: html}}, writes {name: [issue]}.
import { asked, fromRoom } from "./room.mjs";

const { caniemail } = await fromRoom("caniemail/dist/index.js");
const { clients, mails } = await asked();
const told = {};
for (const [name, html] of Object.entries(mails)) {
  const { issues } = caniemail({ clients, html });
  told[name] = [];
  for (const kind of ["errors", "warnings"]) {
    for (const [client, found] of issues[kind]) {
      for (const one of found) told[name].push({ kind, client, title: one.title, notes: one.notes ?? [] });
    }
  }
}
process.stdout.write(JSON.stringify(told));
