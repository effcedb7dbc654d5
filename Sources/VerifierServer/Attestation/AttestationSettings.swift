// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

package import KeyAttestations

/// Whom the organisation believes about hardware, and what it asks of it.
package struct AttestationSettings: Sendable {
    /// What a signature counter that did not grow is taken for (WebAuthn §6.1.1).
    package enum CounterPolicy: String, Hashable, Sendable, CaseIterable {
        /// It is written to the audit log.
        case audit
        /// It is written there, and the sign-in is refused.
        case refuse
    }

    /// Whether the verifier itself asks OCSP responders about cards (RFC 6960).
    package enum CardOCSP: String, Hashable, Sendable, CaseIterable {
        /// It asks nobody.
        case off
        /// It asks the responders that cards' certificates name, where nothing else tells whether they were revoked.
        case fetch
    }

    /// Whom it believes.
    package var anchors: TrustAnchors
    /// What it asks of models and certificates.
    package var policy: AttestationPolicy
    /// Whether an enrolment without a key in attested hardware is refused.
    package var requiresAttestation: Bool
    /// What is done about a security key that may have been copied.
    package var counterPolicy: CounterPolicy
    /// Whether OCSP responders are asked about cards.
    package var cardOCSP: CardOCSP

    /// By default nobody is believed and nothing is asked: keys of all kinds are enrolled, and none counts as hardware.
    package init(
        anchors: TrustAnchors = TrustAnchors(), policy: AttestationPolicy = AttestationPolicy(),
        requiresAttestation: Bool = false, counterPolicy: CounterPolicy = .audit, cardOCSP: CardOCSP = .off
    ) {
        self.anchors = anchors
        self.policy = policy
        self.requiresAttestation = requiresAttestation
        self.counterPolicy = counterPolicy
        self.cardOCSP = cardOCSP
    }
}
