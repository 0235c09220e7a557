// Show each mail in Chromium on a phone of 320 pixels, by day and in the dark, and let axe inspect it.
// Reads {browser, mails: {name: html}}, writes {name: {width, light: [violation], dark: [violation], paper: [colour by day, in the dark]}}.
import { readFileSync } from "node:fs";
import { asked, openBrowser, requireFromRoom } from "./room.mjs";

const axe = readFileSync(requireFromRoom.resolve("axe-core/axe.min.js"), "utf8");
const { browser: executablePath, mails } = await asked();
const browser = await openBrowser(executablePath);
const simple = (found) => found.violations.map(({ id, impact, help, nodes }) => ({
  id, impact, help, where: nodes.slice(0, 3).map((node) => node.html.slice(0, 160)),
}));
const paperColour = () => getComputedStyle(document.querySelector(".paper")).backgroundColor;
const told = {};
try {
  const page = await browser.newPage();
  await page.setViewport({ width: 320, height: 640, deviceScaleFactor: 1 });
  for (const [name, html] of Object.entries(mails)) {
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: "light" }]);
    await page.setContent(html, { waitUntil: "domcontentloaded" });
    await page.evaluate(axe);
    const paper = [await page.evaluate(paperColour)];
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    const light = simple(await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] })));
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: "dark" }]);
    const dark = simple(await page.evaluate(() => axe.run(document, { runOnly: ["color-contrast"] })));
    paper.push(await page.evaluate(paperColour));
    told[name] = { width, light, dark, paper };
  }
} finally {
  await browser.close();
}
process.stdout.write(JSON.stringify(told));
