// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

// What the page says. Each text: a title, paragraphs, and steps, in which `…` stands for something to type.

const start = "Start it in a terminal: `agent run`. If there is no such program, ask your administrator how to install it.";
const enroll = (context) => `Enrol this computer if you have not yet: \`agent enroll ${context.issuer}\`.`;

function minutes(seconds) {
  const size = Math.abs(seconds);
  if (size < 90) return `${Math.round(size)} seconds`;
  if (size < 5400) return `${Math.round(size / 60)} minutes`;
  if (size < 172800) return `${Math.round(size / 3600)} hours`;
  return `${Math.round(size / 86400)} days`;
}

// The difference of this computer's clock in words, or null where it is small.
export function clockText(offsetSeconds) {
  if (Math.abs(offsetSeconds) < 30) return null;
  return `This computer's clock is ${minutes(offsetSeconds)} ${offsetSeconds > 0 ? "ahead" : "behind"}.`;
}

function clockFailure(context) {
  return {
    title: "The time on this computer is wrong",
    text: [clockText(context.clockOffset) ?? "This computer's clock and the server's do not agree.",
      "A sign-in counts for five minutes only, so both must tell the same time."],
    steps: ["Switch on automatic time in your system's settings, or run `sudo timedatectl set-ntp true`.",
      "Wait a moment, then try again."],
  };
}

function keyFailure() {
  return { title: "Your key could not be used",
    text: ["Your authenticator answered, but the key that this computer signs in with could not sign this time."],
    steps: ["A security key or smart card must be plugged in, and no other program may hold it.",
      "Wait a moment, then try again. `agent keys list` shows which keys are there.",
      "If the key is lost or was erased, enrol again."] };
}

const agentErrors = {
  0: () => ({ title: "The authenticator broke off", text: ["It was there, but closed the connection without an answer."],
    steps: ["See whether it still runs: `agent status`.", "Try again."] }),
  400: () => ({ title: "The authenticator did not understand", text: ["It could not read this sign-in's request."],
    steps: ["Update the authenticator on this computer, then try again."] }),
  401: (context) => clockText(context.clockOffset) !== null ? clockFailure(context) : ({ title: "This request had run out",
    text: ["It was older than five minutes, or had been answered before."], steps: [] }),
  403: (context) => ({ title: "This page may not ask your authenticator",
    text: [`Your authenticator does not accept sign-ins from ${context.origin}.`,
      "If you came here by a link, close this page, and start at the app itself."],
    steps: ["If this is your organisation's right address, tell your administrator."] }),
  429: () => ({ title: "The authenticator is busy", text: ["Another sign-in waits for your answer, or too many were started."],
    steps: ["Answer or close the authenticator's other question.", "Wait a minute, then try again."] }),
  502: () => ({ title: "The server refused your device's answer",
    text: ["Your authenticator answered, but the server did not accept it."],
    steps: ["Try again. If that does not help, show your administrator the line below."] }),
  504: () => ({ title: "The authenticator cannot reach the server",
    text: ["Your browser reaches the server, but the authenticator does not."],
    steps: ["Check the network, a VPN or a proxy that only the browser uses.", "Try again."] }),
};

