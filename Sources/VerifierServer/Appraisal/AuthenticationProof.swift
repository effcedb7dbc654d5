// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import WebAuthn
internal import WireProtocol

/// What an accepted response proves, in the words that apps read.
struct AuthenticationProof: Sendable {
    let claims: ResponseClaims
    /// The hardware of the key that signed; `nil` for a key in a file.
    let hardware: EnrolledHardware?
    /// What a security key said beside its signature.
    let assertion: AssertionFacts?

    init(claims: ResponseClaims, hardware: EnrolledHardware?, assertion: AssertionFacts? = nil) {
        self.claims = claims
        self.hardware = hardware
        self.assertion = assertion
    }

    /// How the person was authenticated (`amr`, RFC 8176 §2).
    var methods: [String] {
        var methods: [String] = []
        switch hardware {
        case nil: methods.append("swk")
        // Hardware that nobody vouches for may be a program: it is neither said to be hardware nor to be software.
        case let hardware? where !hardware.isAttested: break
        case let hardware?:
            methods.append("hwk")
            if hardware.kind == .piv { methods.append("sc") }
        }
        if claims.keyType == .userVerification { methods += claims.methods }
        if isPresent { methods.append("user") }
        if claims.keyType == .userVerification { methods.append("mfa") }
        return methods + ["pop"]
    }

    /// The authentication context (`acr`, OpenID Connect EAP ACR Values 1.0): phishing-resistant, with a key in attested
    /// hardware or without; `nil` where the page's origin was not seen.
    var contextClass: String? {
        guard claims.context.bindingType == .loopback else { return nil }
        return hardware?.isAttested == true ? "phrh" : "phr"
    }

    /// What is remembered of it.
    func authenticator(at time: Int64) -> ProvenAuthenticator {
        let isVerified = claims.keyType == .userVerification
        return ProvenAuthenticator(
            store: .init(hardware?.kind), isHardwareProtected: hardware?.isAttested == true,
            isPhishingResistant: contextClass != nil, isUserPresent: isPresent || isVerified,
            verification: isVerified ? claims.methods.first : nil, provenAt: time)
    }

    /// Whether somebody was seen to be there: by a prompt, or by hardware that is touched.
    private var isPresent: Bool {
        claims.context.userConsent == .approvedConsentPrompt || hardware?.wantsTouch == true
            || assertion?.userPresent == true
    }
}
