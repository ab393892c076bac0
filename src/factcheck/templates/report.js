"use strict";
(() => {
  const PER_PAGE = 50;
  const data = JSON.parse(document.getElementById("rows").textContent);
  const { entries, rows, day, days, texts, statements, verdicts, reasons, stances, sizes } = data;
  const $ = (id) => document.getElementById(id);
  const form = document.querySelector(".controls");
  const body = $("list").tBodies[0];
  const heads = [...document.querySelectorAll("#list th[data-key]")];
  const pages = document.querySelector(".pages");
  const number = new Intl.NumberFormat("en");
  const opened = new Set();
  let found = [];
  let page = 0;
  let sorted = { key: "row", down: false };
  let narrowed = null; // rows of one statement, cluster or subject, asked for by a button above the table

  const statementOf = (entry) => (entries.cited[entry] >= 0 ? entries.cited[entry] : entries.nearest[entry]);
  const topicOf = (entry) => (statementOf(entry) >= 0 ? statements[statementOf(entry)][1] : "");
  const sizeOf = (entry) => sizes[entries.cluster[entry]] || 1;
  const folded = (text) => text.normalize("NFKC").toLowerCase();

  // What is searched: made once, when somebody first searches.
  let hay = null;
  const searched = () => {
    if (!hay) {
      const told = statements.map((own) => folded([own[0], own[2], own[3]].join("\n")));
      hay = entries.text.map((text, entry) => folded(texts[text]) + (entries.cited[entry] >= 0 ? "\n" + told[entries.cited[entry]] : ""));
    }
    return hay;
  };

  // ---- finding and sorting ------------------------------------------------------------------------------------------

  const KEYS = {
    row: (row) => row,
    text: (row) => texts[entries.text[rows[row]]],
    verdict: (row) => entries.verdict[rows[row]],
    probability: (row) => entries.probability[rows[row]],
    reason: (row) => reasons[entries.reason[rows[row]]][1],
    topic: (row) => topicOf(rows[row]),
    day: (row) => days[day[row]],
    size: (row) => sizeOf(rows[row]),
  };

  const find = () => {
    const wanted = folded($("search").value).split(/\s+/).filter(Boolean);
    const [verdict, reason, topic] = ["verdict", "reason", "topic"].map((id) => $(id).value);
    const good = new Uint8Array(entries.text.length);
    for (let entry = 0; entry < good.length; entry += 1) {
      good[entry] =
        (verdict === "" || entries.verdict[entry] === Number(verdict)) &&
        (reason === "" || entries.reason[entry] === Number(reason)) &&
        (topic === "" || topicOf(entry) === topic.slice(1)) &&
        (!narrowed || entries[narrowed.kind][entry] === narrowed.value) &&
        wanted.every((word) => searched()[entry].includes(word))
          ? 1
          : 0;
    }
    found = [];
    for (let row = 0; row < rows.length; row += 1) if (good[rows[row]]) found.push(row);
    sort();
  };

  const sort = () => {
    const { key, down } = sorted;
    if (key !== "row") {
      const values = new Map(found.map((row) => [row, KEYS[key](row)]));
      const fold = key === "text" || key === "topic" ? (value) => value.toLowerCase() : (value) => value;
      for (const [row, value] of values) values.set(row, fold(value));
      found.sort((a, b) => {
        const x = values.get(a);
        const y = values.get(b);
        return (x < y ? -1 : x > y ? 1 : 0) * (down ? -1 : 1) || a - b;
      });
    } else {
      found.sort((a, b) => (down ? b - a : a - b));
    }
    page = 0;
    draw();
    const [total, shown] = [number.format(rows.length), number.format(found.length)];
    $("status").textContent = found.length === rows.length ? `${total} posts` : `${shown} of ${total} posts`;
  };

  // ---- drawing ------------------------------------------------------------------------------------------------------

  const make = (name, attributes = {}, ...children) => {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.append(...children);
    return element;
  };

  const tag = (entry) => {
    const [label, role] = verdicts[entries.verdict[entry]];
    return make("span", { class: `tag ${role}` }, label || "no verdict");
  };

  const percent = (thousandths) => (thousandths < 0 ? "" : `${(thousandths / 10).toFixed(1)}%`);

  const draw = () => {
    const from = page * PER_PAGE;
    const shown = found.slice(from, from + PER_PAGE);
    body.replaceChildren(...shown.flatMap((row, place) => drawRow(row, from + place + 2)));
    if (!shown.length) body.append(make("tr", {}, make("td", { colspan: heads.length }, "No post fits. Clear the search and the filters to see all.")));
    $("list").setAttribute("aria-rowcount", found.length + 1);
    const last = Math.max(0, Math.ceil(found.length / PER_PAGE) - 1);
    $("page").textContent = found.length ? `${number.format(from + 1)} to ${number.format(from + shown.length)} of ${number.format(found.length)}` : "none";
    for (const button of pages.querySelectorAll("button")) {
      button.disabled = ["first", "previous"].includes(button.dataset.go) ? page === 0 : page === last;
    }
  };

  const drawRow = (row, index) => {
    const entry = rows[row];
    const open = opened.has(row);
    const text = texts[entries.text[entry]];
    const button = make("button", { type: "button", class: "open", dir: "auto", "aria-expanded": open, "data-row": row });
    const words = make("span");
    if (open) mark(words, text, entry);
    else words.textContent = text.trim() || "(no text)";
    button.append(words);
    const cells = {
      row: number.format(row + 1),
      text: button,
      verdict: tag(entry),
      probability: percent(entries.probability[entry]),
      reason: reasons[entries.reason[entry]][1],
      topic: make("bdi", {}, topicOf(entry)),
      day: days[day[row]],
      size: sizeOf(entry) > 1 ? number.format(sizeOf(entry)) : "",
    };
    const line = make("tr", { "aria-rowindex": index });
    for (const head of heads) line.append(make("td", { class: head.className }, cells[head.dataset.key]));
    if (!open) return [line];
    line.className = "opened";
    button.setAttribute("aria-controls", `detail-${row}`);
    return [line, drawDetail(row, entry)];
  };

  const drawDetail = (row, entry) => {
    const list = make("dl");
    const say = (name, ...value) => list.append(make("dt", {}, name), make("dd", {}, ...value));
    const place = statementOf(entry);
    if (entries.error[entry]) say("Error", make("bdi", {}, entries.error[entry]));
    if (place >= 0) {
      const [id, , text, publisher, url, published] = statements[place];
      const words = make("span", { dir: "auto" });
      mark(words, text, entry);
      say(entries.cited[entry] >= 0 ? "Statement" : "Nearest statement", words, id ? make("code", {}, ` ${id}`) : "");
      say("Publisher", make("bdi", {}, publisher || "not named"));
      if (/^https?:\/\//i.test(url)) say("Address", make("a", { href: url, rel: "noopener noreferrer external" }, url));
      say("Published", published || "no date");
    }
    say("Verdict", tag(entry), ` ${percent(entries.probability[entry])} `, make("span", { class: "note" }, reasons[entries.reason[entry]][2]));
    const likely = entries.stances[entry];
    if (likely.length) {
      const all = stances.map((name, i) => make(likely[i] === Math.max(...likely) ? "b" : "span", {}, `${name} ${percent(likely[i])}`));
      say("Probabilities", make("span", { class: "stances" }, ...all));
    }
    if (days[day[row]]) say("Posted", days[day[row]]);
    if (sizeOf(entry) > 1) {
      const alike = make("button", { type: "button", class: "show", "data-kind": "cluster", "data-value": entries.cluster[entry] });
      alike.textContent = `Show the ${number.format(sizeOf(entry))} posts that repeat each other`;
      say("Alike", alike);
    }
    if (texts[entries.text[entry]].length > data.cut) say("Cut", `the post is longer; row ${number.format(row + 1)} of ${data.name} has all of it`);
    const role = verdicts[entries.verdict[entry]][1];
    return make("tr", { class: `detail ${role}`, id: `detail-${row}` }, make("td", { colspan: heads.length }, list));
  };

  // Words that post and statement share, in whatever form, stand out in both.
  const mark = (into, text, entry) => {
    const shared = new Set(entries.words[entry].split(" ").filter(Boolean));
    for (const part of text.split(/([\p{L}\p{N}](?:[\p{L}\p{N}_'\u2019-]*[\p{L}\p{N}_])?)/u)) {
      into.append(shared.has(part.toLowerCase()) ? make("mark", {}, part) : part);
    }
  };

  // ---- what people do -----------------------------------------------------------------------------------------------

  const toggle = (row) => {
    if (!opened.delete(row)) opened.add(row);
    draw();
    body.querySelector(`.open[data-row="${row}"]`).focus();
  };

  const go = (to) => {
    const last = Math.max(0, Math.ceil(found.length / PER_PAGE) - 1);
    page = { first: 0, previous: Math.max(0, page - 1), next: Math.min(last, page + 1), last }[to];
    draw();
    $("view").scrollIntoView({ block: "start" });
  };

  const narrow = (to, words) => {
    narrowed = to;
    $("narrowed").hidden = !to;
    $("narrowed").querySelector("span").textContent = words;
  };

  let waiting = 0;
  form.addEventListener("input", (event) => {
    clearTimeout(waiting);
    waiting = setTimeout(find, event.target.id === "search" ? 120 : 0);
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => {
    narrow(null, "");
    setTimeout(find);
  });
  $("widen").addEventListener("click", () => {
    narrow(null, "");
    find();
    $("search").focus();
  });
  for (const head of heads) {
    head.querySelector("button").addEventListener("click", () => {
      const key = head.dataset.key;
      const firstDown = key === "probability" || key === "size"; // of these the largest are looked for
      sorted = { key, down: sorted.key === key ? !sorted.down : firstDown };
      for (const other of heads) other.setAttribute("aria-sort", other !== head ? "none" : sorted.down ? "descending" : "ascending");
      sort();
    });
  }
  body.addEventListener("click", (event) => {
    const button = event.target.closest(".open");
    if (button) toggle(Number(button.dataset.row));
  });
  body.addEventListener("keydown", (event) => {
    const button = event.target.closest(".open");
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Escape") {
      const detail = event.target.closest(".detail");
      const row = Number(detail ? detail.id.slice("detail-".length) : button ? button.dataset.row : -1);
      if (opened.has(row)) toggle(row);
    } else if (button && step) {
      const all = [...body.querySelectorAll(".open")];
      const next = all[all.indexOf(button) + step];
      if (next) next.focus();
      event.preventDefault();
    }
  });
  pages.addEventListener("click", (event) => {
    if (event.target.dataset.go) go(event.target.dataset.go);
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest(".show");
    if (!button) return;
    form.reset();
    const { kind, value, verdict } = button.dataset;
    if (verdict) $("verdict").value = verdicts.findIndex(([label]) => label === verdict);
    narrow({ kind: kind === "statement" ? "cited" : kind, value: Number(value) }, NARROWED[kind](Number(value)));
    find();
    $("posts").focus();
    $("posts").scrollIntoView();
  });
  const NARROWED = {
    statement: (place) => `Only posts that this statement decided: ${statements[place][2]}`,
    cluster: () => "Only one cluster of near-duplicates.",
    subject: () => "Only posts about one subject that no statement settles.",
  };

  // ---- beginning ----------------------------------------------------------------------------------------------------

  const fill = (id, options) => {
    for (const [value, words] of options) $(id).append(make("option", { value }, words));
  };
  const present = (column) => [...new Set(entries[column])].sort((a, b) => a - b);
  fill("verdict", present("verdict").map((value) => [value, verdicts[value][0] || "no verdict"]));
  fill("reason", present("reason").map((value) => [value, reasons[value][1]]));
  const topics = [...new Set(entries.text.map((_, entry) => topicOf(entry)))].sort();
  fill("topic", topics.map((topic) => [`=${topic}`, topic || "(none)"]));
  for (const element of [form, $("view"), pages]) element.hidden = false;
  find();
})();
