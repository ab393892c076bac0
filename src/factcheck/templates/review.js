"use strict";
(() => {
  const main = document.querySelector("main");
  const [said, failed, keys] = ["said", "failed", "keys"].map((id) => document.getElementById(id));
  const card = () => document.getElementById("card");
  const place = () => Number(card().dataset.place);
  let busy = false; // until the next text is shown a key would be meant for one that nobody has seen

  const ask = async (address, body, words) => {
    if (busy) return;
    busy = true;
    try {
      const options = body ? { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) } : {};
      const reply = await fetch(address, options);
      const text = await reply.text();
      if (!reply.ok) throw new Error(text.slice(0, 300));
      main.innerHTML = text; // the server has escaped what people wrote
      said.textContent = words ? `${words} ${document.getElementById("decided").textContent}.` : "";
      failed.textContent = "";
      card().focus({ preventScroll: true });
      window.scrollTo(0, 0);
    } catch (error) {
      const gone = error instanceof TypeError;
      const advice = gone ? "factcheck review does not answer. Start it again and open the address that it prints; what was decided before is kept" : error.message;
      said.textContent = "";
      failed.textContent = `${body ? "Not written" : "Not shown"}: ${advice}.`;
    } finally {
      busy = false;
    }
  };

  const note = () => document.getElementById("note");
  const decide = (label) => ask("decide", { place: place(), label, note: note().value }, `Written: ${label}.`);
  const ACTS = {
    confirm: () => decide(card().dataset.verdict),
    label: (button) => decide(button.dataset.label),
    undo: () => ask("undo", { place: place() }, "Taken back."),
    move: (button) => ask(`card?place=${place() + Number(button.dataset.step)}`),
  };

  const act = (button) => {
    if (button && !button.disabled) ACTS[button.dataset.do](button);
  };

  main.addEventListener("click", (event) => act(event.target.closest("[data-do]")));
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const within = event.target.closest("textarea, button, a, input");
    if (event.key === "Escape" && event.target === note()) card().focus();
    if (!keys.checked || (within && (within === note() || event.key === "Enter"))) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (key === "e") {
      note().focus();
      event.preventDefault();
      return;
    }
    const button = card().querySelector(`[data-do][aria-keyshortcuts="${CSS.escape(key)}"]`);
    if (!button) return;
    event.preventDefault();
    if (!event.repeat || button.dataset.do === "move") act(button); // a key held down decides once
  });
  card().focus({ preventScroll: true });
})();
