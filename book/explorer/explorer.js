// The explorer: a face, a sentence, the picture that a network makes of both, and where each of its words looks.
//
// `mount` puts it into an element of a page. It knows nothing of where the model runs: in the page `page.js` gives it an
// engine in a worker, in Jupyter `render` gives it the kernel (kernel.js says what is exchanged).

import { builder } from "./builder.js";
import { courtroom } from "./courtroom.js";
import { desk as deskOf } from "./desk.js";
import { firstAnswer } from "./first.js";
import { fromKernel } from "./kernel.js";
import { mapsOf } from "./measures.js";
import { make } from "./parts.js";
import { people as peopleOf, PHOTOGRAPH } from "./people.js";
import { sentences } from "./sentences.js";
import { pictures } from "./pictures.js";
import { share } from "./share.js";
import { fromFragment, initial, TOOLS } from "./state.js";
import { carries, designs, exchange, words } from "./tools.js";
import { scale } from "./scale.js";

/** @typedef {import("./engine.js").Engine} Engine */
/** @typedef {import("./engine.js").Answer} Answer */
/** @typedef {import("./people.js").Store} Store */
/** @typedef {import("./people.js").Face} Face */
/** @typedef {import("./sentences.js").Understood} Understood */
/** @typedef {import("./sentences.js").Unread} Unread */
/** @typedef {import("./state.js").State} State */
/** @typedef {import("./desk.js").NamedAsk} NamedAsk */
/**
 * @typedef {object} Options
 * @property {import("./first.js").FirstView} [first]  precomputed
 * @property {Partial<State>} [state]  what is shown first, where it is not as in the data
 * @property {boolean} [linked]   whether the address of the page carries the state
 * @property {number} [megabytes] what loading the model costs
 * @property {string[]} [tools]   which tools are offered; all of them when not given
 */
/** @typedef {{ person: string, design: string, hidden: boolean, out: number[] }} Asked */
/** @typedef {{ answer: Answer, understood: Understood, face: Face, kept: number[] }} Made */
/**
 * @typedef {object} Now
 * @property {Understood} understood  the last sentence that was understood
 * @property {Unread | null} trouble  with what has been typed since
 * @property {string} note      of the package, about a sentence in everyday words
 * @property {Face | null} face
 * @property {Answer | null} answer  of an earlier state while `waiting`
 * @property {Understood | null} of  the sentence of the answer
 * @property {number[]} kept    words of that sentence that were read
 * @property {boolean} waiting
 * @property {string} failure
 */
/** @typedef {ReturnType<typeof context>} Context */

