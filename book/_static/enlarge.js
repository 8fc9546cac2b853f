// A click on a figure shows it as large as the window; Escape or a click closes it.
document.addEventListener("DOMContentLoaded", () => {
  const dialog = document.createElement("dialog");
  dialog.className = "enlarged";
  dialog.addEventListener("click", () => dialog.close());
  document.body.append(dialog);
  for (const image of document.querySelectorAll("div.cell_output img")) {
    const enlarge = () => {
      const large = new Image();
      large.src = image.src;
      large.alt = image.alt;
      dialog.replaceChildren(large);
      dialog.showModal();
    };
    image.tabIndex = 0;
    image.title = "Enlarge";
    image.addEventListener("click", enlarge);
    image.addEventListener("keydown", (event) => {
      if (event.key === "Enter") enlarge();
    });
  }
});
