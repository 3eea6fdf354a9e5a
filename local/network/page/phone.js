// The telephone: sends what the caller does, shows and speaks what the caller hears.
const $ = (id) => document.getElementById(id);
const transcript = $("transcript");
const KEYS = "0123456789*#";
const BETWEEN_KEYS_MS = 260;
const TEXT_OF = {
  dialled: (e) => e.text,
  answered: () => "The call is answered",
  sound: (e) => `♪ ${e.text}`,
  silence: () => "No input",
  ringing: (e) => `Ringing: ${e.details.to} (sees ${e.details.caller_id})`,
  connected: (e) => `Connected to ${e.text}`,
  parted: (e) => `${e.text}${e.details.duration_s === null ? "" : `, ${e.details.duration_s} s`}`,
  cut_off: (e) => e.text,
  refused: (e) => `The call is refused: ${e.text}`,
  hung_up: () => "You hang up",
  ended: (e) => `The call is over: ${e.details.status}${e.details.duration_s === null ? "" : `, ${e.details.duration_s} s`}`,
};
const STATUS = {
  speaking: "Listen…", prompting: "Listen, or press a key", listening: "Waiting for your keys",
  ringing: "Ringing…", talking: "Talking", over: "Ready",
};
const GOOD = new Set(["connected", "cut_off", "ended"]);

let doing = "over";
let line = null;

// The line to the network. It is made anew with each page; when it breaks, the call is over.
function connect() {
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  line = new WebSocket(`${scheme}//${location.host}/phone/live`);
  line.onopen = () => { sendParty(); send({ do: "speed", speed: Number($("speed").value) }); };
  line.onmessage = (message) => {
    const told = JSON.parse(message.data);
    if (told.type === "state") showState(told);
    else showEvent(told);
  };
  line.onclose = () => { showState({ doing: "over", talk_s: 0 }); $("status").textContent = "No line: is the stack up?"; setTimeout(connect, 2000); };
}
const send = (command) => { if (line?.readyState === WebSocket.OPEN) line.send(JSON.stringify(command)); };

// What happens.
function showState(state) {
  if (state.doing !== doing || state.doing === "over") {
    doing = state.doing;
    $("status").textContent = STATUS[doing];
  }
  $("dial").disabled = doing !== "over";
  $("hang-up").disabled = doing === "over";
  $("clock").hidden = doing !== "talking";
  $("talk").textContent = `${Math.floor(state.talk_s / 60)}:${String(state.talk_s % 60).padStart(2, "0")}`;
  ringback(doing === "ringing");
}

function showEvent(event) {
  if (event.kind === "asked") return;
  if (event.kind === "pressed" && addToLastKeys(event.text)) return;
  const item = document.createElement("li");
  const time = document.createElement("time");
  const span = document.createElement("span");
  time.textContent = `${Math.floor(event.after_s / 60)}:${String(Math.floor(event.after_s % 60)).padStart(2, "0")}`;
  span.textContent = TEXT_OF[event.kind]?.(event) ?? event.text;
  item.className = ["heard", "pressed", "lost_key", "problem"].includes(event.kind) ? event.kind
    : ["request", "callback"].includes(event.kind) ? "request"
    : GOOD.has(event.kind) ? "good" : "plain";
  if (event.kind === "problem") { item.classList.add(event.details.severity); item.setAttribute("role", "alert"); }
  if (event.kind === "lost_key") item.title = "Nobody was listening for keys";
  if (event.kind === "heard") {
    span.lang = event.details.language;
    item.dataset.ref = event.details.ref;
    speak(event);
  }
  item.append(time, span);
  transcript.append(item);
  transcript.scrollTop = transcript.scrollHeight;
  if (event.kind === "ended") window.speechSynthesis?.cancel();
}

function addToLastKeys(key) {
  const last = [...transcript.children].filter((item) => !item.classList.contains("request")).at(-1);
  if (!last?.classList.contains("pressed")) return false;
  last.lastElementChild.textContent += key;
  return true;
}

// Speech. The network waits for the end of each utterance, so prompts and silence keep their order.
function speak(event) {
  if (!$("aloud").checked) return;
  const { ref, language, in_gather } = event.details;
  const utterance = new SpeechSynthesisUtterance(event.text);
  utterance.lang = language;
  const voices = speechSynthesis.getVoices();
  utterance.voice = voices.find((v) => v.lang.replace("_", "-") === language) ?? voices.find((v) => v.lang.startsWith(language.slice(0, 2))) ?? null;
  utterance.onend = () => send({ do: "spoken", ref });
  // Without a voice some browsers fail and others say nothing at all: then the text alone has to do.
  const mute = () => {
    clearTimeout(silent);
    if (!$("aloud").checked) return;
    $("aloud").checked = false;
    $("aloud").parentElement.title = "This browser has no voice";
    send({ do: "aloud", on: false });
    setTimeout(() => send({ do: "spoken", ref }), event.details.lasts_s * 1000);
  };
  const waits = speechSynthesis.speaking || speechSynthesis.pending;
  const silent = waits ? 0 : setTimeout(mute, 3000);
  utterance.onstart = () => clearTimeout(silent);
  utterance.onerror = (failure) => { clearTimeout(silent); if (!["interrupted", "canceled"].includes(failure.error)) mute(); };
  utterance.inGather = in_gather;
  speaking = utterance;
  speechSynthesis.speak(utterance);
}
let speaking = null;

