// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import { accounts, keepAccounts } from "./accounts.js";
import { moment, speak, t } from "./language.js";
import { carryChallenge, loopbackPermission } from "./loopback.js";
import { clockText, failureText, permissionText, remediationText } from "./texts.js";
import { Refusal, ask, clockOffset } from "./verifier.js";

const element = (id) => document.getElementById(id);
const views = ["identify", "permission", "challenge", "link", "code", "remediation", "failed", "done"];
const promptMillis = 60000;
// How long a browser that may not ask is waited for, before the page says what is asked.
const unaskedMillis = 500;

const state = {
  answer: null, // the verifier's last word
  agentStatus: undefined, // what the loopback answered last, where it was an error
  agentError: undefined, // and what kind of error it named
  blocked: false, // whether the browser's permission stood in the way
  carried: null, // the challenge that is being carried
  controller: null, // ends the carrying
  pollTimer: null,
  isPolling: false,
  identifier: sessionStorage.getItem("countersign.identifier") ?? "",
};

// MARK: asking

async function act(path, body, errorElement) {
  setBusy(true);
  try {
    await show(await ask(path, body));
    return true;
  } catch (error) {
    report(error, errorElement);
    return false;
  } finally {
    setBusy(false);
  }
}

function report(error, errorElement) {
  if (error instanceof Refusal && (error.status === 410 || error.status === 404)) return showOver(t(error.message));
  const text = error instanceof Refusal
    ? (error.retryAfter ? `${t("Too many tries.")} ${t("Try again in {0} seconds.", error.retryAfter)}` : t(error.message))
    : t("The server cannot be reached. Check your network.");
  if (errorElement) {
    errorElement.textContent = text;
    const field = errorElement.closest("form")?.querySelector("input[type=text]");
    field?.setAttribute("aria-invalid", "true");
    field?.focus();
  } else {
    say(text);
  }
}

// MARK: polling

function stopPolling() {
  clearTimeout(state.pollTimer);
  state.pollTimer = null;
}

function pollIn(millis) {
  stopPolling();
  state.pollTimer = setTimeout(poll, millis);
}

async function poll() {
  if (state.isPolling) return pollIn(50);
  state.isPolling = true;
  let next = state.answer?.refresh ?? 2000;
  try {
    const answer = await ask("authenticators/poll");
    if (state.pollTimer === null) return;
    if (answer.state !== "challenge") return await show(answer);
    state.answer = answer;
    if (answer.challenge.challengeRequest !== state.carried) await startChallenge(answer);
    say("");
  } catch (error) {
    if (error instanceof Refusal && (error.status === 410 || error.status === 404)) return showOver(t(error.message));
    if (error instanceof Refusal && error.status === 429) next = (error.retryAfter ?? 60) * 1000;
    say(t("The server cannot be reached right now. Trying again…"));
  } finally {
    state.isPolling = false;
  }
  if (state.pollTimer !== null) pollIn(next);
}

// MARK: the challenge

function stopCarrying() {
  state.controller?.abort();
  state.controller = null;
  state.carried = null;
}

async function startChallenge(answer) {
  stopCarrying();
  state.carried = answer.challenge.challengeRequest;
  state.agentStatus = undefined;
  state.agentError = undefined;
  state.blocked = false;
  if (answer.challenge.challengeMethod === "CUSTOM_URI") return showLink(answer.challenge);
  const permission = await loopbackPermission();
  if (state.carried !== answer.challenge.challengeRequest) return;
  element("permission-go").hidden = false;
  if (permission.state === "prompt" && !permission.isSure) {
    tryFirst(answer.challenge, permission);
  } else if (permission.state === "prompt") {
    display("permission", t("Your browser will ask you"));
    element("permission-go").onclick = () => {
      showChallenge(answer.challenge);
      carry(answer.challenge, permission, promptMillis);
    };
  } else {
    showChallenge(answer.challenge);
    carry(answer.challenge, permission, 0);
  }
}

