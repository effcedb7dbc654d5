// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

// What the page says. Each text: a title, paragraphs, and steps, in which `…` stands for something to type.

import { t } from "./language.js";

const start = () => t("Start it in a terminal: `agent run`. If there is no such program, ask your administrator how to install it.");
const enroll = (context) => t("Enrol this computer if you have not yet: `agent enroll {0}`.", context.issuer);

function duration(seconds) {
  const size = Math.abs(seconds);
  if (size < 90) return t("{0} seconds", Math.round(size));
  if (size < 5400) return t("{0} minutes", Math.round(size / 60));
  if (size < 172800) return t("{0} hours", Math.round(size / 3600));
  return t("{0} days", Math.round(size / 86400));
}

// The difference of this computer's clock in words, or null where it is small.
export function clockText(offsetSeconds) {
  if (Math.abs(offsetSeconds) < 30) return null;
  return offsetSeconds > 0 ? t("This computer's clock is {0} ahead.", duration(offsetSeconds))
    : t("This computer's clock is {0} behind.", duration(offsetSeconds));
}

function clockFailure(context) {
  return {
    title: t("The time on this computer is wrong"),
    text: [clockText(context.clockOffset) ?? t("This computer's clock and the server's do not agree."),
      t("A sign-in counts for five minutes only, so both must tell the same time.")],
    steps: [t("Switch on automatic time in your system's settings, or run `sudo timedatectl set-ntp true`."),
      t("Wait a moment, then try again.")],
  };
}

function keyFailure() {
  return { title: t("Your key could not be used"),
    text: [t("Your authenticator answered, but the key that this computer signs in with could not sign this time.")],
    steps: [t("A security key or smart card must be plugged in, and no other program may hold it."),
      t("Wait a moment, then try again. `agent keys list` shows which keys are there."),
      t("If the key is lost or was erased, enrol again.")] };
}

const agentErrors = {
  0: () => ({ title: t("The authenticator broke off"), text: [t("It was there, but closed the connection without an answer.")],
    steps: [t("See whether it still runs: `agent status`."), t("Try again.")] }),
  400: () => ({ title: t("The authenticator did not understand"), text: [t("It could not read this sign-in's request.")],
    steps: [t("Update the authenticator on this computer, then try again.")] }),
  401: (context) => clockText(context.clockOffset) !== null ? clockFailure(context) : ({ title: t("This request had run out"),
    text: [t("It was older than five minutes, or had been answered before.")], steps: [] }),
  403: (context) => ({ title: t("This page may not ask your authenticator"),
    text: [t("Your authenticator does not accept sign-ins from {0}.", context.origin),
      t("If you came here by a link, close this page, and start at the app itself.")],
    steps: [t("If this is your organisation's right address, tell your administrator.")] }),
  429: () => ({ title: t("The authenticator is busy"),
    text: [t("Another sign-in waits for your answer, or too many were started.")],
    steps: [t("Answer or close the authenticator's other question."), t("Wait a minute, then try again.")] }),
  502: () => ({ title: t("The server refused your device's answer"),
    text: [t("Your authenticator answered, but the server did not accept it.")],
    steps: [t("Try again. If that does not help, show your administrator the line below.")] }),
  504: () => ({ title: t("The authenticator cannot reach the server"),
    text: [t("Your browser reaches the server, but the authenticator does not.")],
    steps: [t("Check the network, a VPN or a proxy that only the browser uses."), t("Try again.")] }),
};

