// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import AuthenticatorAgent
internal import DeviceKeys
internal import Pinentry

/// Tells a person how far their enrolment is.
struct EnrollmentReporter: Sendable {
    let environment: [String: String]
    let opensBrowser: Bool
    let addsKey: Bool
    let loan: TerminalLoan

    func report(_ progress: EnrollmentProgress) async {
        switch progress {
        case .signInAt(let url):
            loan.begin()
            if opensBrowser, BrowserLauncher.isUsable(environment), BrowserLauncher.open(url) {
                Console.note("sign in with the browser; if no page opens, go to:\n\(url)")
            } else {
                Console.note("open this page in a browser on this machine to sign in:\n\(url)")
            }
        case .signedIn:
            loan.end()
            Console.note("signed in")
        case .makingKeys(.pin): Console.note("making keys; answer the prompts")
        case .makingKeys(.fingerprint): Console.note("making keys; put your finger on the fingerprint reader")
        case .makingKeys: Console.note("making keys")
        case .sending: Console.note(addsKey ? "adding the key" : "sending the enrolment")
        case .clockIsOff(let skew): Console.warn(skew.sentence, hint: ClockSkew.hint)
        case .replaced(_, everywhere: true): Console.note("the older enrolment was replaced")
        case .replaced(let id, everywhere: false):
            Console.warn(
                "the older enrolment '\(id)' was replaced here, but the verifier still has it",
                hint: "tell your administrator")
        case .enrolledBefore: Console.note("this code has enrolled this device before")
        case .completedInterrupted(let enrollment):
            Console.note("an enrolment that was interrupted is complete: \(EnrollmentSummary(enrollment).line)")
            Console.note("to enrol another account, run the command again")
        case .droppedInterrupted(let pending):
            Console.note("an enrolment that was interrupted had not reached \(DisplayText(pending.organizationName))")
        case .undecidedInterrupted(let pending, let error):
            Console.warn(
                "an enrolment at \(DisplayText(pending.organizationName)) was interrupted, and cannot be finished yet: "
                    + error.message, hint: error.hint)
        case .foundOfKey(let finding): Self.note(finding)
        case .undecidedKeys(_, let error):
            Console.warn(
                "a key whose adding was interrupted cannot be looked after yet: \(error.message)", hint: error.hint)
        case .remains(let remainder): Console.note(remainder)
        case .keyAddedBefore:
            Console.note("this is the key whose adding was interrupted; to add another run the command again")
        }
    }

    /// Tells what the verifier's list said of a key.
    static func note(_ finding: KeyReconciliation.Finding) {
        switch finding {
        case .confirmed(let key): Console.note("a key whose adding was interrupted is there now: \(key.id)")
        case .dropped(let key): Console.note("a key whose adding was interrupted had not been added: \(key.id)")
        case .removed(let key):
            Console.note("the verifier has the key \(key.id) no more, so it was removed here")
        case .noKeyLeft:
            Console.warn(
                "the verifier has none of an enrolment's keys any more", hint: "enroll this device anew")
        }
    }
}
