// What check_widgets.py calls in a page: uses the builder as a reader does and notes what changed.
() => {
  const notes = {}, root = document.querySelector('[data-part="sentence_builder"]');
  try {
    const lists = Array.from(root.querySelectorAll("select")), [subject, emotion, protocol] = lists, units = lists.slice(3);
    const sentence = root.querySelector("textarea"), status = root.querySelector("[role=status]"), seed = root.querySelector("input");
    const buttons = root.querySelectorAll(".lfes-controls button");
    const name = (box) => box.closest("label")?.firstChild.textContent ?? box.textContent;
    const choose = (list, value) => { list.value = value; list.dispatchEvent(new Event("change")); };
    const type = (text) => { sentence.value = text; sentence.dispatchEvent(new Event("input")); };
    const boxes = () => ({
      subject: subject.value, emotion: emotion.value, sentence: sentence.value,
      units: Object.fromEntries(units.filter((list) => list.value).map((list) => [parseInt(name(list)), list.value])),
    });
    notes.choices = [boxes()];
    for (const list of [subject, emotion, protocol]) {
      for (const option of list.options) { choose(list, option.value); notes.choices.push(boxes()); }
    }
    for (const list of units) {
      const was = list.value;
      for (const option of list.options) { choose(list, option.value); notes.choices.push(boxes()); }
      choose(list, was);
    }
    const before = sentence.value, first = seed.value;
    buttons[0].click();
    notes.otherWords = sentence.value !== before;
    seed.value = first;
    seed.dispatchEvent(new Event("input"));
    notes.seedRepeats = sentence.value === before;
    type("a man with significantly crease nose and slightly parted lips");
    notes.typing = JSON.stringify(boxes().units) === '{"9":"5","25":"2"}' && subject.value === "man" && !emotion.value;
    type("a man smiling broadly with wide eyes");
    status.querySelector("button")?.click();
    notes.everyday = JSON.stringify(boxes().units) === '{"5":"0","12":"5"}' && subject.value === "man";
    type("a man with significantly crease nose and slightly parted lips");
    type("A man with partd lips.");
    notes.refusal = status.textContent.includes("partd") && status.textContent.includes("parted lips");
    notes.boxesAfterRefusal = JSON.stringify(boxes().units) === '{"9":"5","25":"2"}';
    buttons[1].click();
    notes.stillFace = JSON.stringify(boxes().units) === "{}" && sentence.value.includes("neutral face");
    const controls = Array.from(root.querySelectorAll("select, input, textarea, button"));
    notes.labels = controls.map((box) => name(box).trim());
    notes.unreachable = controls.filter((box) => { box.focus(); return document.activeElement !== box; }).map(name);
    notes.bytes = root.outerHTML.length;
    notes.wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
  } catch (error) { notes.error = String(error); }
  return notes;
}
