// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DeviceSignals
import Foundation
import Languages
import Testing

@testable import DeviceAssurance

@Suite struct RemediationLanguageTests {
    private static let languages = Language.allCases.filter { $0 != .english }

    /// What this build says in English.
    private static let english = Set(
        RemediationTexts.shipped.texts.values.flatMap { [$0.text] + ($0.how.map { Array($0.values) } ?? []) })

    @Test(arguments: languages) func everyTextIsTranslatedWithItsPlaces(language: Language) {
        let translations = Remediation.translations(language)
        #expect(Self.english.count > 150)
        #expect(Self.english.subtracting(translations.sources).sorted() == [])
        for text in translations.sources {
            let translation = translations.translation(of: text) ?? ""
            for place in ["{0}", "{1}", "{2}"] {
                #expect(translation.contains(place) == text.contains(place), "\(text)")
            }
        }
    }

    @Test(arguments: languages) func nothingIsTranslatedThatNobodySays(language: Language) {
        // The last one is the verifier's own.
        #expect(
            Remediation.translations(language).sources.subtracting(Self.english) == [
                "Your organisation's policy does not allow this from here. Ask your administrator if you need it."
            ])
    }

    @Test func anAdviceIsWordedWithWhatItsDistributionAdds() {
        let advice = Remediation.advice("linux.install_security_updates", ["3"], distribution: "fedora")
        #expect(advice.message.hasSuffix("Run: sudo dnf upgrade --security"))
        let german = advice.worded(in: .german)
        #expect(
            german.message
                == "Installieren Sie die ausstehenden Sicherheitsaktualisierungen: 3. Führen Sie aus: "
                + "sudo dnf upgrade --security")
        #expect(german.key == advice.key && german.parameters == advice.parameters)
        #expect(advice.worded(in: .english) == advice)
    }

    @Test func whatIsNotKnownIsSaidWithTheDevicesReason() {
        let advice = Remediation.unknown(.diskEncryption, .linux, reason: .verbatim("needs the helper"))
        #expect(advice.message == "Whether the disks are encrypted is not known: needs the helper.")
        #expect(
            advice.worded(in: .german).message
                == "Nicht bekannt: ob die Datenträger verschlüsselt sind (needs the helper).")
    }

    @Test func everyReasonOfTheVerifierIsAText() {
        let texts = Set(RemediationTexts.shipped.texts.keys)
        #expect(Set(UnknownReason.allCases.map(\.rawValue)) == texts.filter { $0.hasPrefix("reason.") })
        let words =
            DiskEncryptionType.allCases.map { "word.disk_encryption.\($0.rawValue.lowercased())" }
            + LinuxConditions.EndpointProtection.State.allCases.map {
                "word.endpoint_protection.\($0.rawValue.lowercased())"
            }
        #expect(Set(words + ["word.or"]) == texts.filter { $0.hasPrefix("word.") })
    }

    private static let reasons: [(Wording, AssuranceCondition, DevicePlatform, String)] = [
        (
            .reason(.notReported), .firewall, .linux,
            "Nicht bekannt: ob eine Firewall verwirft, was Fremde senden (das Gerät hat es nicht gemeldet)."
        ),
        (
            .reason(.notApplicable, "a server {0}"), .screenLock, .linux,
            "Nicht bekannt: ob sich der Bildschirm sperrt (für dieses Gerät gilt es nicht: a server {0})."
        ),
        (
            .reason(.releaseAfterFeed, "15.1", "Debian"), .osVersion, .linux,
            "Nicht bekannt: die Version des Betriebssystems (die Liste der Ausgaben ist älter als die Ausgabe 15.1 von Debian)."
        ),
        (
            .reason(.notReported), .platform, .chromeOS,
            "Nicht bekannt: die Plattform dieses Geräts (das Gerät hat es nicht gemeldet)."
        ),
        (
            .reason(.notUnderstood), .provider(.deviceTrustConnector, "osFirewall"), .windows,
            "Nicht bekannt: was Chrome über osFirewall sagt (das Gerät meldet einen Wert, der nicht zu verstehen ist)."
        ),
        (
            .reason(.notReported), .provider(.devicePostureIdP, "managed"), .linux,
            "Nicht bekannt: was die Verwaltung dieses Geräts über managed sagt (das Gerät hat es nicht gemeldet)."
        ),
    ]

    @Test(arguments: reasons)
    func theVerifiersOwnReasonsAreWorded(
        _ reason: Wording, _ condition: AssuranceCondition, _ platform: DevicePlatform, _ german: String
    ) throws {
        let advice = Remediation.unknown(condition, platform, reason: reason)
        #expect(advice.worded(in: .german).message == german)
        // A sign-in that goes on is read from the store.
        let read = try JSONDecoder().decode(Remediation.self, from: JSONEncoder().encode(advice))
        #expect(read == advice)
        #expect(read.worded(in: .german).message == german)
    }

    @Test func wordsInAPlaceAreWorded() {
        let advice = Remediation.advice(
            "linux.device_disk_encrypted", filledWith: [.encryption([.systemVolume, .user]), .verbatim("")])
        #expect(
            advice.message
                == "Encrypt the disks of this device: the volume of the operating system, or your own files.")
        #expect(
            advice.worded(in: .german).message
                == "Verschlüsseln Sie die Datenträger dieses Geräts: das Volume des Betriebssystems oder Ihre eigenen Dateien."
        )
        var older = advice
        older.parameters[0] = "something else"
        older.message = "Encrypt the disks of this device: something else."
        #expect(older.worded(in: .german).message == "Verschlüsseln Sie die Datenträger dieses Geräts: something else.")
    }

    @Test func anOwnTextsPlacesAreWordedWhereItIsOfTheLanguage() {
        let key = "linux.device_disk_encrypted"
        let advice = Remediation.advice(key, filledWith: [.encryption([.user])])
        let own = RemediationCustomization(
            texts: [
                "\(RemediationCustomization.keyPrefix)\(advice.key)": .init(message: "Nimm LUKS: {0}"),
                "\(RemediationCustomization.keyPrefix)LINUX.\(AssuranceCondition.firewall.id)": .init(message: "{0}!"),
            ])
        #expect(own.translate(advice, in: .german).message == "Nimm LUKS: Ihre eigenen Dateien")
        #expect(own.translate(advice, in: .english).message == "Nimm LUKS: your own files")
        let ours = own.apply(
            to: .unknown(.firewall, .linux, reason: .reason(.notReported)), .firewall, .linux)
        #expect(ours.message == "the device did not report it!")
        #expect(ours.worded(in: .german).message == ours.message)
        #expect(own.translate(ours, in: .german).message == "das Gerät hat es nicht gemeldet!")
    }

    @Test func theWarningOfAGracePeriodIsWorded() {
        let judgement = Remediation(
            key: Remediation.graceKey, parameters: ["2027-01-01"],
            message: RemediationTexts.shipped.message("grace_period.due_by_date", ["2027-01-01"], distribution: nil),
            outcome: .notMet)
        #expect(judgement.worded(in: .german).message.contains("bis 2027-01-01"))
    }

    @Test func anAdministratorsOwnWordsStay() {
        var own = Remediation.advice("linux.enable_firewall", distribution: "debian")
        own.message = "Ring 4711."
        #expect(own.worded(in: .german).message == "Ring 4711.")
        own.key = "device.assurance.custom.remediation.LINUX.x"
        #expect(own.worded(in: .german).message == "Ring 4711.")
    }
}
