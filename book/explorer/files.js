// Files that are fetched once and kept: the browser's cache holds them under their SHA-256, and a copy that does not
// match it is fetched anew.

/** @typedef {{ file: string, sha256: string, bytes: number }} Entry  of models.json: `bytes` travel, compressed */
/** @typedef {(done: number, total: number) => void} Progress */

const STORE = "lfes-explorer";

/** The files of a folder. @param {string} home its address */
export function filesOf(home) {
  /** @type {Promise<Record<string, Entry>> | undefined} */
  let listed;
  /** @type {Map<string, Promise<Uint8Array<ArrayBuffer>>>} */
  const loading = new Map();

  async function list() {
    const response = await arrived(new URL("models.json", home).href, "no-cache");
    /** @type {Record<string, Entry>} */
    const entries = await response.json();
    await forgetOthers(home, Object.values(entries));
    return entries;
  }

  return {
    /**
     * The contents of files, by their names in models.json.
     * @param {string[]} names @param {Progress} onProgress
     * @returns {Promise<Uint8Array<ArrayBuffer>[]>}
     */
    async load(names, onProgress) {
      listed ??= list();
      const entries = await listed.catch((reason) => {
        listed = undefined;
        throw reason;
      });
      const total = names.reduce((sum, name) => sum + entries[name].bytes, 0), done = names.map(() => 0);
      return Promise.all(names.map((name, place) => {
        const { file, sha256, bytes } = entries[name];
        let content = loading.get(name);
        if (!content) {
          content = kept(home, file, sha256, (arrived) => {
            done[place] = Math.min(arrived, bytes);
            onProgress(done.reduce((sum, each) => sum + each), total);
          });
          loading.set(name, content);
          content.finally(() => loading.delete(name)).catch(() => {});
        }
        return content.then((whole) => {
          done[place] = bytes;
          onProgress(done.reduce((sum, each) => sum + each), total);
          return whole;
        });
      }));
    },
  };
}

/** From the cache if it is sound, else from the server.
 *  @param {string} home @param {string} file @param {string} sha256 @param {(bytes: number) => void} onBytes */
async function kept(home, file, sha256, onBytes) {
  const store = await openStore(), address = new URL(file, home).href, old = await store?.match(address);
  if (old) {
    const content = new Uint8Array(await old.arrayBuffer());
    if (await isSound(content, sha256)) return content;
    await store?.delete(address);
  }
  // A damaged file may lie in the browser's other cache, that of HTTP: the second time it is passed by.
  for (const cache of /** @type {RequestCache[]} */ (["default", "reload"])) {
    const content = await unpacked(await received(await arrived(address, cache), onBytes));
    if (content && await isSound(content, sha256)) {
      await store?.put(address, new Response(content)).catch(() => {}); // the disk may be full
      return content;
    }
  }
  throw new Error(`${file} arrived damaged, twice.`);
}

/** Removes what an earlier version of this folder has kept. @param {string} home @param {Entry[]} entries */
async function forgetOthers(home, entries) {
  const store = await openStore(), current = new Set(entries.map(({ file }) => new URL(file, home).href));
  for (const { url } of await store?.keys() ?? []) {
    if (url.startsWith(home) && !current.has(url)) await store?.delete(url);
  }
}

/** No cache where the browser has none, as in a private window or without HTTPS. */
async function openStore() {
  return globalThis.caches?.open(STORE).catch(() => undefined);
}

/** @param {string} address @param {RequestCache} cache */
async function arrived(address, cache) {
  const file = address.slice(address.lastIndexOf("/") + 1);
  const response = await fetch(address, { cache }).catch(() => {
    throw new Error(`${file} could not be fetched: is there a connection?`);
  });
  if (!response.ok) throw new Error(`${file} could not be fetched: the server answered ${response.status}.`);
  return response;
}

/** @param {Response} response @param {(bytes: number) => void} onBytes */
async function received(response, onBytes) {
  const parts = [], reader = /** @type {ReadableStream<Uint8Array<ArrayBuffer>>} */ (response.body).getReader();
  let bytes = 0;
  for (;;) {
    const { done, value } = await reader.read().catch(() => {
      throw new Error("The connection was lost while the model was loading.");
    });
    if (done) return new Blob(parts);
    parts.push(value);
    onBytes(bytes += value.length);
  }
}

/** The content of a gzip file; of another file, itself: some servers unpack on the way. Null if it is damaged.
 *  @param {Blob} file */
async function unpacked(file) {
  const [first, second] = new Uint8Array(await file.slice(0, 2).arrayBuffer());
  if (first !== 0x1f || second !== 0x8b) return new Uint8Array(await file.arrayBuffer());
  const content = new Response(file.stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
  return content.then((bytes) => new Uint8Array(bytes), () => null);
}

/** @param {Uint8Array<ArrayBuffer>} content @param {string} sha256 */
async function isSound(content, sha256) {
  if (!globalThis.crypto?.subtle) return true; // without HTTPS a browser has no SHA-256
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", content));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("") === sha256;
}