function stopPrompt() {
  if (doing !== "prompting") return;
  const last = [...transcript.querySelectorAll(".heard")].at(-1);
  last?.classList.add("stopped");
  if (speaking?.inGather) window.speechSynthesis?.cancel();
}

// Tones: what a key and a ringing phone sound like in Poland.
let audio = null;
let ring = null;
const PAIRS = { 1: [697, 1209], 2: [697, 1336], 3: [697, 1477], 4: [770, 1209], 5: [770, 1336], 6: [770, 1477], 7: [852, 1209], 8: [852, 1336], 9: [852, 1477], "*": [941, 1209], 0: [941, 1336], "#": [941, 1477] };
function beep(frequencies, from_s, lasts_s) {
  if (!$("tones").checked) return [];
  audio ??= new AudioContext();
  return frequencies.map((frequency) => {
    const tone = audio.createOscillator();
    const volume = audio.createGain();
    volume.gain.value = 0.06;
    tone.frequency.value = frequency;
    tone.connect(volume).connect(audio.destination);
    tone.start(audio.currentTime + from_s);
    tone.stop(audio.currentTime + from_s + lasts_s);
    return tone;
  });
}
function ringback(on) {
  if (on && !ring) {
    let sounding = beep([425], 0, 1);
    const timer = setInterval(() => { sounding = beep([425], 0, 1); }, 5000);
    ring = () => { clearInterval(timer); sounding.forEach((tone) => tone.stop()); };
  } else if (!on && ring) { ring(); ring = null; }
}

// What the caller does.
function press(key) {
  const button = document.querySelector(`[data-key="${key}"]`);
  button.classList.add("down");
  setTimeout(() => button.classList.remove("down"), 140);
  beep(PAIRS[key], 0, 0.14);
  if (doing === "over") { $("number").value += key; return; }
  stopPrompt();
  send({ do: "key", key });
}
async function keyIn(keys) {
  for (const key of keys) {
    press(key);
    await new Promise((done) => setTimeout(done, BETWEEN_KEYS_MS));
  }
}
function e164(typed) {
  const digits = typed.replace(/[\s()-]/g, "");
  return digits.startsWith("+") ? digits : digits.startsWith("00") ? `+${digits.slice(2)}` : digits.length === 9 ? `+48${digits}` : digits;
}
function dial() {
  if (doing !== "over") return;
  transcript.replaceChildren();
  const caller = $("caller").value || e164($("other-caller").value) || "anonymous";
  send({ do: "dial", to: e164($("number").value), from: caller, aloud: $("aloud").checked, party: party() });
}
function hangUp() {
  window.speechSynthesis?.cancel();
  send({ do: "hang_up" });
}
const party = () => ({ kind: $("party").value, after_s: Number($("after").value), hangs_up_after_s: $("stays").value === "" ? null : Number($("stays").value) });
function sendParty() {
  document.body.classList.toggle("answers", $("party").value === "answers");
  send({ do: "party", ...party() });
}

document.querySelectorAll("[data-key]").forEach((b) => b.addEventListener("click", () => press(b.dataset.key)));
document.querySelectorAll("[data-number]").forEach((b) => b.addEventListener("click", () => { if (doing === "over") { $("number").value = b.dataset.number; $("dial").focus(); } }));
document.querySelectorAll("[data-type]").forEach((b) => b.addEventListener("click", () => { if (doing !== "over") keyIn(b.dataset.type); }));
document.querySelectorAll("[data-caller]").forEach((b) => b.addEventListener("click", () => { $("caller").value = b.dataset.caller; showOther(); }));
document.querySelectorAll("[data-copy]").forEach((b) => b.addEventListener("click", async () => {
  await navigator.clipboard.writeText(b.dataset.copy);
  b.textContent = "Copied";
  setTimeout(() => { b.textContent = "Copy"; }, 1200);
}));
const showOther = () => document.body.classList.toggle("other", $("caller").value === "");
$("caller").addEventListener("change", showOther);
["party", "after", "stays"].forEach((id) => $(id).addEventListener("change", sendParty));
$("speed").addEventListener("change", () => send({ do: "speed", speed: Number($("speed").value) }));
$("skip").addEventListener("click", () => send({ do: "skip" }));
$("wire").addEventListener("change", () => document.body.classList.toggle("wire", $("wire").checked));
$("tones").addEventListener("change", () => { if (!$("tones").checked) ringback(false); });
$("aloud").addEventListener("change", () => {
  if (!$("aloud").checked) speechSynthesis.cancel();
  send({ do: "aloud", on: $("aloud").checked });
});
$("dial").addEventListener("click", dial);
$("hang-up").addEventListener("click", hangUp);
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  const typing = event.target.matches("input:not([type=checkbox]), select, textarea");
  const inCall = doing !== "over";
  if (event.key === "Escape" && inCall) return hangUp();
  // During a call the number field is no longer of use, so keys typed there go to the call.
  if (typing && !(inCall && event.target.id === "number")) {
    if (event.key === "Enter" && event.target.id === "number") dial();
    return;
  }
  if (KEYS.includes(event.key)) { event.preventDefault(); press(event.key); }
  else if (event.key === "Enter" && !event.target.matches("button, summary, a")) dial();
});

if (!("speechSynthesis" in window)) { $("aloud").disabled = true; $("aloud").parentElement.title = "This browser has no speech"; }
else speechSynthesis.getVoices();
showOther();
connect();
