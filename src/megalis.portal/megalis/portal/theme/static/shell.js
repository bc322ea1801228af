/* e-mégalis: the reader's choice of theme, set before the first paint; nothing else may block the page. */
(function () {
  "use strict";
  var root = document.documentElement;
  var key = "megalis.theme";
  function read() {
    try { return localStorage.getItem(key); } catch (refused) { return null; }
  }
  function dark() {
    if (root.dataset.theme) return root.dataset.theme === "sombre";
    return matchMedia("(prefers-color-scheme: dark)").matches;
  }
  var chosen = read();
  if (chosen === "clair" || chosen === "sombre") root.dataset.theme = chosen;
  document.addEventListener("DOMContentLoaded", function () {
    var button = document.querySelector(".mg-theme");
    if (button) {
      var say = function () { button.textContent = dark() ? "Passer au thème clair" : "Passer au thème sombre"; };
      button.hidden = false;
      say();
      button.addEventListener("click", function () {
        root.dataset.theme = dark() ? "clair" : "sombre";
        try { localStorage.setItem(key, root.dataset.theme); } catch (refused) { /* private browsing: for this page only */ }
        say();
      });
    }
    var menu = document.querySelector(".mg-menu");
    if (menu) {
      document.addEventListener("keydown", function (event) {
        if (event.key === "Escape" && menu.open) { menu.open = false; menu.querySelector("summary").focus(); }
      });
      document.addEventListener("click", function (event) {
        if (menu.open && !menu.contains(event.target)) menu.open = false;
      });
    }
    var summary = document.querySelector(".mg-errors");
    if (summary) { summary.tabIndex = -1; summary.focus(); }
  });
})();
