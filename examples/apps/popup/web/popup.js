// Shows the popups of the user who is signed in. The server tells what holds now, then each change; after a lost
// connection it tells again what holds, so nothing is remembered here but what the user wants to keep.
// All text comes from strangers: it becomes text, never markup.

const words = { ringing: "Calling", talking: "Talking", ended: "Ended", notice: "Notice" };
const by_id = (id) => document.getElementById(id);
const cards = new Map();                 // key -> { value, element, kept, over }
let source = null, retry = 0, name = "";

// -- cards

function fill_list(element, texts) {
  element.replaceChildren(...(Array.isArray(texts) ? texts : []).map((text) => {
    const item = document.createElement("li"), inner = document.createElement("bdi");
    inner.textContent = String(text);
    item.append(inner);
    return item;
  }));
}

function link_of(text) {
  try {
    const url = new URL(text);
    return url.protocol === "https:" || url.protocol === "http:" ? url.href : null;
  } catch { return null; }
}

function draw(card) {
  const { element, value } = card;
  const at = (selector) => element.querySelector(selector);
  const state = card.over ? "ended" : words[value.state] ? value.state : "notice";
  element.dataset.state = state;
  at(".state").textContent = words[state];
  at(".title").textContent = value.title ?? "";
  for (const field of ["company", "number", "text"]) {
    const inner = at(`.${field} bdi`);
    inner.textContent = value[field] ?? "";
    inner.parentElement.hidden = !value[field];
  }
  fill_list(at(".tags"), value.tags);
  fill_list(at(".lines"), value.lines);
  const href = value.url ? link_of(value.url) : null, open = at(".open");
  open.hidden = !href;
  if (href) open.href = href; else open.removeAttribute("href");
  open.setAttribute("aria-label", `Open ${value.title}`);
  at(".close").setAttribute("aria-label", `Close ${value.title}`);
  at(".keep").setAttribute("aria-label", `Keep ${value.title} on the screen`);
  at(".keep").setAttribute("aria-pressed", String(card.kept));
}

function make(key, value) {
  const element = by_id("card").content.firstElementChild.cloneNode(true);
  const card = { value, element, kept: false, over: false };
  element.querySelector(".close").addEventListener("click", () => close_by_hand(key));
  element.querySelector(".keep").addEventListener("click", () => {
    card.kept = !card.kept;
    if (card.over && !card.kept) return remove(key);
    draw(card);
  });
  cards.set(key, card);
  by_id("cards").prepend(element);
  return card;
}

function set(key, value) {
  const known = cards.get(key);
  const rings = value.state === "ringing" && (!known || known.value.state !== "ringing");
  const card = known ?? make(key, value);
  card.value = value;
  card.over = false;
  draw(card);
  if (rings) announce(key, value);
  settle();
}

function clear(key) {
  const card = cards.get(key);
  if (!card) return;
  if (!card.kept) return remove(key);
  card.over = true;
  draw(card);
  settle();
}

function remove(key) {
  const card = cards.get(key);
  if (!card) return;
  const had_focus = card.element.contains(document.activeElement);
  card.element.remove();
  cards.delete(key);
  notices.get(key)?.close();
  notices.delete(key);
  if (had_focus) by_id("cards").querySelector("a, button")?.focus();
  settle();
}

async function close_by_hand(key) {
  const card = cards.get(key);
  remove(key);
  if (!card || card.over) return;
  try {
    await fetch(`cards/${encodeURIComponent(key)}`, { method: "DELETE" });
  } catch { /* the connection is lost: told again when it is back */ }
}

function settle() {
  const ringing = [...cards.values()].filter((card) => card.element.dataset.state === "ringing");
  document.title = ringing.length ? `☎ ${ringing[0].value.title}` : "Calls";
  by_id("quiet").hidden = cards.size > 0 || !source;
}

// -- what is heard and seen elsewhere

const notices = new Map();

function announce(key, value) {
  by_id("spoken").textContent = ["Call from", value.title, value.company].filter(Boolean).join(" ");
  if (!("Notification" in window) || Notification.permission !== "granted" || !document.hidden) return;
  // Several tabs give one notice: the tag is the same.
  const notice = new Notification(value.title, { body: [value.company, value.number].filter(Boolean).join("\n"), tag: key });
  notice.addEventListener("click", () => window.focus());
  notices.set(key, notice);
}

function offer_notices() {
  by_id("notify").hidden = !("Notification" in window) || Notification.permission !== "default" || !source;
}

// -- connection

function listen() {
  source?.close();
  source = new EventSource("events");
  source.addEventListener("open", () => { retry = 0; by_id("status").textContent = "Connected"; });
  source.addEventListener("reset", (event) => {
    const now = new Map();
    for (const topic of Object.values(JSON.parse(event.data).topics)) {
      for (const [key, value] of Object.entries(topic)) now.set(key, value);
    }
    for (const key of [...cards.keys()]) if (!now.has(key)) clear(key);
    for (const [key, value] of now) set(key, value);
  });
  source.addEventListener("set", (event) => { const one = JSON.parse(event.data); set(one.key, one.value); });
  source.addEventListener("clear", (event) => clear(JSON.parse(event.data).key));
  source.addEventListener("error", () => {
    by_id("status").textContent = "Connection lost, trying again";
    // The browser tries again by itself unless the server has refused.
    if (source?.readyState === EventSource.CLOSED) again();
  });
  settle();
  offer_notices();
}

function again() {
  const pause = Math.min(30, 2 ** retry++) * (0.75 + Math.random() / 2);
  setTimeout(begin, pause * 1000);
}

async function begin() {
  let answer;
  try {
    answer = await fetch("me", { headers: { accept: "application/json" } });
  } catch { return again(); }
  if (answer.status === 401 || answer.status === 403) return ask(answer.status === 403 ? await problem_of(answer) : "");
  if (!answer.ok) { by_id("status").textContent = `The server answers ${answer.status}, trying again`; return again(); }
  ({ name } = await answer.json());
  by_id("who").textContent = name;
  by_id("sign-in").hidden = true;
  by_id("leave").hidden = false;
  listen();
}

async function problem_of(answer) {
  try { return (await answer.json()).error ?? ""; } catch { return ""; }
}

function ask(problem) {
  source?.close();
  source = null;
  for (const key of [...cards.keys()]) remove(key);
  by_id("who").textContent = by_id("status").textContent = "";
  by_id("sign-in-error").textContent = problem;
  by_id("sign-in").hidden = false;
  by_id("leave").hidden = by_id("quiet").hidden = true;
  offer_notices();
  by_id("token").focus();
}

by_id("sign-in").addEventListener("submit", async (event) => {
  event.preventDefault();
  const token = by_id("token").value.trim();
  by_id("token").value = "";
  try {
    const answer = await fetch("/session", {
      method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ token }),
    });
    if (answer.ok) return begin();
    ask(answer.status === 429 ? "Too many attempts: wait a while." : "This token is not accepted.");
  } catch { ask("The server cannot be reached."); }
});

by_id("leave").addEventListener("click", async () => {
  try { await fetch("/session", { method: "DELETE" }); } catch { /* asked again below */ }
  ask("");
});

by_id("notify").addEventListener("click", async () => { await Notification.requestPermission(); offer_notices(); });

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || cards.size === 0) return;
  const focused = [...cards].find(([, card]) => card.element.contains(document.activeElement));
  close_by_hand((focused ?? [...cards].pop())[0]);
});

begin();
