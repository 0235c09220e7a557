// Take pictures of mails as a phone, a desktop and the dark show them. Reads {browser, mails: {name: html}, folder}.
import { join } from "node:path";
import { asked, openBrowser } from "../tests/mailroom/tools/room.mjs";

const { browser: executablePath, mails, folder } = await asked();
const views = [
  { view: "phone", width: 375, scale: 1.5, scheme: "light" },
  { view: "desktop", width: 760, scale: 1, scheme: "light" },
  { view: "dark", width: 375, scale: 1.5, scheme: "dark" },
];
const browser = await openBrowser(executablePath);
try {
  const page = await browser.newPage();
  for (const [name, html] of Object.entries(mails)) {
    for (const { view, width, scale, scheme } of views) {
      await page.setViewport({ width, height: 600, deviceScaleFactor: scale });
      await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
      await page.setContent(html, { waitUntil: "domcontentloaded" });
      await page.screenshot({ path: join(folder, `mail-${name}-${view}.webp`), type: "webp", quality: 80, fullPage: true });
    }
  }
} finally {
  await browser.close();
}