// Where the browser may have been told to ask nobody: if nothing is heard soon, it asks, and the page says beside its question what it is.
function tryFirst(challenge, permission) {
  showChallenge(challenge);
  const carried = state.carried;
  const explain = setTimeout(() => {
    if (state.carried !== carried) return;
    display("permission", t("Your browser asks you"));
    element("permission-go").hidden = true;
  }, unaskedMillis);
  carry(challenge, permission, promptMillis, () => {
    clearTimeout(explain);
    if (state.carried === carried && element("view-challenge").hidden) showChallenge(challenge);
  }).finally(() => clearTimeout(explain));
}

function showChallenge(challenge) {
  if (challenge.recheck) {
    display("challenge", t("Checking this computer"));
    element("challenge-text").textContent = t("Your authenticator looks at this computer again. You need not confirm anything.");
    return;
  }
  display("challenge", t("Confirm on this computer"));
  element("challenge-text").textContent =
    t("Your authenticator may ask you in a window of its own. Say yes only if you started this sign-in, and if it names {0}.",
      location.origin);
}

// The person opens it: the browser asks them before a page may start another program, and the program asks them again.
function showLink(challenge) {
  display("link", t("Open your authenticator"));
  element("link-text").textContent =
    t("It cannot see which page asks. Say yes only if you started this sign-in, and if the address bar of your browser shows {0}.",
      location.host);
  const link = element("link-open");
  if (challenge.href.startsWith("countersign:")) link.href = challenge.href;
}

async function carry(challenge, permission, firstProbeMillis, reached) {
  const controller = new AbortController();
  state.controller = controller;
  const result = await carryChallenge(challenge, {
    signal: controller.signal, firstProbeMillis, isGranular: permission.isGranular, reached,
  });
  if (controller.signal.aborted || state.controller !== controller) return;
  if (result.kind === "delivered") return pollIn(1);
  let reason = "OV_UNREACHABLE_BY_LOOPBACK";
  if (result.kind === "error") {
    reason = "OV_RETURNED_ERROR";
    state.agentStatus = result.status;
    state.agentError = result.error;
  } else {
    state.blocked = (await loopbackPermission()).state === "denied";
  }
  await giveUp(reason, result.status ?? null, challenge.challengeRequest);
}

// Tells the verifier that the agent could not be reached or failed, unless the sign-in went on meanwhile.
async function giveUp(reason, statusCode, challengeRequest) {
  try {
    const now = await ask("authenticators/poll");
    const isOpen = now.state === "challenge" && (challengeRequest === null || now.challenge.challengeRequest === challengeRequest);
    await show(isOpen ? await ask("authenticators/poll/cancel", { reason, statusCode }) : now);
  } catch (error) {
    report(error);
  }
}

// MARK: what is shown

function say(text) {
  const status = element("status");
  if (status.textContent !== text) status.textContent = text;
}

function setBusy(isBusy) {
  for (const button of document.querySelectorAll("main button")) button.disabled = isBusy;
}

function display(view, title, focus) {
  for (const name of views) element(`view-${name}`).hidden = name !== view;
  setBusy(false);
  say("");
  const heading = element("title");
  heading.textContent = title;
  document.title = `${title} · ${state.answer?.organization ?? ""}`;
  const target = focus ?? heading;
  target.focus({ preventScroll: true });
  window.scrollTo(0, 0);
}

// Text in which `…` is something to type.
function fill(parent, text) {
  parent.replaceChildren(...text.split("`").map((part, index) => {
    if (index % 2 === 0) return document.createTextNode(part);
    const code = document.createElement("code");
    code.textContent = part;
    return code;
  }));
}

function list(parent, tag, texts) {
  parent.replaceChildren(...texts.map((text) => {
    const item = document.createElement(tag);
    fill(item, text);
    return item;
  }));
}

