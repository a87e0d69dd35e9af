// What rq-dashboard's own scripts stand on here: no evaluated text, no HTML from data, the CSRF token on every act, and one place
// that says what came of it. Loaded between its helpers and the script of the page.

const ours = document.getElementById("rq-script").dataset;
const lang = document.documentElement.lang === "th" ? "th-TH-u-ca-buddhist-nu-latn" : "en-GB";

// A template names paths of its data; what they lead to becomes text and addresses, never markup.
const valueAt = (data, path) => path.split(".").reduce((value, key) => value?.[key], data);
const shown = (value) => (Array.isArray(value) ? value.join(", ") : value ?? "");
const fillOne = (element, data) => {
  const { text, or, href, job, setJobId } = element.dataset;
  if (text) element.textContent = shown(valueAt(data, text)) || (or ? shown(valueAt(data, or)) : shown(valueAt(data, text)));
  if (href) element.setAttribute("href", valueAt(data, href));
  if (job) element.setAttribute("href", url_for_single_job_view(valueAt(data, job)));
  if (setJobId) element.setAttribute("data-job-id", valueAt(data, setJobId));
};
const fill = (root, data) => {
  for (const element of [...root.querySelectorAll("[data-each]")]) {
    const copies = (valueAt(data, element.dataset.each) ?? []).map((each) => {
      const copy = element.cloneNode(true);
      copy.removeAttribute("data-each");
      fillOne(copy, { each });
      copy.removeAttribute("data-text");
      copy.removeAttribute("data-job");
      return copy;
    });
    element.replaceWith(...copies);
  }
  for (const element of [...root.querySelectorAll("*")]) {
    if (element.dataset.if && !valueAt(data, element.dataset.if)) element.remove();
    else fillOne(element, data);
  }
};
window._ = {
  template: (raw) => (data) => {
    const box = document.createElement("template");
    box.innerHTML = raw;
    fill(box.content, data);
    return box.innerHTML.trim();
  },
};

// Times as the visitor reads them.
Date.create = (text) => text;
const STEPS = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];
toRelative = (text) => {
  if (!text) return "";
  const seconds = (new Date(text) - Date.now()) / 1000;
  const [unit, size] = STEPS.find(([, length]) => Math.abs(seconds) >= length) ?? STEPS.at(-1);
  return new Intl.RelativeTimeFormat(lang, { numeric: "auto" }).format(Math.round(seconds / size), unit);
};
toShort = (text) => (text ? new Date(text).toLocaleString(lang, { timeZone: "Asia/Bangkok" }) : "");

// One line says what came of an act, or why there was none.
const line = document.getElementById("rq-message");
const say = (text, good) => {
  line.textContent = text;
  line.className = good ? "good" : "wrong";
  line.hidden = false;
};
$.ajaxSetup({ headers: { "X-CSRFToken": ours.csrf } });
$(document).ajaxError((_event, answer, asked) => {
  if (asked.url === url_for("rq-instances")) return; // rq-dashboard asks for other servers: there are none
  say(answer.responseJSON?.detail ?? ours.failed, false);
});
$(document).ajaxSuccess((_event, answer, asked) => {
  if (asked.type === "POST") say(answer.responseJSON?.message ?? "", true);
});

// Whatever destroys something asks first, in words that say how much.
const dialog = document.getElementById("confirmation-modal");
let question = "";
document.addEventListener("click", (event) => { question = event.target.closest?.("[data-question]")?.dataset.question ?? question; }, true);
modalConfirm = (_action, act) => {
  document.getElementById("confirmation-modal-action").textContent = question;
  document.getElementById("confirmation-modal-yes").onclick = () => { dialog.close(); act(); };
  document.getElementById("confirmation-modal-no").onclick = () => dialog.close();
  dialog.showModal();
};
$("#requeue-job-btn").hide();
$.fn.tooltip = function tooltip() { return this; };
$(document).ajaxSend((_event, _answer, asked) => { if (asked.type === "POST") line.hidden = true; });

// Rows say in their own words what rq-dashboard turns into the name of an icon.
const getWorkers = api.getWorkers;
api.getWorkers = (show) => getWorkers((workers, error) => show(workers?.map((each) => ({ ...each, activity: each.state, versions: `RQ ${each.version}, Python ${each.python_version}` })), error));
