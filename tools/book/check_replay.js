// What check_widgets.py calls in a page: uses the replay of training as a reader does and notes what changed.
async () => {
  const notes = {}, root = document.querySelector('[data-part="replay"]'), part = (name) => root.querySelector(name);
  try {
    const wait = (time) => new Promise((go) => setTimeout(go, time));
    const pictures = () => Array.from(root.querySelectorAll(".lfes-frame img"));
    const state = () => ({ sources: pictures().map((image) => image.src), places: pictures().map((image) => image.style.transform).join(),
      sentence: part("[role=status] b").textContent, clock: part(".lfes-wide span").textContent, note: part(".lfes-note").textContent,
      now: part(".lfes-panels").textContent });
    const ready = async (before) => {
      for (let tries = 0; tries < 400 && root.dataset.ready === before; tries++) await wait(20);
      return state();
    };
    const after = async (action) => { const before = root.dataset.ready; action(); return ready(before); };
    const start = await ready(undefined), slider = part("[type=range]"), last = Number(slider.max);
    const slide = (place) => after(() => { slider.value = place; slider.dispatchEvent(new Event("input")); });
    notes.steps = last + 1;
    const people = root.querySelectorAll("[type=radio]").length, wide = (item) => item.getBoundingClientRect().width;
    notes.one = pictures().every((image) => Math.abs(wide(image) - people * wide(image.parentElement)) < 1); // person in a frame
    notes.start = { clock: start.clock, note: start.note };
    const first = await slide(0);
    // The neutral and the true picture stay; what was synthesized changes.
    notes.slider = first.clock !== start.clock && first.sources.slice(1, -1).every((source, run) => source !== start.sources[run + 1])
      && first.sources[0] === start.sources[0] && first.sources.at(-1) === start.sources.at(-1);
    notes.curves = first.now !== start.now;
    const radios = Array.from(root.querySelectorAll("[type=radio]"));
    const other = await after(() => radios[1].click());
    notes.person = other.sentence !== first.sentence && other.places !== first.places && other.clock === first.clock;
    await after(() => radios[0].click());
    // The arrow keys of native sliders and radio buttons belong to the browser; here: everything can be reached by Tab.
    const reachable = Array.from(root.querySelectorAll("input, button")).filter((item) => item.tabIndex >= 0);
    notes.keys = reachable.length === radios.length + 2 && reachable.every((item) => { item.focus(); return document.activeElement === item; });
    const clocks = new Set();
    part(".lfes-play").click();
    for (let tries = 0; tries < 600 && part(".lfes-play").getAttribute("aria-pressed") === "true"; tries++) {
      clocks.add(part(".lfes-wide span").textContent); await wait(50);
    }
    notes.play = clocks.size === last + 1 && Number(slider.value) === last;
    notes.labels = [...pictures().map((image) => image.alt), slider.getAttribute("aria-valuetext"), ...Array.from(root.querySelectorAll("svg"), (plot) => plot.getAttribute("aria-label")),
      ...radios.map((radio) => radio.getAttribute("aria-label"))];
    notes.bytes = root.outerHTML.length;
    notes.wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
  } catch (error) { notes.error = String(error); }
  return notes;
}
