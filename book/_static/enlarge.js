// A click on a figure, or Enter, shows it as large as the window; Escape or a click closes it.
document.addEventListener("DOMContentLoaded", () => {
  const dialog = document.createElement("dialog");
  dialog.className = "enlarged";
  dialog.addEventListener("click", () => dialog.close());
  // The theme's search takes Escape for itself.
  dialog.addEventListener("keydown", (event) => {
    if (event.key === "Escape") dialog.close();
  });
  document.body.append(dialog);
  const figures = ".bd-article :is(p, figure) img, div.cell_output img, div.cell_output svg[role=img]";
  for (const figure of document.querySelectorAll(figures)) {
    if (figure.closest("section[class^=lfes-], .lfes-x")) continue; // a widget's pictures are its own
    const trigger = figure.closest("a") ?? figure; // without this script the link leads to the picture
    const enlarge = (event) => {
      event.preventDefault();
      const large = figure.cloneNode(true);
      for (const name of ["role", "tabindex", "width", "height"]) large.removeAttribute(name);
      if (large instanceof HTMLImageElement) large.removeAttribute("style");
      dialog.classList.toggle("drawing", large instanceof SVGElement);
      dialog.replaceChildren(large);
      dialog.showModal();
    };
    figure.classList.add("enlarges");
    trigger.setAttribute("tabindex", 0);
    trigger.setAttribute("aria-haspopup", "dialog");
    trigger.addEventListener("click", enlarge);
    trigger.addEventListener("keydown", (event) => {
      if (event.key === "Enter") enlarge(event);
    });
  }
});
