// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import AuthenticatorAgent
internal import WireProtocol

/// Gives the running agent a challenge that a link brought.
struct OpenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "open", abstract: "Answers a sign-in that a link brought; the desktop runs this.",
        discussion: """
            Sign-in pages reach the agent by themselves. Where a browser cannot, an organisation may offer a link in place
            of that. A link does not tell of which page it is, so that it counts only for organisations that this device's
            administrator lists under [custom_uri] in /etc/countersign/agent.toml, always asks you, and is not resistant to
            phishing.

            EXAMPLES
              agent open 'countersign:/deviceChallenge?challengeRequest=…'
            """)

    @Argument(help: "The link.")
    var link: String

    func run() async throws {
        let challenge: String
        do throws(ChallengeURIError) { challenge = try ChallengeURI(link).challenge } catch {
            throw CommandFailure("\(error)", hint: "start the sign-in again on the organisation's page")
        }
        let control = try AgentParts(onlyLooks: true).control()
        do {
            try await Interruption.cancels { try await control.answer(challenge) }
        } catch is CancellationError {
            return
        } catch let ControlError.refused(reason) {
            throw CommandFailure("the sign-in was not answered: \(reason)")
        } catch {
            try await CommandFailure.explaining { throw error }
        }
    }
}