const failures = {
  declined: () => ({ title: "You said no", text: ["You refused this sign-in on your device.",
    "If you did not start it yourself, close this page and tell your administrator."], steps: [] }),
  timedOut: () => ({ title: "Nobody answered", text: ["The authenticator asked, but there was no answer in time."],
    steps: ["Try again, and look for its window. It may be behind others."] }),
  phishing: () => ({ title: "Another website used this sign-in",
    text: ["A page that does not belong here passed this sign-in on to your authenticator. It was stopped and nothing was signed.",
      "Close pages that you do not know. Your administrator can see what happened."], steps: [] }),
  agentUnreachable: (context) => ({ title: "No authenticator answered",
    text: ["This page found no authenticator of yours on this computer that knows this organisation."],
    steps: [start, enroll(context), "Extensions that block requests to this computer must allow this page."] }),
  cancelled: () => ({ title: "You cancelled", text: ["This sign-in was cancelled."], steps: [] }),
  clockSkew: clockFailure,
  keyCopied: () => ({ title: "This security key cannot be used",
    text: ["Its signature counter did not grow: there may be a copy of it."],
    steps: ["Tell your administrator, and sign in with another key or device."] }),
  userVerificationUnavailable: (context) => ({ title: "Your PIN or fingerprint is needed",
    text: [`${context.app} wants to know that it is you, and this device could not find out.`],
    steps: ["Try again, and enter your PIN.",
      "After wrong PINs a key may take none for a while, as a TPM does: wait some minutes. `agent keys list` shows the tries left.",
      `If the PIN is locked or forgotten, enrol again: \`agent enroll ${context.issuer} --user-verification\`.`] }),
  hardwareKeyRequired: (context) => ({ title: "A key in hardware is needed",
    text: [`${context.app} wants a security key, a smart card or a TPM that your organisation accepts.`,
      "The key that this device used is none."],
    steps: [`Enrol this computer with one: \`agent enroll ${context.issuer} --key fido2\` (or \`piv\`, \`tpm\`).`,
      "If you did, ask your administrator which hardware is accepted."] }),
  smartCardRequired: (context) => ({ title: "A smart card is needed",
    text: [`${context.app} opens with a smart card that your organisation accepts, and none signed in here.`],
    steps: ["If your card is enrolled on this computer, insert it and try again.",
      `If not, add it: \`agent enroll ${context.issuer} --add-key --key piv\`. Or sign in on a computer that has it.`] }),
  securityKeyRequired: (context) => ({ title: "A security key is needed",
    text: [`${context.app} opens with a security key that your organisation accepts, and none signed in here.`],
    steps: ["If your key is enrolled on this computer, plug it in and try again.",
      `If not, add it: \`agent enroll ${context.issuer} --add-key --key fido2\`. Or sign in on a computer that has it.`] }),
  notActive: () => ({ title: "This account or device is not active",
    text: ["It was suspended or removed."], steps: ["Ask your administrator."] }),
  expired: () => ({ title: "This sign-in took too long", text: ["The time to answer is over."], steps: [] }),
  policyUnattainable: (context) => ({ title: "Your organisation asks for more",
    text: [`${context.app} opens with a stronger proof than this device can give.`],
    steps: ["Sign in with another key or device, such as a security key.",
      "Ask your administrator what this app asks for: the audit log tells it."] }),
  noDevice: (context) => ({ title: "No device to sign in with",
    text: ["This account has no enrolled device. Apps open with an enrolled device only."],
    steps: [start, enroll(context), "A first device needs a one-time code from your administrator."] }),
};

// The text of a failure.
export function failureText(failure, context) {
  if (failure === "agentError" && context.agentStatus === 502 && context.agentError === "key_unavailable") return keyFailure();
  if (failure === "agentError" && context.agentStatus !== undefined) {
    const known = agentErrors[context.agentStatus];
    if (known) return known(context);
  }
  if (failure === "agentError") {
    return { title: "The authenticator had an error", text: ["It answered, but could not go on."],
      steps: ["Try again. If that does not help, restart it: `systemctl --user restart countersign-agent`."] };
  }
  const known = failures[failure];
  return known ? known(context) : { title: "This sign-in did not work", text: ["Something went wrong."], steps: ["Try again."] };
}

// How to give the permission that was refused, by browser.
export function permissionText(context) {
  const isFirefox = navigator.userAgent.includes("Firefox/");
  return {
    title: "Your browser blocks the authenticator",
    text: [`Your browser does not let ${context.host} reach apps on this computer, so it cannot reach your authenticator.`],
    steps: isFirefox
      ? ["Click the icon left of the address, then the connection's or permissions' entry.",
        "Under “Device apps and services”, remove “Blocked”.", "Load this page again, and choose Allow."]
      : ["Click the icon left of the address, then “Site settings”.",
        "Set “Apps on device” (or “Local network access”) to Allow.", "Come back to this page, and try again."],
  };
}

// What is to be fixed: the title, an explanation, the ways to mend it in their order, and where there is help. The verifier sends the
// texts that frame the list among its items, under keys of their own.
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
    title: isPolicy ? "You are not let in" : isWarning ? "Fix this soon" : "This device does not meet the security requirements",
    lead: isPolicy ? "" : isWarning ? warning(answer, several) : frame.explanation?.message ?? explanation(groups, several),
    help: frame.help,
    canRecheck: !isPolicy,
    groups,
  };
}

function warning(answer, several) {
  const what = several ? "one of these options is met" : "this is fixed";
  return answer.until ? `You can go on for now. After the date below this device is let in only when ${what}.`
    : "You can go on. Your organisation asks you to fix this on this computer:";
}

function explanation(groups, several) {
  if (groups.length === 0) return "Ask your administrator what this device is missing.";
  return several ? "To go on, make this computer meet one of these options, then check again:"
    : "To go on, fix this on this computer, then check again:";
}
