// What makes the pages more pleasant where scripts run; every page works without it.

const focusFirstProblem = () => document.querySelector("[data-focus]")?.focus();

// One press of a button is enough: a second one while the answer is on its way is ignored.
const guard = (form) => {
  let sent = false;
  form.addEventListener("submit", (event) => {
    if (sent) event.preventDefault();
    sent = true;
  });
  addEventListener("pageshow", () => { sent = false; });
};

// An area in rai, ngan and square wah, shown in square metres while it is typed (1 rai = 1,600 m²).
const PARTS = { rai: 1600, ngan: 400, sqWah: 4 };
const THAI_ZERO = 0x0e50;
const number = (text) => Number(text.replace(/[๐-๙]/g, (digit) => digit.charCodeAt(0) - THAI_ZERO).replaceAll(",", ""));
const showArea = (box) => {
  const output = box.parentElement.querySelector("output");
  const inputs = [...box.querySelectorAll("input")];
  inputs.forEach((input) => input.addEventListener("input", () => {
    const total = inputs.reduce((sum, each) => sum + number(each.value) * PARTS[each.dataset.part], 0);
    output.textContent = total > 0 ? `= ${total.toLocaleString("en")} ${box.dataset.unit}` : "";
  }));
};

// The position of the phone, for whoever presses the button.
const locate = (line) => {
  if (!("geolocation" in navigator)) return;
  const status = line.querySelector("[role=status]");
  const field = (name) => document.getElementById(`farm.location.${name}`);
  const found = ({ coords }) => {
    field("lat").value = coords.latitude.toFixed(6);
    field("lng").value = coords.longitude.toFixed(6);
    document.querySelector("[data-accuracy]").value = Math.round(coords.accuracy);
    status.textContent = status.dataset.done;
  };
  line.hidden = false;
  line.querySelector("button").addEventListener("click", () => {
    status.textContent = status.dataset.working;
    navigator.geolocation.getCurrentPosition(found, () => { status.textContent = status.dataset.failed; },
      { enableHighAccuracy: true, timeout: 20000 });
  });
  for (const name of ["lat", "lng"]) {
    field(name).addEventListener("input", () => { document.querySelector("[data-accuracy]").value = ""; });
  }
};

// Several photos at once: one request each, so that a weak network loses one picture at most.
const sendOneByOne = (form) => {
  const input = form.querySelector("[data-several]");
  const progress = form.querySelector("[data-progress]");
  if (input) input.multiple = true;
  form.addEventListener("submit", async (event) => {
    const files = [...form.elements.file.files];
    if (files.length < 2) {
      if (files.length) progress.textContent = form.dataset.sending.replace("{name}", files[0].name);
      return;
    }
    event.preventDefault();
    for (const [index, file] of files.entries()) {
      progress.textContent = `${index + 1}/${files.length} ${form.dataset.sending.replace("{name}", file.name)}`;
      const body = new FormData(form);
      body.set("file", file);
      const answer = await fetch(form.action, { method: "POST", body }).catch(() => null);
      if (!answer?.ok) {
        progress.textContent = `${file.name}: ${form.dataset.failed}`;
        return;
      }
    }
    location.reload();
  });
};

// The status page looks now and then whether there is news: after 3 s, later less often, never in a hidden tab.
const watch = (place) => {
  let pause = 3000;
  const look = async () => {
    if (!document.hidden) {
      const answer = await fetch(place.dataset.watch).catch(() => null);
      const news = answer?.ok ? await answer.json() : null;
      if (news && news.fingerprint !== place.dataset.fingerprint) return location.replace(location.pathname);
      pause = Math.min(pause * 1.3, 30000);
    }
    return setTimeout(look, pause);
  };
  setTimeout(look, pause);
};

const each = (selector, enhance) => document.querySelectorAll(selector).forEach(enhance);
focusFirstProblem();
each("[data-area]", showArea);
each("[data-locate]", locate);
each("[data-upload]", sendOneByOne);
each("form[data-guard]:not([data-upload])", guard);
each("[data-watch]", watch);
