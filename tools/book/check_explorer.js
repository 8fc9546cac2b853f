// What check_widgets.py calls in a page: uses each explorer as a reader does and notes what changed.
async () => {
  const notes = { first: true, sentence: true, tools: true, shared: true, bytes: 0, labels: [], milliseconds: [] };
  const wait = (time) => new Promise((go) => setTimeout(go, time));
  const until = async (holds) => {
    for (let tries = 0; tries < 3000 && !holds(); tries++) await wait(20);
    return holds();
  };
  try {
    const roots = Array.from(document.querySelectorAll("[data-lfes-explorer]"));
    for (const [place, root] of roots.entries()) {
      root.scrollIntoView();
      const all = (name) => Array.from(root.querySelectorAll(name)), [field] = all(".lfes-say textarea");
      const seen = () => all(".lfes-stage > .lfes-figures canvas")[1]?.toDataURL();
      const rested = () => root.dataset.waiting === "false";
      notes.first &&= (await until(() => all(".lfes-words button").length && rested())) && all(".lfes-loader").length > 0;
      notes.bytes = Math.max(notes.bytes, root.outerHTML.length);
      const before = seen(), start = performance.now();
      field.value = ["A woman with a slightly lowered brow.", "A man with slightly closed eyes."][place % 2];
      field.dispatchEvent(new Event("input"));
      notes.sentence &&= await until(() => rested() && seen() !== before && all(".lfes-words button").length < 8);
      notes.milliseconds.push(Math.round(performance.now() - start)); // with the model that is loaded
      if (root.dataset.tools) for (const box of all(".lfes-tool")) box.open = true; // all tools: check_front_end
      await wait(300);
      const told = () => all(".lfes-tool [role=status]").map(({ textContent }) => textContent).join();
      notes.tools &&= (await until(() => !/Working/.test(told()))) && !/did not work/.test(told());
      notes.labels.push(...all("canvas[role=img]").filter((one) => one.checkVisibility()).map((one) => one.ariaLabel));
    }
    const asked = performance.getEntriesByType("resource").map(({ name }) => name.split("/").pop());
    notes.shared = asked.filter((name) => name === "data.json").length === 1; // explorers of a page share what they load
    notes.wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
  } catch (error) { notes.error = String(error); }
  return notes;
}
