// Copyright 2026 The Countersign authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import NetworkPlaces

@Suite struct PlaceTableTests {
    private func table(_ texts: String..., pieces: Int = 4096) throws -> PlaceTable {
        var reader = PlaceTableReader()
        for text in texts {
            let bytes = Array(text.utf8)
            for start in stride(from: 0, to: bytes.count, by: pieces) {
                try reader.read(Array(bytes[start..<min(start + pieces, bytes.count)]))
            }
            try reader.endTable()
        }
        return try reader.finish()
    }

    private func problem(_ text: String) -> String? {
        do {
            _ = try table(text)
            return nil
        } catch { return "\(error)" }
    }

    private static let four = #"""
        network,geoname_id,registered_country_geoname_id,represented_country_geoname_id,is_anonymous_proxy,\#
        is_satellite_provider,postal_code,latitude,longitude,accuracy_radius,is_anycast
        192.0.2.0/24,2891122,2921044,,0,0,24103,54.3213,10.1349,20,
        192.0.2.128/25,2950159,2921044,,0,0,"10,""115""",52.5200,13.4050,20,
        198.51.100.0/24,,,,0,0,,,,,
        203.0.113.7/32,1850147,,,0,0,,35.6895,139.6917,5,
        """#
    private static let six =
        "longitude\tnetwork\tlatitude\r\n10.1349\t2001:db8::/32\t54.3213\r\n-74.0060\t2001:db8:1::/48\t40.7128\r\n"

    @Test(arguments: [1, 7, 4096])
    func theSmallestNetworkThatHoldsAnAddressTells(_ pieces: Int) throws {
        let table = try table(Self.four, Self.six, pieces: pieces)
        #expect(table.count == 5)
        func latitude(_ bytes: [UInt8]) -> Double? {
            table.place(of: bytes).map { ($0.latitude * 100).rounded() / 100 }
        }
        #expect(latitude([192, 0, 2, 127]) == 54.32)
        #expect(latitude([192, 0, 2, 128]) == 52.52)
        #expect(latitude([203, 0, 113, 7]) == 35.69)
        #expect(latitude([203, 0, 113, 8]) == nil)
        #expect(latitude([198, 51, 100, 1]) == nil)
        let prefix: [UInt8] = [0x20, 0x01, 0x0d, 0xb8]
        #expect(latitude(prefix + [0, 2] + [UInt8](repeating: 0, count: 10)) == 54.32)
        #expect(latitude(prefix + [0, 1] + [UInt8](repeating: 9, count: 10)) == 40.71)
        #expect(latitude([1, 2, 3]) == nil)
    }

    @Test func aNetworkOfAllAddressesTellsOfTheRest() throws {
        let table = try table("network,latitude,longitude\n0.0.0.0/0,1,2\n128.0.0.0/1,-3.5,-4\n::/0,5,6\n")
        #expect(table.place(of: [1, 1, 1, 1]) == Place(latitude: 1, longitude: 2))
        #expect(table.place(of: [200, 1, 1, 1]) == Place(latitude: -3.5, longitude: -4))
        #expect(table.place(of: [UInt8](repeating: 1, count: 16)) == Place(latitude: 5, longitude: 6))
    }

    @Test(arguments: [
        ("", "no line of columns"), ("a,b\n", "line 1: the first line"),
        ("network,latitude,longitude\n192.0.2.1/24,1,2", "line 2: the network"),
        ("network,latitude,longitude\n\n192.0.2.0,1,2", "line 3: the network"),
        ("network,latitude,longitude\n192.0.2.0/33,1,2", "the network"),
        ("network,latitude,longitude\n192.0.02.0/24,1,2", "the network"),
        ("network,latitude,longitude\n2001:db8::1/32,1,2", "the network"),
        ("network,latitude,longitude\n192.0.2.0/24,1", "too few fields"),
        ("network,latitude,longitude\n192.0.2.0/24,91,2", "degrees"),
        ("network,latitude,longitude\n192.0.2.0/24,1,181", "degrees"),
        ("network,latitude,longitude\n192.0.2.0/24,nan,2", "degrees"),
        ("network,latitude,longitude\n192.0.2.0/24,1e1,2", "degrees"),
        ("network,latitude,longitude\n192.0.2.0/24,,2", "degrees"),
        ("network,latitude,longitude\n\"192.0.2.0/24,1,2", "quote"),
        ("network,latitude,longitude\n\"192.0.2.0/24\"x,1,2", "quote"),
        ("network,latitude,longitude\n192.0.2.0/24,1,2\n192.0.2.0/24,3,4", "twice"),
    ])
    func whatIsNoTableIsRefusedWithItsLine(_ text: String, _ words: String) {
        #expect(problem(text)?.contains(words) == true, "\(problem(text) ?? "taken")")
    }

    @Test func linesAreBounded() {
        let long = String(repeating: "x", count: PlaceTableReader.maximumLine)
        #expect(problem("network,latitude,longitude,\(long)\n")?.contains("longer than") == true)
        #expect(problem("network,latitude,longitude\n\(long)x")?.contains("line 2: the line is longer") == true)
    }

    @Test func distancesAreThoseOfTheEarth() throws {
        let kiel = try #require(Place(latitude: 54.3213, longitude: 10.1349))
        let tokyo = try #require(Place(latitude: 35.6895, longitude: 139.6917))
        #expect(abs(kiel.distance(to: tokyo) - 8_904.9) < 0.1)
        #expect(kiel.distance(to: kiel) == 0)
        let (north, south) = (
            try #require(Place(latitude: 90, longitude: 0)), try #require(Place(latitude: -90, longitude: 77))
        )
        #expect(abs(north.distance(to: south) - 20_015) < 1)
        let (east, west) = (
            try #require(Place(latitude: 0, longitude: 179.5)), try #require(Place(latitude: 0, longitude: -179.5))
        )
        #expect(abs(east.distance(to: west) - 111.2) < 0.1)
        #expect(Place(latitude: .nan, longitude: 0) == nil)
    }
}
