// Choosing a face and building a sentence: by clicking movements, or by typing, with what was read shown below.

import { arrowsAlong, button, make, newId } from "./parts.js";
import { PHOTOGRAPH } from "./people.js";

/** @typedef {import("./sentences.js").Plan} Plan */
/** @typedef {import("./explorer.js").Context} Context */

const MOST = 8; // movements of a sentence; the networks have never seen more

/** @param {Context} ctx */
export function builder(ctx) {
  const faces = faceRow(ctx);
  const reading = make("div", { class: "lfes-reading" });
  const id = newId("sentence");
  const field = make("textarea", {
    id,
    rows: 1,
    spellcheck: false,
    autocomplete: "off",
    oninput: () => ctx.change({ sentence: field.value, out: [] }),
  });
  const palette = movements(ctx);
  const seed = { value: 0 };
  /** @param {Plan} plan @param {string} message */
  const write = (plan, message) => ctx.change({ sentence: ctx.said.say(plan), out: [] }, message);
  const tools = make(
    "div",
    { class: "lfes-row" },
    button("Other words", () => {
      const { face, plan } = ctx.now.understood;
      for (let tries = 0; tries < 20; tries++) {
        const sentence = ctx.said.compose(face, plan.protocol, ++seed.value);
        if (sentence !== ctx.state.sentence) return ctx.change({ sentence, out: [] }, `The same in other words: ${sentence}`);
      }
    }),
    button("Still face", () => write({ ...ctx.now.understood.plan, emotion: null, moves: [] }, "All movements are gone.")),
  );
  const progress = make("progress", { max: 1, value: 0, "aria-label": "The model is being loaded" });
  const loader = make("p", { class: "lfes-loader" });
  const get = button(`Load the model${ctx.options.megabytes ? ` (${ctx.options.megabytes} MB)` : ""}`, () => {
    ctx.load().catch(() => {});
  });
  if (ctx.options.first) loader.append("Computed beforehand; any change loads the model and computes here. ", get);
  const loading = make("p", { class: "lfes-loader" }, "The model is being loaded: ", progress);
  loader.hidden = !ctx.options.first;
  loading.hidden = true;
  const element = make(
    "div",
    { class: "lfes-build" },
    make("div", { class: "lfes-faces" }, make("span", { class: "lfes-name" }, "Face"), faces.element),
    make(
      "div",
      { class: "lfes-say" },
      make("div", { class: "lfes-head" }, make("label", { class: "lfes-name", for: id }, "Sentence"), tools),
      field,
    ),
    reading,
    palette.element,
    loader,
    loading,
  );

  function read() {
    const { trouble, understood, note, failure } = ctx.now;
    const letters = ctx.data.tables.letters;
    /** @type {(Node | string)[]} */
    const lines = [];
    if (failure) lines.push(make("p", { class: "lfes-wrong", role: "alert" }, make("b", {}, "That did not work: "), failure));
    if (trouble) {
      const { phrase } = trouble;
      const said = ctx.said.proposal(ctx.state.sentence);
      const near = phrase ? ctx.said.nearest(phrase, 3) : [];
      lines.push(
        make(
          "p",
          { class: "lfes-wrong" },
          make("b", {}, "Not understood: "),
          trouble.error,
          !said && near.length ? ` Nearest phrases: ${near.join("; ")}.` : "",
          " The picture is still that of the last sentence.",
        ),
      );
      if (said)
        lines.push(
          make(
            "p",
            {},
            button(`Take: ${said}`, () => ctx.change({ sentence: said, out: [] }, `Sentence: ${said}`)),
          ),
        );
    } else {
      const { face, sentence } = understood;
      const units = Object.entries(face.units).map(([number, level]) => {
        const name = ctx.said.unitOf.get(Number(number))?.name;
        return `AU ${number} ${name} ${level ? `at ${letters[level - 1]}` : "(how much is not said)"}`;
      });
      const who = face.emotion ? `a ${face.subject} (${face.emotion})` : `a ${face.subject}`;
      lines.push(make("p", {}, make("b", {}, "Read as: "), `${who}; ${units.join(", ") || "nothing moves"}.`));
      if (note) lines.push(make("p", {}, note));
      else if (sentence !== ctx.state.sentence.trim()) lines.push(make("p", {}, "The networks read: ", make("i", {}, sentence)));
      for (const line of ctx.said.odd(face.units)) lines.push(make("p", { class: "lfes-doubt" }, make("b", {}, "Odd: "), line));
    }
    reading.replaceChildren(...lines);
    reading.classList.toggle("lfes-refused", Boolean(trouble || failure));
  }

  return {
    element,
    update() {
      faces.update();
      palette.update();
      if (field.value !== ctx.state.sentence) field.value = ctx.state.sentence;
      read();
    },
    /** @param {number} done @param {number} total */
    progress(done, total) {
      loader.hidden = true;
      loading.hidden = done >= total;
      progress.value = total ? done / total : 0;
      progress.textContent = `${Math.round(100 * progress.value)} %`;
    },
  };
}

