// The engine in Chromium, from a server on this machine that compresses and counts: is it right and quick?
// Arguments: the browser, the folder of node_modules, the folder that is served, and the cases of check_engine.py.

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { cpus, loadavg } from "node:os";
import { gzipSync } from "node:zlib";

const [browserPath, packages, site, casesFile] = process.argv.slice(2);
const { chromium } = createRequire(`${packages}/package.json`)("playwright-core");

const PICTURE = 1 / 255, NUMBER = 1e-3, LEVEL = 1e-2, MEDIAN = 400, TIMED = 20;
const TYPES = { js: "text/javascript", mjs: "text/javascript", json: "application/json", html: "text/html" };

let sent = {}, broken = "", unpacks = false;
const server = createServer(async (request, response) => {
  const name = new URL(request.url, "http://host").pathname.slice(1), suffix = name.split(".").pop();
  const page = name === "page.html" ? Buffer.from("<!doctype html><title>engine</title>") : null;
  const content = page ?? await readFile(`${site}/${name}`).catch(() => null);
  if (!content) return response.writeHead(404).end();
  const headers = { "content-type": TYPES[suffix] ?? "application/octet-stream", "cache-control": "no-cache" };
  let body = broken && name.startsWith(broken) ? Buffer.concat([content.subarray(0, 5000), Buffer.alloc(9)]) : content;
  if (suffix in TYPES) [body, headers["content-encoding"]] = [gzipSync(body), "gzip"];
  if (unpacks && suffix === "gz") headers["content-encoding"] = "gzip";
  sent[name] = (sent[name] ?? 0) + body.length;
  response.writeHead(200, { ...headers, "content-length": body.length }).end(body);
});
await new Promise((done) => server.listen(0, "127.0.0.1", done));
const home = `http://127.0.0.1:${server.address().port}`;

const browser = await chromium.launch({ executablePath: browserPath, args: ["--no-sandbox"] });
const page = await (await browser.newContext()).newPage();
const faults = [], notes = {};
page.on("pageerror", (error) => faults.push(`page: ${error.message}`));

/** Bytes that were sent since the last call. */
function travelled() {
  const bytes = Object.values(sent).reduce((sum, each) => sum + each, 0), names = Object.keys(sent);
  sent = {};
  return { bytes, names };
}

function expect(holds, fault) {
  if (!holds) faults.push(fault);
}

/** Opens the page and an engine in it; returns how long loading a design took, and why it failed. */
async function open(design) {
  await page.goto(`${home}/page.html`);
  return page.evaluate(async (design) => {
    const { engineInWorker } = await import("/engine.js");
    window.engine = engineInWorker();
    const start = performance.now(), steps = [];
    const failure = await window.engine.load(design, (done, total) => steps.push([done, total])).then(() => "", String);
    return { seconds: (performance.now() - start) / 1000, steps, failure };
  }, design);
}

const cases = JSON.parse(await readFile(casesFile, "utf-8"));

// A first visit.
const first = await open("tiny_moving");
const came = travelled(), last = first.steps.at(-1) ?? [0, 0];
expect(!first.failure, first.failure);
expect(first.steps.length > 3 && last[0] === last[1], `progress ended at ${last}`);
expect(first.steps.every(([done], place) => !place || done >= first.steps[place - 1][0]), "progress went back");
notes["first load of tiny_moving"] = `${first.seconds.toFixed(1)} s, ${(came.bytes / 1e6).toFixed(2)} MB travelled`;

// Right answers.
const apart = await page.evaluate(async (cases) => {
  const unpacked = (text) => new Float32Array(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer);
  const farthest = (one, other) => one.length === other.length
    ? one.reduce((most, number, place) => Math.max(most, Math.abs(number - other[place])), 0) : Infinity;
  const found = {};
  const note = (name, distance) => found[name] = Math.max(found[name] ?? 0, distance);
  for (const { ask, neutral: text, answer, intensities, hindrances, judge } of cases) {
    const neutral = unpacked(text), made = await window.engine.synthesize({ ...ask, neutral });
    for (const [name, expected] of Object.entries(answer)) {
      note(name, farthest(name.split(".").reduce((part, key) => part[key], made), unpacked(expected)));
    }
    const levels = await window.engine.intensities({ neutral, picture: made.picture });
    note("intensities", farthest(Object.values(levels), intensities));
    note("hindrances", farthest(Object.values(await window.engine.hindrances(neutral)), hindrances));
    note("judge", farthest(Object.values(await window.engine.judge({ neutral, ...made })), judge));
  }
  return found;
}, cases);
for (const [name, distance] of Object.entries(apart)) {
  const limit = ["picture", "middle", "small"].includes(name) ? 2 * PICTURE : name === "intensities" ? LEVEL : NUMBER;
  expect(distance <= limit, `${name} is ${distance} apart from PyTorch`);
}
notes["apart from PyTorch"] = Object.entries(apart).map(([name, far]) => `${name} ${far.toExponential(0)}`).join(", ");