const failures = {
  declined: () => ({ title: t("You said no"), text: [t("You refused this sign-in on your device."),
    t("If you did not start it yourself, close this page and tell your administrator.")], steps: [] }),
  timedOut: () => ({ title: t("Nobody answered"), text: [t("The authenticator asked, but there was no answer in time.")],
    steps: [t("Try again, and look for its window. It may be behind others.")] }),
  phishing: () => ({ title: t("Another website used this sign-in"),
    text: [t("A page that does not belong here passed this sign-in on to your authenticator. It was stopped and nothing was signed."),
      t("Close pages that you do not know. Your administrator can see what happened.")], steps: [] }),
  agentUnreachable: (context) => ({ title: t("No authenticator answered"),
    text: [t("This page found no authenticator of yours on this computer that knows this organisation.")],
    steps: [start(), enroll(context), t("Extensions that block requests to this computer must allow this page.")] }),
  cancelled: () => ({ title: t("You cancelled"), text: [t("This sign-in was cancelled.")], steps: [] }),
  clockSkew: clockFailure,
  keyCopied: () => ({ title: t("This security key cannot be used"),
    text: [t("Its signature counter did not grow: there may be a copy of it.")],
    steps: [t("Tell your administrator, and sign in with another key or device.")] }),
  userVerificationUnavailable: (context) => ({ title: t("Your PIN or fingerprint is needed"),
    text: [t("{0} wants to know that it is you, and this device could not find out.", context.app)],
    steps: [t("Try again, and enter your PIN."),
      t("After wrong PINs a key may take none for a while, as a TPM does: wait some minutes. `agent keys list` shows the tries left."),
      t("If the PIN is locked or forgotten, enrol again: `agent enroll {0} --user-verification`.", context.issuer)] }),
  hardwareKeyRequired: (context) => ({ title: t("A key in hardware is needed"),
    text: [t("{0} wants a security key, a smart card or a TPM that your organisation accepts.", context.app),
      t("The key that this device used is none.")],
    steps: [t("Enrol this computer with one: `agent enroll {0} --key fido2` (or `piv`, `tpm`).", context.issuer),
      t("If you did, ask your administrator which hardware is accepted.")] }),
  smartCardRequired: (context) => ({ title: t("A smart card is needed"),
    text: [t("{0} opens with a smart card that your organisation accepts, and none signed in here.", context.app)],
    steps: [t("If your card is enrolled on this computer, insert it and try again."),
      t("If not, add it: `agent enroll {0} --add-key --key piv`. Or sign in on a computer that has it.", context.issuer)] }),
  securityKeyRequired: (context) => ({ title: t("A security key is needed"),
    text: [t("{0} opens with a security key that your organisation accepts, and none signed in here.", context.app)],
    steps: [t("If your key is enrolled on this computer, plug it in and try again."),
      t("If not, add it: `agent enroll {0} --add-key --key fido2`. Or sign in on a computer that has it.", context.issuer)] }),
  notActive: () => ({ title: t("This account or device is not active"),
    text: [t("It was suspended or removed.")], steps: [t("Ask your administrator.")] }),
  expired: () => ({ title: t("This sign-in took too long"), text: [t("The time to answer is over.")], steps: [] }),
  policyUnattainable: (context) => ({ title: t("Your organisation asks for more"),
    text: [t("{0} opens with a stronger proof than this device can give.", context.app)],
    steps: [t("Sign in with another key or device, such as a security key."),
      t("Ask your administrator what this app asks for: the audit log tells it.")] }),
  noDevice: (context) => ({ title: t("No device to sign in with"),
    text: [t("This account has no enrolled device. Apps open with an enrolled device only.")],
    steps: [start(), enroll(context), t("A first device needs a one-time code from your administrator.")] }),
};

// The text of a failure.
export function failureText(failure, context) {
  if (failure === "agentError" && context.agentStatus === 502 && context.agentError === "key_unavailable") return keyFailure();
  if (failure === "agentError" && context.agentStatus !== undefined) {
    const known = agentErrors[context.agentStatus];
    if (known) return known(context);
  }
  if (failure === "agentError") {
    return { title: t("The authenticator had an error"), text: [t("It answered, but could not go on.")],
      steps: [t("Try again. If that does not help, restart it: `systemctl --user restart countersign-agent`.")] };
  }
  const known = failures[failure];
  return known ? known(context)
    : { title: t("This sign-in did not work"), text: [t("Something went wrong.")], steps: [t("Try again.")] };
}

// How to give the permission that was refused, by browser.
export function permissionText(context) {
  const isFirefox = navigator.userAgent.includes("Firefox/");
  return {
    title: t("Your browser blocks the authenticator"),
    text: [t("Your browser does not let {0} reach apps on this computer, so it cannot reach your authenticator.", context.host)],
    steps: isFirefox
      ? [t("Click the icon left of the address, then the connection's or permissions' entry."),
        t("Under “Device apps and services”, remove “Blocked”."), t("Load this page again, and choose Allow.")]
      : [t("Click the icon left of the address, then “Site settings”."),
        t("Set “Apps on device” (or “Local network access”) to Allow."), t("Come back to this page, and try again.")],
  };
}

// What is to be fixed: the title, an explanation, the ways to mend it in their order, and where there is help. The verifier sends the
// texts that frame the list among its items, under keys of their own, and in the page's language.
export function remediationText(answer) {
  const isWarning = answer.state === "warned";
  const frame = {};
  const groups = [];
  for (const advice of answer.remediation) {
    const name = advice.key.split(".remediation.").pop();
    if (name === "title" || name.endsWith(".due_by_date")) frame.title = advice;
    else if (name.startsWith("explanation_")) frame.explanation = advice;
    else if (name.startsWith("additional_help_")) frame.help = advice;
    else if (name === "option_index") groups.push({ heading: advice.message, items: [] });
    else {
      if (groups.length === 0) groups.push({ heading: "", items: [] });
      groups.at(-1).items.push(advice);
    }
  }
  const isPolicy = groups.length === 1 && groups[0].items.some((advice) => advice.key.endsWith("access_denied.policy"));
  const several = groups.length > 1;
  return {
    title: isPolicy ? t("You are not let in") : isWarning ? t("Fix this soon")
      : t("This device does not meet the security requirements"),
    lead: isPolicy ? "" : isWarning ? warning(answer, several) : frame.explanation?.message ?? explanation(groups, several),
    help: frame.help,
    canRecheck: !isPolicy,
    groups,
  };
}

function warning(answer, several) {
  if (!answer.until) return t("You can go on. Your organisation asks you to fix this on this computer:");
  return several
    ? t("You can go on for now. After the date below this device is let in only when one of these options is met.")
    : t("You can go on for now. After the date below this device is let in only when this is fixed.");
}

function explanation(groups, several) {
  if (groups.length === 0) return t("Ask your administrator what this device is missing.");
  return several ? t("To go on, make this computer meet one of these options, then check again:")
    : t("To go on, fix this on this computer, then check again:");
}
