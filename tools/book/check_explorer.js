// What check_explorer.py adds to a copy of the page: uses the explorer as a reader does and notes what changed.
addEventListener("load", async () => {
  const notes = {}, root = document.getElementById("attention-explorer"), part = (name) => root.querySelector(name);
  const note = document.createElement("pre");
  note.id = "widget-notes";
  try {
    const ready = async (before) => {
      for (let tries = 0; tries < 400 && root.dataset.ready === before; tries++) await new Promise((go) => setTimeout(go, 20));
      return { picture: part(".picture").toDataURL(), map: part(".map").toDataURL(), sentence: part(".sentence").textContent };
    };
    const choose = async (list, index) => {
      const before = root.dataset.ready;
      list.value = String(index);
      list.dispatchEvent(new Event("change"));
      return ready(before);
    };
    const start = await ready(undefined), lists = Array.from(root.querySelectorAll("select"));
    notes.choices = [];
    let last = start;
    for (const list of lists) {
      const was = list.selectedIndex, now = await choose(list, was ? 0 : 1);
      notes.choices.push({ label: list.closest("label").firstChild.textContent, picture: now.picture !== last.picture,
        map: now.map !== last.map, sentence: now.sentence !== last.sentence });
      last = await choose(list, was);
    }
    notes.back = last.picture === start.picture && last.map === start.map && last.sentence === start.sentence;
    const buttons = () => Array.from(root.querySelectorAll(".words button"));
    const pressed = () => buttons().findIndex((button) => button.getAttribute("aria-pressed") === "true");
    notes.words = buttons().map((button) => button.textContent);
    let before = root.dataset.ready;
    buttons()[0].click();
    const first = await ready(before);
    notes.click = pressed() === 0 && first.map !== last.map && first.picture === last.picture;
    before = root.dataset.ready;
    buttons()[0].focus();
    buttons()[0].dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true }));
    const second = await ready(before);
    notes.keyboard = pressed() === 1 && second.map !== first.map && document.activeElement === buttons()[1];
    before = root.dataset.ready;
    root.querySelector("input[type=checkbox]").click();
    const own = await ready(before);
    notes.scale = own.map !== second.map;
    notes.labels = Array.from(root.querySelectorAll("canvas[role=img]")).map((canvas) => canvas.getAttribute("aria-label"));
    notes.status = part(".status").textContent;
    notes.bytes = root.outerHTML.length;
    notes.wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
    before = root.dataset.ready;
    root.querySelector("input[type=checkbox]").click();
    await ready(before);
    root.scrollIntoView();
  } catch (error) { notes.error = String(error); }
  note.textContent = JSON.stringify(notes);
  note.hidden = true;
  document.body.append(note);
});
