// To keep and to share: a picture, the settings, and a link that brings back exactly this state.

import { asPixels } from "./drawing.js";
import { button, make, newId } from "./parts.js";
import { PHOTOGRAPH } from "./people.js";
import { toFragment } from "./state.js";

/** @typedef {import("./explorer.js").Context} Context */

/** Hands a file to the reader.  @param {Blob} file @param {string} name */
function save(file, name) {
  const link = make("a", { href: URL.createObjectURL(file), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

/** @param {HTMLCanvasElement} canvas @returns {Promise<Blob>} */
const png = (canvas) =>
  new Promise((resolve, reject) =>
    canvas.toBlob((file) => (file ? resolve(file) : reject(new Error("no picture"))), "image/png"),
  );

/** @param {Context} ctx @returns {import("./tools.js").Tool} */
export function share(ctx) {
  const id = newId("link");
  const said = make("p", { class: "lfes-hint", role: "status" });
  const field = make("input", { type: "text", readOnly: true, id, onfocus: () => field.select() });
  const open = make("a", {}, "Open it");
  const { linked } = ctx.options;

  /** Canvases of the stage in a row, with their captions below.  @returns {HTMLCanvasElement} */
  function poster() {
    const figures = /** @type {HTMLElement[]} */ (Array.from(ctx.root.querySelectorAll(".lfes-stage > .lfes-figures > figure")));
    const side = 512;
    const line = 30;
    const sheet = make("canvas", { width: side * figures.length, height: side + 3 * line });
    const pen = /** @type {CanvasRenderingContext2D} */ (sheet.getContext("2d"));
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, sheet.width, sheet.height);
    pen.fillStyle = "#1b1f23";
    pen.font = "20px system-ui, sans-serif";
    figures.forEach((figure, place) => {
      const canvas = /** @type {HTMLCanvasElement} */ (figure.querySelector("canvas"));
      pen.drawImage(canvas, place * side, 0, side, side);
      const list = figure.querySelector("select");
      const text = list ? list.selectedOptions[0].text : figure.querySelector("figcaption")?.textContent || "";
      pen.fillText(text, place * side + 8, side + 24, side - 16);
    });
    pen.font = "bold 22px system-ui, sans-serif";
    pen.fillText(ctx.now.understood.sentence, 8, side + 2 * line + 10, sheet.width - 16);
    return sheet;
  }

  async function face() {
    if (!ctx.now.answer) return;
    const canvas = make("canvas", { width: 256, height: 256 });
    canvas.getContext("2d")?.putImageData(asPixels(ctx.now.answer.picture), 0, 0);
    save(await png(canvas), "face.png");
  }

  const settings = () =>
    new Blob(
      [
        JSON.stringify(
          {
            ...ctx.state,
            words: ctx.now.understood.words,
            read: ctx.now.understood.face,
            link: linked ? field.value : undefined,
          },
          null,
          2,
        ),
      ],
      { type: "application/json" },
    );

  async function copy() {
    try {
      await navigator.clipboard.writeText(field.value);
      said.textContent = "The link has been copied.";
    } catch {
      field.select();
      said.textContent = "The link is marked: copy it with Ctrl+C.";
    }
  }

  return {
    id: "share",
    title: "Keep and share",
    element: make(
      "div",
      {},
      make(
        "div",
        { class: "lfes-row" },
        button("Face as PNG", () => {
          face();
        }),
        button("Stage as PNG", () => {
          png(poster()).then((file) => save(file, "explorer.png"));
        }),
        button("Settings as JSON", () => save(settings(), "explorer.json")),
      ),
      linked &&
        make(
          "div",
          { class: "lfes-say" },
          make("label", { class: "lfes-name", for: id }, "Link to exactly this"),
          field,
          make(
            "div",
            { class: "lfes-row" },
            button("Copy the link", () => {
              copy();
            }),
            open,
          ),
        ),
      said,
    ),
    update() {
      field.value = open.href = `${location.href.split("#")[0]}#${toFragment(ctx.state)}`;
      if (ctx.state.person === PHOTOGRAPH)
        said.textContent = "The link cannot carry a photograph, and shows the first person instead.";
    },
  };
}