/** A row of faces to choose from, one's own among them.  @param {Context} ctx */
function faceRow(ctx) {
  const room = make("div", { class: "lfes-room" });
  const row = make("div", { class: "lfes-row", role: "group", "aria-label": "Whose face" });
  const sheet = ctx.store.file(ctx.data.sheet).then(createImageBitmap);
  const faces = ctx.data.people.map((person, place) => {
    const picture = make("canvas", { width: 96, height: 96, "aria-hidden": "true" });
    sheet.then(
      (all) => picture.getContext("2d")?.drawImage(all, 0, place * all.width, all.width, all.width, 0, 0, 96, 96),
      () => {},
    );
    return {
      id: person.id,
      element: make(
        "button",
        { type: "button", title: person.name, "aria-label": person.name, onclick: () => choose(person.id) },
        picture,
      ),
    };
  });
  const own = button("Your own…", open, { class: "lfes-own" });
  row.append(...faces.map(({ element }) => element), own);
  arrowsAlong(row);

  /** @param {string} id */
  function choose(id) {
    const person = ctx.people.about(id);
    const { plan } = ctx.now.understood;
    /** @type {Partial<import("./state.js").State>} */
    const part = { person: id };
    if (person && person.subject !== plan.subject && plan.subject !== "person")
      part.sentence = ctx.said.say({ ...plan, subject: person.subject });
    ctx.change(part);
  }

  async function open() {
    own.disabled = true;
    room.replaceChildren();
    ctx.root.after(room); // outside, for the dialog has a style of its own
    try {
      const { openPhotograph } = await import("./photograph.js");
      const laid = await openPhotograph(room, ctx.engine, ctx.photograph ?? undefined);
      if (laid) {
        ctx.people.adopt(laid.crop);
        ctx.photograph = laid;
        ctx.change({ person: PHOTOGRAPH }, "Your photograph has been laid on the frame.");
      }
    } catch (reason) {
      room.append(
        make("p", { role: "alert" }, `A photograph cannot be used here: ${reason instanceof Error ? reason.message : reason}`),
      );
    }
    own.disabled = false;
    own.focus();
  }

  return {
    element: row,
    update() {
      for (const { id, element } of faces) element.setAttribute("aria-pressed", String(id === ctx.state.person));
      own.textContent = ctx.state.person === PHOTOGRAPH ? "Your own: correct or change…" : "Your own…";
      own.setAttribute("aria-pressed", String(ctx.state.person === PHOTOGRAPH));
    },
  };
}

/** All movements, by parts of the face: a click adds one or takes it away.  @param {Context} ctx */
function movements(ctx) {
  const { units } = ctx.data.tables;
  const parts = [...new Set(units.map((unit) => unit.region))];
  const buttons = units.map((unit) => ({
    unit,
    element: make(
      "button",
      { type: "button", title: `Action Unit ${unit.number}: ${unit.seen}`, onclick: () => toggle(unit) },
      make("span", { class: "lfes-number" }, String(unit.number)),
      ` ${unit.noun} ${unit.participles[0]}`,
    ),
  }));
  const rows = parts.map((part) =>
    make(
      "div",
      { class: "lfes-part", role: "group", "aria-label": part },
      make("span", { class: "lfes-name", "aria-hidden": "true" }, part),
      make("div", { class: "lfes-row" }, ...buttons.filter(({ unit }) => unit.region === part).map(({ element }) => element)),
    ),
  );
  const count = make("span");
  const element = make(
    "details",
    { class: "lfes-movements" },
    make("summary", {}, "Add or take away movements ", count),
    make(
      "p",
      { class: "lfes-hint" },
      "A click adds a movement at its strongest, another one takes it away. Below, a click on one of its words says how strong it is.",
    ),
    ...rows,
  );

  /** @param {import("./sentences.js").Unit} unit */
  function toggle(unit) {
    const { plan } = ctx.now.understood;
    const adverb = ctx.data.tables.adverbs[4][1];
    const without = plan.moves.filter((move) => move.number !== unit.number);
    const isNew = without.length === plan.moves.length;
    if (isNew && without.length >= MOST) return ctx.tell(`A sentence has at most ${MOST} movements here: take one away first.`);
    const moves = isNew
      ? [...without, { number: unit.number, level: 5, change: unit.participles[0], adverb, swapped: false }]
      : without;
    const sentence = ctx.said.say({ ...plan, moves });
    const understood = ctx.said.understand(sentence);
    const word =
      understood.error === undefined
        ? understood.places.findIndex((place) => place.unit === unit.number && place.role === "part")
        : -1;
    ctx.change(
      { sentence, out: [], ...(isNew && word >= 0 ? { word } : {}) },
      `${unit.noun} ${unit.participles[0]} ${isNew ? "added" : "taken away"}: ${sentence}`,
    );
  }

  return {
    element,
    update() {
      const { units: moved } = ctx.now.understood.face;
      for (const { unit, element: one } of buttons) one.setAttribute("aria-pressed", String(unit.number in moved));
      count.textContent = `(${Object.keys(moved).length} of ${units.length})`;
    },
  };
}
