// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import DevicePosture
import DeviceSignals
import Testing

@Suite struct SignalGuideTests {
    private func machine(_ release: String) throws -> MachineFixture {
        let machine = try MachineFixture()
        machine.write("/etc/os-release", release)
        return machine
    }

    @Test func everySignalThatIsReadHasOneGuide() {
        let guided = SignalGroup.all.flatMap(\.guides).map(\.name)
        #expect(guided.sorted() == PostureCollector().names.sorted())
    }

    @Test(
        arguments: [
            ("ID=ubuntu\nID_LIKE=debian\n", .debian), ("ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n", .debian),
            ("ID=fedora\n", .fedora), ("ID=rocky\nID_LIKE=\"rhel centos fedora\"\n", .fedora),
            ("ID=fedora\nOSTREE_VERSION='44.1'\n", .ostree), ("ID=opensuse-tumbleweed\n", .suse),
            ("ID=steamos\nID_LIKE=arch\n", .arch), ("ID=nixos\n", .nixos), ("ID=alpine\n", .alpine),
            ("ID=void\n", .other), ("", .other),
        ] as [(String, Distribution)])
    func distributionIsKnownByItsFamily(release: String, family: Distribution) throws {
        let machine = try machine(release)
        #expect(Distribution.detect(in: machine.system) == family)
    }

    @Test func whatIsUnknownIsNeverShownAsGood() {
        for guide in SignalGroup.all.flatMap(\.guides) {
            #expect(guide.standing(of: .unknown(reason: "it cannot be read")) == .unknown)
            #expect(guide.standing(of: .notApplicable(reason: "a server")) == .plain)
        }
    }

    @Test func whatIsWrongHasARemedyAndWhatIsGoodHasNone() throws {
        let guide = try #require(SignalGroup.guide(to: .secureBoot))
        #expect(guide.standing(of: .known(.boolean(false))) == .wrong)
        #expect(guide.remedy(of: .known(.boolean(false)), on: .debian)?.advice.contains("Secure Boot") == true)
        #expect(guide.standing(of: .known(.boolean(true))) == .good)
        #expect(guide.remedy(of: .known(.boolean(true)), on: .debian) == nil)
    }

    @Test func whatNeedsTheHelperSaysHowToStartIt() throws {
        let guide = try #require(SignalGroup.guide(to: .secureBoot))
        let remedy = guide.remedy(of: .unknown(reason: "/x cannot be read: it needs the posture helper"), on: .other)
        #expect(remedy?.command?.contains("countersign-posture-helper.socket") == true)
    }
}
