// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

// The account page: the person's devices and keys, and what policy lets them change. The verifier decides again at each change; what
// this page shows or hides is for the person's sake alone.

const element = (id) => document.getElementById(id);
const kinds = { file: "Key in a file", fido2: "Security key", piv: "Smart card", tpm: "Key in the TPM" };
const purposes = { proofOfPossession: "signs in", userVerification: "signs in with your PIN or finger" };

let account = null;

// MARK: asking

class Refusal extends Error {
  constructor(status, summary) {
    super(summary);
    this.status = status;
  }
}

async function ask(path, body = {}) {
  const response = await fetch(`/account/api/${path}`, {
    method: "POST", headers: { "Content-Type": "application/json", "X-Countersign": "1" }, body: JSON.stringify(body),
    credentials: "same-origin", cache: "no-store", redirect: "error",
  });
  const value = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refusal(response.status, value.errorSummary ?? "The server did not answer as it should.");
  return value;
}

function say(text) {
  element("status").textContent = text;
}

function report(error) {
  say(error instanceof Refusal ? error.message : "The server cannot be reached. Check your network.");
}

async function load(message = "") {
  try {
    account = await ask("view");
    show();
    say(message);
  } catch (error) {
    report(error);
  }
}

// Does something now, or after the person confirmed that it is they.
async function act(permission, operation, path, body, done) {
  if (permission === "verify") {
    location.assign(`/account/verify?operation=${operation}`);
    return;
  }
  setBusy(true);
  try {
    done(await ask(path, body));
  } catch (error) {
    if (error instanceof Refusal && error.status === 401) location.assign(`/account/verify?operation=${operation}`);
    else report(error);
  } finally {
    setBusy(false);
  }
}

// MARK: showing

function setBusy(isBusy) {
  for (const button of document.querySelectorAll("button")) button.disabled = isBusy;
}

function day(seconds) {
  return new Date(seconds * 1000).toLocaleDateString(undefined, { dateStyle: "long" });
}

function make(tag, text, className) {
  const item = document.createElement(tag);
  if (text !== undefined) item.textContent = text;
  if (className) item.className = className;
  return item;
}

function button(text, label, onclick) {
  const item = make("button", text);
  item.type = "button";
  item.setAttribute("aria-label", label);
  item.onclick = onclick;
  return item;
}

function show() {
  const { change, enroll } = account.permissions;
  element("person").textContent = `${account.displayName} (${account.username})`;
  element("read-only").hidden = change !== "refused";
  element("verify-note").hidden = change !== "verify";
  element("devices-section").hidden = false;
  element("devices").replaceChildren(...account.devices.map((device) => deviceItem(device, change)));
  element("code-section").hidden = enroll === "refused";
}

function deviceItem(device, change) {
  const item = make("li", undefined, "device");
  const heading = make("h3", device.name);
  if (device.isCurrent) heading.append(" ", make("span", "this sign-in", "badge"));
  if (device.status !== "active") heading.append(" ", make("span", "suspended", "badge"));
  item.append(heading, make("p", [device.model, `enrolled on ${day(device.createdAt)}`].filter(Boolean).join(", "), "hint"));
  const keys = make("ul", undefined, "keys");
  keys.append(...device.keys.map((key) => keyItem(device, key, change)));
  item.append(keys);
  if (change !== "refused") {
    const actions = make("div", undefined, "actions");
    actions.append(
      button("Rename", `Rename ${device.name}`, () => rename(device, change)),
      button("Remove", `Remove ${device.name}`, () => remove(device, change)));
    item.append(actions);
  }
  return item;
}

function keyItem(device, key, change) {
  const item = make("li");
  const kind = kinds[key.kind] ?? "Key";
  const proven = key.kind === "file" ? "" : key.isAttested ? ", proven" : ", not proven";
  item.append(make("span", `${kind}${proven}: ${purposes[key.keyType] ?? ""}`));
  if (key.model) item.append(make("span", key.model, "hint"));
  const isSpare = device.keys.filter((other) => other.keyType === key.keyType).length > 1;
  if (change !== "refused" && isSpare) {
    item.append(button("Remove key", `Remove ${kind} of ${device.name}`, () => removeKey(device, key, kind, change)));
  }
  return item;
}

// MARK: changing

// Asks in a dialog; answers what was typed, or null.
function question({ title, text, go, warning = "", name, mustAgree = false }) {
  const dialog = element("dialog");
  const before = document.activeElement;
  element("dialog-title").textContent = title;
  element("dialog-text").textContent = text;
  element("dialog-warning").textContent = warning;
  element("dialog-field").hidden = name === undefined;
  element("dialog-name").required = name !== undefined;
  element("dialog-name").value = name ?? "";
  element("dialog-check").hidden = !mustAgree;
  element("dialog-agree").checked = false;
  element("dialog-agree").required = mustAgree;
  element("dialog-go").textContent = go;
  return new Promise((resolve) => {
    let answer = null;
    element("dialog-form").onsubmit = () => { answer = { name: element("dialog-name").value }; };
    element("dialog-cancel").onclick = () => dialog.close();
    dialog.onclose = () => {
      before?.focus();
      resolve(answer);
    };
    dialog.showModal();
    if (name !== undefined) element("dialog-name").select();
    else element("dialog-cancel").focus();
  });
}

async function rename(device, change) {
  const answer = change === "verify" ? {} : await question({
    title: `Rename ${device.name}`, text: "The name that you know it by.", go: "Rename", name: device.name });
  if (!answer) return;
  await act(change, "unenroll", "rename", { id: device.id, name: answer.name }, () => load(`${device.name} has a new name.`));
}

async function remove(device, change) {
  const answer = change === "verify" ? {} : await question({
    title: `Remove ${device.name}?`,
    text: "It no longer signs you in, and what was signed in to with it ends. This cannot be undone.",
    warning: device.isLast ? "This is your last device. Without it you cannot sign in until an administrator helps you." : "",
    mustAgree: device.isLast, go: "Remove" });
  if (!answer) return;
  await act(change, "unenroll", "remove", { id: device.id, acceptsLockout: device.isLast }, () => {
    if (device.isCurrent) location.reload();
    else load(`${device.name} was removed.`);
  });
}

async function removeKey(device, key, kind, change) {
  const answer = change === "verify" ? {} : await question({
    title: `Remove a key of ${device.name}?`, text: `${kind}, enrolled on ${day(key.createdAt)}. Sessions of this device end.`,
    go: "Remove key" });
  if (!answer) return;
  await act(change, "unenroll", "remove-key", { id: device.id, key: key.id }, () => {
    if (device.isCurrent) location.reload();
    else load("The key was removed.");
  });
}

element("make-code").addEventListener("click", () => act(account.permissions.enroll, "enroll", "code", {}, ({ code }) => {
  element("enroll-command").textContent = `agent enroll ${account.issuer}`;
  element("code").textContent = code;
  element("code-result").hidden = false;
  say("The code is shown below.");
}));

await load();
