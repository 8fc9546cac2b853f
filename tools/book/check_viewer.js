// What check_widgets.py calls in a page: uses the movement viewer as a reader does and notes what changed.
async () => {
  const notes = {}, root = document.querySelector('[data-part="movements"]'), part = (name) => root.querySelector(name);
  try {
    const wait = (time) => new Promise((go) => setTimeout(go, time));
    const picture = () => root.querySelectorAll(".lfes-frame img")[1], where = () => part(".lfes-tick input"), code = () => picture().closest("figure").querySelector("figcaption");
    const state = () => ({ picture: picture().src, map: part(".lfes-over").src, code: code().textContent,
      sentence: part("[role=status] b").textContent, muscle: part("dd").textContent });
    const ready = async (before) => {
      for (let tries = 0; tries < 400 && root.dataset.ready === before; tries++) await wait(20);
      return state();
    };
    const after = async (action) => { const before = root.dataset.ready; action(); return ready(before); };
    const start = await ready(undefined), list = part("select"), radios = Array.from(root.querySelectorAll("[type=radio]"));
    notes.start = { code: start.code, sentence: start.sentence };
    const seen = new Set();
    for (const option of Array.from(list.options)) {  // every Action Unit has pictures of its own
      if (option.value !== list.value) {
        await after(() => { list.value = option.value; list.dispatchEvent(new Event("change")); });
      }
      seen.add(picture().src);
    }
    notes.units = list.options.length;
    const bare = (image) => { const { padding, backgroundColor } = getComputedStyle(image); return padding === "0px" && /, 0\)$/.test(backgroundColor); };
    notes.bare = Array.from(root.querySelectorAll(".lfes-frame img")).every(bare); // no card of the book's figures around them
    notes.unit = seen.size === list.options.length && code().textContent !== start.code;
    const levels = new Set();
    for (const radio of radios.slice(0, -1)) { const now = await after(() => radio.click()); levels.add(now.picture); }
    levels.add((await after(() => radios[5].click())).picture);
    notes.levels = levels.size === 6;
    const rest = await after(() => radios[0].click());
    notes.rest = rest.picture === part(".lfes-frame img").src && rest.sentence.includes("neutral");
    await after(() => radios[5].click());
    // The arrow keys of native lists and radio buttons belong to the browser; here: everything can be reached by Tab.
    const reachable = Array.from(root.querySelectorAll("select, input, button")).filter((item) => item.tabIndex >= 0);
    reachable.forEach((item) => { item.focus(); item.dataset.reached = String(document.activeElement === item); });
    notes.keys = reachable.length === radios.length + 3 && reachable.every((item) => item.dataset.reached === "true");
    const mapped = await after(() => where().click());
    notes.map = !part(".lfes-over").hidden && mapped.map.startsWith("data:") && !part(".lfes-colors").parentElement.hidden
      && getComputedStyle(picture()).filter.includes("grayscale") && part("[role=status]").textContent.includes("pixels");
    await after(() => where().click());
    notes.map = notes.map && part(".lfes-over").hidden;
    const codes = new Set();
    const before = state();
    part(".lfes-play").click();
    for (let tries = 0; tries < 200 && part(".lfes-play").getAttribute("aria-pressed") === "true"; tries++) {
      codes.add(code().textContent); await wait(50);
    }
    await wait(200);
    notes.play = codes.size >= 5 && state().picture === before.picture;
    notes.labels = Array.from(root.querySelectorAll(".lfes-frame img:not([hidden])")).map((image) => image.alt)
      .concat(Array.from(root.querySelectorAll("select, input")).map((item) => item.getAttribute("aria-label") || item.labels[0].textContent.trim()));
    notes.bytes = root.outerHTML.length;
    notes.wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
    if (where().checked === false) await after(() => where().click());
  } catch (error) { notes.error = String(error); }
  return notes;
}
