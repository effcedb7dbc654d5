// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Languages
import Testing

@testable import DeviceAssurance

@Suite struct RemediationLanguageTests {
    private static let german = Remediation.translations(.german)

    @Test func everyTextIsTranslatedWithItsPlaces() {
        let texts = RemediationTexts.shipped.texts
        let english = Set(texts.values.flatMap { [$0.text] + ($0.how.map { Array($0.values) } ?? []) })
        #expect(english.count > 100)
        #expect(english.subtracting(Self.german.sources).sorted() == [])
        for text in Self.german.sources {
            let translation = Self.german.translation(of: text) ?? ""
            for place in ["{0}", "{1}", "{2}"] {
                #expect(translation.contains(place) == text.contains(place), "\(text)")
            }
        }
    }

    @Test func nothingIsTranslatedThatNobodySays() {
        let texts = RemediationTexts.shipped.texts
        let english = Set(texts.values.flatMap { [$0.text] + ($0.how.map { Array($0.values) } ?? []) })
        // The last one is the verifier's own.
        #expect(
            Self.german.sources.subtracting(english) == [
                Remediation.unknownText,
                "Your organisation's policy does not allow this from here. Ask your administrator if you need it.",
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
        let advice = Remediation.unknown(.diskEncryption, .linux, reason: "needs the helper")
        #expect(advice.message == "Whether the disks are encrypted is not known: needs the helper.")
        #expect(
            advice.worded(in: .german).message
                == "Nicht bekannt: ob die Datenträger verschlüsselt sind (needs the helper).")
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
