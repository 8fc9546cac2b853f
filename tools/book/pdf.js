// A page as it is printed: dressed for paper, folded answers open, and still. Returns what its headings say.
async (style) => {
  document.head.append(Object.assign(document.createElement("style"), { textContent: style }));
  // Folded on the screen and needed on paper: answers, outputs and hints. The code of a figure stays folded.
  const answers = ".solution ~ .cell details.above-input, .tag_solution details";
  const others = "details.below-input, details.sd-dropdown";
  for (const each of document.querySelectorAll(`${answers}, ${others}`)) each.open = true;
  await new Promise((go) => {
    const start = performance.now();
    let last = start;
    const watch = new MutationObserver(() => {
      last = performance.now();
    });
    watch.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
    const look = () => {
      const now = performance.now();
      if (now - last < 1500 && now - start < 60000) return setTimeout(look, 100); // panels fetch what they show
      watch.disconnect();
      go();
    };
    look();
  });
  for (const each of document.querySelectorAll("[data-lfes-explorer] :is(h1, h2, h3, h4, h5, h6)"))
    each.outerHTML = `<p><strong>${each.innerHTML}</strong></p>`; // a panel has no place in the table of contents
  const headings = [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")].filter((each) => each.checkVisibility());
  return { headings: headings.map(({ innerText }) => innerText.split(/\s+/).join(" ").trim()) };
};
