// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

// The account page: the person's devices and keys, and what policy lets them change. The verifier decides again at each change; what
// this page shows or hides is for the person's sake alone.

import { moment, speak, t } from "./language.js";

const element = (id) => document.getElementById(id);
const kinds = () => ({ file: t("Key in a file"), fido2: t("Security key"), piv: t("Smart card"), tpm: t("Key in the TPM") });
const purposes = () => ({ proofOfPossession: t("signs in"), userVerification: t("signs in with your PIN or finger") });

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
  say(error instanceof Refusal ? t(error.message) : t("The server cannot be reached. Check your network."));
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
  if (device.isCurrent) heading.append(" ", make("span", t("this sign-in"), "badge"));
  if (device.status !== "active") heading.append(" ", make("span", t("suspended"), "badge"));
  item.append(heading, make("p", [device.model, t("enrolled on {0}", moment(device.createdAt))].filter(Boolean).join(", "), "hint"));
  const keys = make("ul", undefined, "keys");
  keys.append(...device.keys.map((key) => keyItem(device, key, change)));
  item.append(keys);
  if (change !== "refused") {
    const actions = make("div", undefined, "actions");
    actions.append(
      button(t("Rename"), t("Rename {0}", device.name), () => rename(device, change)),
      button(t("Remove"), t("Remove {0}", device.name), () => remove(device, change)));
    item.append(actions);
  }
  return item;
}

function keyItem(device, key, change) {
  const item = make("li");
  const kind = kinds()[key.kind] ?? t("Key");
  const proven = key.kind === "file" ? kind : key.isAttested ? t("{0}, proven", kind) : t("{0}, not proven", kind);
  item.append(make("span", `${proven}: ${purposes()[key.keyType] ?? ""}`));
  if (key.model) item.append(make("span", key.model, "hint"));
  const isSpare = device.keys.filter((other) => other.keyType === key.keyType).length > 1;
  if (change !== "refused" && isSpare) {
    item.append(button(t("Remove key"), t("Remove {0} of {1}", kind, device.name), () => removeKey(device, key, kind, change)));
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
    title: t("Rename {0}", device.name), text: t("The name that you know it by."), go: t("Rename"), name: device.name });
  if (!answer) return;
  await act(change, "unenroll", "rename", { id: device.id, name: answer.name }, () => load(t("{0} has a new name.", device.name)));
}

async function remove(device, change) {
  const answer = change === "verify" ? {} : await question({
    title: t("Remove {0}?", device.name),
    text: t("It no longer signs you in, and what was signed in to with it ends. This cannot be undone."),
    warning: device.isLast ? t("This is your last device. Without it you cannot sign in until an administrator helps you.") : "",
    mustAgree: device.isLast, go: t("Remove") });
  if (!answer) return;
  await act(change, "unenroll", "remove", { id: device.id, acceptsLockout: device.isLast }, () => {
    if (device.isCurrent) location.reload();
    else load(t("{0} was removed.", device.name));
  });
}

async function removeKey(device, key, kind, change) {
  const answer = change === "verify" ? {} : await question({
    title: t("Remove a key of {0}?", device.name),
    text: t("{0}, enrolled on {1}. Sessions of this device end.", kind, moment(key.createdAt)), go: t("Remove key") });
  if (!answer) return;
  await act(change, "unenroll", "remove-key", { id: device.id, key: key.id }, () => {
    if (device.isCurrent) location.reload();
    else load(t("The key was removed."));
  });
}

element("make-code").addEventListener("click", () => act(account.permissions.enroll, "enroll", "code", {}, ({ code }) => {
  element("enroll-command").textContent = `agent enroll ${account.issuer}`;
  element("code").textContent = code;
  element("code-result").hidden = false;
  say(t("The code is shown below."));
}));

await speak(document.documentElement.dataset.language);
await load();