async function show(answer) {
  state.answer = answer;
  await speak(answer.language);
  if (answer.state !== "challenge") {
    stopPolling();
    stopCarrying();
  }
  const app = element("app");
  app.hidden = !answer.appName;
  app.textContent = subtitle(answer);
  switch (answer.state) {
    case "identify": return showIdentify(answer);
    case "challenge":
      if (state.carried !== answer.challenge.challengeRequest) await startChallenge(answer);
      return pollIn(answer.refresh);
    case "code": {
      element("code-error").textContent = "";
      return display("code", t("Your first device"), element("code"));
    }
    case "success": return showDone(answer);
    case "denied":
    case "warned": return showRemediation(answer);
    default: return showFailure(answer);
  }
}

function subtitle(answer) {
  if (answer.state === "identify") return t("to continue to {0}", answer.appName);
  return state.identifier === "" ? t("Signing in to {0}", answer.appName)
    : t("Signing in to {0} as {1}", answer.appName, state.identifier);
}

function showDone(answer) {
  remember();
  display("done", t("You are signed in"));
  element("done-link").href = answer.redirect;
  location.replace(answer.redirect);
}

function showRemediation(answer) {
  const isWarning = answer.state === "warned";
  const { title, lead, groups, help, canRecheck } = remediationText(answer);
  list(element("remediation-text"), "span", [lead]);
  element("remediation-due").hidden = !answer.until;
  if (answer.until) {
    element("remediation-until").dateTime = new Date(answer.until * 1000).toISOString();
    element("remediation-until").textContent = moment(answer.until, { dateStyle: "long", timeStyle: "short" });
  }
  element("remediation-list").replaceChildren(...groups.flatMap(remediationGroup));
  showHelp(answer.help, help);
  const skip = element("skip");
  skip.hidden = !isWarning;
  skip.textContent = t("Continue to {0}", answer.appName);
  element("check-again").classList.toggle("primary", !isWarning);
  element("check-again").hidden = !canRecheck;
  showBack("remediation-back", isWarning ? null : answer.redirect, answer);
  display("remediation", title);
}

// One way to mend it: a heading where there are several ways, and its steps.
function remediationGroup({ heading, items }) {
  const steps = document.createElement("ol");
  steps.className = "remediation";
  steps.append(...items.map((advice) => {
    const item = document.createElement("li");
    fill(item, advice.message);
    if (advice.outcome === "indeterminate") {
      const note = document.createElement("span");
      note.className = "unsure";
      note.textContent = t("This could not be checked.");
      item.append(note);
    }
    for (const link of advice.links ?? []) item.append(" ", linkTo(link));
    return item;
  }));
  if (!heading) return [steps];
  const title = document.createElement("h2");
  title.textContent = heading;
  return [title, steps];
}

// The organisation's own words and link, or those that came with the list.
function showHelp(own, sent) {
  const parent = element("remediation-help");
  parent.textContent = own?.text ?? sent?.message ?? t("If you cannot fix this yourself, ask your administrator.");
  const links = own?.link ? [{ url: own.link }] : sent?.links ?? [];
  for (const link of links) parent.append(" ", linkTo(link));
}

// A link that opens beside this page, which would otherwise lose the sign-in. Only the web and mail are linked to.
function linkTo({ url, label }) {
  const link = document.createElement("a");
  if (/^(https?|mailto):/i.test(url)) link.href = url;
  link.target = "_blank";
  link.rel = "noopener noreferrer";
  link.textContent = t("{0} (opens a new tab)", label ?? t("Get help"));
  return link;
}

function showFailure(answer) {
  const context = {
    issuer: answer.issuer, app: answer.appName, origin: location.origin, host: location.host, agentStatus: state.agentStatus,
    agentError: state.agentError, clockOffset: clockOffset(),
  };
  const text = state.blocked && answer.failure === "agentUnreachable"
    ? permissionText(context) : failureText(answer.failure, context);
  const clock = answer.failure === "expired" ? clockText(clockOffset()) : null;
  list(element("failure-text"), "p", clock ? [...text.text, clock] : text.text);
  list(element("failure-steps"), "li", text.steps);
  element("failure-detail").textContent =
    t("Reported as: {0}",
      answer.failure + (answer.failure === "agentError" && state.agentStatus !== undefined ? ` ${state.agentStatus}` : ""));
  element("retry").hidden = false;
  element("use-link").hidden = !answer.offersLink;
  element("other-person").hidden = state.identifier === "";
  showBack("failure-back", answer.redirect, answer);
  display("failed", text.title);
}

