internal import Verdict

extension Signature {
  /// Microsoft Teams and Skype. Layouts: METHOD.md W2.10; attributes: MS-TURN, MS-ICE2.
  static let teams = Signature(
    .teams,
    clues: [
      Clue(
        // Other products of Microsoft and sites on Azure Communication Services have the same stack.
        .content(.microsoftSTUN), .likely,
        source: "MS-TURN, MS-ICE2: attributes 0x8008, 0x8054, 0x8055, 0x8070, 0x8095; nDPI teams.pcap",
        seen: 20_240_101)
    ]
      + Clue.names(
        ["teams.microsoft.com", "teams.live.com", "skype.com", "lync.com"], .certain,
        source: "METHOD.md W6 domain list", seen: 20_241_021)
      + Clue.names(
        ["teams.cloud.microsoft"], .certain,
        source: "Microsoft 365 endpoints as copied by sgawa/pac-ip-manager, microsoft_teams.json", seen: 20_260_606)
      + Clue.services(
        [
          (IPAddress(v4: 0x3470_0000), 14), (IPAddress(v4: 0x347A_0000), 15),
          (IPAddress(high: 0x2603_1063_0000_0000, low: 0), 38),
        ], .udp, 3_478...3_481,
        source:
          "Microsoft 365 endpoints: ports and 2603:1063::/38 in MicrosoftDocs office-365-worldwide-endpoints, id 11, of 2022-07-29; IPv4 as copied by sgawa/pac-ip-manager",
        seen: 20_260_606)
  )
}
