// The sentence builder: choose Action Units and read the sentence, or type a sentence and see what it says.

import { button, make } from "./parts.js";
import { sentences } from "./sentences.js";

/** @typedef {import("./sentences.js").Face} Face */
/** @typedef {{ tables: import("./sentences.js").Tables, start: Face & { protocol: string } }} Data */

const ABSENT = "",
  NOT_GIVEN = "0";

/**
 * A list with its name.
 * @param {string} name @param {[string, string][]} options  text and value @param {() => void} changed
 */
function choice(name, options, changed) {
  const list = make("select", { onchange: changed });
  list.append(...options.map(([text, value]) => new Option(text, value)));
  return { list, element: make("label", {}, make("span", {}, name), list) };
}

/** @param {HTMLElement} root @param {Data} data */
export function mount(root, { tables, start }) {
  const said = sentences(tables),
    itself = (/** @type {string} */ name) => /** @type {[string, string]} */ ([name, name]);
  const subject = choice("Subject", Object.keys(tables.possessives).map(itself), write);
  const emotion = choice("Emotion", [["(none)", ABSENT], ...tables.emotions.map(itself)], write);
  const protocol = choice("Protocol", Object.keys(tables.kinds).map(itself), write);
  const seed = make("input", { type: "number", min: "0", max: "999999", value: "0", oninput: write });
  /** @type {[string, string][]} */
  const levels = [
    ["–", ABSENT],
    ["?", NOT_GIVEN],
    ...Array.from(tables.letters, (letter, place) => /** @type {[string, string]} */ ([letter, String(place + 1)])),
  ];
  const units = tables.units.map(({ number, name }) => ({ number, ...choice(`${number} ${name}`, levels, write) }));
  const sentence = make("textarea", { rows: 3, spellcheck: false, autocomplete: "off", oninput: read });
  const status = make("div", { class: "lfes-said", role: "status", "aria-live": "polite" });
  root.append(
    make(
      "div",
      { class: "lfes-controls" },
      subject.element,
      emotion.element,
      protocol.element,
      make("label", {}, make("span", {}, "Seed"), seed),
      button("Other words", () => {
        seed.value = String(Number(seed.value) + 1);
        write();
      }),
      button("Still face", () => {
        for (const { list } of units) list.value = ABSENT;
        write();
      }),
    ),
    make("label", {}, make("span", {}, "Sentence (change it, or type your own)"), sentence),
    status,
    make(
      "fieldset",
      {},
      make("legend", {}, "Action Units: – absent, ? present but intensity not given, A (a trace) to E (the maximum)"),
      make("div", { class: "lfes-units" }, ...units.map(({ element }) => element)),
    ),
  );

  /** @param {Face} face */
  function show(face) {
    subject.list.value = face.subject;
    emotion.list.value = face.emotion || ABSENT;
    for (const { number, list } of units) list.value = String(face.units[number] ?? ABSENT);
  }

  /** @param {(Node | string | undefined)[]} lines @param {boolean} wrong */
  function say(lines, wrong) {
    for (const { list, element } of units) element.classList.toggle("lfes-moves", list.value !== ABSENT);
    status.replaceChildren(...lines.filter(Boolean).map((line) => make("p", {}, line)));
    status.classList.toggle("lfes-wrong", wrong);
  }

  /** @param {Face} face */
  function summary(face) {
    const parts = Object.entries(face.units).map(
      ([number, level]) => `AU ${number} ${level ? `at ${tables.letters[level - 1]}` : "(intensity not given)"}`,
    );
    const who = face.emotion ? `${face.subject}, ${face.emotion}` : face.subject;
    return [`Read back: ${who}; ${parts.join(", ") || "no Action Unit"}.`, ...said.odd(face.units)];
  }

  /** From the boxes to a sentence. */
  function write() {
    const chosen = units
      .filter(({ list }) => list.value !== ABSENT)
      .map(({ number, list }) => [number, Number(list.value)]);
    const face = {
      subject: subject.list.value,
      emotion: emotion.list.value || null,
      units: Object.fromEntries(chosen),
    };
    sentence.value = said.compose(face, protocol.list.value, Number(seed.value));
    say(summary(face), false);
  }

  /** From a sentence to the boxes. */
  function read() {
    const found = said.understand(sentence.value);
    if (found.error === undefined) {
      show(found.face);
      return say(summary(found.face), false);
    }
    const proposal = said.proposal(sentence.value),
      near = found.phrase && !proposal ? said.nearest(found.phrase, 3) : [];
    const take =
      proposal &&
      button(`Take: ${proposal}`, () => {
        sentence.value = proposal;
        read();
        sentence.focus();
      });
    say([found.error, near.length ? `Nearest phrases: ${near.join("; ")}.` : undefined, take || undefined], true);
  }

  show(start);
  protocol.list.value = start.protocol;
  write();
}