function showBack(id, target, answer) {
  const link = element(id);
  link.hidden = !target;
  if (target) link.href = target;
  link.textContent = t("Back to {0}", answer.appName || t("the app"));
}

function showOver(summary) {
  stopPolling();
  stopCarrying();
  list(element("failure-text"), "p", [summary]);
  list(element("failure-steps"), "li", []);
  element("failure-detail").textContent = "";
  element("retry").hidden = true;
  element("use-link").hidden = true;
  element("failure-back").hidden = true;
  element("other-person").hidden = true;
  element("app").hidden = true;
  display("failed", t("This sign-in is over"));
}

// MARK: accounts

function remember() {
  if (sessionStorage.getItem("countersign.remember") === "1" && state.identifier) {
    keepAccounts([state.identifier, ...accounts().filter((name) => name !== state.identifier)]);
  }
  sessionStorage.removeItem("countersign.remember");
}

function identify(name, shouldRemember) {
  state.identifier = name;
  sessionStorage.setItem("countersign.identifier", name);
  if (shouldRemember) sessionStorage.setItem("countersign.remember", "1");
  else sessionStorage.removeItem("countersign.remember");
  element("identify-error").textContent = "";
  element("identifier").removeAttribute("aria-invalid");
  return act("identify", { identifier: name, rememberMe: shouldRemember }, element("identify-error"));
}

function showIdentify(answer) {
  const names = accounts();
  const field = element("identifier");
  const hint = answer.identifier ?? "";
  const choose = names.length > 0 && (hint === "" || names.includes(hint));
  element("accounts").hidden = !choose;
  element("identify-form").hidden = choose;
  element("account-list").replaceChildren(...names.map((name) => accountItem(name, answer)));
  if (field.value === "") field.value = hint;
  display("identify", t("Sign in"), choose ? element("account-list").querySelector("button") : field);
}

function accountItem(name, answer) {
  const item = document.createElement("li");
  const use = document.createElement("button");
  use.type = "button";
  use.className = "account";
  use.textContent = name;
  use.onclick = () => identify(name, true);
  const forget = document.createElement("button");
  forget.type = "button";
  forget.textContent = t("Forget");
  forget.setAttribute("aria-label", t("Forget {0}", name));
  forget.onclick = () => {
    keepAccounts(accounts().filter((other) => other !== name));
    showIdentify(answer);
  };
  item.append(use, forget);
  return item;
}

// MARK: what the person does

element("identify-form").addEventListener("submit", (event) => {
  event.preventDefault();
  identify(element("identifier").value.trim(), element("remember").checked);
});
element("other-account").addEventListener("click", () => {
  element("accounts").hidden = true;
  element("identify-form").hidden = false;
  element("identifier").value = "";
  element("identifier").focus();
});
element("code-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  element("code-error").textContent = "";
  element("code").removeAttribute("aria-invalid");
  if (await act("challenge/code", { code: element("code").value.trim() }, element("code-error"))) element("code").value = "";
});
for (const button of document.querySelectorAll("button.cancel")) {
  button.addEventListener("click", async () => {
    stopPolling();
    stopCarrying();
    await act("authenticators/poll/cancel", { reason: "USER_CANCELED", statusCode: null });
  });
}
element("use-link").addEventListener("click", () => act("challenge/link"));
element("retry").addEventListener("click", () => act("challenge/retry"));
element("other-person").addEventListener("click", () => {
  element("identifier").value = "";
  showIdentify({ ...state.answer, identifier: "" });
});
element("check-again").addEventListener("click", () => act("challenge/recheck"));
element("skip").addEventListener("click", () => act("skip"));

for (const place of document.querySelectorAll(".host")) place.textContent = location.host;
try {
  await show(await ask("introspect"));
} catch (error) {
  report(error);
}
