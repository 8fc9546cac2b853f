// What the dialog of photograph.js consists of; what happens is there.

import { button, make, newId } from "./parts.js";
import { IMAGE_SIZE } from "./placement.js";
import { Stage } from "./stage.js";

/**
 * @typedef {object} Listeners
 * @property {(file: Blob) => void} take a file was chosen
 * @property {(data: DataTransfer | null) => void} given something was dropped or pasted
 * @property {() => void} watch the camera is wanted
 * @property {() => void} snap a picture is taken with it
 * @property {() => void} restart another picture is wanted
 * @property {(which: number, point: import("./placement.js").Point) => void} moved a handle was moved
 * @property {(whole: boolean) => void} look the whole picture is wanted, or the face larger
 * @property {() => void} asFound the finder's points are wanted again
 * @property {() => void} use the face is taken
 * @property {() => void} closed the dialog is gone
 */

/** @param {Listeners} on where pictures come from */
function sources(on) {
  const file = make("input", {
    type: "file", accept: "image/*", class: "lfes-photo-file", tabIndex: -1, "aria-hidden": "true",
    onchange: () => {
      const chosen = file.files?.[0];
      if (chosen) on.take(chosen);
      file.value = ""; // so that the same one can be chosen again
    },
  });
  const choose = button("Choose a file", () => file.click(), { class: "lfes-photo-main" });
  const element = make("div", { class: "lfes-photo-source" }, file,
    make("p", {}, "Drop a picture here, or"),
    make("div", { class: "lfes-photo-row" }, choose, button("Use the camera", on.watch)),
    make("p", { class: "lfes-photo-quiet" }, "Best is one face, seen from the front, upright, in even light."));
  return { element, choose };
}

/** @param {Listeners} on */
function camera(on) {
  const video = make("video", { class: "lfes-photo-video", playsInline: true, muted: true, "aria-label": "What the camera sees, mirrored" });
  const shoot = button("Take the picture", on.snap, { class: "lfes-photo-main" });
  const element = make("div", { class: "lfes-photo-watching" }, video,
    make("div", { class: "lfes-photo-row" }, shoot, button("Stop the camera", on.restart)));
  return { element, video, shoot };
}

/** @param {Listeners} on */
function placing(on) {
  const help = newId("help"), stage = new Stage(on.moved, help);
  const crop = make("canvas", { class: "lfes-photo-preview", width: IMAGE_SIZE, height: IMAGE_SIZE, role: "img",
    "aria-label": "The face as it lies on the frame" });
  const several = make("fieldset", { class: "lfes-photo-several" });
  const look = () => on.look(whole.getAttribute("aria-pressed") !== "true");
  const whole = button("Whole picture", look, { "aria-pressed": "false" });
  const asFound = button("Points as found", on.asFound);
  const element = make("div", { class: "lfes-photo-placing" },
    make("div", { class: "lfes-photo-picture" }, stage.element, make("div", { class: "lfes-photo-row" }, whole, asFound)),
    make("div", { class: "lfes-photo-side" },
      make("figure", { class: "lfes-photo-cut" }, crop, make("figcaption", {}, "What the model will see")),
      several,
      make("p", { class: "lfes-photo-quiet", id: help },
        "Drag the points to the middles of both eyes and of the mouth, or move them with the arrow keys (with Shift, in larger steps).")));
  return { element, stage, crop, several, whole, asFound };
}

/** @param {string} privacy what is said about where the picture goes @param {Listeners} on */
export function layout(privacy, on) {
  const title = newId("title"), told = newId("privacy");
  const [from, live, place] = [sources(on), camera(on), placing(on)];
  const said = make("p", { class: "lfes-photo-said" });
  const notes = make("ul", { class: "lfes-photo-notes" });
  const accept = button("Use this face", on.use, { class: "lfes-photo-main" });
  const other = button("Another picture", on.restart);
  const over = (/** @type {boolean} */ yes) => from.element.classList.toggle("lfes-photo-over", yes);
  const dialog = make("dialog", {
    class: "lfes-photograph", "aria-labelledby": title, "aria-describedby": told,
    "data-lm-suppress-shortcuts": "true", // JupyterLab's
    onclose: on.closed,
    onkeydown: (/** @type {KeyboardEvent} */ event) => {
      event.stopPropagation(); // the page has shortcuts, and takes Escape for itself
      if (event.key === "Escape") dialog.close();
    },
    ondragover: (/** @type {DragEvent} */ event) => {
      event.preventDefault();
      over(true);
    },
    ondragleave: () => over(false),
    ondrop: (/** @type {DragEvent} */ event) => {
      event.preventDefault();
      over(false);
      on.given(event.dataTransfer);
    },
    onpaste: (/** @type {ClipboardEvent} */ event) => on.given(event.clipboardData),
  },
    make("div", { class: "lfes-photo-head" }, make("h2", { id: title }, "A face of your own"),
      button("×", () => dialog.close(), { class: "lfes-photo-close", "aria-label": "Close" })),
    make("p", { class: "lfes-photo-private", id: told }, privacy),
    from.element, live.element, place.element,
    make("div", { class: "lfes-photo-foot" }, make("div", { class: "lfes-photo-told", role: "status" }, said, notes),
      make("div", { class: "lfes-photo-row" }, accept, other, button("Cancel", () => dialog.close()))));
  return { dialog, from, live, place, said, notes, accept, other };
}
