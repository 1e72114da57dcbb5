// A number, usually out of a tel: link (?tel=...), and a button. It never calls by itself: a link alone must not.
const by_id = (id) => document.getElementById(id);
const say = (text) => { by_id("status").textContent = text; };
// Not randomUUID, which browsers have on https:// alone.
const new_key = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
let key = new_key(), call = null;

// A link may be encoded once more within the link; what is no encoding stays as it is.
function number_of(link) {
  const text = link.replace(/^(web\+)?tel:/i, "");
  try { return decodeURIComponent(text); } catch { return text; }
}

by_id("number").value = number_of(new URLSearchParams(location.search).get("tel") ?? "");
by_id("number").addEventListener("input", () => { key = new_key(); });

async function send(method, path, body, headers = {}) {
  const answer = await fetch(path, {
    method, headers: { accept: "application/json", "content-type": "application/json", ...headers },
    body: body ? JSON.stringify(body) : undefined,
  });
  let content = {};
  try { content = await answer.json(); } catch { /* none */ }
  return { status: answer.status, ok: answer.ok, content };
}

by_id("call").addEventListener("submit", async (event) => {
  event.preventDefault();
  say("Your phone rings ...");
  try {
    // The same key until the number is changed or a call was made: pressed twice, it is one call.
    const answer = await send("POST", "/v1/calls", { number: by_id("number").value }, { "idempotency-key": key });
    if (answer.status === 401) { by_id("sign-in").hidden = false; by_id("token").focus(); return say("Sign in first."); }
    key = new_key();
    if (!answer.ok) return say(answer.content.error ?? `The server answers ${answer.status}.`);
    call = answer.content.id;
    by_id("hang-up").hidden = false;
    say("Connected.");
  } catch { say("The server cannot be reached."); }
});

by_id("hang-up").addEventListener("click", async () => {
  by_id("hang-up").hidden = true;
  try {
    const answer = await send("DELETE", `/v1/calls/${encodeURIComponent(call)}`);
    say(answer.ok ? "Hung up." : answer.status === 404 ? "The call has ended." : answer.content.error ?? `The server answers ${answer.status}.`);
  } catch { say("The server cannot be reached."); }
});

by_id("sign-in").addEventListener("submit", async (event) => {
  event.preventDefault();
  const token = by_id("token").value.trim();
  by_id("token").value = "";
  try {
    const answer = await send("POST", "/session", { token });
    by_id("sign-in").hidden = answer.ok;
    say(answer.ok ? "" : "This token is not accepted.");
  } catch { say("The server cannot be reached."); }
});

by_id("register").addEventListener("click", () => {
  try {
    navigator.registerProtocolHandler("tel", `${location.origin}${location.pathname}?tel=%s`);
    say("The browser asks whether tel: links may be opened here.");
  } catch (problem) { say(`Not possible here: ${problem.message}. It needs https:// or localhost.`); }
});