/** @param {HTMLElement} root @param {Engine} engine @param {Store} store @param {Options} options */
function context(root, engine, store, options) {
  const { data } = store;
  const said = sentences(data.tables);
  const people = peopleOf(store);
  const desk = deskOf(engine);
  const start = initial(data.start.person, data.start.sentence);
  /** @type {Now} */
  const now = {
    understood: /** @type {Understood} */ (said.understand(data.start.sentence)),
    trouble: null,
    note: "",
    face: null,
    answer: null,
    of: null,
    kept: [],
    waiting: false,
    failure: "",
  };
  const status = make("p", { class: "lfes-unseen", role: "status", "aria-live": "polite" });
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let later;
  return {
    root,
    engine,
    store,
    data,
    said,
    people,
    desk,
    options,
    now,
    status,
    state: start,
    /** A photograph that has been laid on the frame.  @type {import("./photograph.js").Laid | null} */
    photograph: null,
    /** @type {(part: Partial<State>, message?: string) => void} */
    change: () => {},
    /** Gets the model of a design, that of the stage when none is named.  @type {(design?: string) => Promise<void>} */
    load: async () => {},
    /** Says what changed to those who do not see it.  @param {string} text */
    tell(text) {
      clearTimeout(later);
      later = setTimeout(() => {
        status.textContent = text;
      }, 500);
    },
    /** @param {Understood} understood @param {Asked} asked @returns {{ ask: NamedAsk, kept: number[] }} */
    askOf(understood, { person, design, hidden, out }, /** @type {Float32Array} */ neutral) {
      const kept = understood.words.map((_, place) => place).filter((place) => !out.includes(place));
      return { kept, ask: { face: person, design, hidden, neutral, tokens: kept.map((place) => understood.tokens[place]) } };
    },
    /**
     * A picture for a tool; null where the sentence is not understood or the tool has changed its mind.
     * @param {string} owner @param {string} sentence @param {Partial<Asked>} [other]  what differs from the stage
     * @returns {Promise<Made | null>}
     */
    async picture(owner, sentence, other = {}) {
      const { person, design, hidden, out } = this.state;
      const understood = said.understand(sentence);
      if (understood.error !== undefined) return null;
      const face = await people.face(other.person || person);
      const same = sentence === this.now.understood.sentence;
      const asked = { person, design, hidden, out: same ? out : [], ...other };
      const { ask, kept } = this.askOf(understood, asked, face.neutral);
      await this.load(ask.design);
      const answer = await desk.synthesize(owner, ask);
      return answer && { answer, understood, face, kept };
    },
    /** The map of each word; null for one that is left out.  @param {Answer} answer @param {number[]} kept @param {number} count @param {1 | 2} level */
    maps(answer, kept, count, level) {
      const maps = mapsOf(answer.attention[level - 1], kept.length);
      return Array.from({ length: count }, (_, word) => maps[kept.indexOf(word)] || null);
    },
    /** Name of a face.  @param {string} id */
    nameOf: (id) => (id === PHOTOGRAPH ? "your photograph" : people.about(id)?.name || id),
  };
}

/**
 * Puts the explorer into an element.
 * @param {HTMLElement} root @param {Engine} engine @param {Store} store @param {Options} [options]
 */
