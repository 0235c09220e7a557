// Count segments as Twilio's own calculator does. Reads [[text, smart]], writes [[encoding, segments]].
import { readFileSync } from "node:fs";
import { requireFromRoom } from "./room.mjs";

const { SegmentedMessage } = requireFromRoom("sms-segments-calculator");
const counted = JSON.parse(readFileSync(0, "utf8")).map(([text, smart]) => {
  const message = new SegmentedMessage(text, "auto", smart);
  return [message.encodingName, message.segmentsCount];
});
process.stdout.write(JSON.stringify(counted));
