// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import Cryptography
package import DeviceKeys
internal import WireProtocol

/// What a person asks for when they enrol.
package struct EnrollmentWish: Sendable {
    /// How the person proves who they are.
    package enum Proof: Hashable, Sendable {
        /// By signing in with a browser.
        case browser
        /// By a one-time code of the administrator's.
        case code(String)
    }

    /// The verifier.
    package var address: IssuerAddress
    /// How the person proves who they are.
    package var proof: Proof
    /// Whether a user-verification key is made even where the organisation does not ask for one.
    package var userVerification: Bool
    /// How the person is verified: by a PIN, or by the machine's fingerprint reader, which always makes a user-verification key.
    package var verification: UserVerificationMethod
    /// Where the keys are made.
    package var keys: KeyChoice
    /// This device.
    package var device: DeviceDescription
    /// The account that is meant, for the verifier's sign-in page; at most 256 bytes count.
    package var loginHint: String?

    /// A wish.
    package init(
        address: IssuerAddress, proof: Proof, userVerification: Bool, verification: UserVerificationMethod = .pin,
        keys: KeyChoice = KeyChoice(), device: DeviceDescription, loginHint: String? = nil
    ) {
        self.address = address
        self.proof = proof
        self.userVerification = userVerification || verification == .fingerprint
        self.verification = verification
        self.keys = keys
        self.device = device
        self.loginHint = loginHint.flatMap { $0.utf8.count <= 256 ? $0 : nil }
    }
}

/// The kinds of key that a person chose for an enrolment.
package struct KeyChoice: Hashable, Sendable {
    /// The kind of the proof-of-possession key.
    package var possession: KeyKind
    /// The kind of the user-verification key, where one is made.
    package var verification: KeyKind

    /// A choice.
    package init(possession: KeyKind = .software, verification: KeyKind = .software) {
        self.possession = possession
        self.verification = verification
    }

    /// The kind of the key for a purpose. The client instance key never asks anybody and is worth nothing for a sign-in, so it
    /// is always a file.
    func kind(for purpose: KeyPurpose) -> KeyKind {
        switch purpose {
        case .proofOfPossession: possession
        case .userVerification: verification
        case .clientInstance: .software
        }
    }
}

/// What a verifier is told of a device when it is enrolled.
package struct DeviceDescription: Hashable, Sendable {
    /// What the person calls the machine; cut to 100 characters.
    package var displayName: String
    /// The distribution's version, where known.
    package var osVersion: String?
    /// The maker, where known.
    package var manufacturer: String?
    /// The maker's name for it, where known.
    package var model: String?
    /// The agent's version.
    package var agentVersion: String

    /// A description.
    package init(displayName: String, osVersion: String?, manufacturer: String?, model: String?, agentVersion: String) {
        self.displayName = displayName
        self.osVersion = osVersion
        self.manufacturer = manufacturer
        self.model = model
        self.agentVersion = agentVersion
    }

    func block(clientInstanceKey: JWK) -> DeviceBlock {
        DeviceBlock(
            displayName: String(displayName.prefix(100)), osVersion: osVersion, manufacturer: manufacturer,
            model: model,
            clientInstanceVersion: agentVersion, clientInstanceKey: clientInstanceKey)
    }
}

/// How far an enrolment is.
package enum EnrollmentProgress: Hashable, Sendable {
    /// The person is to sign in at this URL.
    case signInAt(String)
    /// The person has signed in.
    case signedIn
    /// Keys are being made; the person is asked for a new PIN, for their finger, or for nothing.
    case makingKeys(verification: UserVerificationMethod)
    /// The verifier is asked to accept.
    case sending
    /// The clock of this device is off.
    case clockIsOff(ClockSkew)
    /// An older enrolment was replaced, at the verifier, too, or only here.
    case replaced(String, everywhere: Bool)
    /// The code made this enrolment before, so that nothing is left to do.
    case enrolledBefore(Enrollment)
    /// An enrolment that was interrupted before is complete now.
    case completedInterrupted(Enrollment)
    /// The verifier has nothing of an enrolment that was interrupted before, and now this device has nothing of it either.
    case droppedInterrupted(PendingEnrollment)
    /// What became of an enrolment that was interrupted before is still not known.
    case undecidedInterrupted(PendingEnrollment, EnrollmentError)
    /// The verifier's list of keys said something new of a key.
    case foundOfKey(KeyReconciliation.Finding)
    /// What became of keys whose adding was interrupted is still not known.
    case undecidedKeys(Enrollment, EnrollmentError)
    /// Nothing came of a new key, of which this stays in its hardware: a sentence, without its full stop.
    case remains(String)
    /// The key was added before, so that nothing is left to do.
    case keyAddedBefore(StoredKey)
}

/// The keys of an enrolment that is being made.
struct NewKeys: Hashable, Sendable {
    let proofOfPossession: StoredKey
    let userVerification: StoredKey?
    let clientInstance: StoredKey

    init?(_ made: [StoredKey]) {
        guard let proofOfPossession = made.first(where: { $0.purpose == .proofOfPossession }),
            let clientInstance = made.first(where: { $0.purpose == .clientInstance })
        else { return nil }
        self.proofOfPossession = proofOfPossession
        self.clientInstance = clientInstance
        userVerification = made.first { $0.purpose == .userVerification }
    }

    var all: [StoredKey] { [proofOfPossession, clientInstance] + (userVerification.map { [$0] } ?? []) }
}

extension StoredKey {
    /// The public half as the wire names it.
    var jwk: JWK {
        JWK(
            keyID: id, publicKey: publicKey, use: "sig", claimedProtection: kind == .software ? "SOFTWARE" : "HARDWARE")
    }
}
