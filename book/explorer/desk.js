// One desk before the engine: it is asked one thing at a time, what was answered lately is kept, and who changes their
// mind takes their waiting questions back. So a tool that wants ten pictures never holds up a word that is clicked.

/** @typedef {import("./engine.js").Engine} Engine */
/** @typedef {import("./engine.js").Ask} Ask */
/** @typedef {import("./engine.js").Answer} Answer */
/** @typedef {Ask & { face: string }} NamedAsk  `face` tells one neutral picture from another */

const KEPT = 14;

/** @param {Engine} engine */
export function desk(engine) {
  /** @type {Map<string, Answer>} */
  const kept = new Map();
  /** @type {{ owner: string, work: () => Promise<any>, resolve: (answer: any) => void, reject: (reason: unknown) => void }[]} */
  let waiting = [];
  /** @type {Map<string, string>} */
  const marked = new Map();
  let busy = false;

  async function serve() {
    if (busy) return;
    busy = true;
    for (;;) {
      const first = waiting.findIndex(({ owner }) => owner === "stage");
      const next = waiting.splice(Math.max(0, first), 1)[0];
      if (!next) break;
      try {
        next.resolve(await next.work());
      } catch (reason) {
        next.reject(reason);
      }
    }
    busy = false;
  }

  /** @template T @param {string} owner @param {() => Promise<T>} work @returns {Promise<T | null>} */
  function enqueue(owner, work) {
    return new Promise((resolve, reject) => {
      waiting.push({ owner, work, resolve, reject });
      serve();
    });
  }

  /** Takes back what an owner has asked and nobody has begun.  @param {string} owner */
  function forget(owner) {
    for (const each of waiting.filter((one) => one.owner === owner)) each.resolve(null);
    waiting = waiting.filter((one) => one.owner !== owner);
  }

  /** @param {NamedAsk} ask */
  const keyOf = (ask) => [ask.design, ask.face, ask.hidden, ask.tokens.join(".")].join("|");

  /** @param {string} key @param {Answer} answer */
  function keep(key, answer) {
    kept.delete(key);
    kept.set(key, answer);
    if (kept.size > KEPT) kept.delete(/** @type {string} */ (kept.keys().next().value));
  }

  return {
    forget,
    /** An answer that is there already.  @param {NamedAsk} ask */
    known: (ask) => kept.get(keyOf(ask)),
    /** @param {NamedAsk} ask @param {Answer} answer @param {string} mark  under which it can be dropped */
    remember(ask, answer, mark) {
      marked.set(mark, keyOf(ask));
      keep(keyOf(ask), answer);
    },
    /** @param {string} mark */
    drop: (mark) => kept.delete(marked.get(mark) || ""),
    /** A picture and its attention; null if it was taken back.  @param {string} owner @param {NamedAsk} ask @returns {Promise<Answer | null>} */
    async synthesize(owner, ask) {
      const key = keyOf(ask);
      const old = kept.get(key);
      if (old) {
        keep(key, old);
        return old;
      }
      return enqueue(owner, async () => {
        const { face, ...asked } = ask;
        const answer = kept.get(key) || (await engine.synthesize(asked));
        if (answer) keep(key, answer);
        return answer;
      });
    },
    /** @param {string} owner @param {import("./engine.js").Exhibit} exhibit */
    judge: (owner, exhibit) => enqueue(owner, () => engine.judge(exhibit)),
    /** @param {string} owner @param {import("./engine.js").Pair} pair */
    intensities: (owner, pair) => enqueue(owner, () => engine.intensities(pair)),
  };
}

/** @typedef {ReturnType<typeof desk>} Desk */
