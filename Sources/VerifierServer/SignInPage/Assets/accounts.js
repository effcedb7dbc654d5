// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

const accountsKey = "countersign.accounts";

// The accounts that this browser remembers, the last used first.
export function accounts() {
  try {
    const stored = JSON.parse(localStorage.getItem(accountsKey) ?? "[]");
    return Array.isArray(stored) ? stored.filter((name) => typeof name === "string" && name !== "").slice(0, 5) : [];
  } catch {
    return [];
  }
}

// Remembers these accounts and no others.
export function keepAccounts(names) {
  try {
    localStorage.setItem(accountsKey, JSON.stringify(names.slice(0, 5)));
  } catch {
    // The browser keeps nothing; the person types their name again.
  }
}
