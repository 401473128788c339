"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const byId = (id) => document.getElementById(id);
  const LEVELS = ["proved", "likely", "possible", "convention"];
  const RANK = Object.fromEntries(LEVELS.map((level, rank) => [level, rank]));

  // Every text of the report gets into the page as text, never as markup.
  const make = (tag, className, ...children) => {
    const node = document.createElement(tag);
    if (className) node.className = className;
    node.append(...children);
    return node;
  };
  const coded = (text) => text.split("`").map((part, i) => (i % 2 ? make("code", "", part) : part));
  const where = (item) => `${item.path}:${item.line}`;
  const plural = (count, noun) => `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;

  // ------------------------------------------------------------------------------------------------------- state

  const state = { query: "", package: "", rule: "", hidden: new Set() };
  if (data.findings.some((item) => item.known)) state.hidden.add("known");
  const textOf = (item) => {
    const lines = data.sources[item.path] || {};
    const parts = [item.code, item.name, where(item), item.symbol, item.message, item.hint, lines[item.line] || ""];
    return parts.concat(item.chain.map((step) => step.note)).join(" ").toLowerCase();
  };
  const texts = new Map(data.findings.map((item) => [item, textOf(item)]));
  const fits = (item) =>
    !state.hidden.has(item.level) &&
    !(item.known && state.hidden.has("known")) &&
    (!state.package || item.package === state.package) &&
    (!state.rule || item.code === state.rule) &&
    state.query.split(/\s+/).every((word) => texts.get(item).includes(word));

  // ----------------------------------------------------------------------------------------------------- summary

  const tile = (key, label, count) => {
    const node = make("button", `tile ${key}`, make("b", "", count.toLocaleString("en")), make("span", "", label));
    node.type = "button";
    node.dataset.key = key;
    node.setAttribute("aria-pressed", String(!state.hidden.has(key)));
    node.title = "Show or hide";
    node.addEventListener("click", () => {
      if (!state.hidden.delete(key)) state.hidden.add(key);
      node.setAttribute("aria-pressed", String(!state.hidden.has(key)));
      update();
    });
    return node;
  };

  const summary = () => {
    const fresh = data.findings.filter((item) => !item.known);
    const names = { proved: "proved hazards", likely: "likely hazards", possible: "possible hazards", convention: "conventions" };
    for (const level of LEVELS) {
      const count = fresh.filter((item) => item.level === level).length;
      if (count || level !== "possible") byId("tiles").append(tile(level, names[level], count));
    }
    if (data.baseline) byId("tiles").append(tile("known", "in the baseline", data.findings.length - fresh.length));
    matrix();
  };

  const matrix = () => {
    const codes = [...new Set(data.findings.map((item) => item.code))].sort();
    const packages = [...new Set(data.findings.map((item) => item.package))].sort();
    const count = (name, code) => data.findings.filter((item) => item.package === name && (!code || item.code === code)).length;
    const most = Math.max(1, ...packages.flatMap((name) => codes.map((code) => count(name, code))));
    const cell = (name, code) => {
      const number = count(name, code);
      if (!number) return make("td");
      const button = make("button", "", String(number));
      button.type = "button";
      button.style.setProperty("--heat", String(8 + (34 * number) / most));
      button.setAttribute("aria-label", `${number} of ${code} in ${name}`);
      button.addEventListener("click", () => choose(name, code));
      return make("td", "", button);
    };
    const head = make("tr", "", make("th"));
    for (const code of codes) {
      const button = make("button", "", code);
      button.type = "button";
      button.title = data.rules[code] ? data.rules[code].name : code;
      button.addEventListener("click", () => openRule(code));
      const th = make("th", "", button);
      th.scope = "col";
      head.append(th);
    }
    head.append(make("th", "", "all"));
    const rows = packages.map((name) => {
      const th = make("th", "", make("code", "", name));
      th.scope = "row";
      return make("tr", "", th, ...codes.map((code) => cell(name, code)), make("td", "", String(count(name))));
    });
    byId("matrix").append(make("thead", "", head), make("tbody", "", ...rows));
    byId("summary").hidden = !packages.length;
    options("package", packages, "all");
    options("rule", codes, "all", (code) => (data.rules[code] ? `${code} ${data.rules[code].name}` : code));
  };

  const options = (id, values, none, label = (value) => value) => {
    byId(id).append(new Option(none, ""), ...values.map((value) => new Option(label(value), value)));
  };

  const choose = (name, code) => {
    byId("package").value = state.package = name;
    byId("rule").value = state.rule = code;
    update();
    byId("filters").scrollIntoView({ block: "start" });
  };

  // ------------------------------------------------------------------------------------------------------ sources

  const excerpt = (item) => {
    const lines = data.sources[item.path] || {};
    const pre = make("pre", "source");
    const isBlank = (number) => number !== item.line && !(lines[number] || "").trim();
    let [first, last] = [item.line - 3, item.line + 3];
    while (isBlank(first) && first < item.line) first++;
    while (isBlank(last) && last > item.line) last--;
    for (let number = first; number <= last; number++) {
      const text = lines[number];
      if (text === undefined) continue;
      const row = make("span", number === item.line ? "row here" : "row", make("span", "number", String(number)));
      if (number === item.line) {
        // Columns count code points, as Python does.
        const chars = [...text];
        const part = (from, to) => chars.slice(from, to).join("");
        row.append(part(0, item.column - 1), make("mark", "", part(item.column - 1, item.end - 1)), part(item.end - 1));
      } else row.append(text);
      pre.append(row);
    }
    return pre;
  };

  const path = (item) => {
    const list = make("ol", "path");
    for (const step of item.chain) {
      const site = where(step) === where(item) ? " site" : "";
      const line = (data.sources[step.path] || {})[step.line];
      const li = make("li", step.label + site, make("span", "label", step.label), make("span", "note", ...coded(step.note)));
      li.append(" ", make("span", "place", where(step)));
      if (line !== undefined && line.trim()) li.append(make("span", "line code", line.trim()));
      list.append(li);
    }
    return list;
  };

  // -------------------------------------------------------------------------------------------------------- graph

  const SVG = "http://www.w3.org/2000/svg";
  const draw = (tag, attributes, text) => {
    const node = document.createElementNS(SVG, tag);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    if (text !== undefined) node.textContent = text;
    return node;
  };
  const WORDS = {
    same: "hands it on", default: "drops it", np: "pins NumPy", jax: "pins JAX", inferred: "infers it", object: "its object's",
    missing: "leaves it out", unknown: "not known", free: "no namespace",
  };
  const STYLE = { same: "threads", default: "drops", np: "drops", missing: "drops", free: "drops" };
  const short = (text, width) => (text.length <= width ? text : `…${text.slice(1 - width)}`);

  const box = (svg, x, y, width, className, title, place) => {
    const group = draw("g", { class: className });
    group.append(draw("title", {}, `${title}\n${place}`), draw("rect", { x, y, width, height: 40, rx: 6 }));
    group.append(draw("text", { x: x + 9, y: y + 17 }, short(title, Math.floor((width - 18) / 7.3))));
    group.append(draw("text", { x: x + 9, y: y + 32, class: "where" }, short(place, Math.floor((width - 18) / 6.5))));
    svg.append(group);
  };
  const edge = (svg, x1, y1, x2, y2, className) => {
    const middle = (x1 + x2) / 2;
    svg.append(draw("path", { class: className, d: `M${x1},${y1} C${middle},${y1} ${middle},${y2} ${x2 - 7},${y2}` }));
    svg.append(draw("path", { class: `head ${className}`, d: `M${x2},${y2} l-9,-4.5 v9 z` }));
  };

  const graph = (item) => {
    const { callers, more, onward, function: centre } = item.graph;
    const shown = onward.slice(0, 4);
    const rows = Math.max(1, callers.length + (more ? 1 : 0));
    const step = 54;
    const height = Math.max(rows, 1) * step + 20;
    const wide = 232;
    const gap = 108;
    const columns = [12];
    for (let i = 0; i <= shown.length; i++) columns.push(12 + (wide + gap) + i * (wide + 44));
    const width = columns[columns.length - 1] + wide + 12 - (shown.length ? 0 : 44);
    const svg = draw("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": graphLabel(item).replaceAll("`", "") });
    svg.style.minWidth = `${Math.round(width * 0.82)}px`;
    const middle = height / 2 - 20;
    callers.forEach((call, row) => {
      const y = 12 + row * step + (rows === 1 ? middle - 12 : 0);
      edge(svg, 12 + wide, y + 20, columns[1], middle + 20, STYLE[call.binding] || "other");
      box(svg, 12, y, wide, call.site ? "site" : "", call.symbol, where(call));
    });
    if (more) svg.append(draw("text", { x: 24, y: 12 + callers.length * step + 24, class: "where" }, `and ${plural(more, "more call")}`));
    box(svg, columns[1], middle, wide, "centre", centre.symbol, where(centre));
    shown.forEach((stop, i) => {
      const last = i === onward.length - 1;
      edge(svg, columns[i + 1] + wide, middle + 20, columns[i + 2], middle + 20, "breaks");
      box(svg, columns[i + 2], middle, wide, last ? "broken" : "", stop.note.replaceAll("`", ""), where(stop));
    });
    // Last, so that no edge crosses a word.
    callers.forEach((call, row) => {
      const y = 12 + row * step + (rows === 1 ? middle - 12 : 0);
      svg.append(draw("text", { x: 18 + wide, y: y + 15, class: "edge" }, WORDS[call.binding] || call.binding));
    });
    return make("div", "graph", svg);
  };
  const graphLabel = (item) => {
    const { threads, calls, function: centre } = item.graph;
    if (!calls) return `\`${centre.symbol}\` takes no namespace`;
    return `${threads} of ${plural(calls, "call")} of \`${centre.symbol}\` ${threads === 1 ? "hands" : "hand"} the namespace on`;
  };

  // -------------------------------------------------------------------------------------------------------- cards

  const fill = (item, body) => {
    body.append(make("h3", "", "Source"), excerpt(item));
    if (item.hint) body.append(make("p", "hint", ...coded(item.hint), item.place ? ` (${where(item.place)})` : ""));
    if (item.chain.length) body.append(make("h3", "", item.chain.length === 1 ? "Evidence" : "The way of the value"), path(item));
    if (item.graph) body.append(make("h3", "", "Call graph"), make("p", "caption", ...coded(graphLabel(item))), graph(item));
    if (item.related.length) {
      const list = make("ol", "path");
      for (const step of item.related) list.append(make("li", "to", make("span", "note", ...coded(step.note)), " ", make("span", "place", where(step))));
      body.append(make("h3", "", "It breaks here too"), list);
    }
    if (data.rules[item.code]) {
      const button = make("button", "", `What ${item.code} means`);
      button.type = "button";
      button.addEventListener("click", () => openRule(item.code));
      body.append(make("p", "", button));
    }
  };

  const card = (item) => {
    const node = make("details", `card ${item.level}`);
    node.id = `f-${item.id}`;
    const top = make("div", "top", make("span", "chip", `${item.code} ${item.name}`), make("span", "level", item.level));
    if (item.known) top.append(make("span", "level", "in the baseline"));
    top.append(make("span", "place", `${where(item)}${item.symbol === "<module>" ? "" : `  in ${item.symbol}`}`));
    node.append(make("summary", "", top, make("p", "message", ...coded(item.message))));
    const body = make("div", "body");
    node.append(body);
    node.addEventListener("toggle", () => {
      if (node.open && !body.childNodes.length) fill(item, body);
      if (node.open) history.replaceState(null, "", `#${node.id}`);
    });
    return node;
  };

  const openRule = (code) => {
    const rule = data.rules[code];
    if (!rule) return;
    const content = make("div", "", make("h2", "", `${code} ${rule.name}`));
    for (const [title, text] of Object.entries(rule.docs)) {
      if (title !== "Summary") content.append(make("h3", "", title));
      text.split(/```\w*\n?/).forEach((part, i) => {
        if (i % 2) content.append(make("pre", "", make("code", "", part.trimEnd())));
        else for (const block of part.split(/\n\s*\n/)) if (block.trim()) content.append(make("p", "", ...coded(block.trim())));
      });
    }
    byId("page").querySelector("div").replaceWith(content);
    byId("page").showModal();
  };

  // --------------------------------------------------------------------------------------------------------- list

  const placeOf = (item) => item.place || { path: item.path, line: item.line };
  const order = (a, b) =>
    RANK[a.level] - RANK[b.level] ||
    placeOf(a).path.localeCompare(placeOf(b).path, "en") ||
    placeOf(a).line - placeOf(b).line ||
    a.path.localeCompare(b.path, "en") || a.line - b.line || a.column - b.column;
  const cards = new Map();
  const groups = [];

  const list = () => {
    let last = "";
    for (const item of [...data.findings].sort(order)) {
      const place = placeOf(item);
      const key = `${item.level} ${place.path}`;
      if (key !== last) {
        const head = make("p", "group");
        groups.push({ head, items: [], path: place.path });
        byId("findings").append(head);
        last = key;
      }
      const node = card(item);
      cards.set(item, node);
      groups[groups.length - 1].items.push(item);
      byId("findings").append(node);
    }
    byId("findings").append(make("p", "empty"));
  };

  const update = () => {
    let shown = 0;
    for (const group of groups) {
      let visible = 0;
      for (const item of group.items) {
        const fit = fits(item);
        cards.get(item).hidden = !fit;
        visible += fit;
      }
      group.head.hidden = !visible;
      group.head.replaceChildren(make("b", "", group.path), `  ${plural(visible, "finding")}`);
      shown += visible;
    }
    const all = data.findings.length;
    byId("count").textContent = shown === all ? plural(all, "finding") : `${shown.toLocaleString("en")} of ${plural(all, "finding")}`;
    const empty = byId("findings").lastChild;
    empty.hidden = shown > 0;
    empty.textContent = all ? "No finding fits the filter." : "Nothing is found.";
  };

  // -------------------------------------------------------------------------------------------------------- start

  const root = document.documentElement;
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches);
  const remember = (theme) => {
    try {
      localStorage.setItem("xpcheck-theme", theme);
    } catch {
      /* A page opened from a file may have no storage. */
    }
  };
  try {
    const theme = localStorage.getItem("xpcheck-theme");
    if (theme) root.dataset.theme = theme;
  } catch {
    /* As above. */
  }
  byId("theme").addEventListener("click", () => remember((root.dataset.theme = isDark() ? "light" : "dark")));

  document.title = `${data.title}: xpcheck`;
  byId("title").textContent = data.title;
  byId("version").textContent = data.version;
  byId("covered").textContent = data.covered;
  for (const problem of data.errors) {
    byId("errors").append(make("li", "", make("span", "place", where(problem)), ` not analysed: ${problem.message}`));
  }
  summary();
  list();
  byId("query").addEventListener("input", (event) => {
    state.query = event.target.value.toLowerCase().trim();
    update();
  });
  for (const id of ["package", "rule"]) {
    byId(id).addEventListener("change", (event) => {
      state[id] = event.target.value;
      update();
    });
  }
  byId("filters").addEventListener("submit", (event) => event.preventDefault());
  byId("filters").addEventListener("reset", () => {
    state.query = state.package = state.rule = "";
    update();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !/^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName)) {
      event.preventDefault();
      byId("query").focus();
    }
  });
  update();
  const linked = location.hash ? document.getElementById(location.hash.slice(1)) : null;
  if (linked instanceof HTMLDetailsElement) {
    linked.open = true;
    linked.scrollIntoView();
  }
})();
