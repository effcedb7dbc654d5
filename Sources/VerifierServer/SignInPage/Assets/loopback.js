// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

// Carries a challenge to the agent on this computer. What the agent answers moves nothing on by itself: the verifier's
// word alone counts, and this module only tells what is worth asking it for.

// The time that an agent may take to ask its person.
const challengeTimeoutMillis = 300000;

// A page that comes from this computer itself reaches it without a question, whatever the permission's state says.
const isLocalPage = ["localhost", "127.0.0.1", "[::1]"].includes(location.hostname);

// The browser's permission for pages to reach this computer: Chromium from 145, and its former name. Firefox says "prompt" also where a
// policy has it ask nobody: `isSure` tells whether the word can be relied on.
export async function loopbackPermission() {
  for (const name of ["loopback-network", "local-network-access"]) {
    try {
      const status = await navigator.permissions.query({ name });
      const state = isLocalPage && status.state === "prompt" ? "granted" : status.state;
      return { state, isGranular: name === "loopback-network", isSure: "userAgentData" in navigator };
    } catch {
      // The browser does not know the name.
    }
  }
  return { state: "unknown", isGranular: false, isSure: false };
}

// What kind of error the agent names. It only chooses among the page's own words: nothing of the agent's is shown.
async function errorKind(response) {
  try {
    return response.status === 502 ? (await response.json()).error : undefined;
  } catch {
    return undefined;
  }
}

async function send(url, options, timeoutMillis, signal) {
  const controller = new AbortController();
  const abort = () => controller.abort();
  signal.addEventListener("abort", abort);
  const timer = setTimeout(abort, timeoutMillis);
  try {
    if (signal.aborted) throw new DOMException("aborted", "AbortError");
    const response = await fetch(url, {
      headers: { "Content-Type": "application/json" }, mode: "cors", credentials: "omit", cache: "no-store",
      redirect: "error", referrerPolicy: "no-referrer", signal: controller.signal, ...options,
    });
    return { status: response.status, error: await errorKind(response) };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", abort);
  }
}

// Tries the ports one after the other. The first probe may wait longer, for the time that a browser's question stands open.
//
// Answers {kind: "delivered"}, {kind: "unreachable"}, {kind: "error", status, error} or {kind: "aborted"}; status 0 is a
// connection that broke off. `reached` is called once an agent has answered a probe.
export async function carryChallenge(challenge, { signal, firstProbeMillis, isGranular, reached }) {
  // Where the browser knows the word, a request that would leave this computer fails.
  const space = isGranular ? { targetAddressSpace: "loopback" } : {};
  let probeMillis = Math.max(firstProbeMillis ?? 0, challenge.probeTimeoutMillis);
  for (const port of challenge.ports) {
    const base = `${challenge.domain}:${port}`;
    try {
      const { status } = await send(`${base}/probe`, { method: "GET", ...space }, probeMillis, signal);
      if (status < 200 || status > 299) continue;
      reached?.();
    } catch {
      if (signal.aborted) return { kind: "aborted" };
      continue;
    } finally {
      probeMillis = challenge.probeTimeoutMillis;
    }
    try {
      const body = JSON.stringify({ challengeRequest: challenge.challengeRequest });
      const { status, error } = await send(
        `${base}/challenge`, { method: "POST", body, ...space }, challengeTimeoutMillis, signal);
      if (status >= 200 && status <= 299) return { kind: "delivered" };
      if (status !== 503) return { kind: "error", status, error };
    } catch {
      return signal.aborted ? { kind: "aborted" } : { kind: "error", status: 0 };
    }
  }
  return { kind: "unreachable" };
}
