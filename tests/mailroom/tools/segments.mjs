// Count segments as Twilio's own calculator does. Reads [[text, smart]], writes [[encoding, segments]].
import { asked, requireFromRoom } from "./room.mjs";

const { SegmentedMessage } = requireFromRoom("sms-segments-calculator");
const counted = (await asked()).map(([text, smart]) => {
  const message = new SegmentedMessage(text, "auto", smart);
  return [message.encodingName, message.segmentsCount];
});
process.stdout.write(JSON.stringify(counted));