// Quick answers.
await page.evaluate((cases) => {
  window.questions = cases.map(({ ask, neutral }) => ({
    ...ask, neutral: new Float32Array(Uint8Array.from(atob(neutral), (letter) => letter.charCodeAt(0)).buffer),
  }));
  window.times = async (design, count) => {
    const mine = window.questions.filter((question) => question.design === design), times = [];
    for (let place = 0; place < count; place++) {
      const start = performance.now();
      await window.engine.synthesize(mine[place % mine.length]);
      times.push(performance.now() - start);
    }
    return times.sort((one, other) => one - other);
  };
}, cases);
for (const design of ["tiny_moving", "tiny"]) {
  const times = await page.evaluate(([design, count]) => window.times(design, count), [design, TIMED]);
  const median = times[TIMED / 2], isBusy = loadavg()[0] > cpus().length + 1; // with others' work, such as other checks
  notes[`a picture of ${design}`] = `median ${median.toFixed(0)} ms, best ${times[0].toFixed(0)} ms`;
  expect((isBusy ? times[0] : median) < MEDIAN, `a picture of ${design} takes ${median.toFixed(0)} ms`);
}

// Faces, too.
const everything = Object.keys(JSON.parse(await readFile(`${site}/models.json`, "utf-8"))).length;
const faces = await page.evaluate(async () => {
  const { neutral } = window.questions[0], pixels = new ImageData(256, 256);
  for (let at = 0; at < 65536; at++) {
    for (let color = 0; color < 3; color++) pixels.data[4 * at + color] = (neutral[65536 * color + at] + 1) * 127.5;
    pixels.data[4 * at + 3] = 255;
  }
  return window.engine.findFaces(pixels);
});
expect(faces.length === 1, `${faces.length} faces were found on a face`);

// A second visit finds all in the cache, but for what is damaged or old.
travelled();
const again = await open("tiny_moving");
const large = travelled().names.filter((name) => name.endsWith(".gz"));
expect(!again.failure && !large.length, `a second visit fetched ${large} ${again.failure}`);
notes["second load"] = `${again.seconds.toFixed(1)} s`;
const kept = await page.evaluate(async () => {
  const store = await caches.open("lfes-explorer"), keys = await store.keys();
  const model = keys.find(({ url }) => url.includes("synthesizer_tiny_moving"));
  await store.put(model, new Response(new Uint8Array(1000)));
  await store.put(new URL("old-0123456789abcdef.onnx.gz", location.href), new Response("old"));
  return keys.length;
});
expect(kept === everything, `${kept} of ${everything} files were kept`);
const mended = await open("tiny_moving"), fetched = travelled().names.filter((name) => name.endsWith(".gz"));
expect(!mended.failure && fetched.length === 1, `a damaged copy: ${fetched} were fetched; ${mended.failure}`);
const names = await page.evaluate(async () => {
  const store = await caches.open("lfes-explorer");
  return (await store.keys()).map(({ url }) => url);
});
expect(names.length === everything && !names.some((url) => url.includes("old-")), `kept at last: ${names}`);

// What arrives damaged, and no connection, are told in one line.
await page.evaluate(() => caches.delete("lfes-explorer"));
broken = "synthesizer_tiny_moving";
const damaged = await open("tiny_moving");
expect(/arrived damaged/.test(damaged.failure) && !damaged.failure.includes("\n"), `damaged: ${damaged.failure}`);
[broken, unpacks] = ["", true];
const unpacked = await open("tiny_moving");
expect(!unpacked.failure, `from a server that unpacks on the way: ${unpacked.failure}`);
await page.route("**/finder.js", (route) => route.abort());
const stopped = await open("tiny_moving");
expect(/cannot run in this browser/.test(stopped.failure), `without its code: ${stopped.failure}`);
await page.unroute("**/finder.js");
await open("tiny_moving");
server.closeAllConnections();
server.close();
const alone = await page.evaluate(() => window.engine.load("tiny").then(() => "", String));
expect(/could not be fetched/.test(alone), `without a server: ${alone}`);
notes["faults are told so"] = `${damaged.failure} / ${alone}`;

await browser.close();
for (const [name, note] of Object.entries(notes)) console.log(`${name}: ${note}`);
for (const fault of faults) console.error(`error: ${fault}`);
process.exit(faults.length ? 1 : 0);