export function mount(root, engine, store, options = {}) {
  const ctx = context(root, engine, store, options);
  const { data, said, people, desk, now } = ctx;
  const known = { people: data.people.map((person) => person.id), designs: data.designs.map((design) => design.id) };
  const base = { ...ctx.state, ...options.state, ...options.first?.state };
  const read = () => (options.linked ? fromFragment(location.hash, base, known) : null);
  ctx.state = read() || base;
  if (ctx.state !== base) root.scrollIntoView();

  const parts = /** @type {[ReturnType<typeof builder>, ReturnType<typeof pictures>]} */ ([builder(ctx), pictures(ctx)]);
  const all = [words, carries, designs, exchange, scale, courtroom, share];
  const offered = options.tools || TOOLS;
  const tools = all
    .map((tool) => tool(ctx))
    .filter(({ id }) => offered.includes(id))
    .map((tool) => ({ ...tool, box: fold(tool) }));
  root.classList.add("lfes-x");
  root.replaceChildren(
    ...parts.map(({ element }) => element),
    make("div", { class: "lfes-tools" }, ...tools.map(({ box }) => box)),
    ctx.status,
  );

  /** @param {{ id: string, title: string, element: HTMLElement, update: () => void }} tool */
  function fold(tool) {
    const box = make("details", { class: "lfes-tool" }, make("summary", {}, tool.title), tool.element);
    box.open = ctx.state.tools.includes(tool.id);
    box.addEventListener("toggle", () => {
      const open = TOOLS.filter((id) => (id === tool.id ? box.open : ctx.state.tools.includes(id)));
      if (open.join() !== ctx.state.tools.join()) ctx.change({ tools: open });
      if (!box.open) desk.forget(tool.id);
    });
    return box;
  }

  let drawing = 0;
  function draw() {
    if (drawing) return;
    drawing = requestAnimationFrame(() => {
      drawing = 0;
      for (const part of parts) part.update();
      for (const tool of tools) {
        const open = ctx.state.tools.includes(tool.id);
        if (tool.box.open !== open) tool.box.open = open;
        if (open) tool.update();
      }
      root.dataset.turn = String(Number(root.dataset.turn || 0) + 1);
      root.dataset.waiting = String(now.waiting);
    });
  }

  /** @type {Map<string, Promise<void>>} */
  const loading = new Map();
  ctx.load = (design = ctx.state.design) => {
    let loaded = loading.get(design);
    if (!loaded) {
      loaded = engine
        .load(design, (done, total) => parts[0].progress(done, total))
        .then(
          () => {
            desk.drop("first");
            parts[0].progress(1, 1);
          },
          (reason) => {
            loading.delete(design);
            throw reason;
          },
        );
      loading.set(design, loaded);
    }
    return loaded;
  };

  let newest = 0;
  /** Answers the state: reads the sentence, asks for the picture if it is another one, and draws.  @param {string} [message] */
  async function answer(message) {
    const turn = ++newest;
    const { state } = ctx;
    const isNew = () => turn === newest;
    let found = said.understand(state.sentence);
    let note = "";
    if (found.error !== undefined && engine.understand) {
      const more = await engine.understand(state.sentence).catch(() => null);
      if (!isNew()) return;
      if (more) [found, note] = [said.understand(more.sentence), `Read as: ${more.sentence} ${more.notes.join(" ")}`];
    }
    now.trouble = found.error !== undefined ? found : null;
    now.note = note;
    if (found.error === undefined) now.understood = found;
    const count = now.understood.words.length;
    state.out = state.out.filter((word) => word < count).slice(0, count - 1);
    state.word = Math.min(state.word, count - 1);
    draw();
    try {
      const face = await people.face(state.person);
      if (!isNew()) return;
      const { ask, kept } = ctx.askOf(now.understood, state, face.neutral);
      const ready = desk.known(ask);
      desk.forget("stage");
      now.waiting = !ready;
      draw();
      if (!ready) await ctx.load();
      if (!isNew()) return;
      const made = ready || (await desk.synthesize("stage", ask));
      if (!made || !isNew()) return;
      Object.assign(now, { face, answer: made, of: now.understood, kept, waiting: false, failure: "" });
      if (message) ctx.tell(message);
    } catch (reason) {
      if (!isNew()) return;
      Object.assign(now, { waiting: false, failure: reason instanceof Error ? reason.message : String(reason) });
    }
    draw();
  }

  const asks = new Set(["person", "sentence", "out", "hidden", "design"]);
  ctx.change = (part, message) => {
    ctx.state = { ...ctx.state, ...part };
    if (Object.keys(part).some((name) => asks.has(name)))
      answer(message || `New picture: ${ctx.nameOf(ctx.state.person)}, “${ctx.state.sentence}”`);
    else {
      if (message) ctx.tell(message);
      draw();
    }
  };

  const follow = () => {
    const state = read();
    if (state) {
      ctx.state = state;
      answer("The state of the link");
    }
  };
  if (options.linked) addEventListener("hashchange", follow);

  (async () => {
    if (options.first) {
      const { answer: first, ask } = await firstAnswer(options.first, ctx);
      desk.remember(ask, first, "first");
    }
    await answer();
  })();

  return {
    /** Stops everything. */
    close() {
      removeEventListener("hashchange", follow);
      engine.close();
      root.replaceChildren();
      if (root.nextElementSibling?.className === "lfes-room") root.nextElementSibling.remove();
    },
    state: () => ctx.state,
    change: ctx.change,
  };
}

export default {
  /** The same in a notebook.  @param {{ model: import("./kernel.js").Model, el: HTMLElement }} cell */
  render({ model, el }) {
    const { engine, store } = fromKernel(model);
    // Keys that are pressed in the explorer are no commands of the notebook.
    const root = make("div", { class: "lfes-x", "data-lm-suppress-shortcuts": "true" }, make("p", { role: "status" }, "Waiting for the kernel…"));
    el.append(root);
    const part = store.then((loaded) => mount(root, engine, loaded, model.get("options") || {}));
    part.catch((reason) => root.replaceChildren(make("p", { role: "alert" }, `The explorer could not start: ${reason.message}`)));
    return () => {
      engine.close();
      part.then((mounted) => mounted.close()).catch(() => {});
    };
  },
};
