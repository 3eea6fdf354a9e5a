// What the CloudWatch console does with a custom widget: show what its function answers, without anything that
// could run, and call the function again when the element before a cwdb-action is clicked.
"use strict";

const KNOWN = { action: ["call", "html"], display: ["popup", "widget"], event: ["click", "dblclick", "mouseenter"] };
const FREE = ["endpoint", "confirmation"];
const theme = () => (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");

function cleaned(html) {
  const parsed = new DOMParser().parseFromString(html, "text/html");
  for (const bad of parsed.querySelectorAll("script, iframe, use, object, embed")) bad.remove();
  for (const each of parsed.querySelectorAll("*")) {
    for (const { name } of [...each.attributes]) if (name.startsWith("on")) each.removeAttribute(name);
  }
  return parsed;
}

// S3's console, which is a page of the local stack.
const S3_CONSOLE = /^https:\/\/[a-z0-9-]+\.console\.aws\.amazon\.com\/s3\/object\//;

function lead(parsed) {
  for (const link of parsed.querySelectorAll("a[href]")) {
    if (S3_CONSOLE.test(link.href)) link.href = "/desk/payouts/" + new URL(link.href).searchParams.get("prefix");
  }
}

function complain(widget, problem) {
  const said = document.createElement("p");
  said.className = "error";
  said.textContent = problem;
  widget.querySelector(".shown").prepend(said);
}

function bind(widget, action) {
  for (const { name, value } of action.attributes) {
    const known = FREE.includes(name) || (KNOWN[name] || []).includes(value);
    if (!known) return complain(widget, `CloudWatch knows no ${name}="${value}" of a cwdb-action`);
  }
  const pressed = action.previousElementSibling;
  if (!pressed) return complain(widget, "a cwdb-action has no element before it");
  const params = JSON.parse(action.textContent);
  const act = () => {
    const asks = action.getAttribute("confirmation");
    if (!asks || confirm(asks)) call(widget, action.getAttribute("endpoint"), params);
  };
  pressed.addEventListener(action.getAttribute("event") || "click", act);
  pressed.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === " ") { event.preventDefault(); act(); }
  });
  action.hidden = true;
}

function show(widget, answer) {
  const shown = widget.querySelector(".shown");
  shown.replaceChildren();
  if (typeof answer !== "string") {
    const text = document.createElement("pre");
    text.textContent = answer.markdown === undefined ? JSON.stringify(answer, null, 2) : answer.markdown;
    shown.append(text);
    return;
  }
  const parsed = cleaned(answer);
  lead(parsed);
  shown.append(...parsed.head.children, ...parsed.body.childNodes);
  for (const action of shown.querySelectorAll("cwdb-action")) bind(widget, action);
}

async function call(widget, endpoint, params) {
  const forms = {};
  for (const field of widget.querySelectorAll("input[name], select[name], textarea[name]")) {
    if (field.name in forms) return complain(widget, `two fields are called ${field.name}`);
    forms[field.name] = field.value;
  }
  widget.setAttribute("aria-busy", "true");
  try {
    const reply = await fetch("/desk/widget", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ endpoint, params, forms, theme: theme() }),
    });
    const { answer, error } = await reply.json();
    if (error) complain(widget, JSON.stringify(error));
    else show(widget, answer);
  } finally {
    widget.removeAttribute("aria-busy");
  }
}

for (const widget of document.querySelectorAll(".widget")) {
  const params = JSON.parse(widget.dataset.params);
  const load = (more) => call(widget, widget.dataset.endpoint, { ...params, ...more });
  widget.querySelector(".again").addEventListener("click", () => load({}));
  widget.querySelector(".text").addEventListener("click", () => load({ as: "text" }));
  load({});
}
