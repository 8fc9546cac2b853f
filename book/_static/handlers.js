// What the theme and the explorer write into attributes elsewhere; a page's Content-Security-Policy allows no such script.
document.addEventListener("click", ({ target }) => {
  if (target instanceof Element && target.closest("[data-prints]")) window.print();
});
// A script that could not be loaded says so by the element before it.
document.addEventListener(
  "error",
  ({ target }) => {
    if (target instanceof HTMLScriptElement && "orTell" in target.dataset) target.previousElementSibling.hidden = false;
  },
  true,
);
